/** What a person reads out of a MIME entity (RFC 2046 §5, RFC 2183, RFC 3676). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ReadableContent, readContent } from "../../../src/engine/index.js";
import { unflow } from "../../../src/engine/mime/format-flowed.js";
import { decodeEncodedWords } from "../../../src/engine/mime/encoded-word.js";

const read = (text: string): ReadableContent => readContent({ mime: new Uint8Array(Buffer.from(text)) });
const parts = (type: string, ...list: readonly string[]): string =>
  `Content-Type: multipart/${type}; boundary=x\r\n\r\n${list.map((part) => `--x\r\n${part}\r\n`).join("")}--x--\r\n`;
const plain = "Content-Type: text/plain\r\n\r\nplain";
const html = "Content-Type: text/html\r\n\r\n<p>rich</p>";
const file =
  "Content-Type: image/png; name=a.png\r\nContent-ID: <a@b>\r\nContent-Transfer-Encoding: base64\r\n\r\nAQID";

test("reads headers decoded, and text in its charset", () => {
  const content = read(
    "Subject: =?utf-8?q?Caf=C3=A9?=\r\nFrom: a@b.c\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nCaf=E9",
  );
  assert.equal(content.headers.subject, "Café");
  assert.equal(content.headers.date, null);
  assert.equal(content.text, "Café");
});

test("guesses UTF-8, then Windows-1252, where no charset or an unknown one is named", () => {
  assert.equal(read("\r\nCafé").text, "Café");
  assert.equal(readContent({ mime: new Uint8Array(Buffer.from("\r\nCafé", "latin1")) }).text, "Café");
  assert.equal(read("Content-Type: text/plain; charset=x-none\r\n\r\nCafé").text, "Café");
});

test("takes both forms of an alternative (RFC 2046 §5.1.4)", () => {
  const content = read(parts("alternative", plain, html));
  assert.equal(content.text, "plain");
  assert.equal(content.html, "<p>rich</p>");
});

test("shows the plain parts of a mixed message in its HTML too, escaped", () => {
  const content = read(parts("mixed", html, "Content-Type: text/plain\r\n\r\n<footer>"));
  assert.equal(content.html, '<p>rich</p>\n<pre style="white-space: pre-wrap">&lt;footer&gt;</pre>');
  assert.equal(content.text, "<footer>");
});

test("gives attachments decoded, with their name and identifier", () => {
  const { attachments } = read(parts("mixed", plain, file));
  assert.equal(attachments.length, 1);
  const { name, mediaType, contentId, content, mime } = attachments[0]!;
  assert.deepEqual([name, mediaType, contentId], ["a.png", "image/png", "a@b"]);
  assert.deepEqual([...content], [1, 2, 3]);
  assert.equal(Buffer.from(mime).toString(), file);
});

test("an attachment of no octets, and one that does not decode, are there all the same", () => {
  const none = "Content-Disposition: attachment; filename=empty\r\n\r\n";
  const broken = file.replace("AQID", "!!!");
  const { attachments } = read(parts("mixed", none, broken));
  assert.deepEqual(
    attachments.map(({ content }) => Buffer.from(content).toString()),
    ["", "!!!"],
  );
});

test("base64 that was written into, or breaks off, is shown as far as it goes", () => {
  const cut = file.replace("AQID", "AQID\r\nBAUG*\r\nBw");
  const joined = file.replace("AQID", "AQI=\r\nAAAA");
  const { attachments } = read(parts("mixed", cut, joined));
  assert.deepEqual(
    attachments.map(({ content }) => [...content]),
    [
      [1, 2, 3, 4, 5, 6, 7],
      [1, 2],
    ],
  );
});

test("a text that is named is a file; a forwarded message is one too", () => {
  const named = "Content-Type: text/plain; name=a.txt\r\n\r\nx";
  const forwarded = `Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx`;
  const content = read(parts("mixed", named, forwarded));
  assert.equal(content.text, null);
  assert.deepEqual(
    content.attachments.map(({ mediaType }) => mediaType),
    ["text/plain", "message/rfc822"],
  );
});

test("a multipart without its boundary is one attachment", () => {
  const { attachments } = read("Content-Type: multipart/mixed\r\n\r\nx");
  assert.deepEqual(
    attachments.map(({ mediaType }) => mediaType),
    ["multipart/mixed"],
  );
});

test("joins the lines of format=flowed, quotes and signatures kept (RFC 3676 §4)", () => {
  assert.equal(unflow("a \nb\nc", false), "a b\nc");
  assert.equal(unflow("a \nb", true), "ab");
  assert.equal(unflow("> a \n> b\n>> c", false), "> a b\n>> c");
  assert.equal(unflow("a \n> b", false), "a \n> b");
  assert.equal(unflow("a \n-- \nme", false), "a \n-- \nme");
  assert.equal(unflow(" >a\n From b", false), ">a\nFrom b");
});

test("decodes encoded words, and leaves what is none (RFC 2047 §6.2)", () => {
  for (const [encoded, decoded] of [
    ["=?utf-8?q?a_b?=", "a b"],
    ["=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"],
    ["=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"],
    ["=?iso-8859-1*en?q?=E9?=", "é"],
    ["=?utf-8?b?4pyT?=", "✓"],
    ["=?utf-8?x?a?=", "=?utf-8?x?a?="],
    ["=?utf-8?b?*?=", "=?utf-8?b?*?="],
    ["=?utf-8?q?a", "=?utf-8?q?a"],
  ] as const) {
    assert.equal(decodeEncodedWords(encoded), decoded);
  }
});
