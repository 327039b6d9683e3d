/** PKCS #12 files put together by hand: what no program at hand writes, and others do. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Bytes, concat, fromHex, fromUtf8 } from "../../../src/engine/base/bytes.js";
import { tags } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { DecryptionError, UnsupportedError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import { bmpPassword } from "../../../src/engine/keys/password-secret.js";
import { computeHmac, deriveByPkcs12 } from "../../../src/engine/keys/pkcs12-kdf.js";
import { readPkcs12 } from "../../../src/engine/keys/pkcs12.js";
import { testKeys } from "../../helpers/test-keys.js";

const keys = await testKeys();
const octets = (pem: string): Bytes =>
  new Uint8Array(Buffer.from(pem.replace(/-----.*-----|\s/g, ""), "base64"));
const certificate = (name: string): Bytes => octets(readFileSync(`${keys}/${name}.pem`, "utf8"));
const key = (name: string): Bytes => octets(readFileSync(`${keys}/${name}.key.pem`, "utf8"));

const bag = (number: number, value: Bytes, ...attributes: Bytes[]): Bytes => {
  const set = attributes.length === 0 ? [] : [encode(tags.set, ...attributes)];
  return sequence(objectIdentifier(`1.2.840.113549.1.12.10.1.${number}`), encode(0xa0, value), ...set);
};
const keyBag = (name: string, ...attributes: Bytes[]): Bytes => bag(1, key(name), ...attributes);
const certificateBag = (name: string, ...attributes: Bytes[]): Bytes => {
  const type = objectIdentifier("1.2.840.113549.1.9.22.1");
  return bag(3, sequence(type, encode(0xa0, octetString(certificate(name)))), ...attributes);
};
const attribute = (number: number, value: Bytes): Bytes =>
  sequence(objectIdentifier(`1.2.840.113549.1.9.${number}`), encode(tags.set, value));
const data = (content: Bytes): Bytes =>
  sequence(objectIdentifier(oid.data), encode(0xa0, octetString(content)));
const pfx = (authSafe: Bytes, ...mac: Bytes[]): Bytes => sequence(smallInteger(3), data(authSafe), ...mac);
const open = (...bags: Bytes[]): Bytes => pfx(sequence(data(sequence(...bags))));

async function macFor(authSafe: Bytes, password: Bytes): Promise<Bytes> {
  const salt = fromHex("0102030405060708");
  const secret = await deriveByPkcs12({ hash: "SHA-1", password, salt, iterations: 1 }, 3, 20);
  const digest = octetString(computeHmac("SHA-1", secret, authSafe));
  return sequence(sequence(sequence(objectIdentifier(oid.sha1), nullValue), digest), octetString(salt));
}

test("several keys find each its own certificate; the renewed one comes along (RFC 7292 §4.2)", async () => {
  const file = open(
    certificateBag("alice-rsa"),
    keyBag("bob-p256"),
    certificateBag("intermediate"),
    keyBag("alice-rsa"),
    certificateBag("bob-p256"),
  );
  const entries = await readPkcs12(file, "");
  assert.deepEqual(
    entries.map(({ chain, keyProtection, privateKey }) => [chain.length, keyProtection, privateKey !== null]),
    [
      [1, "none", true],
      [1, "none", true],
    ],
  );
  assert.deepEqual([...entries[0]!.certificate!.der], [...certificate("bob-p256")]);
});

test("a file without MAC and without encryption opens with any password, and says that none keeps it", async () => {
  const file = open(keyBag("bob-p256"), certificateBag("bob-p256"));
  for (const password of ["", "anything"]) {
    const [entry] = await readPkcs12(file, password);
    assert.equal(entry!.keyProtection, "none");
  }
});

test("a MAC does not keep a key that stands in clear: its password is asked, and the truth told", async () => {
  const authSafe = sequence(data(sequence(keyBag("bob-p256"))));
  const file = pfx(authSafe, await macFor(authSafe, bmpPassword("secret")));
  assert.equal((await readPkcs12(file, "secret"))[0]!.keyProtection, "none");
  await assert.rejects(readPkcs12(file, "other"), DecryptionError);
});

test("the empty password is two zero octets, or none at all (RFC 7292 §B.1)", async () => {
  const authSafe = sequence(data(sequence(keyBag("bob-p256"))));
  for (const octetsOfNothing of [bmpPassword(""), new Uint8Array(0)]) {
    const file = pfx(authSafe, await macFor(authSafe, octetsOfNothing));
    assert.equal((await readPkcs12(file, "")).length, 1);
    await assert.rejects(readPkcs12(file, " "), DecryptionError);
  }
});

test("bags in bags are read; lists of revoked ones, secrets and bags of no known kind are passed over", async () => {
  const secret = sequence(objectIdentifier("1.2.3.4"), encode(0xa0, octetString(fromUtf8("x"))));
  const file = open(
    bag(4, secret),
    bag(5, secret),
    bag(6, sequence(bag(6, sequence(keyBag("bob-p256"))), certificateBag("bob-p256"))),
    bag(99, nullValue),
  );
  const [entry, ...others] = await readPkcs12(file, "");
  assert.equal(others.length, 0);
  assert.ok(entry!.certificate !== null && entry!.privateKey !== null);
});

test("a broken name costs neither key nor name: half pairs and odd octets are kept as they are", async () => {
  const name = (value: Bytes) => attribute(20, value);
  const bmp = (hex: string): Bytes => encode(tags.bmpString, fromHex(hex));
  for (const [value, expected] of [
    [bmp("d83d"), "\ud83d"],
    [bmp("004100"), "A"],
    [bmp(""), ""],
    [encode(tags.utf8String, fromUtf8("name")), null],
  ] as const) {
    const [entry] = await readPkcs12(open(keyBag("bob-p256", name(value))), "");
    assert.equal(entry!.friendlyName, expected);
  }
});

test("RC4 and MD2 have no library here: refused by their names, not called a wrong password", async () => {
  const parameters = sequence(octetString(fromHex("0102030405060708")), smallInteger(1));
  for (const scheme of ["1.2.840.113549.1.12.1.1", "1.2.840.113549.1.12.1.2", "1.2.840.113549.1.5.1"]) {
    const shrouded = sequence(
      sequence(objectIdentifier(scheme), parameters),
      octetString(new Uint8Array(16)),
    );
    await assert.rejects(
      readPkcs12(open(bag(2, shrouded)), "x"),
      (e) => e instanceof UnsupportedError && e.code === "algorithm-unsupported" && e.detail === scheme,
    );
  }
});

test("indefinite lengths and octets in a thousand chunks (X.690 §8.7.3)", async () => {
  const authSafe = sequence(data(sequence(keyBag("alice-rsa"), certificateBag("alice-rsa"))));
  const chunks = Array.from({ length: Math.ceil(authSafe.length / 7) }, (_, i) =>
    octetString(authSafe.subarray(7 * i, 7 * i + 7)),
  );
  const indefinite = (tag: number, ...parts: readonly Bytes[]): Bytes =>
    concat([Uint8Array.of(tag, 0x80), ...parts, new Uint8Array(2)]);
  const content = indefinite(0xa0, indefinite(0x24, ...chunks));
  const file = indefinite(0x30, smallInteger(3), indefinite(0x30, objectIdentifier(oid.data), content));
  const [entry] = await readPkcs12(file, "");
  assert.ok(entry!.certificate !== null && entry!.privateKey !== null);
});
