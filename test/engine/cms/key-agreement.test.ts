/**
 * Key agreement as it may be written (RFC 5753, RFC 8418), with Node's cryptography as the sender: key
 * derivations, user keying material, points, parameters; and what must be refused.
 */
import assert from "node:assert/strict";
import {
  type KeyObject,
  X509Certificate,
  createHash,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
} from "node:crypto";
import { test } from "node:test";
import { type Bytes, concat, fromHex } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { issuerAndSerialNumber } from "../../../src/engine/cms/sign.js";
import {
  type Agreement,
  aesWrap,
  agreementInfo,
  envelopedData,
  opaqueLetter,
  view,
} from "../../helpers/forge-enveloped-data.js";
import { codes, inspectAs, lunch, testCertificate } from "../../helpers/inspecting.js";

interface Kdf {
  readonly scheme: string;
  derive(secret: Buffer, info: Bytes, ukm: Bytes | undefined): Bytes;
}

const x963 = (scheme: string, hash: string): Kdf => ({
  scheme,
  derive: (secret, info) => {
    const block = (counter: number) =>
      createHash(hash)
        .update(secret)
        .update(Uint8Array.of(0, 0, 0, counter))
        .update(info)
        .digest();
    return view(Buffer.concat([block(1), block(2)]).subarray(0, 32));
  },
});
const hkdf = (scheme: string, hash: string, salted: "salt is the ukm" | "no salt"): Kdf => ({
  scheme,
  derive: (secret, info, ukm) =>
    view(
      new Uint8Array(
        hkdfSync(
          hash,
          secret,
          salted === "no salt" ? new Uint8Array(0) : (ukm ?? new Uint8Array(0)),
          info,
          32,
        ),
      ),
    ),
});

const wrapAlone = sequence(objectIdentifier(oid.aes256Wrap));
const wrapNull = sequence(objectIdentifier(oid.aes256Wrap), nullValue);

const sharedInfo = (keyInfo: Bytes, ukm?: Bytes): Bytes =>
  sequence(
    keyInfo,
    ...(ukm === undefined ? [] : [encode(context(0), octetString(ukm))]),
    encode(context(2), octetString(fromHex("00000100"))),
  );

interface Ephemeral {
  readonly publicKey: Bytes;
  readonly secret: Buffer;
}

/** A fresh key pair and what it agrees on with the certificate's. */
async function agreeWith(person: string): Promise<Ephemeral> {
  const certificate = await testCertificate(person);
  const theirs = new X509Certificate(certificate.der).publicKey;
  const pair = freshKey(theirs);
  const spki = pair.publicKey.export({ type: "spki", format: "der" });
  const { length } = certificate.subjectPublicKeyInfo.publicKey;
  return {
    publicKey: view(spki.subarray(spki.length - length)),
    secret: diffieHellman({ privateKey: pair.privateKey, publicKey: theirs }),
  };
}

function freshKey(theirs: KeyObject) {
  switch (theirs.asymmetricKeyType) {
    case "x25519":
      return generateKeyPairSync("x25519");
    case "x448":
      return generateKeyPairSync("x448");
    default:
      return generateKeyPairSync("ec", { namedCurve: theirs.asymmetricKeyDetails!.namedCurve! });
  }
}

interface Sent {
  readonly kdf: Kdf;
  readonly keyType?: string;
  readonly ukm?: Bytes;
  /** in the message, and in the derivation */
  readonly wrap?: Bytes;
  readonly derivedWith?: Bytes;
  readonly change?: (agreement: Agreement) => Agreement;
}

async function send(person: string, sent: Sent): Promise<Bytes> {
  const { kdf, keyType = oid.ecPublicKey, ukm, wrap = wrapAlone, change = (same) => same } = sent;
  const { publicKey, secret } = await agreeWith(person);
  const key = kdf.derive(secret, sharedInfo(sent.derivedWith ?? wrap, ukm), ukm);
  const agreement: Agreement = {
    certificate: await testCertificate(person),
    scheme: kdf.scheme,
    wrap,
    keyType,
    originatorKey: publicKey,
    ...(ukm === undefined ? {} : { ukm }),
    encryptedKey: aesWrap(key),
  };
  return opaqueLetter(envelopedData({ content: lunch, recipientInfos: [agreementInfo(change(agreement))] }));
}

async function opens(person: string, sent: Sent, keys: string): Promise<void> {
  const { verdict, payload } = await inspectAs(await send(person, sent), [person]);
  const [layer] = verdict.layers;
  assert.ok(layer?.kind === "encrypted" && layer.status === "opened", JSON.stringify(layer));
  assert.equal(layer.keyManagement, keys);
  assert.equal(Buffer.from(payload.mime).toString(), lunch);
}

async function refuses(person: string, sent: Sent, code: string): Promise<void> {
  const inspection = await inspectAs(await send(person, sent), [person]);
  assert.deepEqual([inspection.verdict.summary.encryption, ...codes(inspection)], ["damaged", code]);
}

const sha256 = x963(oid.dhSinglePassStdDhSha256, "sha256");
const ukms: readonly (readonly [says: string, ukm: Bytes | undefined])[] = [
  ["no ukm", undefined],
  ["an empty ukm", new Uint8Array(0)],
  ["a ukm", fromHex("00112233445566778899aabbccddeeff")],
];

for (const [says, ukm] of ukms) {
  const given = ukm === undefined ? {} : { ukm };
  test(`opens ECDH with ${says} (RFC 5753 §7.2)`, async () => {
    await opens("bob-p256", { kdf: sha256, ...given }, "ECDH P-256");
    await opens("frank-bp256", { kdf: sha256, ...given }, "ECDH brainpoolP256r1");
  });

  for (const [person, keyType, keys] of [
    ["kim-x25519", oid.x25519, "X25519"],
    ["lee-x448", oid.x448, "X448"],
  ] as const) {
    test(`opens ${keys} with ${says}, HKDF and X9.63 (RFC 8418 §2)`, async () => {
      for (const kdf of [
        hkdf(oid.stdDhHkdfSha256, "sha256", "salt is the ukm"),
        hkdf(oid.stdDhHkdfSha384, "sha384", "salt is the ukm"),
        hkdf(oid.stdDhHkdfSha512, "sha512", "salt is the ukm"),
        // Bouncy Castle leaves the salt out, whatever the ukm.
        hkdf(oid.stdDhHkdfSha256, "sha256", "no salt"),
        x963(oid.dhSinglePassStdDhSha256, "sha256"),
        x963(oid.dhSinglePassStdDhSha512, "sha512"),
      ]) {
        await opens(person, { kdf, keyType, ...given }, keys);
      }
    });
  }
}

test("opens what was derived with NULL, or without, whatever the message says (RFC 5753 §7.2)", async () => {
  for (const wrap of [wrapAlone, wrapNull]) {
    for (const derivedWith of [wrapAlone, wrapNull]) {
      await opens("bob-p256", { kdf: sha256, wrap, derivedWith }, "ECDH P-256");
    }
  }
});

test("opens compressed points of every curve (RFC 5753 §7.1.1)", async () => {
  const compress = (agreement: Agreement): Agreement => {
    const point = agreement.originatorKey;
    const x = point.subarray(1, 1 + (point.length - 1) / 2);
    return { ...agreement, originatorKey: concat([Uint8Array.of(2 + (point.at(-1)! & 1)), x]) };
  };
  for (const [person, keys] of [
    ["bob-p256", "P-256"],
    ["carol-p384", "P-384"],
    ["dave-p521", "P-521"],
    ["frank-bp256", "brainpoolP256r1"],
    ["heidi-bp512", "brainpoolP512r1"],
  ] as const) {
    await opens(person, { kdf: sha256, change: compress }, `ECDH ${keys}`);
  }
});

test("a point off the curve, or none, is one failure with a wrong key", async () => {
  const points: readonly ((point: Bytes) => Bytes)[] = [
    (point) => concat([point.subarray(0, -1), Uint8Array.of(point.at(-1)! ^ 1)]),
    () => Uint8Array.of(0),
    () => new Uint8Array(0),
    (point) => point.subarray(0, -1),
    (point) => new Uint8Array(point.length),
  ];
  for (const person of ["bob-p256", "frank-bp256"]) {
    for (const turn of points) {
      const change = (one: Agreement): Agreement => ({ ...one, originatorKey: turn(one.originatorKey) });
      await refuses(person, { kdf: sha256, change }, "decryption-failed");
    }
    const change = (one: Agreement): Agreement => ({ ...one, encryptedKey: turnFirst(one.encryptedKey) });
    await refuses(person, { kdf: sha256, change }, "decryption-failed");
  }
});

test("X25519 and X448 points of small order are refused (RFC 7748 §6)", async () => {
  const kdf = hkdf(oid.stdDhHkdfSha256, "sha256", "no salt");
  for (const [person, keyType, length] of [
    ["kim-x25519", oid.x25519, 32],
    ["lee-x448", oid.x448, 56],
  ] as const) {
    for (const first of [0, 1]) {
      const originatorKey = new Uint8Array(length);
      originatorKey[0] = first;
      const change = (one: Agreement): Agreement => ({ ...one, originatorKey });
      await refuses(person, { kdf, keyType, change }, "decryption-failed");
    }
  }
});

test("a static originator, a scheme and a wrap that we do not have are named (RFC 5753 §3.2)", async () => {
  const certificate = await testCertificate("alice-p256");
  const named = (one: Agreement): Agreement => ({ ...one, originator: issuerAndSerialNumber(certificate) });
  await refuses("bob-p256", { kdf: sha256, change: named }, "algorithm-unsupported");
  const mqv = { ...sha256, scheme: "1.3.132.1.15.1" };
  await refuses("bob-p256", { kdf: mqv }, "algorithm-unsupported");
  const camellia = sequence(objectIdentifier("1.2.392.200011.61.1.1.3.4"));
  await refuses("bob-p256", { kdf: sha256, wrap: camellia }, "algorithm-unsupported");
  await refuses("bob-p256", { kdf: sha256, wrap: nullValue }, "asn1-malformed");
});

test("a key of another length than the content's cipher wants is no key", async () => {
  const { publicKey, secret } = await agreeWith("bob-p256");
  const key = sha256.derive(secret, sharedInfo(wrapAlone), undefined);
  const info = agreementInfo({
    certificate: await testCertificate("bob-p256"),
    scheme: sha256.scheme,
    wrap: wrapAlone,
    keyType: oid.ecPublicKey,
    originatorKey: publicKey,
    encryptedKey: aesWrap(key, new Uint8Array(16)),
  });
  const letter = opaqueLetter(envelopedData({ content: lunch, recipientInfos: [info] }));
  assert.deepEqual(codes(await inspectAs(letter, ["bob-p256"])), ["decryption-failed"]);
});

function turnFirst(octets: Bytes): Bytes {
  const turned = octets.slice();
  turned[0]! ^= 1;
  return turned;
}
