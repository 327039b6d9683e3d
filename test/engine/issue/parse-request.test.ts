/** Requests for a certificate as others write them, and as nobody should (RFC 2986). */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { readFile } from "node:fs/promises";
import { MalformedError, type Bytes } from "../../../src/engine/index.js";
import {
  certificationRequest,
  generateKey,
  parseCertificationRequest,
  verifyCertificationRequest,
  writePem,
} from "../../../src/engine/issue/issuing.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const run = promisify(execFile);
const alice = { commonName: "Alice Example", organization: "Example Ltd" };

async function byOpenssl(...options: string[]): Promise<Bytes> {
  const folder = await temporaryFolder();
  try {
    const out = join(folder.path, "request");
    const fixed = ["-new", "-nodes", "-keyout", join(folder.path, "key"), "-out", out];
    await run("openssl", ["req", ...fixed, ...options]);
    return new Uint8Array(await readFile(out));
  } finally {
    await folder.remove();
  }
}

for (const kind of ["rsa-3072", "p-256", "p-384", "ed25519", "ml-dsa-65"] as const) {
  test(`our own request with ${kind} is read back, and one octet turned is not its owner's (RFC 2986 §3)`, async () => {
    const key = await generateKey(kind);
    const der = await certificationRequest(key, alice, ["alice@example.org", "al@example.net"]);
    const request = parseCertificationRequest(der);
    assert.deepEqual(request.addresses, ["alice@example.org", "al@example.net"]);
    assert.deepEqual([request.commonName, request.organization], ["Alice Example", "Example Ltd"]);
    assert.deepEqual(request.publicKey.der, key.publicKey.der);
    assert.equal(await verifyCertificationRequest(request), true);
    const other = await generateKey(kind);
    assert.equal(await verifyCertificationRequest({ ...request, publicKey: other.publicKey }), false);
    const turned = der.slice();
    turned[Buffer.from(der).indexOf("alice@")]! ^= 1;
    assert.equal(await verifyCertificationRequest(parseCertificationRequest(turned)), false);
  });
}

test("OpenSSL's requests are read, as PEM, as DER, and with the address in the subject alone", async () => {
  const subject = ["-subj", "/CN=Bob/emailAddress=Bob@EXAMPLE.org"];
  const rsa = parseCertificationRequest(await byOpenssl("-newkey", "rsa:2048", ...subject));
  assert.deepEqual([rsa.addresses, rsa.commonName], [["Bob@example.org"], "Bob"]);
  assert.equal(await verifyCertificationRequest(rsa), true);
  const extension = ["-addext", "subjectAltName=email:bob@example.org,DNS:mail.example.org"];
  const ed = await byOpenssl("-newkey", "ed25519", "-subj", "/CN=Bob", ...extension, "-outform", "DER");
  assert.deepEqual(parseCertificationRequest(ed).addresses, ["bob@example.org"]);
  assert.equal(await verifyCertificationRequest(parseCertificationRequest(ed)), true);
});

test("a request signed over SHA-1 proves no possession", async () => {
  const weak = await byOpenssl("-newkey", "rsa:2048", "-subj", "/CN=Bob", "-sha1");
  assert.equal(await verifyCertificationRequest(parseCertificationRequest(weak)), false);
});

test("our PEM has lines of 64 and is read by OpenSSL (RFC 7468 §2)", async () => {
  const der = await certificationRequest(await generateKey("p-256"), alice, ["alice@example.org"]);
  const pem = writePem("CERTIFICATE REQUEST", [der]);
  const lines = new TextDecoder().decode(pem).trimEnd().split("\n");
  assert.ok(lines.slice(1, -2).every((line) => line.length === 64));
  assert.deepEqual(parseCertificationRequest(pem).der, der);
});

test("what is no request, is cut short, or is too long is malformed and nothing else", async () => {
  const der = await certificationRequest(await generateKey("p-256"), alice, ["alice@example.org"]);
  const words = new TextEncoder().encode("-----BEGIN CERTIFICATE REQUEST-----\nAAAA");
  const files = [new Uint8Array(0), words, der.slice(0, 80), new Uint8Array(65 * 1024), der.slice(1)];
  for (const file of files) assert.throws(() => parseCertificationRequest(file), MalformedError);
  for (let at = 0; at < der.length; at += 3) {
    const turned = der.slice();
    turned[at]! ^= 0xff;
    try {
      parseCertificationRequest(turned);
    } catch (error) {
      assert.ok(error instanceof MalformedError, `octet ${at}`);
    }
  }
});
