import assert from "node:assert/strict";
import { type KeyObject, constants, generateKeyPairSync, publicEncrypt, randomBytes } from "node:crypto";
import { test } from "node:test";
import { type Bytes, fromHex } from "../../../src/engine/base/bytes.js";
import { DecryptionError } from "../../../src/engine/base/errors.js";
import { importPrivateKey, wipePrivateKey } from "../../../src/engine/keys/import-private-key.js";
import { parsePkcs8 } from "../../../src/engine/keys/pkcs8.js";
import type { OaepParameters, RsaPrivateKey } from "../../../src/engine/keys/private-key.js";
import { decryptOaep } from "../../../src/engine/keys/rsa-private.js";
import { prepareCrtKey } from "../../../src/engine/kernels/rsa-crt.js";
import { noCorpora, readCorpus } from "../../helpers/corpora.js";

interface Vectors {
  testGroups: {
    privateKeyPkcs8: string;
    tests: { tcId: number; comment: string; msg: string; ct: string; label?: string; result: string }[];
  }[];
}

const vectors = (name: string): Vectors =>
  JSON.parse(Buffer.from(readCorpus(`wycheproof/${name}.json`)).toString()) as Vectors;
const plain = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);
const der = (key: KeyObject): Bytes => plain(key.export({ format: "der", type: "pkcs8" }) as Buffer);

async function rsaKey(pkcs8: Bytes): Promise<RsaPrivateKey> {
  const key = await importPrivateKey(pkcs8);
  assert.equal(key.kind, "rsa");
  return key as RsaPrivateKey;
}

for (const name of ["rsa_pkcs1_2048_test", "rsa_pkcs1_4096_test"]) {
  test(
    `Wycheproof ${name}: what is wrong gives a key of the right length, always the same`,
    { skip: noCorpora },
    async () => {
      for (const group of vectors(name).testGroups) {
        const key = await rsaKey(fromHex(group.privateKeyPkcs8));
        for (const vector of group.tests) {
          const label = `${vector.tcId} ${vector.comment}`;
          const ciphertext = fromHex(vector.ct);
          const message = fromHex(vector.msg);
          if (vector.result !== "invalid") {
            assert.deepEqual(await key.decryptPkcs1(ciphertext, message.length), message, label);
          }
          const wrongLength = message.length === 32 ? 16 : 32;
          const synthetic = await key.decryptPkcs1(ciphertext, wrongLength);
          assert.equal(synthetic.length, wrongLength, label);
          assert.ok(new Set(synthetic).size > 4, `${label}: looks like a key`);
          assert.deepEqual(await key.decryptPkcs1(ciphertext, wrongLength), synthetic, label);
        }
      }
    },
  );
}

for (const [name, hash] of [
  ["rsa_oaep_2048_sha1_mgf1sha1_test", "SHA-1"],
  ["rsa_oaep_2048_sha256_mgf1sha256_test", "SHA-256"],
] as const) {
  test(`Wycheproof ${name}: WebCrypto and our own unpadding agree`, { skip: noCorpora }, async () => {
    for (const group of vectors(name).testGroups) {
      const pkcs8 = fromHex(group.privateKeyPkcs8);
      const key = await rsaKey(pkcs8);
      const parsed = parsePkcs8(pkcs8);
      assert.equal(parsed.kind, "rsa");
      const crt = prepareCrtKey((parsed as { numbers: Parameters<typeof prepareCrtKey>[0] }).numbers);
      for (const vector of group.tests) {
        const parameters: OaepParameters = { hash, mgfHash: hash, label: fromHex(vector.label ?? "") };
        const ciphertext = fromHex(vector.ct);
        for (const decrypt of [
          () => key.decryptOaep(ciphertext, parameters),
          () => decryptOaep(crt, ciphertext, parameters),
        ]) {
          if (vector.result === "invalid") {
            await assert.rejects(decrypt, DecryptionError, `${vector.tcId} ${vector.comment}`);
          } else {
            assert.deepEqual(await decrypt(), fromHex(vector.msg), `${vector.tcId} ${vector.comment}`);
          }
        }
      }
    }
  });
}

// 1031 and 2055 bits: the modulus does not fill its octets.
for (const bits of [1024, 1031, 2048, 2055]) {
  test(`every wrong padding of ${bits} bits is answered by a key that looks like any other (RFC 3218 §2.3.2)`, async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: bits });
    const key = await rsaKey(der(pair.privateKey));
    const modulus = Buffer.from(pair.publicKey.export({ format: "jwk" }).n!, "base64url");
    assert.equal(key.modulusBits, BigInt(`0x${modulus.toString("hex")}`).toString(2).length);
    const size = Math.ceil(bits / 8);
    const encrypt = (block: Uint8Array): Bytes =>
      plain(publicEncrypt({ key: pair.publicKey, padding: constants.RSA_NO_PADDING }, block));
    const message = randomBytes(32);
    const good = Uint8Array.from([0, 2, ...new Array<number>(size - 35).fill(0xa5), 0, ...message]);
    assert.deepEqual(await key.decryptPkcs1(encrypt(good), 32), plain(message));
    const turned = (at: number, value: number): Uint8Array => {
      const block = good.slice();
      block[at] = value;
      return block;
    };
    const wrong = [
      turned(1, 1),
      turned(1, 0),
      turned(1, 3),
      turned(2, 0),
      turned(9, 0),
      turned(size - 34, 0),
      turned(size - 33, 1),
      new Uint8Array(size),
    ];
    if (bits % 8 === 0) wrong.push(turned(0, 1));
    for (const block of wrong) {
      const ciphertext = encrypt(block);
      const answer = await key.decryptPkcs1(ciphertext, 32);
      assert.equal(answer.length, 32);
      assert.notDeepEqual(answer, plain(message));
      assert.notDeepEqual(answer, new Uint8Array(32));
      assert.deepEqual(await key.decryptPkcs1(ciphertext, 32), answer);
      assert.notDeepEqual(await key.decryptPkcs1(ciphertext, 16), answer.slice(0, 16));
    }
    assert.deepEqual(await key.decryptPkcs1(encrypt(good), 31).then((k) => k.length), 31);
  });
}

test("ciphertexts of the wrong length or not below the modulus are answered the same way (RFC 8017 §7.2.2)", async () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const key = await rsaKey(der(pair.privateKey));
  const n = plain(Buffer.from(pair.publicKey.export({ format: "jwk" }).n!, "base64url"));
  const answers = new Set<string>();
  const all = [
    new Uint8Array(0),
    new Uint8Array(1),
    new Uint8Array(127),
    new Uint8Array(129),
    n,
    new Uint8Array(128).fill(255),
    new Uint8Array(128),
  ];
  for (const ciphertext of all) {
    const answer = await key.decryptPkcs1(ciphertext, 32);
    assert.equal(answer.length, 32);
    answers.add(Buffer.from(answer).toString("hex"));
  }
  assert.equal(answers.size, all.length);
  for (const length of [0, 117, 118, 128, 500]) {
    assert.equal((await key.decryptPkcs1(new Uint8Array(128).fill(1), length)).length, length);
  }
});

test("another key gives another synthetic answer", async () => {
  const [a, b] = await Promise.all(
    [1, 2].map(() => rsaKey(der(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey))),
  );
  const ciphertext = new Uint8Array(5);
  assert.notDeepEqual(await a!.decryptPkcs1(ciphertext, 16), await b!.decryptPkcs1(ciphertext, 16));
});

test("OAEP with a mask hash of its own opens, and refuses one turned byte (RFC 8017 §7.1.2)", async () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = await rsaKey(der(pair.privateKey));
  const { execFileSync } = await import("node:child_process");
  const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
  const folder = mkdtempSync(".build/oaep-");
  try {
    writeFileSync(`${folder}/public.pem`, pair.publicKey.export({ format: "pem", type: "spki" }));
    const options = "rsa_padding_mode:oaep rsa_oaep_md:sha256 rsa_mgf1_md:sha1 rsa_oaep_label:0102".split(
      " ",
    );
    const ciphertext = plain(
      execFileSync(
        "openssl",
        [
          "pkeyutl",
          "-encrypt",
          "-pubin",
          "-inkey",
          `${folder}/public.pem`,
          ...options.flatMap((o) => ["-pkeyopt", o]),
        ],
        { input: "content key" },
      ),
    );
    const parameters: OaepParameters = { hash: "SHA-256", mgfHash: "SHA-1", label: Uint8Array.of(1, 2) };
    assert.equal(Buffer.from(await key.decryptOaep(ciphertext, parameters)).toString(), "content key");
    await assert.rejects(key.decryptOaep(ciphertext, { ...parameters, mgfHash: "SHA-256" }), DecryptionError);
    await assert.rejects(
      key.decryptOaep(ciphertext, { ...parameters, label: Uint8Array.of(1) }),
      DecryptionError,
    );
    ciphertext[100]! ^= 1;
    await assert.rejects(key.decryptOaep(ciphertext, parameters), DecryptionError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a wiped key does not decrypt with zeros", async () => {
  const key = await rsaKey(der(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey));
  wipePrivateKey(key);
  await assert.rejects(key.decryptPkcs1(new Uint8Array(128).fill(1), 16), RangeError);
});
