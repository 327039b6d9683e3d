/** The command line as a person or a script uses it: whole processes, exit codes, what stands on which stream. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { tamper } from "../helpers/inspecting.js";
import { cmsEncrypt, cmsSign, openssl } from "../helpers/openssl.js";
import { type TemporaryFolder, temporaryFolder } from "../helpers/temporary-folder.js";
import { testKeys } from "../helpers/test-keys.js";

const program = fileURLToPath(new URL("../../bin/signet.mjs", import.meta.url));
let folder: TemporaryFolder;
let keys: string;

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `KEYS/` and `TMP/` stand for the folders. */
function signet(words: readonly string[], input = ""): Promise<Outcome> {
  const filled = words.map((word) => word.replace("KEYS/", `${keys}/`).replace("TMP/", `${folder.path}/`));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...filled]);
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, out: Buffer.concat(out).toString("latin1"), err: Buffer.concat(err).toString() });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

const head =
  "From: Alice <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\n";
const entity =
  "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAt noon.\r\n--b\r\n" +
  'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n';
const draft = head + entity;
const save = async (name: string, content: string | Uint8Array) =>
  writeFile(`${folder.path}/${name}`, content);

before(async () => {
  [folder, keys] = await Promise.all([temporaryFolder(), testKeys()]);
  const signed = await cmsSign(entity, "alice-rsa", "-binary");
  const letter = (from: string) =>
    new Uint8Array(Buffer.concat([Buffer.from(head.replace(/^From.*\r\n/, from)), signed]));
  const alices = letter("From: Alice <alice@example.test>\r\n");
  await save("draft.eml", draft);
  await save("signed.eml", alices);
  await save("tampered.eml", tamper(alices, "At noon"));
  await save("other.eml", letter("From: bob@example.test\r\n"));
  await save("group.eml", letter("From: us: alice@example.test;\r\n"));
  await save("several.eml", letter("From: alice@example.test, bob@example.test\r\n"));
  const sealed = await cmsEncrypt(signed, ["bob-p256"], "-aes-256-cbc", "-binary");
  await save("sealed.eml", Buffer.concat([Buffer.from(head), sealed]));
  const only = await cmsEncrypt(entity, ["bob-p256"], "-aes-256-gcm", "-binary");
  await save("encrypted.eml", Buffer.concat([Buffer.from(head), only]));
  const locked = ["cms", "-encrypt", "-aes256", "-binary", "-pwri_password", "Mittag"];
  const withPassword = await openssl(locked, new Uint8Array(Buffer.from(entity)));
  await save("password.eml", Buffer.concat([Buffer.from(head), withPassword]));
  await save("password.txt", "Mittag\n");
  await save("wrong-password.txt", "Abend\r\nMittag\r\n");
  await save("empty.eml", "");
  await save("garbage", Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) >> 3)));
});
after(() => folder.remove());

const root = ["--anchor", "KEYS/root.pem"];
const bob = ["--identity", "KEYS/bob-p256.p12", "--password", "signet"];
const alice = ["--identity", "KEYS/alice-rsa.p12", "--password", "signet"];

function passwordFiles(...files: readonly string[]): readonly string[] {
  return ["TMP/password.eml", ...files.flatMap((file) => ["--password-file", `TMP/${file}`])];
}

const verdicts: readonly (readonly [string, readonly string[], number, string])[] = [
  ["signed by the author", ["TMP/signed.eml", ...root], 0, "2"],
  [
    "an anchor among several",
    ["TMP/signed.eml", "--anchor", "KEYS/mallory-root.pem", "KEYS/root.pem"],
    0,
    "2",
  ],
  ["no anchor", ["TMP/signed.eml"], 1, "5"],
  ["another anchor", ["TMP/signed.eml", "--anchor", "KEYS/mallory-root.pem"], 1, "5"],
  ["a day before the certificate", ["TMP/signed.eml", ...root, "--at", "2020-02-29"], 1, "6"],
  ["a time before the certificate", ["TMP/signed.eml", ...root, "--at", "2020-02-29T12:00:00Z"], 1, "6"],
  ["changed after signing", ["TMP/tampered.eml", ...root], 1, "7"],
  ["signed by somebody else", ["TMP/other.eml", ...root], 1, "4"],
  ["a group in From", ["TMP/group.eml", ...root], 1, "4"],
  ["several authors", ["TMP/several.eml", ...root], 1, "4"],
  ["not signed", ["TMP/draft.eml", ...root], 1, "1"],
  ["signed inside encrypted, opened", ["TMP/sealed.eml", ...root, ...bob], 0, "2"],
  ["the key among several", ["TMP/sealed.eml", ...alice, ...bob, ...root], 0, "2"],
  ["encrypted, no key", ["TMP/sealed.eml", ...root], 1, "1"],
  ["encrypted, another key", ["TMP/sealed.eml", ...root, ...alice], 1, "1"],
  ["encrypted and opened, nobody signed", ["TMP/encrypted.eml", ...bob], 0, "1"],
  ["encrypted with a password, which is in a file", passwordFiles("password.txt"), 0, "1"],
  ["one of several passwords", passwordFiles("wrong-password.txt", "password.txt"), 0, "1"],
  ["encrypted with another password", passwordFiles("wrong-password.txt"), 1, "1"],
  ["encrypted with a password, and none given", ["TMP/password.eml"], 1, "1"],
];

for (const [says, words, code, state] of verdicts) {
  test(`inspect: ${says} ends with ${code}`, async () => {
    const { code: ended, out, err } = await signet(["inspect", ...words, "--json"]);
    assert.equal(ended, code, err);
    assert.equal(err, "");
    const { verdict, payload } = JSON.parse(out) as {
      verdict: { summary: { state: string }; layers: unknown[] };
      payload: { text: string; attachments: unknown[] };
    };
    assert.equal(verdict.summary.state, state);
    if (code !== 0) return;
    assert.equal(payload.text.trim(), "At noon.");
    const sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert.deepEqual(payload.attachments, [{ name: "a.pdf", mediaType: "application/pdf", size: 5, sha256 }]);
  });
}

test("inspect for people: the headline, the layers, the text; no control character reaches the terminal", async () => {
  const good = await signet(["inspect", "TMP/sealed.eml", ...root, ...bob]);
  assert.match(good.out, /^Signed by alice@example\.test\n/);
  assert.match(good.out, /Layer 1: encrypted: opened, AES-256-CBC/);
  assert.match(good.out, /Layer 2: clear-signed: valid, CN=Alice Example/);
  assert.match(good.out, /\nAt noon\.\n/);
  const evil = "From: a@example.test\r\nSubject: =?utf-8?q?=1b]0;pwned=07?=\r\n\r\n\x1b[2Jgone\x07\r\n";
  const { out, code } = await signet(["inspect", "-"], evil);
  assert.equal(code, 1);
  assert.doesNotMatch(out, /[\x00-\x08\x0b-\x1f\x7f]/);
});

const unusable: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["no command", [], /What shall be done/],
  ["an unknown command", ["verify", "x"], /no command verify/],
  ["no file", ["inspect"], /Which FILE/],
  ["a missing file", ["inspect", "TMP/none.eml"], /There is no file/],
  ["a folder", ["inspect", "TMP/"], /is a folder/],
  ["an empty file", ["inspect", "TMP/empty.eml"], /is empty/],
  ["empty standard input", ["inspect", "-"], /Standard input is empty/],
  ["no message at all", ["inspect", "TMP/garbage"], /is no mail message/],
  ["two files", ["inspect", "TMP/signed.eml", "TMP/other.eml"], /one too many/],
  ["an unknown option", ["inspect", "TMP/signed.eml", "--trust-all"], /no option --trust-all/],
  ["an option without its value", ["inspect", "TMP/signed.eml", "--anchor"], /--anchor needs a value/],
  ["a value for a flag", ["inspect", "TMP/signed.eml", "--json=yes"], /takes no value/],
  ["no such password file", ["inspect", "TMP/password.eml", "--password-file", "TMP/x"], /no file/],
  ["an impossible day", ["inspect", "TMP/signed.eml", "--at", "2026-02-31T00:00:00Z"], /--at wants/],
  ["a time in words", ["inspect", "TMP/signed.eml", "--at", "yesterday"], /--at wants/],
  ["an anchor that is none", ["inspect", "TMP/signed.eml", "--anchor", "TMP/garbage"], /garbage/],
  [
    "a wrong password",
    ["inspect", "TMP/sealed.eml", "--identity", "KEYS/bob-p256.p12", "--password", "x"],
    /password for .* is wrong/,
  ],
  [
    "a password without identity",
    ["inspect", "TMP/sealed.eml", "--password", "x"],
    /belongs after the --identity/,
  ],
  ["two passwords for one", ["inspect", "TMP/sealed.eml", ...bob, "--password", "y"], /two passwords/],
  [
    "an identity that is no key file",
    ["inspect", "TMP/sealed.eml", "--identity", "KEYS/root.pem"],
    /root\.pem/,
  ],
  ["nobody to protect as", ["protect", "TMP/draft.eml"], /Who writes/],
  ["nothing to protect", ["protect", "TMP/draft.eml", ...alice, "--no-sign"], /would protect nothing/],
  ["a key file that is none", ["pkcs12", "TMP/garbage", "--password", "x"], /garbage/],
  [
    "a key file's wrong password",
    ["pkcs12", "KEYS/alice-rsa.p12", "--password", "x"],
    /password for .* is wrong/,
  ],
];

for (const [says, words, sentence] of unusable) {
  test(`${says} ends with 2 and one sentence`, async () => {
    const { code, out, err } = await signet(words);
    assert.equal(code, 2, err);
    assert.equal(out, "");
    assert.match(err, sentence);
    assert.equal(err.trimEnd().split("\n").length, 1);
  });
}

test("inspect: a signed part inside of a message is listed and counts for nothing (RFC 9787 §4.5)", async () => {
  const inner = await cmsSign(entity, "alice-rsa", "-binary");
  const parts = ["Content-Type: text/plain\r\n\r\nEvil\r\n--out\r\n", Buffer.from(inner).toString("latin1")];
  const around = `Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n${parts.join("")}\r\n--out--\r\n`;
  await save("partly.eml", Buffer.from(head + around, "latin1"));
  const { code, out } = await signet(["inspect", "TMP/partly.eml", "--anchor", "KEYS/root.pem"]);
  assert.equal(code, 1);
  assert.match(out, /^Not looked at: part 2, clear-signed$/m);
});

test("protect: what it writes, inspect accepts; from standard input to a file, too", async () => {
  const erin = ["--identity", "KEYS/erin-ed25519.p12", "--password", "signet"];
  const wrote = await signet(["protect", "TMP/draft.eml", ...alice, "--encrypt", "KEYS/bob-p256.pem"]);
  assert.deepEqual([wrote.code, wrote.err], [0, ""]);
  const read = await signet(["inspect", "-", ...root, ...bob], wrote.out);
  assert.equal(read.code, 0, read.err);
  const opaque = await signet(
    ["protect", "-", ...erin, "--opaque", "--out", "TMP/opaque.eml"],
    draft.replace("alice@", "erin@"),
  );
  assert.deepEqual([opaque.code, opaque.out, opaque.err], [0, "", ""]);
  assert.match(await readFile(`${folder.path}/opaque.eml`, "latin1"), /smime-type=signed-data/);
  assert.equal((await signet(["inspect", "TMP/opaque.eml", ...root])).code, 0);
  const gcm = await signet([
    "protect",
    "TMP/draft.eml",
    ...alice,
    "--no-sign",
    "--gcm",
    "--encrypt",
    "KEYS/bob-p256.pem",
  ]);
  assert.match(gcm.out, /authEnveloped-data/);
});

test("protect: a refusal ends with 1, says every reason, and writes nothing", async () => {
  const encrypt = ["--encrypt", "KEYS/carol-p384.pem", "--out", "TMP/refused.eml"];
  const { code, out, err } = await signet(["protect", "TMP/draft.eml", ...bob, ...encrypt]);
  assert.equal(code, 1);
  assert.equal(out, "");
  assert.match(err, /identity is for bob@example\.test, but the message is from alice@example\.test/);
  assert.match(err, /no certificate for bob@example\.test/);
  await assert.rejects(readFile(`${folder.path}/refused.eml`));
  const json = await signet(["protect", "TMP/draft.eml", ...bob, "--json"]);
  assert.deepEqual(
    JSON.parse(json.out).blockers.map(({ code: blocker }: { code: string }) => blocker),
    ["identity-address-mismatch"],
  );
});

test("export: another file with another password, which OpenSSL opens; never without a password", async () => {
  const out = `${folder.path}/new.p12`;
  const words = ["export", "KEYS/alice-rsa.p12", "--password", "signet", "--out", out];
  for (const more of [[], ["--compatible"]]) {
    const { code, err } = await signet([...words, "--new-password", "another", ...more]);
    assert.deepEqual([code, err], [0, ""]);
    const again = await signet(["pkcs12", out, "--password", "another", "--json"]);
    assert.match(again.out, /"privateKey": "usable"/);
    assert.match(again.out, /"keyProtection": "password"/);
  }
  for (const [bad, why] of [
    [words, /needs a password/],
    [["export", "KEYS/alice-rsa.p12", "--password", "signet", "--new-password", "x"], /Where to/],
    [
      [...words.slice(0, 2), "--password", "x", "--out", out, "--new-password", "y"],
      /wrong, or the file is damaged/,
    ],
    [["export", "KEYS/root.pem", "--out", out, "--new-password", "y"], /no private key/],
  ] as const) {
    const { code, err } = await signet(bad);
    assert.equal(code, 2);
    assert.match(err, why);
  }
});

test("pkcs12: says of a PEM file that no password keeps its key", async () => {
  await save(
    "pem.pem",
    Buffer.concat(
      await Promise.all(["bob-p256.pem", "bob-p256.key.pem"].map((name) => readFile(`${keys}/${name}`))),
    ),
  );
  const { code, out } = await signet(["pkcs12", "TMP/pem.pem"]);
  assert.equal(code, 0);
  assert.match(out, /not protected by a password/);
});

test("pkcs12: tells what is in the file, and never the key", async () => {
  const { code, out } = await signet(["pkcs12", "KEYS/alice-rsa.p12", "--password", "signet", "--json"]);
  assert.equal(code, 0);
  const [entry] = JSON.parse(out) as {
    privateKey: string;
    certificate: { addresses: string[] };
    chain: unknown[];
  }[];
  assert.equal(entry!.privateKey, "usable");
  assert.deepEqual(entry!.certificate.addresses, ["alice@example.test"]);
  assert.equal(entry!.chain.length, 1);
  assert.doesNotMatch(out, /PRIVATE|"pkcs8"/);
  const people = await signet(["pkcs12", "KEYS/alice-rsa.p12", "--password", "signet"]);
  assert.match(people.out, /Private key: usable[^]*RSA 2048/);
});

test("--help explains itself", async () => {
  const { code, out } = await signet(["--help"]);
  assert.equal(code, 0);
  assert.match(out, /signet inspect FILE/);
});
