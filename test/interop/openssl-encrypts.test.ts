/** OpenSSL encrypts, we open: every algorithm of the first cut, each with its reject. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../src/engine/index.js";
import { inspectAs, letter, lunch, testContext, testIdentity } from "../helpers/inspecting.js";
import { inspect } from "../../src/engine/index.js";
import { cmsEncrypt, cmsSign } from "../helpers/openssl.js";

const oaep = ["-keyopt", "rsa_padding_mode:oaep"];

interface Case {
  readonly says: string;
  readonly recipient: string;
  readonly options: readonly string[];
  readonly cipher: string;
  readonly keys: string;
}

const ciphers: readonly [string, string][] = [
  ["-aes128", "AES-128-CBC"],
  ["-aes192", "AES-192-CBC"],
  ["-aes256", "AES-256-CBC"],
  ["-aes-128-gcm", "AES-128-GCM"],
  ["-aes-192-gcm", "AES-192-GCM"],
  ["-aes-256-gcm", "AES-256-GCM"],
];

const cases: readonly Case[] = [
  ...ciphers.flatMap(([option, cipher]) => [
    {
      says: `${cipher} for RSA`,
      recipient: "alice-rsa",
      options: [option],
      cipher,
      keys: "RSAES-PKCS1-v1_5",
    },
    { says: `${cipher} for P-256`, recipient: "bob-p256", options: [option], cipher, keys: "ECDH P-256" },
  ]),
];

const oaepCases: readonly [string, readonly string[]][] = [
  ["SHA-1", oaep],
  ["SHA-256", [...oaep, "-keyopt", "rsa_oaep_md:sha256"]],
  [
    "SHA-512 with a label",
    [...oaep, "-keyopt", "rsa_oaep_md:sha512", "-keyopt", "rsa_oaep_label:6c756e6368"],
  ],
  ["SHA-256, mask by SHA-1", [...oaep, "-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha1"]],
];

const agreements: readonly [string, string, readonly string[]][] = [
  ["carol-p384", "ECDH P-384", []],
  ["dave-p521", "ECDH P-521", []],
  ["bob-p256", "ECDH P-256", ["-keyopt", "ecdh_kdf_md:sha224"]],
  ["bob-p256", "ECDH P-256", ["-keyopt", "ecdh_kdf_md:sha256"]],
  ["carol-p384", "ECDH P-384", ["-keyopt", "ecdh_kdf_md:sha384"]],
  ["dave-p521", "ECDH P-521", ["-keyopt", "ecdh_kdf_md:sha512"]],
];

async function opens(
  { recipient, cipher, keys }: Omit<Case, "says" | "options">,
  entity: Bytes,
): Promise<void> {
  const { verdict, payload } = await inspectAs(letter(entity), [recipient]);
  assert.deepEqual(verdict.summary.faults, []);
  const authenticated = cipher.endsWith("GCM");
  assert.equal(verdict.summary.encryption, authenticated ? "encrypted" : "encrypted-unauthenticated");
  const [layer] = verdict.layers;
  assert.ok(layer?.kind === "encrypted" && layer.status === "opened");
  assert.equal(layer.contentEncryption, cipher);
  assert.equal(layer.keyManagement, keys);
  assert.equal(Buffer.from(payload.mime).toString(), lunch);
}

for (const { says, options, ...expected } of cases) {
  test(`opens ${says}, and says who could where it is another's (RFC 5652 §6, RFC 5083)`, async () => {
    const entity = await cmsEncrypt(lunch, [expected.recipient], ...options);
    await opens(expected, entity);
    const stranger = await inspectAs(letter(entity), ["carol-p384"]);
    assert.equal(stranger.verdict.summary.encryption, "key-missing");
    assert.deepEqual(stranger.payload.mime, letter(entity));
    const damaged = await inspectAs(letter(turnLast(entity)), [expected.recipient]);
    if (expected.cipher.endsWith("GCM")) assert.equal(damaged.verdict.summary.encryption, "damaged");
    else assert.notEqual(Buffer.from(damaged.payload.mime).toString(), lunch);
  });
}

for (const [says, options] of oaepCases) {
  test(`opens RSAES-OAEP with ${says} (RFC 3560, RFC 4055 §4)`, async () => {
    const entity = await cmsEncrypt(lunch, ["alice-rsa"], "-aes256", ...options);
    await opens({ recipient: "alice-rsa", cipher: "AES-256-CBC", keys: "RSAES-OAEP" }, entity);
  });
}

for (const [recipient, keys, options] of agreements) {
  test(`opens ${keys} ${options.join(" ")} (RFC 5753)`, async () => {
    const entity = await cmsEncrypt(lunch, [recipient], "-aes256", ...options);
    await opens({ recipient, cipher: "AES-256-CBC", keys }, entity);
  });
}

/** Turns one octet near the end of the base64 body: ciphertext, or the tag. */
function turnLast(entity: Bytes): Bytes {
  const text = Buffer.from(entity).toString("latin1").trimEnd();
  const at = text.length - 12;
  const turned = text[at] === "A" ? "B" : "A";
  return new Uint8Array(Buffer.from(`${text.slice(0, at)}${turned}${text.slice(at + 1)}\n`, "latin1"));
}

test("opens -stream: indefinite lengths and chunks (X.690 §8.1.3)", async () => {
  const entity = await cmsEncrypt(lunch.repeat(200), ["alice-rsa"], "-aes256", "-stream");
  const { verdict, payload } = await inspectAs(letter(entity), ["alice-rsa"]);
  assert.equal(verdict.summary.encryption, "encrypted-unauthenticated");
  assert.equal(Buffer.from(payload.mime).toString(), lunch.repeat(200));
});

test("opens a recipient named by subject key identifier", async () => {
  const entity = await cmsEncrypt(lunch, ["alice-rsa"], "-aes256", "-keyid");
  await opens({ recipient: "alice-rsa", cipher: "AES-256-CBC", keys: "RSAES-PKCS1-v1_5" }, entity);
});

test("opens with the one of several recipients that we are", async () => {
  const entity = await cmsEncrypt(lunch, ["carol-p384", "alice-rsa", "bob-p256"], "-aes256");
  await opens({ recipient: "bob-p256", cipher: "AES-256-CBC", keys: "ECDH P-256" }, entity);
});

test("says that our key is locked, and opens nothing", async () => {
  const entity = await cmsEncrypt(lunch, ["alice-rsa"], "-aes256");
  const locked = { ...(await testIdentity("alice-rsa")), privateKey: null };
  const { verdict } = await inspect(letter(entity), await testContext({ identities: [locked] }));
  assert.equal(verdict.summary.encryption, "key-locked");
});

test("sign, then encrypt: the inner signature is judged against the visible author", async () => {
  const signed = await cmsSign(lunch, "alice-rsa");
  const entity = await cmsEncrypt(signed, ["bob-p256"], "-aes-256-gcm");
  const { verdict, certificates } = await inspectAs(letter(entity), ["bob-p256"]);
  assert.equal(verdict.summary.state, "2");
  assert.equal(verdict.summary.encryption, "encrypted");
  assert.deepEqual(
    verdict.layers.map(({ kind }) => kind),
    ["encrypted", "signed"],
  );
  assert.deepEqual(
    certificates.map(({ address }) => address),
    ["alice@example.test"],
  );
  const forwarded = await inspectAs(letter(entity, "From: mallory@evil.test\r\n"), ["bob-p256"]);
  assert.equal(forwarded.verdict.summary.state, "4");
});

test("signed inside encrypted inside signed: each signature must be the author's (RFC 2634 §1.1)", async () => {
  const inner = await cmsSign(lunch, "alice-rsa");
  const sealed = await cmsEncrypt(inner, ["bob-p256"], "-aes256");
  const outer = await cmsSign(sealed, "alice-p256");
  const { verdict } = await inspectAs(letter(outer), ["bob-p256"]);
  assert.deepEqual(
    verdict.layers.map(({ kind }) => kind),
    ["signed", "encrypted", "signed"],
  );
  assert.equal(verdict.summary.state, "2");
  const wrapped = await cmsSign(sealed, "carol-p384");
  assert.equal((await inspectAs(letter(wrapped), ["bob-p256"])).verdict.summary.state, "4");
});
