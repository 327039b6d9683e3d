/**
 * A genuine signature inside of a message that somebody else made: the MIME wrapping of "Johnny, you are fired!"
 * (Müller et al., USENIX Security 2019, §4.3) and "Re: What's up Johnny?" (ACNS 2019, §4), forwarded letters
 * and mailing lists (RFC 9787 §4.5). None of it makes a headline; all of it is told in the details.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Bytes, type ErrantPart, type Inspection, readContent } from "../../../src/engine/index.js";
import { clearMail, forgeSignedData, opaqueMail } from "../../helpers/forge-signed-data.js";
import { alice, codes, inspectAs, lunch } from "../../helpers/inspecting.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, "latin1"));
const evil = "Content-Type: text/html; charset=utf-8\r\n\r\n<p>You are fired.</p>\r\n";

/** A genuine signed entity, without a letter's header: clear, and opaque. */
let clear: string;
let opaque: string;
before(async () => {
  const detached = await forgeSignedData({ content: lunch, key: "alice-rsa" });
  clear = Buffer.from(clearMail("", lunch, detached)).toString("latin1");
  const whole = await forgeSignedData({ content: lunch, key: "alice-rsa", encapsulated: true });
  opaque = Buffer.from(opaqueMail("", whole)).toString("latin1");
});

function multipart(type: string, parts: readonly string[], boundary = "out"): string {
  const pieces = parts.map((part) => `--${boundary}\r\n${part}\r\n`);
  return `Content-Type: ${type}; boundary=${boundary}\r\n\r\n${pieces.join("")}--${boundary}--\r\n`;
}

const forwarded = (letter: string): string => `Content-Type: message/rfc822\r\n\r\n${letter}`;

function errant(inspection: Inspection): readonly ErrantPart[] {
  return inspection.verdict.errant ?? [];
}

async function assertTold(mail: string, state: string, parts: readonly ErrantPart[]): Promise<void> {
  const inspection = await inspectAs(bytes(alice + mail));
  const { verdict } = inspection;
  assert.equal(verdict.summary.state, state);
  assert.equal(verdict.summary.signer, null);
  assert.deepEqual(verdict.layers, []);
  assert.deepEqual(errant(inspection), parts);
  assert.deepEqual(codes(inspection), state === "9" ? ["partly-signed"] : []);
}

const kinds = ["mixed", "related", "alternative", "report", "digest", "parallel", "appledouble", "x-unknown"];
for (const kind of kinds) {
  test(`M1, M2: beside another part of a multipart/${kind} a signed one signs nothing, before or behind it`, async () => {
    const type = `multipart/${kind}`;
    const told = (part: string, form: ErrantPart["form"]): ErrantPart[] => [{ part, form, forwarded: false }];
    await assertTold(multipart(type, [evil, clear]), "9", told("2", "clear-signed"));
    await assertTold(multipart(type, [clear, evil]), "9", told("1", "clear-signed"));
    await assertTold(multipart(type, [evil, opaque]), "9", told("2", "opaque-signed"));
    await assertTold(multipart(type, [opaque]), "9", told("1", "opaque-signed"));
  });
}

test("M3: hidden behind a picture, an attachment or a style that shows nothing of it", async () => {
  const hiding = [
    '<img src="cid:signed">',
    "<p>You are fired.</p><div style='display:none'>",
    "<plaintext>You are fired.",
    "<p>You are fired.</p><textarea hidden>",
  ].map((html) => `Content-Type: text/html\r\n\r\n${html}\r\n`);
  for (const html of hiding) {
    const named = `Content-ID: <signed>\r\nContent-Disposition: attachment\r\n${clear}`;
    const told: ErrantPart[] = [{ part: "2", form: "clear-signed", forwarded: false }];
    await assertTold(multipart("multipart/related", [html, named]), "9", told);
  }
});

test("M4: a signed letter that is forwarded says nothing of the letter around it", async () => {
  const inside = forwarded(alice + clear);
  const told = (part: string): ErrantPart[] => [{ part, form: "clear-signed", forwarded: true }];
  await assertTold(multipart("multipart/mixed", [evil, inside]), "1", told("2"));
  await assertTold(inside, "1", told("1"));
  await assertTold(forwarded(alice + inside), "1", told("1"));
  const deep = multipart("multipart/mixed", [
    forwarded(alice + multipart("multipart/mixed", [evil, clear], "in")),
  ]);
  await assertTold(deep, "1", told("1.2"));
});

test("nested multiparts, a list's footer, a second body below, a gateway's banner above", async () => {
  const footer = "Content-Type: text/plain\r\n\r\n_____\r\nTo leave the list, write to nobody.\r\n";
  const inner = multipart("multipart/mixed", [clear, footer], "in");
  const told = (part: string): ErrantPart[] => [{ part, form: "clear-signed", forwarded: false }];
  await assertTold(inner, "9", told("1"));
  await assertTold(multipart("multipart/mixed", [evil, inner]), "9", told("2.1"));
  await assertTold(multipart("multipart/mixed", [footer, clear, evil]), "9", told("2"));
});

test("two genuine letters side by side do not make one (two verdicts are none)", async () => {
  await assertTold(multipart("multipart/mixed", [clear, opaque]), "9", [
    { part: "1", form: "clear-signed", forwarded: false },
    { part: "2", form: "opaque-signed", forwarded: false },
  ]);
});

test("attachments beside a signed body are outside of it, and the message is none of the signer's", async () => {
  const invoice =
    "Content-Type: application/pdf; name=invoice.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n";
  await assertTold(multipart("multipart/mixed", [clear, invoice]), "9", [
    { part: "1", form: "clear-signed", forwarded: false },
  ]);
});

test("inside of a signed message, others' S/MIME is told too and changes nothing", async () => {
  const inner = (alice + clear).replaceAll(/(--|=)cut/g, "$1deep");
  const content = multipart("multipart/mixed", [lunch, forwarded(inner), opaque], "in");
  const cms = await forgeSignedData({ content, key: "alice-rsa" });
  const inspection = await inspectAs(clearMail(alice, content, cms));
  assert.equal(inspection.verdict.summary.state, "2");
  assert.deepEqual(errant(inspection), [
    { part: "2", form: "clear-signed", forwarded: true },
    { part: "3", form: "opaque-signed", forwarded: false },
  ]);
});

test("a list of them without end ends; a million nested multiparts cost no verdict", async () => {
  const many = multipart(
    "multipart/mixed",
    Array.from({ length: 300 }, () => opaque),
  );
  assert.equal(errant(await inspectAs(bytes(alice + many))).length, 20);
  let deep = clear;
  for (let i = 0; i < 60; i++) deep = multipart("multipart/mixed", [deep], `b${i}`);
  const { verdict } = await inspectAs(bytes(alice + deep));
  assert.equal(verdict.summary.state, "1");
});

// ------------------------------------------------------------------ the container (§4.1)

test("S1: content inside of the signature beside content outside is refused, whichever was signed", async () => {
  const other = lunch.replace("noon", "five");
  for (const [outside, inside, signed] of [
    [other, lunch, lunch],
    [lunch, other, lunch],
    [lunch, lunch, lunch],
    [other, other, lunch],
  ] as const) {
    const cms = await forgeSignedData({ content: signed, key: "alice-rsa", eContent: bytes(inside) });
    const { verdict } = await inspectAs(clearMail(alice, outside, cms));
    assert.notEqual(verdict.summary.state, "2");
    assert.equal(verdict.summary.signer?.addresses.includes("alice@example.test") ?? false, false);
  }
});

test("S2: SignedData that nobody signed, with content or without, is not good", async () => {
  const cms = await forgeSignedData({ content: lunch, key: "alice-rsa", encapsulated: true });
  const { parseContentInfo } = await import("../../../src/engine/cms-syntax/content-info.js");
  const { parseSignedData } = await import("../../../src/engine/cms-syntax/signed-data.js");
  assert.equal(parseSignedData(parseContentInfo(cms).content!).signerInfos.length, 1);
  // The SET of signerInfos, made empty: the last element of SignedData.
  const { withoutSigners } = await import("./without-signers.js");
  const empty = withoutSigners(cms);
  const opened = await inspectAs(opaqueMail(alice, empty));
  assert.equal(opened.verdict.summary.state, "6");
  assert.deepEqual(codes(opened), ["signer-info-missing"]);
  const detached = withoutSigners(await forgeSignedData({ content: lunch, key: "alice-rsa" }));
  assert.equal((await inspectAs(clearMail(alice, lunch, detached))).verdict.summary.state, "6");
});

test("a gateway that takes the signature off leaves an unsigned message, and one that breaks it no good one", async () => {
  const stripped = await inspectAs(bytes(alice + lunch));
  assert.equal(stripped.verdict.summary.state, "1");
  const mail = alice + clear;
  for (const changed of [
    mail.replace(/multipart\/signed; protocol="[^"]*"; micalg=sha-256/, "multipart/mixed"),
    mail.replace("application/pkcs7-signature; name=smime.p7s", "text/plain"),
    mail.replace(/--cut\r\nContent-Type: application\/pkcs7-signature[^]*--cut--/, "--cut--"),
    mail.replace("See you at noon.", "See you at noon.\r\n-- \r\nScanned by a gateway."),
  ]) {
    assert.notEqual(changed, mail);
    const inspection = await inspectAs(bytes(changed));
    assert.ok(["1", "6", "7", "9"].includes(inspection.verdict.summary.state));
    assert.match(readContent(inspection.payload).text ?? "", /noon/);
  }
});
