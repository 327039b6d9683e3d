import assert from "node:assert/strict";
import { test } from "node:test";
import { DecryptionError, MalformedError } from "../../../src/engine/base/errors.js";
import {
  decapsulate,
  encapsulate,
  keysFromSeed,
  mlKemLengths,
} from "../../../src/engine/primitives/ml-kem.js";

const seed = Uint8Array.from({ length: 64 }, (_, index) => index);

for (const set of ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const) {
  test(`${set}: who has the key finds the secret (FIPS 203 §7)`, async () => {
    const { publicKey, secretKey } = await keysFromSeed(set, seed);
    assert.equal(publicKey.length, mlKemLengths[set].publicKey);
    const { ciphertext, sharedSecret } = await encapsulate(set, publicKey);
    assert.equal(ciphertext.length, mlKemLengths[set].ciphertext);
    assert.deepEqual(await decapsulate(set, secretKey, ciphertext), sharedSecret);
  });

  test(`${set}: a turned ciphertext gives another secret and no error (FIPS 203 §6.3)`, async () => {
    const { publicKey, secretKey } = await keysFromSeed(set, seed);
    const { ciphertext, sharedSecret } = await encapsulate(set, publicKey);
    ciphertext[7]! ^= 1;
    const rejected = await decapsulate(set, secretKey, ciphertext);
    assert.notDeepEqual(rejected, sharedSecret);
    assert.deepEqual(await decapsulate(set, secretKey, ciphertext), rejected);
  });

  test(`${set} refuses wrong lengths, and public keys beyond the field (FIPS 203 §7.2, §7.3)`, async () => {
    const { publicKey, secretKey } = await keysFromSeed(set, seed);
    const { ciphertext } = await encapsulate(set, publicKey);
    await assert.rejects(decapsulate(set, secretKey, ciphertext.subarray(1)), DecryptionError);
    await assert.rejects(decapsulate(set, secretKey.subarray(1), ciphertext), DecryptionError);
    const otherHash = secretKey.slice();
    otherHash[otherHash.length - 40]! ^= 1;
    await assert.rejects(decapsulate(set, otherHash, ciphertext), DecryptionError);
    await assert.rejects(encapsulate(set, publicKey.subarray(1)), MalformedError);
    await assert.rejects(encapsulate(set, publicKey.slice().fill(0xff, 0, 3)), MalformedError);
    await assert.rejects(keysFromSeed(set, seed.subarray(1)), MalformedError);
  });
}
