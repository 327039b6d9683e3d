/** `signet protect`: a draft signed, encrypted, or both. On a refusal nothing is written but the reasons. */
import { writeFile } from "node:fs/promises";
import {
  type Addressee,
  type Blocker,
  type Certificate,
  type Identity,
  type Recipient,
  type WritePolicy,
  emailAddresses,
  normalizeAddress,
  protect,
  readAuthors,
  readRecipients,
} from "../engine/index.js";
import {
  type Arguments,
  type Grammar,
  UsageError,
  hasFlag,
  identityFiles,
  singleValue,
  timeOf,
  valuesOf,
} from "./arguments.js";
import { readCertificateFiles, readIdentities, readInput } from "./input.js";
import { blockerWords } from "./words.js";

export const protectGrammar: Grammar = {
  file: "DRAFT",
  flags: ["--no-sign", "--opaque", "--pss", "--gcm", "--json"],
  values: ["--identity", "--password", "--at", "--out"],
  lists: ["--encrypt"],
};

/** @returns exit code: 0 with the message on standard output or in --out, 1 where it was refused */
export async function protectCommand(given: Arguments): Promise<number> {
  const policy = policyOf(given);
  const out = singleValue(given, "--out");
  const files = identityFiles(given);
  if (files.length === 0) throw new UsageError("Who writes? Name a .p12 file with --identity.");
  const draft = await readInput(given.file);
  const identities = await readIdentities(files);
  const certificates = await readCertificateFiles(valuesOf(given, "--encrypt"));
  const identity = identityFor(identities, readAuthors(draft));
  const recipients = policy.encrypt ? recipientsOf(readRecipients(draft), certificates) : [];
  const protection = await protect(draft, identity, recipients, policy);
  if (protection.kind === "refused") return refuse(given, protection.blockers);
  if (out === null) await writeToStandardOutput(protection.message);
  else await writeFile(out, protection.message, { mode: 0o600 });
  return 0;
}

function policyOf(given: Arguments): WritePolicy {
  const sign = !hasFlag(given, "--no-sign");
  const encrypt = valuesOf(given, "--encrypt").length > 0;
  if (!sign && !encrypt) throw new UsageError("--no-sign without --encrypt would protect nothing.");
  return {
    sign,
    encrypt,
    form: hasFlag(given, "--opaque") ? "opaque-signed" : "clear-signed",
    purpose: "send",
    authenticatedEncryption: hasFlag(given, "--gcm") ? "always" : "when-all-can",
    rsaSignature: hasFlag(given, "--pss") ? "pss" : "pkcs1",
    time: timeOf(given),
  };
}

/** The one that names an author; else the first, and protect() says what is wrong with it. */
function identityFor(identities: readonly Identity[], authors: readonly string[]): Identity {
  const names = ({ certificate }: Identity): boolean =>
    emailAddresses(certificate).some((address) => authors.includes(address));
  return identities.find(names) ?? identities[0]!;
}

/** Everybody in To, Cc and Bcc with the certificate that names them; and whoever else is encrypted for. */
function recipientsOf(
  addressees: readonly Addressee[],
  certificates: readonly Certificate[],
): readonly Recipient[] {
  const used = new Set<Certificate>();
  const named = addressees.map((addressee): Recipient => {
    const certificate = certificates.find((one) => isFor(one, addressee.address)) ?? null;
    if (certificate !== null) used.add(certificate);
    return { ...addressee, certificate, capabilities: null };
  });
  const others = certificates
    .filter((certificate) => !used.has(certificate))
    .map((certificate): Recipient => {
      const address = emailAddresses(certificate)[0] ?? "a certificate without an address";
      return { address, field: "to", certificate, capabilities: null };
    });
  return [...named, ...others];
}

function isFor(certificate: Certificate, address: string): boolean {
  const wanted = normalizeAddress(address)?.toLowerCase();
  return emailAddresses(certificate).some((named) => named.toLowerCase() === wanted);
}

function refuse(given: Arguments, blockers: readonly Blocker[]): number {
  if (hasFlag(given, "--json")) process.stdout.write(`${JSON.stringify({ blockers }, null, 2)}\n`);
  for (const blocker of blockers) process.stderr.write(`${blockerWords(blocker)}\n`);
  return 1;
}

/** Until the last octet is out: a pipe takes 64 KB at a time. */
function writeToStandardOutput(message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(message, (error) => (error ? reject(error) : resolve()));
  });
}
