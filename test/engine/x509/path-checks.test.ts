/** Rules of single certificates that no path of mail meets every day: other purposes, odd keys, several faults. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget } from "../../../src/engine/base/budget.js";
import {
  bitString,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  unsignedInteger,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { type Bytes, defaultReadPolicy } from "../../../src/engine/index.js";
import type { Purpose } from "../../../src/engine/x509/path-conditions.js";
import { validatePath } from "../../../src/engine/x509/validate-path.js";
import {
  type CertificateFields,
  addressed,
  authority,
  extension,
  forgeCertificate,
  purposes,
  usage,
} from "../../helpers/forge-certificate.js";

const carol = addressed("carol@example.test");
const ocspSigning = "1.3.6.1.5.5.7.3.9";
const server = "1.3.6.1.5.5.7.3.1";

let readPolicy = defaultReadPolicy;

async function tried(
  leaf: CertificateFields,
  purpose: Purpose = "sign",
  middle: CertificateFields = { extensions: [authority] },
): Promise<readonly string[]> {
  const root = await forgeCertificate({ extensions: [authority] });
  const between = await forgeCertificate({ by: root, ...middle });
  const end = await forgeCertificate({ by: between, ...leaf });
  const path = [end, between, root].map(({ certificate }) => certificate);
  const time = Date.parse("2026-06-01");
  const conditions = { purpose, time, policy: readPolicy, budget: new Budget() };
  const result = await validatePath(path, conditions);
  return result.kind === "valid" ? [] : result.faults.map(({ code }) => code);
}

test("who answers about revocation needs no purpose of mail, the authorities above do", async () => {
  const leaf = { extensions: [purposes(ocspSigning), usage(0x80)] };
  assert.deepEqual(await tried(leaf, "status"), []);
  assert.deepEqual(await tried(leaf), ["extended-key-usage-unsuitable"]);
  const middle = { extensions: [authority, purposes(server)] };
  assert.deepEqual(await tried(leaf, "status", middle), ["extended-key-usage-unsuitable"]);
  // cRLSign alone
  assert.deepEqual(await tried({ extensions: [usage(0x02)] }, "status"), []);
});

test("who dates is marked for nothing else, critically (RFC 3161 §2.3)", async () => {
  const marked = (critical: boolean, ...names: readonly string[]): CertificateFields => ({
    extensions: [extension(oid.extendedKeyUsage, sequence(...names.map(objectIdentifier)), critical)],
  });
  const unsuitable = ["extended-key-usage-unsuitable"];
  assert.deepEqual(await tried(marked(true, oid.timeStamping), "timestamp"), []);
  assert.deepEqual(await tried(marked(false, oid.timeStamping), "timestamp"), unsuitable);
  assert.deepEqual(await tried(marked(true, oid.timeStamping, server), "timestamp"), unsuitable);
  assert.deepEqual(await tried(marked(true, oid.emailProtection), "timestamp"), unsuitable);
  assert.deepEqual(await tried({ extensions: [carol] }, "timestamp"), unsuitable);
  const rightUse = { extensions: [...marked(true, oid.timeStamping).extensions!, usage(0x80)] };
  assert.deepEqual(await tried(rightUse, "timestamp"), []);
  const wrongUse = { extensions: [...marked(true, oid.timeStamping).extensions!, usage(0x20)] };
  assert.deepEqual(await tried(wrongUse, "timestamp"), ["key-usage-unsuitable"]);
  const middle = { extensions: [authority, purposes(oid.timeStamping)] };
  assert.deepEqual(await tried(marked(true, oid.timeStamping), "timestamp", middle), []);
  assert.deepEqual(await tried({ extensions: [carol] }, "sign", middle), unsuitable);
});

test("keyUsage of an end entity allows what is to be done (RFC 8550 §4.4.2, RFC 9935 §5)", async () => {
  const kem = sequence(sequence(objectIdentifier(oid.mlKem512)), bitString(new Uint8Array(800)));
  const use = (bits: number, more: CertificateFields = {}): CertificateFields => ({
    extensions: [carol, usage(bits)],
    ...more,
  });
  const unsuitable = ["key-usage-unsuitable"];
  assert.deepEqual(await tried(use(0x80)), []);
  assert.deepEqual(await tried(use(0x40)), []);
  assert.deepEqual(await tried(use(0x20)), unsuitable);
  assert.deepEqual(await tried(use(0x20, { spki: kem }), "encrypt"), []);
  assert.deepEqual(await tried(use(0x08, { spki: kem }), "encrypt"), unsuitable);
  assert.deepEqual(await tried(use(0x08), "encrypt"), []);
  assert.deepEqual(await tried(use(0x20), "encrypt"), unsuitable);
});

test("an RSA key is neither short (by policy) nor so long that it costs every reader; others are known", async () => {
  const rsa = (bits: number): CertificateFields => {
    const modulus = new Uint8Array(bits / 8).fill(0xff);
    const key = sequence(unsignedInteger(modulus), unsignedInteger(Uint8Array.of(1, 0, 1)));
    const spki = sequence(sequence(objectIdentifier(oid.rsaEncryption), nullValue), bitString(key));
    return { extensions: [carol], spki };
  };
  assert.deepEqual(await tried(rsa(2048)), []);
  assert.deepEqual(await tried(rsa(2040)), ["key-weak"]);
  assert.deepEqual(await tried(rsa(16_384)), []);
  assert.deepEqual(await tried(rsa(16_392)), ["key-unsupported"]);
  const unknown = sequence(sequence(objectIdentifier("1.2.3.4")), bitString(Uint8Array.of(1)));
  assert.deepEqual(await tried({ extensions: [carol], spki: unknown }), ["key-unsupported"]);
  // To verify DSA makes no other key known.
  readPolicy = { ...defaultReadPolicy, dsa: "verify" };
  assert.deepEqual(await tried({ extensions: [carol], spki: unknown }), ["key-unsupported"]);
  readPolicy = defaultReadPolicy;
});

test("every fault is told, each once", async () => {
  const notOne = extension(oid.basicConstraints, sequence());
  const middle = { extensions: [notOne, usage(0x80)] };
  assert.deepEqual(await tried({ extensions: [carol] }, "sign", middle), [
    "basic-constraints-violated",
    "key-usage-unsuitable",
  ]);
  const broken = (type: string): Bytes => extension(type, octetString(Uint8Array.of(1)), false);
  const odd = { extensions: [carol, broken(oid.keyUsage), broken(oid.extendedKeyUsage)] };
  assert.deepEqual(await tried(odd), ["certificate-malformed", "certificate-malformed"]);
  const once = { extensions: [broken(oid.basicConstraints)] };
  assert.deepEqual(await tried({ extensions: [carol] }, "sign", once), ["certificate-malformed"]);
});

test("only an anchor may be so old that it says nothing (RFC 5280 §6.1.4 (k))", async () => {
  const middle = { extensions: [], version: 0 };
  assert.deepEqual(await tried({ extensions: [carol] }, "sign", middle), ["basic-constraints-violated"]);
});
