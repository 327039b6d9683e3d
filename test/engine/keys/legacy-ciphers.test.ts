import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { DecryptionError } from "../../../src/engine/base/errors.js";
import { decryptLegacyCbc } from "../../../src/engine/keys/legacy-ciphers.js";

const random = (length: number): Bytes => new Uint8Array(randomBytes(length));

// RC2 has left libcrypto; the PKCS #12 tests open what `openssl -legacy` wrote with it.
for (const [name, cipher, keyLength, ivLength] of [
  ["3des", "des-ede3-cbc", 24, 8],
  ["aes-192", "aes-192-cbc", 24, 16],
] as const) {
  test(`${name} opens what libcrypto wrote, and refuses wrong keys, lengths and paddings`, async () => {
    for (const length of [0, 1, 7, 8, 15, 16, 17, 20_000]) {
      const [key, iv, plain] = [random(keyLength), random(ivLength), random(length)];
      const encryption = createCipheriv(cipher, key, iv);
      const ciphertext: Bytes = new Uint8Array(Buffer.concat([encryption.update(plain), encryption.final()]));
      assert.deepEqual(await decryptLegacyCbc({ name }, { key, iv, ciphertext }), plain);
      for (const bad of [
        ciphertext.slice(0, -1),
        new Uint8Array(0),
        ciphertext.slice(ivLength, ciphertext.length - 1),
      ]) {
        await assert.rejects(decryptLegacyCbc({ name }, { key, iv, ciphertext: bad }), DecryptionError);
      }
      await assert.rejects(decryptLegacyCbc({ name }, { key, iv: iv.slice(1), ciphertext }), DecryptionError);
    }
  });

  test(`${name}: every padding but the right one is refused (RFC 5652 §6.3)`, async () => {
    const [key, iv] = [random(keyLength), random(ivLength)];
    const encryption = createCipheriv(cipher, key, iv).setAutoPadding(false);
    const last = (...tail: number[]) =>
      Uint8Array.from([...new Array<number>(ivLength - tail.length).fill(9), ...tail]);
    const seal = (block: Uint8Array): Bytes => {
      const one = createCipheriv(cipher, key, iv).setAutoPadding(false);
      return new Uint8Array(Buffer.concat([one.update(block), one.final()]));
    };
    encryption.destroy();
    for (const block of [last(0), last(ivLength + 1), last(1, 2), last(3, 2, 3), last(255)]) {
      await assert.rejects(decryptLegacyCbc({ name }, { key, iv, ciphertext: seal(block) }), DecryptionError);
    }
    assert.equal(
      (await decryptLegacyCbc({ name }, { key, iv, ciphertext: seal(last(2, 2)) })).length,
      ivLength - 2,
    );
  });
}
