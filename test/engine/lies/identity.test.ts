/**
 * Who signed, against who is shown: the sender tricks of "Johnny, you are fired!" (§4.4, I1–I3), of "Weak Links in
 * Authentication Chains" (USENIX Security 2021) and of "Composition Kills" (USENIX Security 2020), and addresses
 * in certificates that a careless CA let through ("email header injection", RFC 5280 §4.2.1.6).
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { emailAddresses } from "../../../src/engine/index.js";
import { addressed, forgeCertificate } from "../../helpers/forge-certificate.js";
import { clearMail, forgeSignedData } from "../../helpers/forge-signed-data.js";
import { codes, inspectAs, lunch } from "../../helpers/inspecting.js";
import type { Bytes } from "../../../src/engine/index.js";

let signature: Bytes;
before(async () => {
  signature = await forgeSignedData({ content: lunch, key: "alice-rsa" });
});

const encoded = (text: string): string => `=?utf-8?b?${Buffer.from(text).toString("base64")}?=`;

/** Alice signed; what the header says must never make it anybody else's word. */
const tricks: readonly [says: string, header: string][] = [
  ["another From", "From: bob@example.test"],
  ["two From fields", "From: alice@example.test\r\nFrom: bob@example.test"],
  ["two From fields, the first in other letters", "FROM: bob@example.test\r\nfrom: alice@example.test"],
  ["a From with a blank before its colon", "From : bob@example.test\r\nFrom: alice@example.test"],
  ["a From behind a line that is no field", "x\r\nFrom: alice@example.test"],
  ["a From in the continuation of another field", "X:\r\n \r\nFrom: alice@example.test"],
  ["several authors", "From: bob@example.test, alice@example.test"],
  ["several authors, one without an address", "From: Bob, alice@example.test"],
  ["two angle addresses", "From: <bob@example.test> <alice@example.test>"],
  ["an address in angles and one behind", "From: <alice@example.test>, bob@example.test"],
  ["a route that others take for an address", "From: <bob@example.test:alice@example.test>"],
  ["a NUL", "From: bob@example.test\0<alice@example.test>"],
  ["a group", "From: bob@example.test: alice@example.test;"],
  ["an empty group before", "From: Bob:; , alice@example.test"],
  ["a group without an end", "From: Friends: alice@example.test"],
  ["a name that is an address", 'From: "bob@example.test" <alice@example.test>'],
  ["a name that is an address, with its own angles", 'From: "Bob <bob@example.test>" <alice@example.test>'],
  ["the same without quotes, encoded", `From: ${encoded("Bob <bob@example.test>")} <alice@example.test>`],
  [
    "an encoded word around it all",
    `From: ${encoded("bob@example.test <bob@example.test>")}<alice@example.test>`,
  ],
  ["a name in two encoded words", `From: ${encoded("bob@exam")} ${encoded("ple.test")} <alice@example.test>`],
  ["a name with a NUL", `From: ${encoded("bob@example.test\0")} <alice@example.test>`],
  ["a name with a line break", `From: ${encoded("Bob\r\nFrom: bob@example.test")} <alice@example.test>`],
  ["full-width letters", `From: ${encoded("bob\uff20example.test")} <alice@example.test>`],
  ["a small commercial at", `From: ${encoded("bob\ufe6bexample.test")} <alice@example.test>`],
  ["a zero-width space in it", `From: ${encoded("bob\u200b@example.test")} <alice@example.test>`],
  ["a blank before the at", 'From: "bob @evil.test" <alice@example.test>'],
  ["blanks around the at", 'From: "bob @ evil.test" <alice@example.test>'],
  ["wide blanks around the at", `From: ${encoded("bob\u2003@\u2003evil.test")} <alice@example.test>`],
  ["an override of direction", `From: ${encoded("\u202etset.elpmaxe@bob")} <alice@example.test>`],
  ["an isolate", `From: ${encoded("\u2067tset.elpmaxe@bob\u2069")} <alice@example.test>`],
  ["a comment that is an address", "From: alice@example.test (bob@example.test)"],
  ["a comment inside of the address", "From: alice@(bob@example.test)example.test <bob@example.test>"],
  ["quotes in comments", 'From: Bob <("(")bob @ evil .test (")) alice@example.test (")>'],
  ["quotes in a comment around another's", 'From: alice@example.test ("(") <bob @ evil .test> )'],
  ["a semicolon after somebody else", "From: bob @ evil .test; Alice <alice@example.test>"],
  ["a name with a blank before its dot", "From: bob @ evil .test <alice@example.test>"],
  ["a backslash out of its place", "From: bob @ evil .test \\<alice@example.test>"],
  ["a blank that only some take for one", "From: Alice\u3000<alice@example.test>"],
  ["what only some take for an encoded word", "From: =?utf-8*(?q?x?= <alice@example.test>"],
  ["a name as social networks write it", 'From: "@bob@evil.test" <alice@example.test>'],
  ["a domain between signs", 'From: "@evil.test@" <alice@example.test>'],
  ["an unseen sign in the domain", "From: alice@example\u200b.test"],
  ["Sender only", "From: bob@example.test\r\nSender: alice@example.test"],
  ["Reply-To only", "From: bob@example.test\r\nReply-To: alice@example.test"],
  ["Resent-From only", "Resent-From: alice@example.test\r\nFrom: bob@example.test"],
  ["no From, but Sender", "Sender: alice@example.test"],
  ["an address that only begins alike", "From: alice@example.test.evil.test"],
  ["an address that only ends alike", "From: malalice@example.test"],
  ["a homograph", "From: <\u0430lice@example.test>"],
  ["a homograph in the domain", "From: <alice@ex\u0430mple.test>"],
  ["a quoted local part", 'From: <"alice@example.test"@evil.test>'],
  [
    "a long blank that pushes the address away",
    `From: ${encoded(`bob@example.test${" ".repeat(300)}`)} <alice@example.test>`,
  ],
];

for (const [says, header] of tricks) {
  test(`is not good with ${says}, and says why`, async () => {
    const inspection = await inspectAs(clearMail(`${header}\r\nTo: bob@example.test\r\n`, lunch, signature));
    const { state } = inspection.verdict.summary;
    assert.ok(["4", "6"].includes(state), state);
    assert.notDeepEqual(codes(inspection), []);
  });
}

const honest: readonly string[] = [
  'From: "Alice Example" <alice@example.test>',
  `From: ${encoded("Алиса @ work")} <alice@example.test>`,
  'From: "Alice @ Example.test" <alice@example.test>',
  'From: "Alice (@alice)" <alice@example.test>',
  `From: ${encoded("\u05d0\u05dc\u05d9\u05e1\u200f")} <alice@example.test>`,
  "From: alice@example.test\r\nReply-To: list@lists.test",
  // Unusual, and all readers agree.
  "From: alice@example.test (Alice Example)",
  "From: \u00c4lice <alice@example.test>",
  "From: alice@example.test <alice@example.test>",
  "From: Alice @ Example <alice@example.test>",
  "From: =?utf-8*en-GB?q?R&D's_Alice?= <alice@example.test>",
  'From: "\u5c71\u7530\u3000\u592a\u90ce" <alice@example.test>',
  "From: Alice (Sales (EMEA)) <alice@example.test>",
  "From: Alice <alice@example.test>,",
];
for (const header of honest) {
  test(`is good with ${JSON.stringify(header)}`, async () => {
    const inspection = await inspectAs(clearMail(`${header}\r\n`, lunch, signature));
    assert.equal(inspection.verdict.summary.state, "2");
  });
}

test("is not good with octets in From that are not UTF-8: another field may say what they mean (RFC 6532 §3.2)", async () => {
  const header = "Content-Language: en\r\nFrom: Al#ce <alice@example.test>\r\nTo: bob@example.test\r\n";
  const mail = clearMail(header, lunch, signature);
  mail[mail.indexOf(0x23)] = 0xee;
  const inspection = await inspectAs(mail);
  assert.equal(inspection.verdict.summary.state, "4");
  assert.ok(codes(inspection).includes("author-ambiguous"), codes(inspection).join());
});

test("an address in a certificate that is not plainly one speaks for nobody", async () => {
  const bad = [
    "alice@example.test\0.evil.test",
    "alice@example.test\r\nBcc: x@evil.test",
    "alice@example.test, mallory@evil.test",
    "Alice <alice@example.test>",
    "<alice@example.test>",
    "alice@example.test@evil.test",
    "alice@example.test (comment)",
    "mailto:alice@example.test?to=x",
    "alice",
    "@example.test",
    "*@example.test",
    "",
  ];
  for (const text of bad) {
    const { certificate } = await forgeCertificate({ extensions: [addressed(text)] });
    assert.equal(emailAddresses(certificate).includes("alice@example.test" as never), false, text);
  }
  const { certificate } = await forgeCertificate({ extensions: [addressed("alice@EXAMPLE.test")] });
  assert.deepEqual(emailAddresses(certificate), ["alice@example.test"]);
});
