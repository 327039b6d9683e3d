/** `signet inspect`: what a message is worth, for people or as JSON. */
import { createHash } from "node:crypto";
import {
  type Bytes,
  type CertificateSummary,
  type CryptographicLayer,
  type InspectContext,
  type Inspection,
  type MessageVerdict,
  type ReadableContent,
  type SignatureVerdict,
  defaultReadPolicy,
  hasHeader,
  inspect,
  readContent,
  readMessageHeaders,
} from "../engine/index.js";
import {
  type Arguments,
  type Grammar,
  UsageError,
  hasFlag,
  identityFiles,
  publicRootsOf,
  timeOf,
  valuesOf,
} from "./arguments.js";
import { readCertificateFiles, readIdentities, readInput, readPasswordFile } from "./input.js";
import { askPassword } from "./prompt.js";
import { printable, printableText, words } from "./words.js";

export const inspectGrammar: Grammar = {
  file: "FILE",
  flags: ["--json", "--public-roots"],
  values: ["--identity", "--password", "--password-file", "--at"],
  lists: ["--anchor"],
};

/** @returns exit code: 0 where every layer holds and whoever signed is the visible author, else 1 */
export async function inspectCommand(given: Arguments): Promise<number> {
  const time = timeOf(given);
  const files = identityFiles(given);
  const raw = await readInput(given.file);
  const anchors = await readCertificateFiles(valuesOf(given, "--anchor"));
  const identities = await readIdentities(files);
  const passwords = await Promise.all(valuesOf(given, "--password-file").map(readPasswordFile));
  const trusted = { anchors, ...publicRootsOf(given) };
  const context = { identities, ...trusted, known: [], policy: defaultReadPolicy, time, passwords };
  const inspection = await inspectOrAsk(raw, context, given.file);
  const { verdict, payload } = inspection;
  if (verdict.layers.length === 0 && !hasHeader(raw)) {
    throw new UsageError(`${given.file === "-" ? "Standard input" : given.file} is no mail message.`);
  }
  const content = readContent(payload);
  process.stdout.write(
    hasFlag(given, "--json")
      ? asJson(inspection, content)
      : asText(verdict, content, readMessageHeaders(raw).subject),
  );
  return holds(verdict) ? 0 : 1;
}

/** A password is asked for where a person sits, and where none was given. */
async function inspectOrAsk(
  raw: Bytes,
  context: InspectContext & { readonly passwords: readonly string[] },
  file: string,
): Promise<Inspection> {
  const inspection = await inspect(raw, context);
  const needed = inspection.verdict.summary.encryption === "password-needed";
  if (!needed || context.passwords.length > 0 || file === "-") return inspection;
  const password = await askPassword(`Password for ${file}: `);
  return password === null ? inspection : inspect(raw, { ...context, passwords: [password] });
}

const goodStates: readonly string[] = ["2", "2o", "2a", "2b", "2c"];

function holds({ summary, layers }: MessageVerdict): boolean {
  const isSigned = layers.some(({ kind }) => kind === "signed");
  const isProtected = layers.some(({ kind }) => kind !== "compressed");
  if (!isProtected || (isSigned && !goodStates.includes(summary.state))) return false;
  return layers.every((layer) => layerHolds(layer, summary.author.address));
}

function layerHolds(layer: CryptographicLayer, author: string | null): boolean {
  if (layer.kind !== "signed") return layer.status === "opened";
  const isAuthors = (signature: SignatureVerdict): boolean =>
    signature.status === "valid" && author !== null && signature.signer.addresses.includes(author);
  return layer.signatures.length > 0 && layer.signatures.every(isAuthors);
}

function asJson({ verdict }: Inspection, { text, attachments }: ReadableContent): string {
  const listed = attachments.map(({ name, mediaType, content }) => ({
    name,
    mediaType,
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
  }));
  return `${JSON.stringify({ verdict, payload: { text, attachments: listed } }, null, 2)}\n`;
}

function asText(
  { summary, layers, errant = [], errantBeyond }: MessageVerdict,
  content: ReadableContent,
  subject: string | null,
): string {
  const { author, signer, state, encryption, faults } = summary;
  const from = author.address ?? (author.from.join(", ") || "nobody");
  const signerName = signer === null ? "" : `${signer.commonName ?? ""} <${signer.addresses.join(", ")}>`;
  const inserted = [from, signer?.issuerName ?? "", signerName] as const;
  const lines = [
    words(`state_${state}`, ...inserted),
    indented(words(`state_${state}_why`, ...inserted)),
    words(`encryption_${encryption}`),
    ...checkedLines(signer),
    `From: ${from}`,
    `Subject: ${subject ?? ""}`,
    ...layers.map((layer, i) => `Layer ${i + 1}: ${describeLayer(layer)}`),
    ...errant.map(({ part, form, forwarded }) => {
      return `Not looked at: part ${part}, ${form}${forwarded ? ", in an attached message" : ""}`;
    }),
    errantBeyond === undefined ? null : `Not looked further: ${errantBeyond}`,
    ...faults.map(({ code, detail }) => `Why: ${code}${detail === undefined ? "" : ` (${detail})`}`),
    ...content.attachments.map(({ name, mediaType, content: { length } }) => {
      return `Attachment: ${name ?? "(no name)"}, ${mediaType}, ${length} bytes`;
    }),
  ];
  const shown = lines.filter((line) => line !== null).map(printable);
  const text = content.text === null ? "" : `\n${printableText(content.text)}`;
  return `${shown.join("\n")}\n${text}${text === "" || text.endsWith("\n") ? "" : "\n"}`;
}

/** What the authority says that it checked, and the rules that it broke while it did. */
function checkedLines(signer: CertificateSummary | null): readonly string[] {
  const validation = signer?.validation;
  if (validation === undefined) return [];
  const { level, generation, person, organization, country, organizationIdentifier, findings } = validation;
  const names = [person, organization, country, organizationIdentifier].filter((name) => name !== null);
  return [
    `Checked by ${signer!.issuerName}: ${[`${level} (${generation})`, ...names].join(", ")}`,
    ...findings.map((finding) => `Breaks a rule for authorities: ${finding}`),
  ];
}

function indented(line: string | null): string | null {
  return line === null ? null : `  ${line}`;
}

function describeLayer(layer: CryptographicLayer): string {
  if (layer.kind === "signed") {
    const signatures = layer.signatures.map(describeSignature).join("; ");
    return `${layer.form}: ${signatures === "" ? "no signature" : signatures}`;
  }
  if (layer.kind === "compressed") return `compressed: ${layer.status}`;
  switch (layer.status) {
    case "opened":
      return `encrypted: opened, ${layer.contentEncryption}, ${layer.keyManagement}`;
    case "locked":
      return `encrypted: ${layer.reason}, for ${layer.recipients.length} certificates`;
    case "damaged":
      return `encrypted: damaged, ${layer.faults.map(({ code }) => code).join(", ")}`;
  }
}

function describeSignature(signature: SignatureVerdict): string {
  const { status, signer, algorithms, claimedTime } = signature;
  const who = signer === null ? "signer not known" : `${signer.subject}, certificate of ${signer.issuerName}`;
  const how = algorithms === null ? "" : `, ${algorithms.signature} with ${algorithms.digest}`;
  return `${status}, ${who}${how}${claimedTime === null ? "" : `, says it was made at ${claimedTime}`}`;
}
