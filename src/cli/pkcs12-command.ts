/** `signet pkcs12`: what a key file holds, .p12 or PEM. Keys are tried, never shown. */
import {
  MalformedError,
  type Pkcs12Entry,
  UnsupportedError,
  describeCertificate,
  importPrivateKey,
} from "../engine/index.js";
import { type Arguments, type Grammar, hasFlag, singleValue } from "./arguments.js";
import { readKeyFile } from "./input.js";
import { printable } from "./words.js";

export const pkcs12Grammar: Grammar = {
  file: "FILE",
  flags: ["--json"],
  values: ["--password"],
  lists: [],
};

interface EntryView {
  readonly friendlyName: string | null;
  readonly certificate: ReturnType<typeof describeCertificate> | null;
  readonly chain: readonly ReturnType<typeof describeCertificate>[];
  readonly privateKey: "usable" | "unsupported" | "damaged" | "none";
  /** "none": whoever has the file has the key */
  readonly keyProtection: Pkcs12Entry["keyProtection"];
}

/** @returns exit code: 0 where there is a usable key with its certificate, else 1 */
export async function pkcs12Command(given: Arguments): Promise<number> {
  const entries = await readKeyFile({ path: given.file, password: singleValue(given, "--password") ?? "" });
  const views = await Promise.all(entries.map(viewOf));
  process.stdout.write(hasFlag(given, "--json") ? `${JSON.stringify(views, null, 2)}\n` : asText(views));
  const usable = views.some(({ certificate, privateKey }) => certificate !== null && privateKey === "usable");
  return usable ? 0 : 1;
}

async function viewOf(entry: Pkcs12Entry): Promise<EntryView> {
  const { friendlyName, certificate, chain, privateKey, keyProtection } = entry;
  return {
    friendlyName,
    keyProtection,
    certificate: certificate === null ? null : describeCertificate(certificate),
    chain: chain.map((one) => describeCertificate(one)),
    privateKey: privateKey === null ? "none" : await keyState(privateKey),
  };
}

async function keyState(
  privateKey: NonNullable<Pkcs12Entry["privateKey"]>,
): Promise<EntryView["privateKey"]> {
  try {
    await importPrivateKey(privateKey);
    return "usable";
  } catch (error) {
    if (error instanceof UnsupportedError) return "unsupported";
    if (error instanceof MalformedError) return "damaged";
    throw error;
  } finally {
    privateKey.fill(0);
  }
}

function asText(views: readonly EntryView[]): string {
  if (views.length === 0) return "The file opens, and holds neither key nor certificate.\n";
  return views.map((view) => `${describe(view).map(printable).join("\n")}\n`).join("\n");
}

function describe(view: EntryView): readonly string[] {
  const { friendlyName, certificate, chain, privateKey, keyProtection } = view;
  const lines = [`Private key: ${privateKey}${friendlyName === null ? "" : ` (${friendlyName})`}`];
  if (keyProtection === "none") lines.push("  not protected by a password: whoever has the file has the key");
  if (certificate === null) return [...lines, "Certificate: none for this key"];
  return [
    ...lines,
    `Certificate: ${certificate.subject}`,
    `  for ${certificate.addresses.join(", ") || "no address"}`,
    `  ${certificate.key}, from ${certificate.notBefore} to ${certificate.notAfter}`,
    `  issued by ${certificate.issuer}`,
    `  SHA-256 ${certificate.fingerprint}`,
    ...chain.map(({ subject }) => `Issuer along: ${subject}`),
  ];
}
