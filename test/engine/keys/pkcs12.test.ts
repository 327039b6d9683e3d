import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { fromUtf8 } from "../../../src/engine/base/bytes.js";
import { children, encoded, readWhole } from "../../../src/engine/base/der-reader.js";
import { sequence, smallInteger } from "../../../src/engine/base/der-writer.js";
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
} from "../../../src/engine/base/errors.js";
import { importPrivateKey } from "../../../src/engine/keys/import-private-key.js";
import { keyBelongsTo } from "../../../src/engine/keys/match-certificate.js";
import { readPkcs12 } from "../../../src/engine/keys/pkcs12.js";
import { testKeys } from "../../helpers/test-keys.js";

const keys = await testKeys();
const folder = mkdtempSync(`${tmpdir()}/pkcs12-`);
after(() => rmSync(folder, { recursive: true }));

const octets = (path: string): Bytes => new Uint8Array(readFileSync(path));
const commonName = (der: Bytes): string => new X509Certificate(der).subject.replace(/^.*CN=/s, "");

interface Export {
  readonly name?: string;
  readonly password?: string;
  readonly options?: readonly string[];
  readonly chain?: readonly string[];
}

function exported({
  name = "alice-rsa",
  password = "secret",
  options = [],
  chain = ["intermediate"],
}: Export): Bytes {
  writeFileSync(
    `${folder}/chain.pem`,
    chain.map((one) => readFileSync(`${keys}/${one}.pem`, "utf8")).join(""),
  );
  const certificates = chain.length === 0 ? [] : ["-certfile", `${folder}/chain.pem`];
  const out = `${folder}/${name}.p12`;
  execFileSync(
    "openssl",
    [
      "pkcs12",
      "-export",
      "-inkey",
      `${keys}/${name}.key.pem`,
      "-in",
      `${keys}/${name}.pem`,
      "-out",
      out,
      "-passout",
      `pass:${password}`,
      ...certificates,
      ...options,
    ],
    { stdio: "pipe" },
  );
  return octets(out);
}

async function requireAlice(file: Bytes, password: string): Promise<void> {
  const entries = await readPkcs12(file, password);
  assert.equal(entries.length, 1);
  const [entry] = entries;
  assert.equal(commonName(entry!.certificate!.der), "Alice Example");
  assert.deepEqual(
    entry!.chain.map(({ der }) => commonName(der)),
    ["Signet Test CA"],
  );
  assert.equal((await importPrivateKey(entry!.privateKey!)).kind, "rsa");
}

const variants: Readonly<Record<string, readonly string[]>> = {
  "as OpenSSL 3 writes it (PBES2, AES-256, HMAC-SHA-256)": [],
  "-legacy (RC2-40 for certificates, 3DES for the key)": ["-legacy"],
  "AES-128 and AES-192": ["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC"],
  "PBES2 with 3DES": ["-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC"],
  "two-key 3DES and RC2-128": ["-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-RC2-128"],
  "three-key 3DES for both, as Windows writes it": [
    "-legacy",
    "-keypbe",
    "PBE-SHA1-3DES",
    "-certpbe",
    "PBE-SHA1-3DES",
  ],
  "certificates in clear": ["-certpbe", "NONE"],
  "key in clear": ["-keypbe", "NONE"],
  "MAC with SHA-1": ["-macalg", "sha1"],
  "MAC with SHA-384": ["-macalg", "sha384"],
  "MAC with SHA-512": ["-macalg", "sha512"],
  "MAC with SHA-224": ["-macalg", "sha224"],
  "no MAC": ["-nomac"],
  "one round of each derivation": ["-noiter", "-nomaciter"],
  "600,000 rounds": ["-iter", "600000"],
};

for (const [label, options] of Object.entries(variants)) {
  test(`opens ${label}, and not with another password (RFC 7292)`, async () => {
    const file = exported({ options });
    await requireAlice(file, "secret");
    await assert.rejects(readPkcs12(file, "Secret"), DecryptionError);
    await assert.rejects(readPkcs12(file, ""), DecryptionError);
  });
}

for (const name of ["alice-p256", "carol-p384", "dave-p521", "erin-ed25519", "big-rsa4096"]) {
  test(`finds the key of ${name}`, async () => {
    const [entry] = await readPkcs12(octets(`${keys}/${name}.p12`), "signet");
    assert.ok(await keyBelongsTo(entry!.privateKey!, entry!.certificate!));
    assert.equal(entry!.friendlyName, name);
    const [other] = await readPkcs12(octets(`${keys}/bob-p256.p12`), "signet");
    assert.equal(await keyBelongsTo(entry!.privateKey!, other!.certificate!), false);
  });
}

for (const password of ["pässwörd", "密码🔑", "a".repeat(200), "with space", ""]) {
  test(`the password ${JSON.stringify(password.slice(0, 20))} opens new and old encryption (RFC 7292 §B.1)`, async () => {
    await requireAlice(exported({ password }), password);
    await requireAlice(exported({ password, options: ["-legacy"] }), password);
    await assert.rejects(readPkcs12(exported({ password }), `${password}x`), DecryptionError);
  });
}

test("a file without a password's octets at all opens with the empty one", async () => {
  await requireAlice(
    exported({ password: "", options: ["-nomac", "-keypbe", "NONE", "-certpbe", "NONE"] }),
    "",
  );
});

test("PEM and bare base64 are unwrapped", async () => {
  const base64 = Buffer.from(exported({})).toString("base64").replace(/.{64}/g, "$&\r\n");
  await requireAlice(fromUtf8(base64), "secret");
  await requireAlice(
    fromUtf8(`Bag Attributes\n-----BEGIN PKCS12-----\n${base64}\n-----END PKCS12-----\n`),
    "secret",
  );
});

test("a certificate without its key, and a key without its certificate, are entries of their own", async () => {
  execFileSync("openssl", [
    "pkcs12",
    "-export",
    "-nokeys",
    "-in",
    `${keys}/bob-p256.pem`,
    "-out",
    `${folder}/nokey.p12`,
    "-passout",
    "pass:x",
  ]);
  const [certificate, ...none] = await readPkcs12(octets(`${folder}/nokey.p12`), "x");
  assert.equal(none.length, 0);
  assert.equal(certificate!.privateKey, null);
  assert.equal(commonName(certificate!.certificate!.der), "Bob Example");
  execFileSync("openssl", [
    "pkcs12",
    "-export",
    "-nocerts",
    "-inkey",
    `${keys}/bob-p256.key.pem`,
    "-out",
    `${folder}/nocert.p12`,
    "-passout",
    "pass:x",
  ]);
  const [key, ...others] = await readPkcs12(octets(`${folder}/nocert.p12`), "x");
  assert.equal(others.length, 0);
  assert.equal(key!.certificate, null);
  assert.equal((await importPrivateKey(key!.privateKey!)).kind, "ec");
});

test("a certificate labelled with somebody else's key is not believed", async () => {
  // OpenSSL matches by number itself, so the foreign certificate travels as an extra one.
  const file = exported({ chain: ["intermediate", "mallory", "root"] });
  const entries = await readPkcs12(file, "secret");
  assert.equal(entries.length, 2);
  assert.deepEqual(
    entries[0]!.chain.map(({ der }) => commonName(der)),
    ["Signet Test CA", "Signet Test Root"],
  );
  assert.equal(commonName(entries[1]!.certificate!.der), "Mallory");
  assert.equal(entries[1]!.privateKey, null);
});

test("one turned octet anywhere is a wrong password, a malformed or an unsupported file, and never opens as a whole", async () => {
  const file = exported({ name: "bob-p256", options: ["-iter", "1"], chain: [] });
  let opened = 0;
  for (let at = 0; at < file.length; at++) {
    const turned = file.slice();
    turned[at]! ^= 1 << (at % 8);
    try {
      await readPkcs12(turned, "secret");
      opened++;
    } catch (error) {
      const known = [DecryptionError, MalformedError, UnsupportedError, BudgetExceededError].some(
        (kind) => error instanceof kind,
      );
      assert.ok(known, `octet ${at}: ${String(error)}`);
    }
  }
  // Octets that nothing depends on: the MAC's own label, the version's neighbours.
  assert.ok(opened <= 4, String(opened));
});

test("truncated files, garbage and empty files are malformed", async () => {
  const file = exported({ name: "bob-p256", options: ["-iter", "1"] });
  for (const length of [0, 1, 2, 10, 100, file.length - 1]) {
    await assert.rejects(readPkcs12(file.slice(0, length), "secret"), MalformedError, String(length));
  }
  await assert.rejects(readPkcs12(fromUtf8("no key file"), "secret"), MalformedError);
  await assert.rejects(readPkcs12(new Uint8Array(5 * 1024 * 1024), "secret"), BudgetExceededError);
});

test("a file that asks for a thousand million rounds is refused at once", async () => {
  const [version, authSafe, mac] = children(readWhole(exported({}), "der")).map(encoded);
  const [digest, salt] = children(readWhole(mac!, "der")).map(encoded);
  for (const iterations of [10_000_001, 1_000_000_000, 2 ** 31 - 1]) {
    const macData = sequence(digest!, salt!, smallInteger(iterations));
    const file = sequence(version!, authSafe!, macData);
    await assert.rejects(readPkcs12(file, "secret"), BudgetExceededError);
  }
  const none = sequence(version!, authSafe!, sequence(digest!, salt!, smallInteger(0)));
  await assert.rejects(readPkcs12(none, "secret"), MalformedError);
});
