/** Inspecting as the test people: their anchors, their identities, a fixed policy. */
import { readFile } from "node:fs/promises";
import {
  type Bytes,
  type Certificate,
  type Identity,
  type InspectContext,
  type Inspection,
  defaultReadPolicy,
  importPrivateKey,
  inspect,
  readCertificates,
  readPkcs12,
} from "../../src/engine/index.js";
import { testKeys } from "./test-keys.js";

export async function testCertificate(name: string): Promise<Certificate> {
  const [certificate] = await readCertificates(
    new Uint8Array(await readFile(`${await testKeys()}/${name}.pem`)),
  );
  return certificate!;
}

const identities = new Map<string, Promise<Identity>>();

export function testIdentity(name: string): Promise<Identity> {
  let identity = identities.get(name);
  if (identity === undefined) identities.set(name, (identity = loadIdentity(name)));
  return identity;
}

async function loadIdentity(name: string): Promise<Identity> {
  const file = new Uint8Array(await readFile(`${await testKeys()}/${name}.p12`));
  const entry = (await readPkcs12(file, "signet")).find(({ privateKey }) => privateKey !== null)!;
  const certificate = entry.certificate!;
  return {
    certificate,
    chain: entry.chain,
    privateKey: await importPrivateKey(entry.privateKey!),
  };
}

/** One day after the test certificates were made. */
export async function testTime(): Promise<Date> {
  return new Date((await testCertificate("alice-rsa")).notBefore + 86_400_000);
}

export async function testContext(change: Partial<InspectContext> = {}): Promise<InspectContext> {
  return {
    identities: [],
    anchors: [await testCertificate("root")],
    known: [],
    policy: defaultReadPolicy,
    time: await testTime(),
    ...change,
  };
}

export async function inspectAs(raw: Bytes, names: readonly string[] = []): Promise<Inspection> {
  return inspect(raw, await testContext({ identities: await Promise.all(names.map(testIdentity)) }));
}

export const alice = "From: Alice Example <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Lunch\r\n";

/** A message: header fields of the letter before those of the MIME entity. */
export function letter(entity: Bytes, headers = alice): Bytes {
  return new Uint8Array(Buffer.concat([Buffer.from(headers), entity]));
}

export const lunch = "Content-Type: text/plain; charset=utf-8\r\n\r\nSee you at noon.\r\nBring Bob.\r\n";

/** The same message with one octet turned, at the first place of `text`. */
export function tamper(raw: Bytes, text: string): Bytes {
  const at = Buffer.from(raw).indexOf(text);
  if (at < 0) throw new Error(`nothing to tamper with: ${text}`);
  const copy = raw.slice();
  copy[at] = copy[at]! ^ 0x01;
  return copy;
}

export function codes(inspection: Inspection): readonly string[] {
  return inspection.verdict.summary.faults.map(({ code }) => code);
}
