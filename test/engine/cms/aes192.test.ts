/** Our way around platforms without AES-192, against Node, which has it. */
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import { DecryptionError, type Bytes } from "../../../src/engine/index.js";
import { unwrapAes192, unwrapAesKey } from "../../../src/engine/cms/aes-key-wrap.js";
import { type ContentCipher, decryptAes192 } from "../../../src/engine/cms/content-cipher.js";
import type { EncryptedEnvelope } from "../../../src/engine/cms-syntax/enveloped-data.js";

const bytes = (buffer: Uint8Array): Bytes => new Uint8Array(buffer);
const key = bytes(Buffer.alloc(24, 7));
const text = Buffer.from("lunch at noon, as every day");

test("unwraps with a 192-bit key, and refuses a wrong check value (RFC 3394 §4.3)", async () => {
  const inner = bytes(Buffer.alloc(32, 9));
  const wrap = createCipheriv("id-aes192-wrap", key, Buffer.alloc(8, 0xa6));
  const wrapped = bytes(Buffer.concat([wrap.update(inner), wrap.final()]));
  assert.deepEqual(await unwrapAesKey(key, wrapped), inner);
  assert.deepEqual(await unwrapAes192(key, wrapped), inner);
  wrapped[3]! ^= 1;
  assert.equal(await unwrapAesKey(key, wrapped), null);
  assert.equal(await unwrapAes192(key, wrapped), null);
});

test("decrypts AES-192-CBC, and refuses wrong padding (RFC 3565 §2.3)", async () => {
  const iv = bytes(Buffer.alloc(16, 1));
  const encrypt = createCipheriv("aes-192-cbc", key, iv);
  const input = bytes(Buffer.concat([encrypt.update(text), encrypt.final()]));
  const cipher: ContentCipher = { label: "AES-192-CBC", mode: "AES-CBC", keyLength: 24, iv, tagLength: 0 };
  const envelope = { authentication: null } as EncryptedEnvelope;
  assert.deepEqual(Buffer.from(await decryptAes192(cipher, key, { input, envelope })), text);
  await assert.rejects(decryptAes192(cipher, key, { input: input.slice(0, 16), envelope }), DecryptionError);
});

test("decrypts AES-192-GCM with its additional data, and nothing else (RFC 5084 §3.2)", async () => {
  const iv = bytes(Buffer.alloc(12, 1));
  const additionalData = bytes(Buffer.from("attributes"));
  const encrypt = createCipheriv("aes-192-gcm", key, iv).setAAD(additionalData);
  const head = Buffer.concat([encrypt.update(text), encrypt.final()]);
  const input = bytes(Buffer.concat([head, encrypt.getAuthTag()]));
  const cipher: ContentCipher = { label: "AES-192-GCM", mode: "AES-GCM", keyLength: 24, iv, tagLength: 16 };
  const around = (data: Bytes): EncryptedEnvelope =>
    ({ authentication: { mac: input.subarray(-16), additionalData: data } }) as unknown as EncryptedEnvelope;
  const opened = await decryptAes192(cipher, key, { input, envelope: around(additionalData) });
  assert.deepEqual(Buffer.from(opened), text);
  const other = around(bytes(Buffer.from("others")));
  await assert.rejects(decryptAes192(cipher, key, { input, envelope: other }), DecryptionError);
});
