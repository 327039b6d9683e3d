/** OpenSSL encrypts, we open: key agreement in every form, old ciphers, keys and passwords given for a message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, type InspectContext, inspect } from "../../src/engine/index.js";
import { fromHex } from "../../src/engine/base/bytes.js";
import { inspectAs, letter, lunch, testContext } from "../helpers/inspecting.js";
import { cmsEncrypt, openssl } from "../helpers/openssl.js";

interface Opened {
  readonly content: string;
  readonly cipher: string;
  readonly keys: string;
  readonly faults: readonly string[];
}

async function open(entity: Bytes, change: Partial<InspectContext> | string): Promise<Opened> {
  const { verdict, payload } =
    typeof change === "string"
      ? await inspectAs(letter(entity), [change])
      : await inspect(letter(entity), await testContext(change));
  const [layer] = verdict.layers;
  assert.ok(layer?.kind === "encrypted" && layer.status === "opened", JSON.stringify(layer));
  return {
    content: Buffer.from(payload.mime).toString(),
    cipher: layer.contentEncryption,
    keys: layer.keyManagement,
    faults: verdict.summary.faults.map(({ code }) => code),
  };
}

const plain = { content: lunch, cipher: "AES-256-CBC", faults: [] };

// ------------------------------------------------------------------ key agreement

const curves: readonly (readonly [person: string, curve: string])[] = [
  ["bob-p256", "P-256"],
  ["carol-p384", "P-384"],
  ["dave-p521", "P-521"],
  ["frank-bp256", "brainpoolP256r1"],
  ["grace-bp384", "brainpoolP384r1"],
  ["heidi-bp512", "brainpoolP512r1"],
];

for (const [person, curve] of curves) {
  for (const digest of ["sha1", "sha224", "sha256", "sha384", "sha512"]) {
    test(`opens ECDH over ${curve}, X9.63 with ${digest}, with and without the cofactor (RFC 5753 §7.1.4)`, async () => {
      for (const cofactor of ["0", "1"]) {
        const options = ["-keyopt", `ecdh_kdf_md:${digest}`, "-keyopt", `ecdh_cofactor_mode:${cofactor}`];
        const entity = await cmsEncrypt(lunch, [person], "-aes256", ...options);
        assert.deepEqual(await open(entity, person), { ...plain, keys: `ECDH ${curve}` });
      }
    });
  }
}

for (const wrap of ["-aes128-wrap", "-aes192-wrap", "-aes256-wrap", "-des3-wrap"]) {
  test(`opens ${wrap} of an agreed key (RFC 3394, RFC 3217)`, async () => {
    const cipher = wrap === "-des3-wrap" ? "-des3" : "-aes256";
    const entity = await cmsEncrypt(lunch, ["bob-p256"], cipher, wrap);
    assert.equal((await open(entity, "bob-p256")).content, lunch);
  });
}

// ------------------------------------------------------------------ RSAES-OAEP

for (const digest of ["sha1", "sha224", "sha256", "sha384", "sha512"]) {
  for (const mask of ["sha1", "sha224", "sha256", "sha512"]) {
    test(`opens RSAES-OAEP with ${digest}, mask by ${mask}, with a label and without (RFC 4055 §4.1)`, async () => {
      const hashes = ["-keyopt", `rsa_oaep_md:${digest}`, "-keyopt", `rsa_mgf1_md:${mask}`];
      for (const label of [[], ["-keyopt", "rsa_oaep_label:6c756e6368"]]) {
        const options = ["-keyopt", "rsa_padding_mode:oaep", ...hashes, ...label];
        const entity = await cmsEncrypt(lunch, ["alice-rsa"], "-aes256", ...options);
        assert.deepEqual(await open(entity, "alice-rsa"), { ...plain, keys: "RSAES-OAEP" });
      }
    });
  }
}

// ------------------------------------------------------------------ old ciphers

const legacy = ["-provider", "legacy", "-provider", "default"];
const old: readonly (readonly [option: string, cipher: string])[] = [
  ["-des3", "3DES-CBC"],
  ["-rc2-40", "RC2-40-CBC"],
  ["-rc2-64", "RC2-64-CBC"],
  ["-rc2-128", "RC2-128-CBC"],
];

for (const [option, cipher] of old) {
  test(`opens ${cipher} of any length, and says how weak it is (RFC 8551 §2.7)`, async () => {
    for (const content of [lunch, lunch.repeat(3000)]) {
      const entity = await cmsEncrypt(content, ["alice-rsa"], option, ...legacy);
      const expected = { content, cipher, keys: "RSAES-PKCS1-v1_5", faults: ["encryption-weak"] };
      assert.deepEqual(await open(entity, "alice-rsa"), expected);
    }
  });
}

test("a cipher that we do not have is named, not taken for damage", async () => {
  const entity = await cmsEncrypt(lunch, ["alice-rsa"], "-camellia128");
  const { verdict } = await inspectAs(letter(entity), ["alice-rsa"]);
  assert.equal(verdict.summary.faults[0]?.code, "algorithm-unsupported");
  assert.equal(verdict.summary.encryption, "damaged");
});

// ------------------------------------------------------------------ passwords, handed-over keys

for (const option of ["-aes128", "-aes192", "-aes256", "-des3"]) {
  test(`opens ${option} with a password, wants one where none is given, and takes no other (RFC 3211)`, async () => {
    const entity = await openssl(["cms", "-encrypt", option, "-pwri_password", "Mittag"], lunch);
    const opened = await open(entity, { passwords: ["Mittag"] });
    assert.deepEqual([opened.content, opened.keys], [lunch, "PBKDF2"]);
    assert.equal((await open(entity, { passwords: ["x", "Mittag"] })).content, lunch);
    const without = await inspectAs(letter(entity), ["alice-rsa"]);
    assert.equal(without.verdict.summary.encryption, "password-needed");
    assert.deepEqual(
      without.verdict.summary.faults.map(({ code }) => code),
      ["password-needed"],
    );
    for (const wrong of ["mittag", "", "Mittag "]) {
      const { verdict } = await inspect(letter(entity), await testContext({ passwords: [wrong] }));
      assert.deepEqual(verdict.summary.faults, [{ code: "decryption-failed" }], wrong);
    }
  });
}

for (const length of [16, 24, 32]) {
  test(`opens with a key of ${length} octets that was handed over, and with no other (RFC 5652 §6.2.3)`, async () => {
    const hex = "0f1e2d3c".repeat(length / 4);
    const secret = ["-secretkey", hex, "-secretkeyid", "c0ffee"];
    const entity = await openssl(["cms", "-encrypt", "-aes256", ...secret], lunch);
    const held = { keyIdentifier: fromHex("c0ffee"), key: fromHex(hex) };
    assert.deepEqual(await open(entity, { keyEncryptionKeys: [held] }), { ...plain, keys: "KEK" });
    const judged = async (keyIdentifier: string, key: string) => {
      const keys = [{ keyIdentifier: fromHex(keyIdentifier), key: fromHex(key) }];
      const inspection = await inspect(letter(entity), await testContext({ keyEncryptionKeys: keys }));
      return inspection.verdict.summary.faults.map(({ code }) => code);
    };
    assert.deepEqual(await judged("c0ffee", `1${hex.slice(1)}`), ["decryption-failed"]);
    assert.deepEqual(await judged("c0ffef", hex), ["key-missing"]);
    assert.deepEqual(await judged("c0ffee", hex.slice(2)), ["cms-malformed"]);
  });
}

test("our own certificate goes before a password (RFC 5652 §6.2)", async () => {
  const options = ["-recip", "KEYS/alice-rsa.pem", "-pwri_password", "Mittag"];
  const entity = await openssl(["cms", "-encrypt", "-aes256", ...options], lunch);
  assert.equal((await open(entity, "alice-rsa")).keys, "RSAES-PKCS1-v1_5");
  assert.equal((await open(entity, { passwords: ["Mittag"] })).keys, "PBKDF2");
  assert.equal((await inspectAs(letter(entity))).verdict.summary.encryption, "password-needed");
});
