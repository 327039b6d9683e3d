/** OpenSSL signs, we verify: every algorithm and form of the first cut, each with its reject. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../src/engine/index.js";
import { codes, inspectAs, letter, lunch, tamper } from "../helpers/inspecting.js";
import { cmsSign } from "../helpers/openssl.js";

const from = (name: string): string =>
  `From: ${name} <${name}@example.test>\r\nTo: bob@example.test\r\nSubject: Lunch\r\n`;

const pss = ["-keyopt", "rsa_padding_mode:pss"];

interface Case {
  readonly says: string;
  readonly signer: string;
  readonly options: readonly string[];
  readonly person?: string;
  readonly signature: string;
  readonly digest?: string;
}

const cases: readonly Case[] = [
  { says: "RSA PKCS #1 v1.5 with SHA-256", signer: "alice-rsa", options: [], signature: "RSASSA-PKCS1-v1_5" },
  {
    says: "RSA with SHA-384",
    signer: "alice-rsa",
    options: ["-md", "sha384"],
    signature: "RSASSA-PKCS1-v1_5",
    digest: "SHA-384",
  },
  {
    says: "RSA with SHA-512",
    signer: "alice-rsa",
    options: ["-md", "sha512"],
    signature: "RSASSA-PKCS1-v1_5",
    digest: "SHA-512",
  },
  { says: "RSA-4096", signer: "big-rsa4096", person: "big", options: [], signature: "RSASSA-PKCS1-v1_5" },
  { says: "RSASSA-PSS (RFC 4056)", signer: "alice-rsa", options: pss, signature: "RSASSA-PSS" },
  {
    says: "RSASSA-PSS with SHA-512",
    signer: "alice-rsa",
    options: [...pss, "-md", "sha512"],
    signature: "RSASSA-PSS",
    digest: "SHA-512",
  },
  {
    says: "RSASSA-PSS, salt of the largest size",
    signer: "alice-rsa",
    options: [...pss, "-keyopt", "rsa_pss_saltlen:max"],
    signature: "RSASSA-PSS",
  },
  {
    says: "ECDSA P-256 (RFC 5753)",
    signer: "bob-p256",
    person: "bob",
    options: [],
    signature: "ECDSA P-256",
  },
  {
    says: "ECDSA P-384 with SHA-384",
    signer: "carol-p384",
    person: "carol",
    options: ["-md", "sha384"],
    signature: "ECDSA P-384",
    digest: "SHA-384",
  },
  {
    says: "ECDSA P-521 with SHA-512",
    signer: "dave-p521",
    person: "dave",
    options: ["-md", "sha512"],
    signature: "ECDSA P-521",
    digest: "SHA-512",
  },
  { says: "opaque", signer: "alice-rsa", options: ["-nodetach"], signature: "RSASSA-PKCS1-v1_5" },
  {
    says: "opaque, indefinite lengths and chunks (-stream)",
    signer: "alice-rsa",
    options: ["-nodetach", "-stream"],
    signature: "RSASSA-PKCS1-v1_5",
  },
  {
    says: "clear-signed, -stream",
    signer: "bob-p256",
    person: "bob",
    options: ["-stream"],
    signature: "ECDSA P-256",
  },
  {
    says: "without signed attributes",
    signer: "alice-rsa",
    options: ["-noattr"],
    signature: "RSASSA-PKCS1-v1_5",
  },
  {
    says: "opaque without signed attributes",
    signer: "bob-p256",
    person: "bob",
    options: ["-noattr", "-nodetach"],
    signature: "ECDSA P-256",
  },
  {
    says: "signer named by subject key identifier",
    signer: "alice-rsa",
    options: ["-keyid"],
    signature: "RSASSA-PKCS1-v1_5",
  },
  {
    says: "signingCertificate (ESS, -cades)",
    signer: "alice-rsa",
    options: ["-cades"],
    signature: "RSASSA-PKCS1-v1_5",
  },
];

for (const { says, signer, options, person = "alice", signature, digest = "SHA-256" } of cases) {
  test(`verifies ${says}, and no octet may differ (RFC 5652 §5.6)`, async () => {
    const entity = await cmsSign(lunch, signer, ...options);
    const raw = letter(entity, from(person));
    const { verdict, payload } = await inspectAs(raw);
    assert.deepEqual(verdict.summary.faults, []);
    assert.equal(verdict.summary.state, "2");
    const [layer] = verdict.layers;
    assert.ok(layer?.kind === "signed");
    assert.equal(layer.form, options.includes("-nodetach") ? "opaque-signed" : "clear-signed");
    assert.deepEqual(
      layer.signatures.map(({ algorithms }) => algorithms),
      [{ digest, signature }],
    );
    assert.match(Buffer.from(payload.mime).toString(), /See you at noon\./);
    const swapped = await inspectAs(letter(entity, from("mallory")));
    assert.equal(swapped.verdict.summary.state, "4");
    assert.deepEqual(codes(swapped), ["signer-not-author"]);
    const changed = await inspectAs(
      tamper(raw, options.includes("-nodetach") ? innerOctets(entity) : "noon"),
    );
    assert.notEqual(changed.verdict.summary.state, "2");
    if (!options.includes("-nodetach")) assert.equal(changed.verdict.summary.state, "7");
  });
}

/** Base64 of the content cannot be searched as text; a line from the middle of the body is in it. */
function innerOctets(entity: Bytes): string {
  const lines = Buffer.from(entity)
    .toString()
    .split("\n")
    .filter((line) => /^[A-Za-z0-9+/]{64}$/.test(line));
  return lines[1]!.slice(10, 40);
}

test("verifies mail whose CRLF became LF on the way (RFC 8551 §3.4.3.3)", async () => {
  const entity = await cmsSign(lunch, "alice-rsa");
  const raw = Buffer.from(letter(entity)).toString("latin1").replaceAll("\r\n", "\n");
  const { verdict } = await inspectAs(new Uint8Array(Buffer.from(raw, "latin1")));
  assert.equal(verdict.summary.state, "2");
});

test("verifies mail under the lines that Thunderbird puts before it", async () => {
  const entity = await cmsSign(lunch, "alice-rsa");
  const before = "From - Mon Jun  1 10:00:00 2026\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n";
  const { verdict } = await inspectAs(new Uint8Array(Buffer.concat([Buffer.from(before), letter(entity)])));
  assert.equal(verdict.summary.state, "2");
});

test("several signers: good where one of them is the author (RFC 5652 §5.1)", async () => {
  const both = ["-signer", "KEYS/bob-p256.pem", "-inkey", "KEYS/bob-p256.key.pem"];
  const entity = await cmsSign(lunch, "alice-rsa", ...both);
  const good = await inspectAs(letter(entity));
  assert.equal(good.verdict.summary.state, "2");
  assert.deepEqual(good.verdict.summary.signer?.addresses, ["alice@example.test"]);
  const other = await inspectAs(letter(entity, from("carol")));
  assert.equal(other.verdict.summary.state, "4");
});

test("several signers: one that nobody vouches for takes nothing away, one that is broken does", async () => {
  const mallory = ["-signer", "KEYS/mallory.pem", "-inkey", "KEYS/mallory.key.pem"];
  const entity = await cmsSign(lunch, "alice-rsa", ...mallory);
  assert.equal((await inspectAs(letter(entity))).verdict.summary.state, "2");
  const changed = await inspectAs(tamper(letter(entity), "noon"));
  assert.equal(changed.verdict.summary.state, "7");
});

test("without certificates in the message the signer is unknown, unless we know her", async () => {
  const entity = await cmsSign(lunch, "alice-rsa", "-nocerts");
  const unknown = await inspectAs(letter(entity));
  assert.equal(unknown.verdict.summary.state, "6");
  assert.deepEqual(codes(unknown), ["signer-certificate-missing"]);
});

const unconfirmed: readonly [string, string, string, string][] = [
  ["a CA that nobody configured", "mallory", "5", "path-not-found"],
  ["an expired certificate", "expired", "6", "certificate-expired"],
  ["a certificate for servers (RFC 8550 §4.4.4)", "server-eku", "5", "extended-key-usage-unsuitable"],
  ["a certificate without an address (RFC 8550 §3)", "no-address", "5", "certificate-without-address"],
  ["RSA-1024 (RFC 8551 §4.1)", "weak-rsa1024", "6", "key-weak"],
];

for (const [says, signer, state, code] of unconfirmed) {
  test(`is not good with ${says}`, async () => {
    const person = signer === "weak-rsa1024" ? "weak" : "alice";
    const { verdict } = await inspectAs(letter(await cmsSign(lunch, signer), from(person)));
    assert.equal(verdict.summary.state, state);
    assert.equal(verdict.summary.faults[0]?.code, code);
  });
}

test("SHA-1 explains an old signature and is never good (RFC 8551 §2.1)", async () => {
  const entity = await cmsSign(lunch, "alice-rsa", "-md", "sha1");
  const { verdict } = await inspectAs(letter(entity));
  assert.equal(verdict.summary.state, "6");
  assert.equal(verdict.summary.faults[0]?.code, "algorithm-weak");
  const changed = await inspectAs(tamper(letter(entity), "noon"));
  assert.equal(changed.verdict.summary.state, "7");
});

test("MD5 is never good", async () => {
  const { verdict } = await inspectAs(letter(await cmsSign(lunch, "alice-rsa", "-md", "md5")));
  assert.equal(verdict.summary.state, "6");
  assert.equal(verdict.summary.faults[0]?.code, "algorithm-weak");
});

test("a bare .p7m file is read, DER or PEM, and has no author", async () => {
  for (const form of ["DER", "PEM"]) {
    const file = await cmsSign(lunch, "alice-rsa", "-nodetach", "-outform", form);
    const inspection = await inspectAs(file);
    assert.equal(inspection.verdict.layers.length, 1);
    assert.equal(inspection.verdict.summary.state, "4");
    assert.deepEqual(codes(inspection), ["author-missing"]);
  }
});
