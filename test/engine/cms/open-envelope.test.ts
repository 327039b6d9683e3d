/**
 * Envelopes of other shapes: AEAD with Node as the sender, attributes and certificates along, passwords that
 * overrun; and that failures after the key all look alike.
 */
import assert from "node:assert/strict";
import { type CipherGCMTypes, createCipheriv, createHash, pbkdf2Sync, randomBytes } from "node:crypto";
import { test } from "node:test";
import { type Bytes, fromHex } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { encryptKey } from "../../../src/engine/cms/encrypt-key.js";
import { type Inspection, inspect } from "../../../src/engine/index.js";
import {
  type Enveloped,
  aesWrap,
  contentKey,
  envelopedData,
  opaqueLetter,
  view,
} from "../../helpers/forge-enveloped-data.js";
import { codes, inspectAs, lunch, testCertificate, testContext } from "../../helpers/inspecting.js";
import { cmsEncrypt } from "../../helpers/openssl.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text));

async function forAlice(parts: Omit<Enveloped, "recipientInfos">, copies = 1): Promise<Bytes> {
  const recipient = { certificate: await testCertificate("alice-rsa"), capabilities: null };
  const { der } = await encryptKey(contentKey, recipient);
  return envelopedData({ ...parts, recipientInfos: Array.from({ length: copies }, () => der) });
}

const asAlice = async (cms: Bytes): Promise<Inspection> => inspectAs(opaqueLetter(cms), ["alice-rsa"]);

function layersOf({ verdict }: Inspection): readonly string[] {
  return verdict.layers.map((layer) =>
    layer.kind === "signed" ? layer.kind : `${layer.kind} ${layer.status}`,
  );
}

const textOf = ({ payload }: Inspection): string => Buffer.from(payload.mime).toString();

// ------------------------------------------------------------------ content encryption

interface Aead {
  readonly name: string;
  readonly keyLength: number;
  readonly nonceLength: number;
  readonly tagLength: number;
}

function sealed(aead: Aead, algorithm: (nonce: Bytes) => Bytes): NonNullable<Enveloped["encrypted"]> {
  const nonce = view(randomBytes(aead.nonceLength));
  const key = contentKey.subarray(0, aead.keyLength);
  const options = { authTagLength: aead.tagLength };
  const cipher = createCipheriv(aead.name as CipherGCMTypes, key, nonce, options);
  const ciphertext = view(Buffer.concat([cipher.update(lunch), cipher.final()]));
  return { algorithm: algorithm(nonce), ciphertext, mac: view(cipher.getAuthTag()) };
}

const gcm =
  (tagLength: number, stated = tagLength) =>
  (nonce: Bytes) => {
    const parameters = stated === 12 ? [octetString(nonce)] : [octetString(nonce), smallInteger(stated)];
    return sequence(objectIdentifier(oid.aes256Gcm), sequence(...parameters));
  };
const aes256 = { name: "aes-256-gcm", keyLength: 32, nonceLength: 12 } as const;

for (const tagLength of [12, 13, 14, 15, 16]) {
  for (const nonceLength of [8, 12, 16]) {
    test(`opens AES-256-GCM, tag of ${tagLength}, nonce of ${nonceLength} octets; no octet may be turned (RFC 5084 §3.2)`, async () => {
      const encrypted = sealed({ ...aes256, nonceLength, tagLength }, gcm(tagLength));
      const inspection = await asAlice(await forAlice({ content: "", encrypted }));
      assert.deepEqual([textOf(inspection), codes(inspection)], [lunch, []]);
      for (const part of ["ciphertext", "mac"] as const) {
        const turned = encrypted[part]!.slice();
        turned[0]! ^= 1;
        const damaged = await asAlice(
          await forAlice({ content: "", encrypted: { ...encrypted, [part]: turned } }),
        );
        assert.deepEqual(codes(damaged), ["decryption-failed"]);
      }
    });
  }
}

test("nonces and tags of no legal length are malformed, before any key is touched", async () => {
  const refused = async (aead: Aead, algorithm: (nonce: Bytes) => Bytes) =>
    codes(await asAlice(await forAlice({ content: "", encrypted: sealed(aead, algorithm) })));
  assert.deepEqual(await refused({ ...aes256, nonceLength: 17, tagLength: 16 }, gcm(16)), ["cms-malformed"]);
  assert.deepEqual(await refused({ ...aes256, tagLength: 8 }, gcm(8)), ["cms-malformed"]);
  assert.deepEqual(await refused({ ...aes256, tagLength: 4 }, gcm(4)), ["cms-malformed"]);
  // One length in the parameters, another in the message.
  assert.deepEqual(await refused({ ...aes256, tagLength: 12 }, gcm(12, 16)), ["decryption-failed"]);
});

const chacha = { name: "chacha20-poly1305", keyLength: 32, nonceLength: 12, tagLength: 16 } as const;
const chachaAlgorithm = (nonce: Bytes) =>
  sequence(objectIdentifier(oid.chacha20Poly1305), octetString(nonce));

test("opens ChaCha20-Poly1305, and no octet may be turned (RFC 8103)", async () => {
  const encrypted = sealed(chacha, chachaAlgorithm);
  const inspection = await asAlice(await forAlice({ content: "", encrypted }));
  assert.deepEqual([textOf(inspection), codes(inspection)], [lunch, []]);
  assert.equal(inspection.verdict.summary.encryption, "encrypted");
  const mac = encrypted.mac!.slice();
  mac[15]! ^= 0x80;
  const damaged = await asAlice(await forAlice({ content: "", encrypted: { ...encrypted, mac } }));
  assert.deepEqual(codes(damaged), ["decryption-failed"]);
});

test("an AEAD without its tag, or CBC with one, is a trick (RFC 5083 §2.1)", async () => {
  const { algorithm, ciphertext } = sealed(chacha, chachaAlgorithm);
  const untagged = await asAlice(await forAlice({ content: "", encrypted: { algorithm, ciphertext } }));
  assert.deepEqual(codes(untagged), ["cms-malformed"]);
  const cbc = sequence(objectIdentifier(oid.aes256Cbc), octetString(new Uint8Array(16)));
  const encrypted = { algorithm: cbc, ciphertext: new Uint8Array(32), mac: new Uint8Array(16) };
  assert.deepEqual(codes(await asAlice(await forAlice({ content: "", encrypted }))), ["cms-malformed"]);
});

test("IVs of a wrong length are malformed for every cipher", async () => {
  for (const [cipher, length] of [
    [oid.aes256Cbc, 17],
    [oid.aes256Cbc, 8],
    [oid.desEde3Cbc, 16],
    [oid.chacha20Poly1305, 16],
  ] as const) {
    const algorithm = sequence(objectIdentifier(cipher), octetString(new Uint8Array(length)));
    const mac = cipher === oid.chacha20Poly1305 ? { mac: new Uint8Array(16) } : {};
    const encrypted = { algorithm, ciphertext: new Uint8Array(32), ...mac };
    assert.deepEqual(codes(await asAlice(await forAlice({ content: "", encrypted }))), ["cms-malformed"]);
  }
  const rc2 = sequence(
    objectIdentifier(oid.rc2Cbc),
    sequence(smallInteger(58), octetString(new Uint8Array(9))),
  );
  const encrypted = { algorithm: rc2, ciphertext: new Uint8Array(32) };
  assert.deepEqual(codes(await asAlice(await forAlice({ content: "", encrypted }))), ["cms-malformed"]);
});

// ------------------------------------------------------------------ what else may stand in an envelope

test("opens with attributes, certificates and CRLs along, and the same recipient twice (RFC 5652 §6.1)", async () => {
  const { der } = await testCertificate("bob-p256");
  const attribute = sequence(objectIdentifier("1.2.3.4"), setOf([nullValue]));
  const parts = {
    content: lunch,
    originatorInfo: encode(context(0), encode(context(0), der), encode(context(1), sequence(nullValue))),
    unprotectedAttrs: encode(context(1), attribute),
  };
  for (const version of [0, 2, 3, 4]) {
    const inspection = await asAlice(await forAlice({ ...parts, version }, 2));
    assert.deepEqual([textOf(inspection), codes(inspection)], [lunch, []]);
  }
  assert.deepEqual(codes(await asAlice(await forAlice({ ...parts, version: 5 }))), ["version-unsupported"]);
});

test("recipients of a kind that we do not know stand in nobody's way (RFC 5652 §6.2.5)", async () => {
  const recipient = { certificate: await testCertificate("alice-rsa"), capabilities: null };
  const { der } = await encryptKey(contentKey, recipient);
  const other = encode(context(4), objectIdentifier("1.2.3.4"), sequence(nullValue));
  const newer = encode(context(4), objectIdentifier(oid.oriKem), sequence(smallInteger(7)));
  const cms = envelopedData({ content: lunch, recipientInfos: [other, newer, der] });
  assert.equal(textOf(await asAlice(cms)), lunch);
  const alone = await asAlice(envelopedData({ content: lunch, recipientInfos: [other, newer] }));
  assert.deepEqual(codes(alone), ["key-missing"]);
});

// ------------------------------------------------------------------ passwords

function passwordInfo(inner: Bytes, encryptedKey: Bytes, iterations = 1000): Bytes {
  const derivation = sequence(octetString(bytes("salt")), smallInteger(iterations));
  return encode(
    context(3),
    smallInteger(0),
    encode(context(0), objectIdentifier(oid.pbkdf2), derivation),
    sequence(objectIdentifier(oid.pwriKek), inner),
    octetString(encryptedKey),
  );
}

const innerAes = sequence(objectIdentifier(oid.aes128Cbc), octetString(new Uint8Array(16)));

/** RFC 3211 §2.3.1 by Node, from the padded block on: length, check and key at will. */
function wrapped(padded: Uint8Array): Bytes {
  const key = pbkdf2Sync("Mittag", "salt", 1000, 16, "sha1");
  const round = (iv: Uint8Array, plain: Uint8Array): Buffer => {
    const cipher = createCipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
    return Buffer.concat([cipher.update(plain), cipher.final()]);
  };
  const first = round(new Uint8Array(16), padded);
  return view(round(first.subarray(-16), first));
}

async function byPassword(info: Bytes, password = "Mittag"): Promise<Inspection> {
  const cms = envelopedData({ content: lunch, recipientInfos: [info], version: 3 });
  return inspect(opaqueLetter(cms), await testContext({ passwords: [password] }));
}

const check = (key: Uint8Array): number[] => [...key.subarray(0, 3)].map((octet) => octet ^ 0xff);
const padTo = (length: number, octets: readonly number[]): Uint8Array => {
  const padded = new Uint8Array(length);
  padded.set(octets);
  return padded;
};

test("opens a key wrapped by a password, with the default PRF (RFC 3211 §2.3, RFC 8018 §A.2)", async () => {
  const right = wrapped(padTo(48, [32, ...check(contentKey), ...contentKey]));
  const inspection = await byPassword(passwordInfo(innerAes, right));
  assert.deepEqual([textOf(inspection), codes(inspection)], [lunch, []]);
});

test("a wrapped key that overruns, is too short, or has a wrong check is one failure (RFC 3211 §2.3.2)", async () => {
  const wrong: readonly Bytes[] = [
    wrapped(padTo(48, [255, ...check(contentKey), ...contentKey])),
    wrapped(padTo(48, [0, ...check(contentKey), ...contentKey])),
    wrapped(padTo(48, [31, ...check(contentKey), ...contentKey])),
    wrapped(padTo(48, [32, 1, 2, 3, ...contentKey])),
    wrapped(padTo(32, [32, ...check(contentKey)])),
    new Uint8Array(0),
    new Uint8Array(2),
    new Uint8Array(16),
    new Uint8Array(47),
    new Uint8Array(4096),
  ];
  for (const encryptedKey of wrong) {
    const inspection = await byPassword(passwordInfo(innerAes, encryptedKey));
    assert.deepEqual(inspection.verdict.summary.faults, [{ code: "decryption-failed" }]);
    assert.deepEqual(layersOf(inspection), ["encrypted damaged"]);
  }
});

test("what a password's recipientInfo names and we lack, or what would take minutes, is said before", async () => {
  const key = new Uint8Array(48);
  const cfb = sequence(objectIdentifier("2.16.840.1.101.3.4.1.4"), octetString(new Uint8Array(16)));
  assert.deepEqual(codes(await byPassword(passwordInfo(cfb, key))), ["algorithm-unsupported"]);
  const noIv = sequence(objectIdentifier(oid.aes128Cbc));
  assert.deepEqual(codes(await byPassword(passwordInfo(noIv, key))), ["cms-malformed"]);
  const longIv = sequence(objectIdentifier(oid.aes128Cbc), octetString(new Uint8Array(24)));
  assert.deepEqual(codes(await byPassword(passwordInfo(longIv, key))), ["cms-malformed"]);
  assert.deepEqual(codes(await byPassword(passwordInfo(innerAes, key, 2_000_000_000))), ["budget-exceeded"]);
  assert.deepEqual(codes(await byPassword(passwordInfo(innerAes, key, 0))), ["cms-malformed"]);
});

// ------------------------------------------------------------------ failures look alike

test("a wrong padding, key, wrap, tag or content: from outside there is one failure (RFC 3218, EFAIL)", async () => {
  const answers = new Set<string>();
  const remember = ({ verdict, payload }: Inspection, sent: Bytes): void => {
    answers.add(JSON.stringify([verdict.summary, verdict.layers]));
    assert.deepEqual(payload.mime, sent);
  };
  for (const [person, options] of [
    ["alice-rsa", ["-aes-128-gcm"]],
    ["alice-rsa", ["-aes-128-gcm", "-keyopt", "rsa_padding_mode:oaep"]],
    ["bob-p256", ["-aes-128-gcm"]],
    ["frank-bp256", ["-aes-128-gcm"]],
  ] as const) {
    const der = await cmsEncrypt(lunch, [person], ...options, "-outform", "DER");
    const hash = createHash("sha256").update(der).digest();
    // The wrapped key, the ciphertext, the tag: from the end on everything that is no structure.
    for (const back of [1, 20, 150, 170]) {
      const turned = der.slice();
      turned[der.length - back]! ^= 1 + (hash[0]! & 0x7e);
      const sent = opaqueLetter(turned);
      const inspection = await inspectAs(sent, [person]);
      if (codes(inspection)[0] === "decryption-failed") remember(inspection, sent);
    }
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
});

test("a key of the wrong length out of OAEP fails like any other (RFC 3560)", async () => {
  const recipient = { certificate: await testCertificate("alice-rsa"), capabilities: oaepOffer() };
  const infos = await Promise.all(
    [contentKey.subarray(0, 16), contentKey.subarray(0, 31), fromHex("00")].map(
      async (key) => (await encryptKey(key, recipient)).der,
    ),
  );
  for (const info of infos) {
    const inspection = await asAlice(envelopedData({ content: lunch, recipientInfos: [info] }));
    assert.deepEqual(inspection.verdict.summary.faults, [{ code: "decryption-failed" }]);
  }
});

function oaepOffer(): Bytes {
  return sequence(sequence(objectIdentifier(oid.rsaesOaep), sequence()));
}

test("a key that was handed over opens, and one octet turned in the wrap does not (RFC 5652 §6.2.3)", async () => {
  const key = view(randomBytes(32));
  const info = (encryptedKey: Bytes): Bytes =>
    encode(
      context(2),
      smallInteger(4),
      sequence(octetString(bytes("mine"))),
      sequence(objectIdentifier(oid.aes256Wrap)),
      octetString(encryptedKey),
    );
  const given = await testContext({ keyEncryptionKeys: [{ keyIdentifier: bytes("mine"), key }] });
  const right = aesWrap(key);
  const opened = await inspect(
    opaqueLetter(envelopedData({ content: lunch, recipientInfos: [info(right)] })),
    given,
  );
  assert.equal(textOf(opened), lunch);
  right[5]! ^= 1;
  const refused = await inspect(
    opaqueLetter(envelopedData({ content: lunch, recipientInfos: [info(right)] })),
    given,
  );
  assert.deepEqual(codes(refused), ["decryption-failed"]);
});
