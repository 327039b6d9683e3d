/** What the tests of getting a certificate share: a background with its handlers, an authority, files by OpenSSL. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { authorityHandlers } from "../../src/background/handlers/authority-handlers.js";
import { identityHandlers } from "../../src/background/handlers/identity-handlers.js";
import { requestHandlers } from "../../src/background/handlers/request-handlers.js";
import { HandoverStore } from "../../src/background/handover.js";
import { viewIdentity } from "../../src/background/identity-view.js";
import { Refusal } from "../../src/background/refusal.js";
import { type Bytes, type Certificate, loadIssuing } from "../../src/engine/index.js";
import type { OfferedKeyKind, Reply } from "../../src/protocol/messages.js";
import { Disk, wake } from "./background.js";
import { temporaryFolder } from "./temporary-folder.js";

export const run = promisify(execFile);
export const origin = { tabId: 1, path: "/pages/welcome/welcome.html" };
export const password = "a password for the drawer";
export const oneDay = 24 * 60 * 60_000;

export async function ready(disk = new Disk()) {
  const life = wake(disk);
  if ((await life.vault.status()).state === "empty") await life.vault.create(null);
  const handover = new HandoverStore(() => 0);
  const views = async () =>
    Promise.all((await life.identities.all()).map((identity) => viewIdentity(identity, disk.time)));
  const parts = { ...life, handover, views, now: () => disk.time };
  const handlers = { ...requestHandlers(parts), ...authorityHandlers(parts), ...identityHandlers(parts) };
  const given = (file: string): Bytes => handover.get(file)!;
  return { ...life, disk, handover, handlers, given };
}
export type Ready = Awaited<ReturnType<typeof ready>>;

export function answerOf<Answer>(reply: Reply<Answer>): Answer {
  assert.ok(reply.ok);
  return reply.answer;
}

export const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

export const wish = (addresses: readonly string[], kind: OfferedKeyKind = "p-256") => ({
  ...{ commonName: "Alice Example", addresses, kind },
});

export async function ask({ handlers, given }: Ready, addresses: readonly string[], kind?: OfferedKeyKind) {
  const { id } = answerOf(await handlers["request:create"](wish(addresses, kind), origin));
  const { file } = answerOf(await handlers["request:file"]({ id }, origin));
  return { id, pem: given(file).slice() };
}

export const answer = (
  { handlers, handover }: Ready,
  file: Bytes,
  otherAddress: "refuse" | "accept" = "refuse",
) => handlers["request:answer"]({ file: handover.put(file), otherAddress }, origin);

/** An authority with a root and a link between, as companies have them. */
export async function authority() {
  const { certificationRequest, generateKey, issueFor, parseCertificationRequest, privateRoot, writePem } =
    await loadIssuing();
  const key = await generateKey("p-256");
  const validity = { notBefore: new Date("2020-01-01"), notAfter: new Date("2040-01-01") };
  const domains = ["example.org", "example.net"];
  const root = await privateRoot(key, { commonName: "Example Root", domains }, validity);
  return {
    root,
    writePem,
    async answerTo(pem: Bytes, change: { addresses?: readonly string[]; until?: Date } = {}) {
      const request = parseCertificationRequest(pem);
      const subject = { commonName: "Alice Example", addresses: change.addresses ?? request.addresses };
      const until = { ...validity, notAfter: change.until ?? validity.notAfter };
      const issuer = { certificate: root, privateKey: key.privateKey };
      return issueFor(request, subject, { issuer, validity: until });
    },
    async stranger(): Promise<Certificate> {
      const other = await generateKey("p-256");
      const request = await certificationRequest(other, { commonName: "Eve" }, ["eve@example.org"]);
      return this.answerTo(request);
    },
  };
}

export async function p7b(certificates: readonly Certificate[], form: "PEM" | "DER"): Promise<Bytes> {
  const { writePem } = await loadIssuing();
  const folder = await temporaryFolder();
  try {
    const [source, made] = [join(folder.path, "in.pem"), join(folder.path, "made")];
    await writeFile(
      source,
      writePem(
        "CERTIFICATE",
        certificates.map(({ der }) => der),
      ),
    );
    const options = ["crl2pkcs7", "-nocrl", "-certfile", source, "-outform", form, "-out", made];
    await run("openssl", options);
    return new Uint8Array(await readFile(made));
  } finally {
    await folder.remove();
  }
}

/** What may not change when something is refused. */
export async function standing({ identities, pendingKeys, certificates, changes }: Ready) {
  return {
    identities: (await identities.all()).map(({ certificate }) => certificate.fingerprint),
    pending: (await pendingKeys.list()).map(({ id }) => id),
    people: (await certificates.list()).length,
    changes: changes(),
  };
}

export async function leavesAll(parts: Ready, code: string, attempt: () => Promise<unknown>): Promise<void> {
  const before = await standing(parts);
  await assert.rejects(attempt, refused(code));
  assert.deepEqual(await standing(parts), before);
}

export async function opensslRequest(key: string, address: string | null): Promise<Bytes> {
  const folder = await temporaryFolder();
  try {
    const out = join(folder.path, "request");
    const names = address === null ? [] : ["-addext", `subjectAltName=email:${address}`];
    const fixed = ["-new", "-nodes", "-keyout", join(folder.path, "key"), "-subj", "/CN=X", "-out", out];
    await run("openssl", ["req", "-newkey", key, ...fixed, ...names]);
    return new Uint8Array(await readFile(out));
  } finally {
    await folder.remove();
  }
}
