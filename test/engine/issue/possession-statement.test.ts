/** Requests for keys that cannot sign, asked for by the signing key of the same person (RFC 9883). */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { MalformedError, type Bytes } from "../../../src/engine/index.js";
import {
  type NewKey,
  type NewKeyKind,
  certificationRequest,
  companionRequest,
  generateKey,
  parseCertificationRequest,
  parseCertificationRequests,
  verifyCertificationRequest,
  verifyCompanionRequest,
  writePem,
} from "../../../src/engine/issue/issuing.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const alice = { commonName: "Alice Example" };
const addresses = ["alice@example.org", "al@example.net"];
const now = new Date("2026-11-22T12:00:00Z");

async function pair(signs: NewKeyKind, decrypts: NewKeyKind) {
  const [signing, silent] = [await generateKey(signs), await generateKey(decrypts)];
  const request = await certificationRequest(signing, alice, addresses);
  const companion = await companionOf(silent, signing);
  return { signing, silent, request, companion };
}

const companionOf = (key: NewKey, signing: NewKey, named: readonly string[] = addresses) =>
  companionRequest(key, { subject: alice, addresses: named, now }, signing);

async function holds(companion: Bytes, request: Bytes): Promise<boolean> {
  return verifyCompanionRequest(parseCertificationRequest(companion), parseCertificationRequest(request));
}

for (const [signs, decrypts] of [
  ["ed25519", "x25519"],
  ["ml-dsa-65", "ml-kem-768"],
] as const) {
  test(`${signs} asks for ${decrypts} as well, in one PEM file, and neither can be exchanged (RFC 9883 §3)`, async () => {
    const made = await pair(signs, decrypts);
    const pem = writePem("CERTIFICATE REQUEST", [made.request, made.companion]);
    const [first, second] = parseCertificationRequests(pem);
    assert.equal(await verifyCertificationRequest(first!), true);
    assert.equal(await verifyCompanionRequest(second!, first!), true);
    assert.deepEqual(second!.publicKey.der, made.silent.publicKey.der);
    assert.deepEqual(second!.addresses, addresses);
    const other = await pair(signs, decrypts);
    assert.equal(await holds(other.companion, made.request), false, "another person's");
    const turned = made.companion.slice();
    turned[Buffer.from(made.companion).indexOf(Buffer.from(made.silent.publicKey.publicKey))]! ^= 1;
    assert.equal(await holds(turned, made.request), false, "another key put in");
    assert.equal(await holds(made.request, made.request), false, "no statement");
  });
}

test("a companion for another address is refused, and so is one that could prove itself", async () => {
  const { signing, silent, request } = await pair("ed25519", "x25519");
  assert.equal(await holds(await companionOf(silent, signing, ["eve@example.org"]), request), false);
  const able = await generateKey("p-256");
  assert.equal(await holds(await companionOf(able, signing), request), false);
});

test("OpenSSL reads the attribute that we write (RFC 9883 §3)", async () => {
  const { companion } = await pair("ed25519", "x25519");
  const folder = await temporaryFolder();
  try {
    const file = join(folder.path, "request.der");
    await writeFile(file, companion);
    const options = ["req", "-inform", "DER", "-in", file, "-noout", "-text"];
    const { stdout } = await promisify(execFile)("openssl", options);
    assert.match(stdout, /X25519[^]*1\.3\.6\.1\.4\.1\.22112\.2\.1/);
  } finally {
    await folder.remove();
  }
});

test("three requests in a file, or a statement that names another certificate than it brings, are refused", async () => {
  const { request, companion, silent, signing } = await pair("ed25519", "x25519");
  const pem = (...all: readonly Bytes[]): Bytes => writePem("CERTIFICATE REQUEST", all);
  assert.throws(() => parseCertificationRequests(pem(request, companion, companion)), MalformedError);
  assert.throws(() => parseCertificationRequest(pem(request, companion)), MalformedError);
  const [one, two] = [companion, await companionOf(silent, signing)].map(parseCertificationRequest);
  const mixed = { ...one!, statement: { ...one!.statement!, signer: two!.statement!.signer } };
  await assert.rejects(verifyCompanionRequest(mixed, parseCertificationRequest(request)), MalformedError);
});
