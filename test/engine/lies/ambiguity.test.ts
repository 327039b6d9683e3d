/**
 * One message that two readers read differently: MIME ambiguities in the header of a signed message and around
 * its parts ("Johnny, you are fired!" §4.3; "Inbox Invasion", CCS 2024; RFC 2045–2049). What is judged must be
 * what everybody draws, so whatever is written in two ways is not good; and the property below tries mixtures
 * that nobody thought of.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { type Bytes, inspect } from "../../../src/engine/index.js";
import { clearMail, forgeSignedData, opaqueMail } from "../../helpers/forge-signed-data.js";
import { alice, inspectAs, lunch, testContext } from "../../helpers/inspecting.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, "latin1"));
const stateOf = async (mail: string): Promise<string> => (await inspectAs(bytes(mail))).verdict.summary.state;
const type =
  'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=cut';

let clear: string;
let opaque: string;
before(async () => {
  const detached = await forgeSignedData({ content: lunch, key: "alice-rsa" });
  clear = Buffer.from(clearMail(alice, lunch, detached)).toString("latin1");
  const whole = await forgeSignedData({ content: lunch, key: "alice-rsa", encapsulated: true });
  opaque = Buffer.from(opaqueMail(alice, whole)).toString("latin1");
});

const evil = "Content-Type: text/plain\r\n\r\nEvil\r\n";
/** what is written → what stands in its place */
const changes: readonly [says: string, from: string, to: string][] = [
  ["Content-Type twice, ours first", type, `${type}\r\nContent-Type: text/plain`],
  ["Content-Type twice, ours last", type, `Content-Type: multipart/mixed; boundary=other\r\n${type}`],
  ["a blank before the colon", "Content-Type: multipart/signed", "Content-Type : multipart/signed"],
  ["a NUL in the type", "multipart/signed", "multipart/sig\0ned"],
  ["a NUL behind the boundary", "boundary=cut", "boundary=cut\0other"],
  ["a comment in the type", "multipart/signed", "multipart/(mixed)signed"],
  ["a comment as a parameter", "boundary=cut", "(boundary=other) boundary=cut"],
  ["a folded comment", "boundary=cut", "(x\r\n ) boundary=cut"],
  ["a boundary twice", "boundary=cut", "boundary=cut; boundary=other"],
  ["a boundary twice, in another case", "boundary=cut", "boundary=cut; BOUNDARY=other"],
  ["a boundary in pieces", "boundary=cut", "boundary*0=cu; boundary*1=t"],
  ["a boundary in pieces beside a whole one", "boundary=cut", "boundary=other; boundary*0=cut"],
  ["a boundary with a charset", "boundary=cut", "boundary*=us-ascii'en'cut"],
  ["an encoded word as boundary", "boundary=cut", "boundary==?us-ascii?q?cut?="],
  ["a boundary in single quotes", "boundary=cut", "boundary='cut'"],
  ["an unclosed quote", "boundary=cut", 'boundary="cut'],
  ["a blank at the boundary's end", "boundary=cut", 'boundary="cut "'],
  ["a semicolon in place of a blank", "; boundary=cut", ";; x; boundary=cut"],
  ["a bare CR in the header", type, `${type};\r x=y`],
  [
    "an encoding that a multipart cannot have",
    type,
    `${type}\r\nContent-Transfer-Encoding: quoted-printable`,
  ],
  [
    "an encoding twice",
    type,
    `${type}\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64`,
  ],
  ["a line that is no field", type, `not a field\r\n${type}`],
  ["a blank line of blanks", type, `X: y\r\n  \r\n${type}`],
  ["a part before", "\r\n\r\n--cut\r\n", `\r\n\r\n--cut\r\n${evil}\r\n--cut\r\n`],
  ["a part behind", "--cut--", `--cut\r\n${evil}\r\n--cut--`],
  ["a part behind the end", "--cut--\r\n", `--cut--\r\n--cut\r\n${evil}--cut--\r\n`],
  ["a preamble that looks like a part", "\r\n\r\n--cut\r\n", `\r\n\r\n--other\r\n${evil}\r\n--cut\r\n`],
  ["a delimiter behind a bare CR", "\r\n\r\n--cut\r\n", `\r\n\r\nx\r--cut\r\n${evil}\r\n--cut\r\n`],
  ["words behind a delimiter", "\r\n\r\n--cut\r\n", "\r\n\r\n--cut x\r\n"],
  ["a delimiter that goes on", "--cut--", "--cutter\r\n\r\n--cut--"],
  ["no end", "\r\n--cut--\r\n", "\r\n--cut-\r\n"],
];

for (const [says, from, to] of changes) {
  test(`not good with ${says}`, async () => {
    const mail = clear.replace(from, () => to);
    assert.notEqual(mail, clear);
    const state = await stateOf(mail);
    assert.ok(["1", "6", "7", "9"].includes(state), state);
  });
}

test("the untouched messages are good, so that each of these is refused for its own sake", async () => {
  assert.equal(await stateOf(clear), "2");
  assert.equal(await stateOf(opaque), "2");
});

const signaturePart = "Content-Type: application/pkcs7-signature; name=smime.p7s";
const octets = "Content-Type: application/octet-stream";
/** What stands in the header of the signature's part, which nobody signed, and what Thunderbird made of it. */
const signatureChanges: readonly [says: string, to: string][] = [
  [
    "a name in pieces, of which some readers take the first",
    `${octets}; name*0=a.html; name*01=x; name*1=.p7s`,
  ],
  ["a name twice", `${octets}; name=a.p7s; name=a.html`],
  ["two names", `${octets}; name=a.html\r\nContent-Disposition: inline; filename=a.p7s`],
  ["a name that is another file's", "Content-Type: application/pkcs7-signature; name=contract.pdf"],
  ["another file's name beside it", `${signaturePart}\r\nContent-Disposition: attachment; filename=a.html`],
  ["a blank in an unquoted name", `${octets}; name=a.html .p7s`],
  ["a NUL in the name", `${octets}; name="a.html\0.p7s"`],
  ["an encoded word as name", `${octets}; name="=?utf-8?Q?a.html?= .p7s"`],
  ["its type twice", `${signaturePart}\r\nContent-Type: text/html`],
  ["its encoding twice", `${signaturePart}\r\nContent-Transfer-Encoding: 8bit`],
  [
    "its disposition twice",
    `${signaturePart}\r\nContent-Disposition: inline\r\nContent-Disposition: attachment`,
  ],
  ["a comment in its type", "Content-Type: application/(x)pkcs7-signature; name=smime.p7s"],
  ["a line that is no field", `${signaturePart}\r\nno field`],
];
for (const [says, to] of signatureChanges) {
  test(`not good with ${says}, in the part of the signature, with a micalg that all readers know and without`, async () => {
    for (const micalg of ["micalg=sha-256; ", ""]) {
      const mail = clear.replace(signaturePart, () => to).replace("micalg=sha-256; ", micalg);
      assert.equal(await stateOf(mail), "6");
    }
  });
}

test("as honest programs write the part of the signature it is good", async () => {
  for (const to of [
    "Content-Type: application/pkcs7-signature",
    'Content-Type: application/x-pkcs7-signature; name="smime.p7s"\r\nContent-Disposition: attachment; filename="smime.p7s"',
    `${octets}; name=smime.p7s\r\nContent-Disposition: attachment; filename=smime.p7s`,
    `${signaturePart}\r\nContent-Description: S/MIME Cryptographic Signature`,
  ]) {
    assert.equal(await stateOf(clear.replace(signaturePart, () => to)), "2");
  }
});

const opaqueChanges: readonly [says: string, from: string | RegExp, to: string][] = [
  ["its type twice", "Content-Type:", "Content-Type: text/html\r\nContent-Type:"],
  [
    "its encoding twice",
    "Content-Transfer-Encoding:",
    "Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding:",
  ],
  ["a comment", "application/pkcs7-mime", "application/(x)pkcs7-mime"],
  [
    "a name that only some readers read",
    /application\/pkcs7-mime[^\r]*/,
    "application/octet-stream; name*=''smime.p7m",
  ],
  [
    "two names",
    /application\/pkcs7-mime[^\r]*/,
    'application/octet-stream; name=x.txt\r\nContent-Disposition: attachment; filename="smime.p7m"',
  ],
];
for (const [says, from, to] of opaqueChanges) {
  test(`an opaque one is not good with ${says}`, async () => {
    assert.notEqual(await stateOf(opaque.replace(from, to)), "2");
  });
}

test("whatever is mixed into a signed message, a good verdict is about the signed words alone", async () => {
  const context = await testContext();
  const pieces = [
    ...[
      "\r",
      "\n",
      "\r\n",
      "\0",
      " ",
      "\t",
      ";",
      '"',
      "(",
      ")",
      "--cut",
      "--cut--",
      "--other",
      "=",
      "%00",
      "\ufeff",
    ],
    ...[
      type,
      "Content-Type: text/html",
      "Content-Transfer-Encoding: base64",
      "boundary=other",
      "boundary*0=cut",
    ],
    ...["From: mallory@evil.test", "Evil", evil, "MIME-Version: 1.0", "Content-Disposition: inline", "X: y"],
  ];
  const edit = fc.record({
    /** where lines begin and fields are parted: there readers disagree */
    place: fc.nat(400),
    piece: fc.constantFrom(...pieces),
    cut: fc.constantFrom(0, 0, 1, 2, 6),
  });
  const property = fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
    let mail = clear;
    for (const { place, piece, cut } of edits) {
      const joints = [...mail.matchAll(/[\r\n;:= ]|--cut/g)].slice(0, 120).map(({ index }) => index);
      const at = joints[place % joints.length]!;
      mail = `${mail.slice(0, at)}${piece}${mail.slice(at + cut)}`;
    }
    const { verdict, payload } = await inspect(bytes(mail), context);
    if (!verdict.summary.state.startsWith("2")) return;
    const signed = Buffer.from(payload.mime).toString("latin1").replace(/\r?\n/g, "\r\n");
    assert.equal(signed, lunch);
    assert.deepEqual(verdict.summary.author.from, ["alice@example.test"]);
  });
  await fc.assert(property, { numRuns: 600 });
});
