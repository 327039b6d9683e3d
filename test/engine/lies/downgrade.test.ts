/**
 * AEAD ciphertext under the label of CBC (Strenzke and Roth, "Legacy Encryption Downgrade Attacks against
 * LibrePGP and CMS", 2024): whoever caught a letter in AES-GCM sends its key and its blocks as EnvelopedData, to
 * learn from what comes out. RFC 9709 would bind the key to its algorithm; hardly anybody writes it.
 */
import assert from "node:assert/strict";
import { constants, createCipheriv, createPublicKey, publicEncrypt } from "node:crypto";
import { test } from "node:test";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { issuerAndSerialNumber } from "../../../src/engine/cms/sign.js";
import { type Bytes, type Inspection, inspect, readContent } from "../../../src/engine/index.js";
import { contentKey, envelopedData, opaqueLetter, view } from "../../helpers/forge-enveloped-data.js";
import { codes, testContext, testIdentity } from "../../helpers/inspecting.js";

const alice = await testIdentity("alice-rsa");
const context = await testContext({ identities: [alice] });
const secret = "The meeting is at noon. ".repeat(12);
const text = `Content-Type: text/plain; charset=utf-8\r\n\r\n${secret}`;
const content = view(Buffer.from(text.slice(0, 288)));

const spki = Buffer.from(alice.certificate.subjectPublicKeyInfo.der);
const recipient = sequence(
  smallInteger(0),
  issuerAndSerialNumber(alice.certificate),
  sequence(objectIdentifier(oid.rsaEncryption), nullValue),
  octetString(
    view(
      publicEncrypt(
        {
          key: createPublicKey({ key: spki, format: "der", type: "spki" }),
          padding: constants.RSA_PKCS1_PADDING,
        },
        contentKey,
      ),
    ),
  ),
);

const nonce = view(Buffer.alloc(12, 7));
const gcm = createCipheriv("aes-256-gcm", contentKey, nonce);
const ciphertext = view(Buffer.concat([gcm.update(content), gcm.final()]));
const mac = view(gcm.getAuthTag());

type Encrypted = NonNullable<Parameters<typeof envelopedData>[0]["encrypted"]>;
const judge = (encrypted: Encrypted): Promise<Inspection> =>
  inspect(opaqueLetter(envelopedData({ content: "", recipientInfos: [recipient], encrypted })), context);

const asGcm = (change: Partial<Encrypted> = {}) =>
  judge({
    algorithm: sequence(
      objectIdentifier(oid.aes256Gcm),
      sequence(octetString(nonce), encode(0x02, Uint8Array.of(16))),
    ),
    ...{ ciphertext, mac, ...change },
  });
const cbc = sequence(objectIdentifier(oid.aes256Cbc), octetString(new Uint8Array(16)));
const asCbc = (blocks: Bytes) => judge({ algorithm: cbc, ciphertext: blocks });

test("the letter itself opens, as sealed against change", async () => {
  const { verdict, payload } = await asGcm();
  assert.equal(verdict.summary.encryption, "encrypted");
  assert.match(readContent(payload).text ?? "", /noon/);
});

/** Under a chance key one in 256 ends like padding (the next test is about those): with another octet it does not. */
async function unlessByChance(blocks: Bytes): Promise<Inspection> {
  const first = await asCbc(blocks);
  if (first.verdict.summary.encryption === "damaged") return first;
  const other = blocks.slice();
  other[other.length - 17]! ^= 0x80;
  return asCbc(other);
}

test("its blocks under the label of CBC do not open, and fail as any broken letter does", async () => {
  const broken = view(Buffer.alloc(ciphertext.length, 0x5a));
  const answers = [
    await unlessByChance(ciphertext),
    await unlessByChance(broken),
    await asGcm({ mac: view(Buffer.alloc(16)) }),
  ];
  const told = answers.map((inspection) => [inspection.verdict.summary.encryption, codes(inspection)]);
  for (const answer of told) assert.deepEqual(answer, ["damaged", ["decryption-failed"]]);
  // In place: AuthEnvelopedData under CBC, EnvelopedData under GCM. Refused by name, before any key is touched.
  assert.deepEqual(codes(await judge({ algorithm: cbc, ciphertext, mac })), ["cms-malformed"]);
  assert.notEqual((await asGcm({ mac: view(Buffer.alloc(4)) })).verdict.summary.encryption, "encrypted");
});

test("every last octet of the block before the end: what chance lets through is never told as sealed, and says nothing of the letter", async () => {
  let opened = 0;
  for (let octet = 0; octet < 256; octet++) {
    const blocks = ciphertext.slice();
    blocks[blocks.length - 17]! ^= octet;
    const inspection = await asCbc(blocks);
    const { summary } = inspection.verdict;
    if (summary.encryption === "damaged") {
      assert.deepEqual(codes(inspection), ["decryption-failed"]);
      continue;
    }
    opened++;
    assert.equal(summary.encryption, "encrypted-unauthenticated");
    assert.notEqual(summary.state, "2");
    const { text: shown, html, attachments } = readContent(inspection.payload);
    assert.doesNotMatch(`${shown} ${html}`, /meeting|noon/);
    assert.deepEqual(attachments.length, 0);
  }
  assert.ok(opened <= 2, `${opened} of 256`);
});
