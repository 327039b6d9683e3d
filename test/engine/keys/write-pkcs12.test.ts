/** What `writePkcs12` writes, `readPkcs12` reads; who else reads it, test/interop/key-files.test.ts. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, equal } from "../../../src/engine/base/bytes.js";
import { readWhole } from "../../../src/engine/base/der-reader.js";
import { DecryptionError, MalformedError } from "../../../src/engine/base/errors.js";
import { importPrivateKey } from "../../../src/engine/keys/import-private-key.js";
import { keyBelongsTo } from "../../../src/engine/keys/match-certificate.js";
import type { Pkcs12Entry } from "../../../src/engine/keys/match-entries.js";
import { readPkcs12 } from "../../../src/engine/keys/pkcs12.js";
import { parsePkcs8 } from "../../../src/engine/keys/pkcs8.js";
import { type Pkcs12Content, writePkcs12, writePkcs12Bundle } from "../../../src/engine/keys/write-pkcs12.js";
import { testKeys } from "../../helpers/test-keys.js";

const keys = await testKeys();

async function identity(name: string): Promise<Pkcs12Entry> {
  const [entry] = await readPkcs12(new Uint8Array(readFileSync(`${keys}/${name}.p12`)), "signet");
  return entry!;
}

async function content(name: string, friendlyName: string | null = null): Promise<Pkcs12Content> {
  const { privateKey, certificate, chain } = await identity(name);
  return { privateKey: privateKey!, certificate: certificate!, chain, friendlyName };
}

const people = [
  ...["alice-rsa", "judy-pss", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519", "ivan-ed448"],
  ...["frank-bp256", "kim-x25519", "lee-x448"],
];
const profiles = ["modern", "compatible"] as const;

for (const profile of profiles) {
  test(`${profile}: every kind of key comes back with its certificates, and with no other password (RFC 7292)`, async () => {
    for (const name of people) {
      const given = await content(name, name);
      const file = await writePkcs12(given, { password: "Schlüssel", profile, iterations: 10 });
      readWhole(file, "der");
      const [entry, ...others] = await readPkcs12(file, "Schlüssel");
      assert.equal(others.length, 0);
      assert.equal(entry!.certificate!.fingerprint, given.certificate.fingerprint);
      assert.deepEqual(
        entry!.chain.map(({ fingerprint }) => fingerprint),
        given.chain.map(({ fingerprint }) => fingerprint),
      );
      assert.equal(entry!.friendlyName, name);
      assert.equal(entry!.keyProtection, "password");
      assert.ok(await keyBelongsTo(entry!.privateKey!, given.certificate));
      assert.equal(
        (await importPrivateKey(entry!.privateKey!)).kind,
        (await importPrivateKey(given.privateKey)).kind,
      );
      await assert.rejects(readPkcs12(file, "Schluessel"), DecryptionError);
    }
  });

  test(`${profile}: read(write(x)) = x for any friendly name and any password`, async () => {
    const given = await content("bob-p256");
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
    const anyText = units.map((list) => String.fromCharCode(...list));
    await fc.assert(
      fc.asyncProperty(
        anyText,
        fc.oneof(anyText, fc.string({ unit: "binary" })),
        async (friendlyName, password) => {
          const file = await writePkcs12({ ...given, friendlyName }, { password, profile, iterations: 1 });
          const [entry] = await readPkcs12(file, password);
          assert.equal(entry!.friendlyName, friendlyName);
          assert.ok(equal(entry!.privateKey!, given.privateKey));
        },
      ),
      { numRuns: 60 },
    );
  });
}

test("one bit turned anywhere in what the MAC covers is a wrong password or a damaged file (RFC 7292 §4)", async () => {
  const file = await writePkcs12(await content("bob-p256"), {
    password: "x",
    profile: "modern",
    iterations: 1,
  });
  for (let at = 30; at < file.length - 90; at += 7) {
    const turned: Bytes = file.slice();
    turned[at]! ^= 1 << (at % 8);
    await assert.rejects(readPkcs12(turned, "x"), DecryptionError, String(at));
  }
});

test("what is written without being told is as dear to guess as .NET's loader takes it: 250,000 of each", async () => {
  const file = await writePkcs12(await content("bob-p256"), { password: "x", profile: "modern" });
  // INTEGER 250,000, for certificates and for the MAC in sight; the key's stands inside its safe in clear, too.
  const hex = Buffer.from(file).toString("hex");
  assert.equal(hex.split("020303d090").length - 1, 3);
});

test("an EC key without its point is given the certificate's; attributes are left out", async () => {
  const given = await content("bob-p256");
  const parsed = parsePkcs8(given.privateKey);
  assert.ok(parsed.kind === "ec");
  const bare = Uint8Array.from(
    Buffer.from(
      `3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420${Buffer.from(parsed.privateKey).toString("hex")}`,
      "hex",
    ),
  );
  const file = await writePkcs12(
    { ...given, privateKey: bare },
    { password: "x", profile: "modern", iterations: 1 },
  );
  const [entry] = await readPkcs12(file, "x");
  assert.ok(equal(entry!.privateKey!, given.privateKey));
});

test("a key that is none is not written", async () => {
  const given = { ...(await content("bob-p256")), privateKey: new Uint8Array([0x30, 0]) as Bytes };
  await assert.rejects(writePkcs12(given, { password: "x", profile: "modern" }), MalformedError);
});

test("a key that waits for its certificate comes back with its note, beside the others or alone", async () => {
  const waiting = await content("carol-p384");
  const note = new TextEncoder().encode('{"way":"file"}');
  const key = { privateKey: waiting.privateKey, friendlyName: "waits", note };
  for (const others of [[await content("bob-p256")], []]) {
    const file = await writePkcs12Bundle(others, { password: "p", profile: "modern", iterations: 10 }, [key]);
    readWhole(file, "der");
    const entries = await readPkcs12(file, "p");
    assert.equal(entries.length, others.length + 1);
    const back = entries.find(({ certificate }) => certificate === null)!;
    assert.deepEqual([back.friendlyName, back.note], ["waits", note]);
    assert.ok(await keyBelongsTo(back.privateKey!, waiting.certificate));
    assert.ok(entries.every(({ certificate, note: said }) => certificate === null || said === undefined));
  }
});

test("PBMAC1: what is written is read, and neither a turned octet nor another password (RFC 9579)", async () => {
  const given = await content("bob-p256");
  const protection = { password: "Schlüssel", profile: "modern", iterations: 10, mac: "pbmac1" } as const;
  const file = await writePkcs12(given, protection);
  readWhole(file, "der");
  const [entry] = await readPkcs12(file, "Schlüssel");
  assert.ok(await keyBelongsTo(entry!.privateKey!, given.certificate));
  await assert.rejects(readPkcs12(file, "Schluessel"), DecryptionError);
  const turned = file.slice();
  turned[40]! ^= 1;
  await assert.rejects(readPkcs12(turned, "Schlüssel"));
});
