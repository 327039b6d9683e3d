/** Our way around platforms without AES-192, against Node, which has it. */
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import { DecryptionError, type Bytes } from "../../../src/engine/index.js";
import { unwrapAes192, unwrapAesKey } from "../../../src/engine/cms/aes-key-wrap.js";
import { type ContentCipher, decryptAesByLibrary } from "../../../src/engine/cms/content-cipher.js";

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

const none = new Uint8Array(0);
const settings = { keyLength: 24, effectiveBits: 0, legacy: false } as const;

test("decrypts AES-192-CBC, and refuses wrong padding (RFC 3565 §2.3)", async () => {
  const iv = bytes(Buffer.alloc(16, 1));
  const encrypt = createCipheriv("aes-192-cbc", key, iv);
  const input = bytes(Buffer.concat([encrypt.update(text), encrypt.final()]));
  const mode = { label: "AES-192-CBC", mode: "AES-CBC", authenticated: false } as const;
  const cipher: ContentCipher = { ...settings, ...mode, iv, tagLength: 0 };
  assert.deepEqual(
    Buffer.from(await decryptAesByLibrary(cipher, key, { input, additionalData: none })),
    text,
  );
  const cut = { input: input.slice(0, 16), additionalData: none };
  await assert.rejects(decryptAesByLibrary(cipher, key, cut), DecryptionError);
});

for (const tagLength of [12, 13, 14, 15, 16]) {
  for (const nonceLength of [8, 12, 16]) {
    const says = `a tag of ${tagLength} and a nonce of ${nonceLength} octets`;
    test(`decrypts AES-192-GCM with its additional data, ${says}, and nothing else (RFC 5084 §3.2)`, async () => {
      const iv = bytes(Buffer.alloc(nonceLength, 1));
      const additionalData = bytes(Buffer.from("attributes"));
      const encrypt = createCipheriv("aes-192-gcm", key, iv, { authTagLength: tagLength });
      encrypt.setAAD(additionalData);
      const head = Buffer.concat([encrypt.update(text), encrypt.final()]);
      const input = bytes(Buffer.concat([head, encrypt.getAuthTag()]));
      const mode = { label: "AES-192-GCM", mode: "AES-GCM", authenticated: true } as const;
      const cipher: ContentCipher = { ...settings, ...mode, iv, tagLength };
      assert.deepEqual(Buffer.from(await decryptAesByLibrary(cipher, key, { input, additionalData })), text);
      const other = { input, additionalData: bytes(Buffer.from("others")) };
      await assert.rejects(decryptAesByLibrary(cipher, key, other), DecryptionError);
      for (const at of [0, head.length - 1, head.length, input.length - 1]) {
        const turned = input.slice();
        turned[at]! ^= 1;
        await assert.rejects(
          decryptAesByLibrary(cipher, key, { input: turned, additionalData }),
          DecryptionError,
        );
      }
    });
  }
}
