/** KEMRecipientInfo as it may be written (RFC 9629, RFC 9936), with Node's HKDF and key wrap as the sender. */
import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { test } from "node:test";
import { type Bytes, fromHex } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  bitString,
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { issuerAndSerialNumber } from "../../../src/engine/cms/sign.js";
import { type Identity, type Inspection, inspect } from "../../../src/engine/index.js";
import { decapsulate, encapsulate, keysFromSeed } from "../../../src/engine/primitives/ml-kem.js";
import { addressed, forgeCertificate, name } from "../../helpers/forge-certificate.js";
import { aesWrap, envelopedData, opaqueLetter, view } from "../../helpers/forge-enveloped-data.js";
import { codes, lunch, testContext } from "../../helpers/inspecting.js";

const set = "ML-KEM-768";
const { publicKey, secretKey } = await keysFromSeed(set, new Uint8Array(64).fill(7));
const spki = sequence(sequence(objectIdentifier(oid.mlKem768)), bitString(publicKey));
const extensions = [addressed("kem@example.test")];
const { certificate } = await forgeCertificate({ subject: name("Kem"), spki, extensions });
const identity: Identity = {
  certificate,
  chain: [],
  privateKey: {
    kind: "ml-kem",
    parameterSet: set,
    decapsulate: (ciphertext) => decapsulate(set, secretKey, ciphertext),
  },
};

interface Written {
  readonly kem?: string;
  readonly kdf?: string;
  readonly hash?: string;
  readonly kekLength?: number;
  readonly statedLength?: number;
  readonly wrap?: Bytes;
  /** in the derivation, where it differs from the message */
  readonly derivedWith?: Bytes;
  readonly ukm?: Bytes;
  readonly turn?: "ciphertext" | "encryptedKey" | "short ciphertext";
}

const wrapOf = (length: number, ...parameters: Bytes[]): Bytes => {
  const names: Readonly<Record<number, string>> = {
    16: oid.aes128Wrap,
    24: oid.aes192Wrap,
    32: oid.aes256Wrap,
  };
  return sequence(objectIdentifier(names[length]!), ...parameters);
};

async function send(written: Written): Promise<Inspection> {
  const {
    kem = oid.mlKem768,
    kdf = oid.hkdfWithSha256,
    hash = "sha256",
    kekLength = 32,
    ukm,
    turn,
  } = written;
  const { wrap = wrapOf(kekLength), statedLength = kekLength } = written;
  const keyingMaterial = ukm === undefined ? [] : [encode(context(0), octetString(ukm))];
  const info = sequence(written.derivedWith ?? wrap, smallInteger(statedLength), ...keyingMaterial);
  const { ciphertext, sharedSecret } = await encapsulate(set, publicKey);
  const wrapped = aesWrap(view(new Uint8Array(hkdfSync(hash, sharedSecret, "", info, kekLength))));
  if (turn === "ciphertext") ciphertext[9]! ^= 1;
  if (turn === "encryptedKey") wrapped[9]! ^= 1;
  const value = sequence(
    smallInteger(0),
    issuerAndSerialNumber(certificate),
    sequence(objectIdentifier(kem)),
    octetString(turn === "short ciphertext" ? ciphertext.subarray(1) : ciphertext),
    sequence(objectIdentifier(kdf)),
    smallInteger(statedLength),
    ...keyingMaterial,
    wrap,
    octetString(wrapped),
  );
  const recipientInfos = [encode(context(4), objectIdentifier(oid.oriKem), value)];
  const message = opaqueLetter(envelopedData({ content: lunch, recipientInfos, version: 3 }));
  return inspect(message, await testContext({ identities: [identity] }));
}

async function opens(written: Written): Promise<void> {
  const inspection = await send(written);
  assert.deepEqual([Buffer.from(inspection.payload.mime).toString(), codes(inspection)], [lunch, []]);
}

test("opens HKDF with SHA-256, SHA-384 and SHA-512, and keys of every length (RFC 9629 §3, §5)", async () => {
  for (const [kdf, hash] of [
    [oid.hkdfWithSha256, "sha256"],
    [oid.hkdfWithSha384, "sha384"],
    [oid.hkdfWithSha512, "sha512"],
  ] as const) {
    for (const kekLength of [16, 24, 32]) await opens({ kdf, hash, kekLength });
  }
});

test("opens with a user keying material, an empty one, and NULL for no parameters (RFC 9629 §5)", async () => {
  await opens({ ukm: fromHex("0011223344") });
  await opens({ ukm: new Uint8Array(0) });
  await opens({ wrap: wrapOf(32, nullValue) });
  await opens({ wrap: wrapOf(32, nullValue), derivedWith: wrapOf(32) });
});

test("a turned ciphertext or key is one failure; so is a ciphertext that is too short (FIPS 203 §7.3)", async () => {
  for (const turn of ["ciphertext", "encryptedKey", "short ciphertext"] as const) {
    const { summary } = (await send({ turn })).verdict;
    assert.deepEqual(summary.faults, [{ code: "decryption-failed" }], turn);
  }
});

test("what we lack is named, and a length that is not the wrap's is malformed (RFC 9629 §3)", async () => {
  assert.deepEqual(codes(await send({ kdf: oid.pbkdf2 })), ["algorithm-unsupported"]);
  assert.deepEqual(codes(await send({ kem: oid.mlKem512 })), ["algorithm-unsupported"]);
  assert.deepEqual(codes(await send({ kem: "1.2.840.113549.1.9.16.3.14" })), ["algorithm-unsupported"]);
  assert.deepEqual(codes(await send({ statedLength: 16 })), ["cms-malformed"]);
  assert.deepEqual(codes(await send({ statedLength: 65535 })), ["cms-malformed"]);
});
