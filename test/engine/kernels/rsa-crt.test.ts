import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { fromBigInt, modularPower, randomBelow, toBigInt } from "../../../src/engine/kernels/big-integers.js";
import { montgomeryWasm } from "../../../src/engine/kernels/generated/montgomery.js";
import { loadKernel } from "../../../src/engine/kernels/load-kernel.js";
import { crtPower, prepareCrtKey, wipeCrtKey } from "../../../src/engine/kernels/rsa-crt.js";
import { type RsaNumbers, crtPowerTwin } from "../../../src/engine/kernels/rsa-crt-twin.js";

function numbersOf(bits: number, publicExponent = 65537): RsaNumbers {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits, publicExponent });
  const jwk = privateKey.export({ format: "jwk" });
  const number = (text: string | undefined): Bytes =>
    new Uint8Array(Buffer.from(text!, "base64url")) as Bytes;
  return {
    modulus: number(jwk.n),
    publicExponent: number(jwk.e),
    prime1: number(jwk.p),
    prime2: number(jwk.q),
    exponent1: number(jwk.dp),
    exponent2: number(jwk.dq),
    coefficient: number(jwk.qi),
  };
}

test("the wasm kernel loads here, so the tests below speak of it", () => {
  assert.notEqual(loadKernel(montgomeryWasm), null);
});

// 1031 and 2055: the modulus fills neither its octets nor its limbs, and the primes differ in length.
for (const [bits, exponent] of [
  [512, 65537],
  [1024, 3],
  [1031, 65537],
  [1056, 17],
  [2048, 65537],
  [2055, 65537],
  [3072, 65537],
  [4096, 65537],
] as const) {
  test(`kernel and BigInt agree for ${bits} bits and e = ${exponent} (RFC 8017 §5.1.2)`, () => {
    const numbers = numbersOf(bits, exponent);
    const key = prepareCrtKey(numbers);
    const n = toBigInt(numbers.modulus);
    const length = numbers.modulus.length;
    for (const plain of [
      0n,
      1n,
      2n,
      n - 1n,
      n >> 1n,
      toBigInt(numbers.prime1),
      toBigInt(numbers.prime2),
      randomBelow(n),
    ]) {
      const input = fromBigInt(modularPower(plain, BigInt(exponent), n), length);
      const expected = fromBigInt(plain, length);
      assert.deepEqual(crtPower(key, input), expected);
      assert.deepEqual(crtPowerTwin(numbers, input), expected);
    }
  });
}

test("a result that does not re-encrypt to the input is kept back (fault attack)", () => {
  const numbers = numbersOf(1024);
  const input = fromBigInt(randomBelow(toBigInt(numbers.modulus)), numbers.modulus.length);
  for (const name of ["exponent1", "exponent2", "coefficient"] as const) {
    const broken = numbers[name].slice() as Bytes;
    broken[broken.length - 1]! ^= 2;
    const faulty = { ...numbers, [name]: broken };
    assert.equal(crtPower(prepareCrtKey(faulty), input), null, name);
    assert.equal(crtPowerTwin(faulty, input), null, name);
  }
  assert.notEqual(crtPower(prepareCrtKey(numbers), input), null);
});

test("after wiping, nothing of the key is left", () => {
  const key = prepareCrtKey(numbersOf(1024));
  wipeCrtKey(key);
  for (const secret of [key.dp, key.dq, key.qInverse, key.p.value, key.q.value, key.numbers.prime1]) {
    assert.ok(secret.every((octet) => octet === 0));
  }
});
