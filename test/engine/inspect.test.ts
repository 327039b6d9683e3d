/** The message as a whole: which layers count, who wrote, and what attackers build around a signature. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Bytes, inspect, readContent } from "../../src/engine/index.js";
import { clearMail, forgeSignedData, opaqueMail } from "../helpers/forge-signed-data.js";
import { alice, codes, inspectAs, lunch, testCertificate, testContext } from "../helpers/inspecting.js";

let signature: Bytes;
before(async () => {
  signature = await forgeSignedData({ content: lunch, key: "alice-rsa" });
});

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, "latin1"));
const text = (raw: Bytes): string => Buffer.from(raw).toString("latin1");
const good = (headers = alice): string => text(clearMail(headers, lunch, signature));

async function judged(mail: string | Bytes): Promise<[string, readonly string[]]> {
  const inspection = await inspectAs(typeof mail === "string" ? bytes(mail) : mail);
  return [inspection.verdict.summary.state, codes(inspection)];
}

// ------------------------------------------------------------------ unsigned

test("says nothing of unsigned mail", async () => {
  assert.deepEqual(await judged(alice + lunch), ["1", []]);
  assert.deepEqual(await judged(""), ["1", []]);
  assert.deepEqual(await judged("\r\n"), ["1", []]);
});

test("OpenPGP is not ours", async () => {
  const mail = good().replace("application/pkcs7-signature", "application/pgp-signature");
  assert.deepEqual(await judged(mail), ["1", []]);
});

test("certs-only carries certificates and is no layer (RFC 8551 §3.8)", async () => {
  const { sequence, encode, objectIdentifier, smallInteger, setOf } =
    await import("../../src/engine/base/der-writer.js");
  const { oid } = await import("../../src/engine/base/oid.js");
  const certificate = (await testCertificate("alice-rsa")).der;
  const signedData = sequence(
    smallInteger(1),
    setOf([]),
    sequence(objectIdentifier(oid.data)),
    encode(0xa0, certificate),
    setOf([]),
  );
  const cms = sequence(objectIdentifier(oid.signedData), encode(0xa0, signedData));
  const inspection = await inspectAs(opaqueMail(alice, cms));
  assert.equal(inspection.verdict.summary.state, "1");
  assert.deepEqual(inspection.verdict.layers, []);
});

// ------------------------------------------------------------------ the sender

const senders: readonly [string, string, string, string][] = [
  ["another author", "From: bob@example.test", "4", "signer-not-author"],
  ["a subdomain of the author's", "From: alice@mail.example.test", "4", "signer-not-author"],
  ["two authors (RFC 5322 §3.6.2)", "From: alice@example.test, mallory@evil.test", "4", "author-ambiguous"],
  ["two From fields", "From: alice@example.test\r\nFrom: mallory@evil.test", "4", "author-ambiguous"],
  [
    "two From fields that agree",
    "From: alice@example.test\r\nFrom: alice@example.test",
    "4",
    "author-ambiguous",
  ],
  [
    "two Sender fields",
    "From: alice@example.test\r\nSender: a@b.c\r\nSender: d@e.f",
    "4",
    "author-ambiguous",
  ],
  ["no From", "To: bob@example.test", "4", "author-missing"],
  ["an empty From", "From:", "4", "author-missing"],
  ["a group (RFC 6854)", "From: Friends: alice@example.test;", "4", "author-ambiguous"],
  [
    "a name that says another address",
    'From: "mallory@evil.test" <alice@example.test>',
    "4",
    "display-name-misleading",
  ],
  [
    "an encoded name that does",
    "From: =?utf-8?q?mallory=40evil=2Etest?= <alice@example.test>",
    "4",
    "display-name-misleading",
  ],
  [
    "an encoded name in quotes",
    'From: "=?utf-8?b?bWFsbG9yeUBldmlsLnRlc3Q=?=" <alice@example.test>',
    "4",
    "display-name-misleading",
  ],
  [
    "a name in a charset that only some readers know",
    "From: =?utf-7?q?mallory+AEA-evil.test?= <alice@example.test>",
    "4",
    "display-name-misleading",
  ],
  ["a comment that does", "From: alice@example.test (mallory@evil.test)", "4", "display-name-misleading"],
  [
    "a name with a line break in it",
    "From: =?utf-8?q?Alice=0Afoo?= <alice@example.test>",
    "4",
    "display-name-misleading",
  ],
  [
    "a name with a direction mark",
    "From: =?utf-8?b?4oCuZWNpbEE=?= <alice@example.test>",
    "4",
    "display-name-misleading",
  ],
  [
    "an address that only looks encoded",
    "From: =?utf-8?q?alice=40example.test=00?=@evil.test",
    "4",
    "author-ambiguous",
  ],
  ["two angle addresses", "From: <alice@example.test> <mallory@evil.test>", "4", "author-ambiguous"],
  ["words before a bare address", "From: Mallory alice@example.test", "4", "author-ambiguous"],
  [
    "a bare CR in the header, a line for some readers",
    "X-A: b\rFrom: mallory@evil.test\r\nFrom: alice@example.test",
    "6",
    "author-ambiguous",
  ],
  ["a NUL in the header", "From: alice@example.test\0@evil.test", "6", "author-ambiguous"],
  [
    "a stray line that ends the header for some",
    "X-A: b\r\nstray\r\nFrom: alice@example.test",
    "6",
    "author-ambiguous",
  ],
  [
    "a blank before the colon",
    "From : mallory@evil.test\r\nFrom: alice@example.test",
    "6",
    "author-ambiguous",
  ],
  [
    "a signer who is only the Sender",
    "From: bob@example.test\r\nSender: alice@example.test",
    "4",
    "signer-not-author",
  ],
];

for (const [says, from, state, code] of senders) {
  test(`is not good with ${says}`, async () => {
    const [found, faults] = await judged(good(`${from}\r\n`));
    assert.equal(found, state);
    assert.ok(faults.includes(code), `${faults.join(" ")}`);
  });
}

const honest: readonly [string, string][] = [
  ["a plain address", "From: alice@example.test"],
  ["a domain in capitals (RFC 5321 §2.4)", "From: alice@EXAMPLE.test"],
  ["a name that repeats the address", "From: alice@example.test <alice@example.test>"],
  ["a comment", "From: alice@example.test (Alice)"],
  ["a quoted local part that needs no quotes", 'From: "alice"@example.test'],
  ["a folded field", "From:\r\n Alice\r\n <alice@example.test>"],
  ["a non-ASCII name", "From: =?utf-8?q?Al=C3=ADce?= <alice@example.test>"],
  ["a mailing list as Sender", "From: alice@example.test\r\nSender: list@lists.example.test"],
];

for (const [says, from] of honest) {
  test(`is good with ${says}`, async () => {
    assert.deepEqual(await judged(good(`${from}\r\n`)), ["2", []]);
  });
}

// ------------------------------------------------------------------ around the signature

test("a signed part of a mixed message does not sign the message (RFC 9787 §4.5)", async () => {
  const inner = good("");
  const mixed = `${alice}Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\nContent-Type: text/plain\r\n\r\nEvil\r\n--out\r\n${inner}\r\n--out--\r\n`;
  assert.deepEqual(await judged(mixed), ["9", ["partly-signed"]]);
});

test("a signed message that is forwarded signs nothing of the letter around it", async () => {
  const mixed = `${alice}Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\nContent-Type: message/rfc822\r\n\r\n${good()}\r\n--out--\r\n`;
  assert.deepEqual(await judged(mixed), ["1", []]);
});

test("a third part is covered by nothing (RFC 1847 §2.1)", async () => {
  const evil = "--cut\r\nContent-Type: text/plain\r\n\r\nEvil\r\n";
  for (const mail of [
    good().replace("--cut--", `${evil}--cut--`),
    good().replace("--cut\r\n", `${evil}--cut\r\n`),
  ]) {
    assert.deepEqual(await judged(mail), ["6", ["mime-malformed"]]);
  }
});

test("a delimiter that only some readers see is not passed over", async () => {
  const evil = "Content-Type: text/plain\r\n\r\nEvil";
  const hidden = good().replace("\r\n--cut\r\n", `\r\npreamble\r--cut\r\n${evil}\r\n--cut\r\n`);
  assert.deepEqual(await judged(hidden), ["6", ["mime-malformed"]]);
  const longer = good().replace("See you", "See you");
  assert.deepEqual(await judged(longer.replace("--cut--\r\n", "--cut--\r\n--cut\r\n")), [
    "6",
    ["mime-malformed"],
  ]);
  const epilogue = `${good()}--cutter\r\n${evil}\r\n`;
  assert.deepEqual(await judged(epilogue), ["6", ["mime-malformed"]]);
});

test("a type or boundary that stands twice is refused", async () => {
  const twice = good().replace(
    "Content-Type: multipart",
    "Content-Type: text/plain\r\nContent-Type: multipart",
  );
  assert.notEqual((await judged(twice))[0], "2");
  const boundaries = good().replace("boundary=cut", "boundary=cut; boundary=evil");
  assert.deepEqual(await judged(boundaries), ["6", ["mime-malformed"]]);
});

test("a boundary that some readers read differently is refused", async () => {
  for (const boundary of [
    "boundary=cut(evil)",
    'boundary="c\\ut"',
    'boundary="cut"evil',
    "boundary*0=cut",
    "boundary*=utf-8''cut",
  ]) {
    assert.notEqual((await judged(good().replace("boundary=cut", boundary)))[0], "2", boundary);
  }
  assert.notEqual((await judged(good().replace("multipart/signed", "multipart / signed")))[0], "2");
  for (const boundary of ['boundary="cut"', "BOUNDARY=cut", "\r\n\tboundary=cut;"]) {
    assert.deepEqual(await judged(good().replace("boundary=cut", boundary)), ["2", []], boundary);
  }
});

test("an opaque layer whose type or encoding stands twice is refused", async () => {
  const cms = await forgeSignedData({ content: lunch, key: "alice-rsa", encapsulated: true });
  const mail = text(opaqueMail(alice, cms));
  for (const field of ["Content-Type: text/html", "Content-Transfer-Encoding: 7bit"]) {
    assert.notEqual((await judged(mail.replace("\r\n\r\n", `\r\n${field}\r\n\r\n`)))[0], "2");
    assert.notEqual((await judged(`${field}\r\n${mail}`))[0], "2");
  }
});

test("an encoded multipart/signed is refused (RFC 2045 §6.4)", async () => {
  const encoded = good().replace(
    "Content-Type: multipart",
    "Content-Transfer-Encoding: base64\r\nContent-Type: multipart",
  );
  assert.deepEqual(await judged(encoded), ["6", ["mime-malformed"]]);
});

test("header fields of the signed part name nobody: only the message's own do", async () => {
  const content = `From: bob@example.test\r\n${lunch}`;
  const cms = await forgeSignedData({ content, key: "bob-p256" });
  assert.deepEqual(await judged(clearMail(alice, content, cms)), ["4", ["signer-not-author"]]);
});

test("a signature that is truncated, not base64, or not CMS is told, and the text still shown", async () => {
  for (const mail of [
    good().replace(/[A-Za-z0-9+/]{20}(=*\r\n--cut--)/, "$1"),
    good().replace(/\r\n\r\nMI/, "\r\n\r\n!!"),
    good().replace(/base64\r\n\r\n[^-]*/, "base64\r\n\r\nTm90IENNUw==\r\n"),
    good().replace(/base64\r\n\r\n[^-]*/, "base64\r\n\r\n\r\n"),
  ]) {
    const inspection = await inspectAs(bytes(mail));
    assert.equal(inspection.verdict.summary.state, "6");
    assert.match(readContent(inspection.payload).text ?? "", /See you at noon/);
  }
});

test("old types, and an octet-stream named smime.p7m, are S/MIME (RFC 8551 §3.2.1)", async () => {
  const cms = await forgeSignedData({ content: lunch, key: "alice-rsa", encapsulated: true });
  const mail = text(opaqueMail(alice, cms));
  for (const type of [
    "application/x-pkcs7-mime; smime-type=signed-data",
    "application/pkcs7-mime",
    "application/octet-stream; name=smime.p7m",
    "application/octet-stream\r\nContent-Disposition: attachment; filename=smime.p7m",
  ]) {
    assert.deepEqual(await judged(mail.replace(/application\/pkcs7-mime[^\r]*/, type)), ["2", []]);
  }
  const other = mail.replace(/application\/pkcs7-mime[^\r]*/, "application/octet-stream; name=photo.jpg");
  assert.deepEqual(await judged(other), ["1", []]);
});

test("every layer must be the author's: another's signature around hers is told (RFC 2634 §1.1)", async () => {
  const outer = await forgeSignedData({ content: good(""), key: "bob-p256" });
  assert.deepEqual(
    await judged(clearMail(alice, good("").replaceAll("cut", "in"), outer)).then(([state]) => state),
    "7",
  );
  const inner = good("").replaceAll("cut", "in");
  const around = await forgeSignedData({ content: inner, key: "bob-p256" });
  assert.deepEqual(await judged(clearMail(alice, inner, around)), ["4", ["signer-not-author"]]);
  const both = await forgeSignedData({ content: inner, key: "alice-p256" });
  assert.deepEqual(await judged(clearMail(alice, inner, both)), ["2", []]);
});

test("without anchors nobody vouches for anybody", async () => {
  const { verdict } = await inspect(bytes(good()), await testContext({ anchors: [] }));
  assert.equal(verdict.summary.state, "5");
});

test("an anchor that is the signer's own certificate is enough, and still must be for mail (RFC 5280 §6.1.1 (d))", async () => {
  const own = await testContext({ anchors: [await testCertificate("alice-rsa")] });
  assert.equal((await inspect(bytes(good()), own)).verdict.summary.state, "2");
  const server = await forgeSignedData({ content: lunch, key: "server-eku" });
  const context = await testContext({ anchors: [await testCertificate("server-eku")] });
  const { verdict } = await inspect(clearMail(alice, lunch, server), context);
  assert.equal(verdict.summary.state, "5");
  assert.equal(verdict.summary.faults[0]?.code, "extended-key-usage-unsuitable");
});

test("judges validity at the time that it is given (RFC 5280 §6.1.3)", async () => {
  const { notBefore, notAfter } = await testCertificate("alice-rsa");
  for (const [at, state, code] of [
    [notBefore, "2", undefined],
    [notBefore - 1, "6", "certificate-not-yet-valid"],
    [notAfter, "2", undefined],
    [notAfter + 1000, "6", "certificate-expired"],
  ] as const) {
    const { verdict } = await inspect(bytes(good()), await testContext({ time: new Date(at) }));
    assert.equal(verdict.summary.state, state);
    assert.equal(verdict.summary.faults[0]?.code, code);
  }
});

// ------------------------------------------------------------------ what is too much

test("a message of signatures in signatures ends at the budget", async () => {
  let content = lunch;
  for (let depth = 0; depth < 9; depth++) {
    const cms = await forgeSignedData({ content, key: "alice-rsa" });
    content = text(clearMail("", content, cms)).replaceAll(/(--|=)cut(?![a-z])/g, `$1b${depth}`);
  }
  const [state, faults] = await judged(alice + content);
  assert.notEqual(state, "2");
  assert.ok(faults.includes("budget-exceeded"));
});
