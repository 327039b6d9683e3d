/** PEM key files as OpenSSL has written them in thirty years: each opens, and not with another password. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Bytes, fromUtf8 } from "../../../src/engine/base/bytes.js";
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
} from "../../../src/engine/base/errors.js";
import { importPrivateKey } from "../../../src/engine/keys/import-private-key.js";
import { readKeyFile } from "../../../src/engine/keys/read-key-file.js";
import { testKeys } from "../../helpers/test-keys.js";

const keys = await testKeys();
const pem = (name: string): string => readFileSync(`${keys}/${name}.pem`, "utf8");

function openssl(...words: readonly string[]): string {
  return execFileSync("openssl", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

const pkcs8 = (name: string, ...options: readonly string[]): string =>
  openssl("pkcs8", "-topk8", "-in", `${keys}/${name}.key.pem`, ...options);
const legacy = ["-provider", "legacy", "-provider", "default"];
const locked = ["-passout", "pass:pässwörd"];

async function opens(file: string, password: string, protection: "password" | "none"): Promise<void> {
  const [entry, ...others] = await readKeyFile(fromUtf8(file), password);
  assert.equal(others.length, 0);
  assert.equal(entry!.keyProtection, protection);
  assert.ok(entry!.certificate !== null);
  assert.equal(entry!.chain.length, 1);
  await importPrivateKey(entry!.privateKey!);
}

const encrypted: Readonly<Record<string, (name: string) => string>> = {
  "PBES2 with AES-256 (RFC 8018 §6.2)": (name) => pkcs8(name, ...locked),
  "PBES2 with 3DES": (name) => pkcs8(name, ...locked, "-v2", "des3"),
  "PBES2 with AES-192 and HMAC-SHA-512": (name) =>
    pkcs8(name, ...locked, "-v2", "aes192", "-v2prf", "hmacWithSHA512"),
  "scrypt (RFC 7914 §7)": (name) => pkcs8(name, ...locked, "-scrypt"),
  "PBES1 with MD5 and DES (RFC 8018 §6.1)": (name) => pkcs8(name, ...locked, ...legacy, "-v1", "PBE-MD5-DES"),
  "PBES1 with SHA-1 and DES": (name) => pkcs8(name, ...locked, ...legacy, "-v1", "PBE-SHA1-DES"),
  "PBES1 with MD5 and RC2": (name) => pkcs8(name, ...locked, ...legacy, "-v1", "PBE-MD5-RC2-64"),
  "PBES1 with SHA-1 and RC2": (name) => pkcs8(name, ...locked, ...legacy, "-v1", "PBE-SHA1-RC2-64"),
  "PKCS #12's own 3DES (RFC 7292 §C)": (name) => pkcs8(name, ...locked, "-v1", "PBE-SHA1-3DES"),
  "OpenSSL's own, 3DES": (name) =>
    openssl("pkey", "-in", `${keys}/${name}.key.pem`, "-traditional", "-des3", ...locked),
  "OpenSSL's own, AES-128": (name) =>
    openssl("pkey", "-in", `${keys}/${name}.key.pem`, "-traditional", "-aes128", ...locked),
  "OpenSSL's own, AES-192": (name) =>
    openssl("pkey", "-in", `${keys}/${name}.key.pem`, "-traditional", "-aes192", ...locked),
  "OpenSSL's own, AES-256": (name) =>
    openssl("pkey", "-in", `${keys}/${name}.key.pem`, "-traditional", "-aes256", ...locked),
};

for (const [label, make] of Object.entries(encrypted)) {
  test(`PEM with ${label} opens, and not with another password`, async () => {
    for (const name of ["alice-rsa", "bob-p256"]) {
      const key = make(name);
      assert.match(key, /ENCRYPTED/);
      await opens(`${pem(name)}${key}${pem("intermediate")}`, "pässwörd", "password");
      await opens(`${key}${pem("intermediate")}${pem(name)}`.replace(/\n/g, "\r\n"), "pässwörd", "password");
      for (const wrong of ["", "Pässwörd", "pässwörd "]) {
        await assert.rejects(readKeyFile(fromUtf8(`${pem(name)}${key}`), wrong), DecryptionError);
      }
    }
  });
}

test("an open key says that no password keeps it, whatever was typed", async () => {
  for (const name of ["alice-rsa", "bob-p256", "erin-ed25519", "frank-bp256", "ivan-ed448", "judy-pss"]) {
    const file = readFileSync(`${keys}/${name}.key.pem`, "utf8") + pem(name) + pem("intermediate");
    await opens(file, "whatever", "none");
  }
  for (const name of ["alice-rsa", "bob-p256"]) {
    const key = openssl("pkey", "-in", `${keys}/${name}.key.pem`, "-traditional");
    assert.match(key, /BEGIN (?:RSA|EC) PRIVATE/);
    await opens(key + pem(name) + pem("intermediate"), "", "none");
  }
});

test("a key without certificate, and PKCS #12, are read too", async () => {
  const [bare] = await readKeyFile(fromUtf8(pkcs8("bob-p256", "-nocrypt")), "");
  assert.equal(bare!.certificate, null);
  const file = new Uint8Array(readFileSync(`${keys}/bob-p256.p12`)) as Bytes;
  const [entry] = await readKeyFile(file, "signet");
  assert.equal(entry!.keyProtection, "password");
  assert.ok(entry!.certificate !== null);
});

test("what is broken, foreign or too much has its own fault", async () => {
  const key = pkcs8("bob-p256", "-nocrypt");
  const reject = (text: string, kind: new (...words: never[]) => Error): Promise<void> =>
    assert.rejects(readKeyFile(fromUtf8(text), "x"), kind);
  await reject(key.replace(/-----END.*/s, ""), MalformedError);
  await reject(key.replace("MIGH", "MIGI"), MalformedError);
  await reject(key.replace("MI", "!!"), MalformedError);
  await reject(key.replaceAll("PRIVATE KEY", "OPENSSH PRIVATE KEY"), UnsupportedError);
  await reject(key.repeat(101), BudgetExceededError);
  const traditional = openssl(
    "pkey",
    "-in",
    `${keys}/bob-p256.key.pem`,
    "-traditional",
    "-aes256",
    ...locked,
  );
  await reject(traditional.replace("AES-256-CBC", "CAMELLIA-256-CBC"), UnsupportedError);
  await reject(traditional.replace(/(DEK-Info: .*)..\n/, "$1\n"), MalformedError);
  await assert.rejects(readKeyFile(new Uint8Array(5 * 1024 * 1024), "x"), BudgetExceededError);
  // Hours, with a pattern that takes quadratic time.
  await reject(traditional.replace("DEK-Info: ", `DEK-Info:${" ".repeat(3 * 1024 * 1024)}`), MalformedError);
});

test("scrypt that wants gigabytes is refused at once (RFC 7914 §2)", async () => {
  const body = pkcs8("bob-p256", ...locked, "-scrypt").replace(/-----.*-----|\s/g, "");
  const der = Buffer.from(body, "base64");
  // N stands as INTEGER 4000 (16,384): 7000 is not a power of two, 400000 takes 4 GB.
  const at = der.indexOf(Buffer.from("02024000", "hex"));
  const armour = (octets: Buffer): Bytes =>
    fromUtf8(
      `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${octets.toString("base64")}\n-----END ENCRYPTED PRIVATE KEY-----\n`,
    );
  const odd = Buffer.from(der);
  odd[at + 2] = 0x70;
  await assert.rejects(readKeyFile(armour(odd), "pässwörd"), MalformedError);
  const wide = Buffer.from(der);
  // r: 8 becomes 127, memory 266 MB.
  wide[wide.indexOf(Buffer.from("020108", "hex"), at) + 2] = 127;
  await assert.rejects(readKeyFile(armour(wide), "pässwörd"), BudgetExceededError);
});

test("whatever is changed in a PEM file: it opens, or has a named fault", async () => {
  const traditional = openssl(
    "pkey",
    "-in",
    `${keys}/bob-p256.key.pem`,
    "-traditional",
    "-aes256",
    ...locked,
  );
  const named = [DecryptionError, MalformedError, UnsupportedError, BudgetExceededError];
  const files = [pkcs8("bob-p256", "-nocrypt"), pkcs8("bob-p256", ...locked, "-iter", "1"), traditional];
  for (const file of files) {
    const octets = fromUtf8(pem("bob-p256") + file);
    for (let at = pem("bob-p256").length; at < octets.length; at += 3) {
      const turned = octets.slice();
      turned[at]! ^= 1 << (at % 7);
      try {
        await readKeyFile(turned, "pässwörd");
      } catch (error) {
        assert.ok(
          named.some((one) => error instanceof one),
          `${at}: ${String((error as Error).stack)}`,
        );
      }
    }
  }
});
