/**
 * Key files between programs, both ways: OpenSSL, NSS (Firefox, Thunderbird), GnuPG and Java open what we
 * write, and we open what they write. Windows and macOS cannot be run here: docs/key-files.md.
 */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type Bytes, equal } from "../../src/engine/base/bytes.js";
import { DecryptionError, type Pkcs12Entry, readPkcs12, writePkcs12 } from "../../src/engine/index.js";
import { trixie } from "../helpers/peers/available.js";
import { debianPrograms, reasonOf } from "../helpers/peers/debian-release.js";
import { testKeys } from "../helpers/test-keys.js";

const run = promisify(execFile);
const has = (program: string): boolean => existsSync(`/usr/bin/${program}`);
const noNss = has("pk12util") ? false : "no pk12util (libnss3-tools)";
const noGnupg = has("gpgsm") ? false : "no gpgsm";
const noJava = has("keytool") ? false : "no keytool (a Java runtime)";

let folder: string;
before(async () => {
  folder = await mkdtemp(`${tmpdir()}/signet-key-files-`);
});
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function place(file: Bytes): Promise<string> {
  const path = `${folder}/${++count}.p12`;
  await writeFile(path, file);
  return path;
}

async function readOwn(path: string, password: string): Promise<Pkcs12Entry> {
  const entries = await readPkcs12(new Uint8Array(await readFile(path)), password);
  const own = entries.find(({ certificate, privateKey }) => certificate !== null && privateKey !== null);
  assert.ok(own);
  return own;
}

const profiles = ["modern", "compatible"] as const;
type Profile = (typeof profiles)[number];

async function written(name: string, profile: Profile, password: string): Promise<string> {
  const { privateKey, certificate, chain } = await readOwn(`${await testKeys()}/${name}.p12`, "signet");
  const content = {
    privateKey: privateKey!,
    certificate: certificate!,
    chain,
    friendlyName: "Schlüssel 密 🔑",
  };
  return place(await writePkcs12(content, { password, profile, iterations: 1_000 }));
}

const passwords = ["secret", "pässwörd", "σύνθημα", "密码🔑", "two words, 'quoted'"];
const everybody = [
  ...["alice-rsa", "big-rsa4096", "judy-pss", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519"],
  ...["ivan-ed448", "frank-bp256", "kim-x25519", "lee-x448"],
];

// ------------------------------------------------------------------ PBMAC1

test("OpenSSL from 3.4 opens a file with PBMAC1, with the right password only (RFC 9579)", async (context) => {
  const folderOf = debianPrograms(trixie).catch((error: unknown) => `no OpenSSL 3.5: ${reasonOf(error)}`);
  const programs = await folderOf;
  if (programs.startsWith("no ")) return context.skip(programs);
  const { privateKey, certificate, chain } = await readOwn(`${await testKeys()}/alice-rsa.p12`, "signet");
  const content = { privateKey: privateKey!, certificate: certificate!, chain, friendlyName: null };
  const protection = { password: "secret", profile: "modern", iterations: 1_000, mac: "pbmac1" } as const;
  const path = await place(await writePkcs12(content, protection));
  const open = (password: string) =>
    run(`${programs}/openssl`, ["pkcs12", "-in", path, "-passin", `pass:${password}`, "-noenc", "-info"]);
  const { stdout, stderr } = await open("secret");
  assert.match(stdout, /BEGIN PRIVATE KEY/);
  assert.match(stderr, /PBMAC1 using PBKDF2/);
  await assert.rejects(open("guess"));
});

// ------------------------------------------------------------------ OpenSSL

const opensslOpens = async (path: string, password: string, profile: Profile): Promise<string> => {
  await writeFile(`${path}.pass`, password);
  const legacy = profile === "compatible" ? ["-legacy"] : [];
  const words = ["pkcs12", "-in", path, "-passin", `file:${path}.pass`, "-noenc", ...legacy];
  return (await run("openssl", words)).stdout;
};

for (const profile of profiles) {
  test(`OpenSSL opens the ${profile} file of every kind of key, name and issuer with it`, async () => {
    for (const name of everybody) {
      const text = await opensslOpens(await written(name, profile, "secret"), "secret", profile);
      assert.equal(text.split("BEGIN CERTIFICATE").length - 1, 2, name);
      assert.match(text, /BEGIN PRIVATE KEY/);
      // Its terminal shows one octet a character; NSS below shows the whole name.
      assert.match(text, /friendlyName: Schl/);
      const own = `${folder}/${name}.key.pem`;
      await writeFile(own, text.slice(text.indexOf("-----BEGIN PRIVATE")));
      const ofKey = await run("openssl", ["pkey", "-in", own, "-pubout"]);
      const ofCertificate = await run("openssl", [
        "x509",
        "-in",
        `${await testKeys()}/${name}.pem`,
        "-noout",
        "-pubkey",
      ]);
      assert.equal(ofKey.stdout, ofCertificate.stdout, name);
    }
  });

  test(`OpenSSL opens the ${profile} file with any password, and with no other`, async () => {
    for (const password of passwords) {
      const path = await written("alice-rsa", profile, password);
      assert.match(await opensslOpens(path, password, profile), /BEGIN PRIVATE KEY/);
      await assert.rejects(opensslOpens(path, `${password}x`, profile));
    }
  });
}

// ------------------------------------------------------------------ NSS

async function nssKeys(path: string, password: string): Promise<string> {
  const database = `sql:${await mkdtemp(`${folder}/nss-`)}`;
  await run("certutil", ["-N", "--empty-password", "-d", database]);
  await run("pk12util", ["-i", path, "-W", password, "-K", "", "-d", database]);
  return (await run("certutil", ["-K", "-d", database])).stdout;
}

// NSS 3.87 imports no Ed25519, Ed448, X25519 or X448 key from any file, OpenSSL's neither.
const knownToNss = everybody.filter((name) => !/ed25519|ed448|x25519|x448/.test(name));

for (const profile of profiles) {
  test(`NSS imports the ${profile} file of every kind of key that it knows`, { skip: noNss }, async () => {
    for (const name of knownToNss) {
      assert.match(await nssKeys(await written(name, profile, "secret"), "secret"), /Schlüssel 密 🔑/, name);
    }
  });

  test(`NSS imports the ${profile} file with any password, and with no other`, { skip: noNss }, async () => {
    for (const password of passwords) {
      const path = await written("alice-rsa", profile, password);
      assert.match(await nssKeys(path, password), /rsa/);
      await assert.rejects(nssKeys(path, `${password}x`));
    }
  });
}

test("what NSS exports opens, with each cipher and password that it has", { skip: noNss }, async () => {
  const database = `sql:${await mkdtemp(`${folder}/nss-`)}`;
  await run("certutil", ["-N", "--empty-password", "-d", database]);
  const file = `${await testKeys()}/alice-rsa.p12`;
  await run("pk12util", ["-i", file, "-W", "signet", "-K", "", "-d", database]);
  const expected = await readOwn(file, "signet");
  // Each of them 600,000 rounds: not every cipher with every password.
  for (const [forKey, forCertificates, password] of [
    ["AES-256-CBC", "AES-128-CBC", "密码🔑"],
    ["PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC", "none", "pässwörd"],
    ["PKCS #5 Password Based Encryption with MD5 and DES-CBC", "none", "secret"],
  ] as const) {
    const path = `${folder}/${++count}.p12`;
    const words = ["-o", path, "-n", "alice-rsa", "-W", password, "-K", "", "-d", database];
    await run("pk12util", [...words, "-c", forKey, "-C", forCertificates]);
    const { privateKey } = await readOwn(path, password);
    assert.ok(equal(privateKey!, expected.privateKey!), forKey);
  }
  await assert.rejects(readOwn(`${folder}/${count}.p12`, "Secret"), DecryptionError);
});

// ------------------------------------------------------------------ GnuPG

async function withGnupg<Result>(
  work: (gpgsm: (words: readonly string[], input: string) => string) => Result,
) {
  const home = await mkdtemp(`${folder}/g-`);
  await writeFile(`${home}/gpg-agent.conf`, "allow-loopback-pinentry\n");
  try {
    return work((words, input) => {
      const batch = ["--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0"];
      const { status, stderr } = spawnSync("gpgsm", [...batch, ...words], { input, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      return stderr;
    });
  } finally {
    spawnSync("gpgconf", ["--homedir", home, "--kill", "all"]);
  }
}

/** gpgsm 2.2 fails at one file in a hundred, whoever wrote it; with another salt it does not. */
async function writtenForGnupg(password: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const path = await written("alice-rsa", "compatible", password);
    try {
      await withGnupg((gpgsm) => gpgsm(["--import", path], `${password}\n`));
      return path;
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

// gpgsm 2.2 reads RSA under the old ciphers: OpenSSL's own default file it refuses as well.
test(
  "GnuPG imports the compatible file of an RSA key, and we open what it exports",
  { skip: noGnupg },
  async () => {
    for (const password of ["secret", "pässwörd"]) {
      const path = await writtenForGnupg(password);
      await withGnupg((gpgsm) => {
        assert.match(gpgsm(["--import", path], `${password}\n`), /secret keys imported: 1/);
        gpgsm(["--output", `${path}.out`, "--export-secret-key-p12", "alice@example.test"], `${password}\n`);
      });
      const { privateKey } = await readOwn(`${path}.out`, password);
      const expected = await readOwn(path, password);
      assert.ok(equal(privateKey!, expected.privateKey!));
    }
  },
);

// ------------------------------------------------------------------ Java

test("Java lists the key of both files, and we open the store that it writes", { skip: noJava }, async () => {
  const keytool = (...words: readonly string[]) =>
    run("keytool", [...words, "-storetype", "PKCS12", "-storepass", "secret"]);
  for (const profile of profiles) {
    const { stdout } = await keytool("-list", "-keystore", await written("bob-p256", profile, "secret"));
    assert.match(stdout, /PrivateKeyEntry/);
  }
  for (const options of [[], ["-J-Dkeystore.pkcs12.legacy"]]) {
    const path = `${folder}/${++count}.p12`;
    const what = ["-genkeypair", "-alias", "me", "-keyalg", "EC", "-dname", "CN=Java", "-keystore", path];
    await keytool(...options, ...what);
    assert.equal((await readOwn(path, "secret")).friendlyName, "me");
    await assert.rejects(readOwn(path, "Secret"), DecryptionError);
  }
});
