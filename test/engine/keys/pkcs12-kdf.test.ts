import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type Bytes, concat, fromHex, toHex } from "../../../src/engine/base/bytes.js";
import { type Pkcs12Hash, deriveByPkcs12 } from "../../../src/engine/keys/pkcs12-kdf.js";

const bmp = (text: string): Bytes =>
  Uint8Array.from([...text, "\0"].flatMap((c) => [c.charCodeAt(0) >> 8, c.charCodeAt(0) & 255]));

/** RFC 7292 §B.2 by the letter, with BigInt and Node's digests. */
function oracle(
  hash: string,
  id: number,
  input: { password: Bytes; salt: Bytes; iterations: number },
  length: number,
): Bytes {
  const v = hash === "sha384" || hash === "sha512" ? 128 : 64;
  const fill = (bytes: Bytes): Bytes =>
    Uint8Array.from({ length: Math.ceil(bytes.length / v) * v }, (_, i) => bytes[i % bytes.length]!);
  let i = concat([fill(input.salt), fill(input.password)]);
  let out: Bytes = new Uint8Array(0);
  while (out.length < length) {
    let a: Bytes = concat([new Uint8Array(v).fill(id), i]);
    for (let round = 0; round < input.iterations; round++)
      a = new Uint8Array(createHash(hash).update(a).digest());
    out = concat([out, a]);
    const b = BigInt(`0x${toHex(fill(a).subarray(0, v))}`) + 1n;
    const blocks: Bytes[] = [];
    for (let at = 0; at < i.length; at += v) {
      const sum = (BigInt(`0x${toHex(i.subarray(at, at + v))}`) + b) & ((1n << BigInt(8 * v)) - 1n);
      blocks.push(fromHex(sum.toString(16).padStart(2 * v, "0")));
    }
    i = concat(blocks);
  }
  return out.subarray(0, length);
}

test("a known answer (RFC 7292 §B.2), as Bouncy Castle and forge publish it", async () => {
  const derivation = {
    hash: "SHA-1",
    password: bmp("smeg"),
    salt: fromHex("0a58cf64530d823f"),
    iterations: 1,
  } as const;
  assert.equal(
    toHex(await deriveByPkcs12(derivation, 1, 24)),
    "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3",
  );
  const iv = { ...derivation, salt: fromHex("3d83c0e4546ac140") };
  assert.equal(toHex(await deriveByPkcs12(iv, 3, 20)), "8d967d88f6caa9d714800ab3d48051d63f73a312");
});

test("every hash, several blocks, empty passwords and salts: as the paragraph says", async () => {
  const hashes = {
    "SHA-1": "sha1",
    "SHA-224": "sha224",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
  };
  for (const [hash, name] of Object.entries(hashes)) {
    for (const [password, salt] of [
      ["secret", "01"],
      ["", "0102030405060708"],
      ["p".repeat(200), "ff".repeat(100)],
    ] as const) {
      const input = { password: bmp(password), salt: fromHex(salt), iterations: 3 };
      for (const [id, length] of [
        [1, 24],
        [2, 8],
        [3, 150],
      ] as const) {
        const derived = await deriveByPkcs12({ hash: hash as Pkcs12Hash, ...input }, id, length);
        assert.deepEqual(Buffer.from(derived), Buffer.from(oracle(name, id, input, length)), `${hash} ${id}`);
      }
    }
  }
});
