/** Messages that the store build makes of their parts, read back by the engine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressHeader, buildMessage, encodeHeaderText } from "../../src/background/mail/compose-mime.js";
import { firstEmail } from "../../src/background/mail/compose-lists.js";
import { resolveRecipients } from "../../src/background/mail/compose-recipients.js";
import { readContent, readMessageHeaders } from "../../src/engine/index.js";

const noLists = async (): Promise<null> => null;

test("text, HTML, a picture and files come back as they went in (RFC 2046)", async () => {
  const picture = btoa("not really a picture");
  const html = `<p>Ein <b>schönes</b> Fest <img src="data:image/png;base64,${picture}"></p>`;
  const files = [
    { name: "empty.txt", mediaType: "text/plain", content: new Blob([]) },
    {
      name: "Größe 漢字.bin",
      mediaType: "application/octet-stream",
      content: new Blob([new Uint8Array([0, 13, 10, 255])]),
    },
    { name: "letter.eml", mediaType: "message/rfc822", content: new Blob(["Subject: x\r\n\r\ny"]) },
  ];
  const message = await buildMessage([["Subject", "parts"]], { text: "Ein schönes Fest", html, files });
  const content = await readContent({ mime: message });
  assert.equal(content.text?.trim(), "Ein schönes Fest");
  assert.match(content.html ?? "", /<b>schönes<\/b>/);
  assert.doesNotMatch(content.html ?? "", /data:image/);
  const byName = new Map(content.attachments.map(({ name, content: octets }) => [name, octets]));
  for (const { name, content: blob } of files)
    assert.deepEqual(byName.get(name), new Uint8Array(await blob.arrayBuffer()), name);
  const shown = content.attachments.find(({ mediaType }) => mediaType === "image/png");
  assert.equal(new TextDecoder().decode(shown?.content), "not really a picture");
});

test("plain text alone is one part, with CRLF", async () => {
  const message = await buildMessage([["Subject", "plain"]], { text: "a\nb\rc\r\nd", html: null, files: [] });
  const text = new TextDecoder().decode(message);
  assert.match(text, /^Subject: plain\r\nMIME-Version: 1\.0\r\nContent-Type: text\/plain; charset=utf-8\r\n/);
  assert.ok(text.endsWith("\r\n\r\na\r\nb\r\nc\r\nd"));
});

test("header text is encoded in words that cut no character (RFC 2047 §5), and cannot end the header", async () => {
  const subjects = [
    "plain",
    "Grüße aus Köln",
    "漢字".repeat(60),
    "😀".repeat(40),
    "=?utf-8?Q?not_ours?=",
    `${"word ".repeat(40)}end`,
  ];
  for (const subject of subjects) {
    const value = encodeHeaderText(subject);
    assert.ok(
      value.split("\r\n").every((line) => line.length <= 76 && !/[^\0-\x7f]/.test(line)),
      value,
    );
    const message = await buildMessage([["Subject", value]], { text: "", html: null, files: [] });
    assert.equal(readMessageHeaders(message).subject, subject);
  }
  assert.doesNotMatch(encodeHeaderText("a\r\nBcc: eve@evil.test"), /\n(?! )/);
});

test("names in addresses are quoted or encoded, never taken for an address (RFC 5322 §3.4)", async () => {
  const header = addressHeader([
    { displayName: 'Doe, "Jane" <eve@evil.test>', address: "jane@example.test" },
    { displayName: "Jörg, <eve@evil.test>", address: "joerg@example.test" },
    { displayName: null, address: "bare@example.test" },
  ]);
  const { people, unresolved } = await resolveRecipients(
    { to: [header.replace(/\r\n/g, "")], cc: [], bcc: [] },
    noLists,
  );
  assert.deepEqual(
    people.map(({ address }) => address),
    ["jane@example.test", "joerg@example.test", "bare@example.test"],
  );
  assert.deepEqual(unresolved, []);
});

test("whoever stands in Bcc and in To counts as hidden; lists become their members; the unknown stays unresolved", async () => {
  const fields = {
    to: ["A <a@example.test>", "Team <Team>", "Nobody"],
    cc: ["b@example.test"],
    bcc: ["a@EXAMPLE.test"],
  };
  const lists = async (name: string): Promise<readonly string[] | null> =>
    name === "Team" ? ["b@example.test", "c@example.test"] : null;
  const { people, unresolved } = await resolveRecipients(fields, lists);
  assert.deepEqual(
    people.map(({ address, field }) => `${field} ${address}`),
    ["bcc a@example.test", "to b@example.test", "to c@example.test"],
  );
  assert.deepEqual(unresolved, ["Nobody"]);
});

test("a contact's first address is the preferred one (RFC 6350 §5.3)", () => {
  assert.equal(
    firstEmail("BEGIN:VCARD\r\nEMAIL:b@x.test\r\nEMAIL;PREF=1;TYPE=work:a@\r\n x.test\r\nEND:VCARD"),
    "a@x.test",
  );
  assert.equal(firstEmail("BEGIN:VCARD\r\nitem1.EMAIL:b@x.test\r\nEND:VCARD"), "b@x.test");
  assert.equal(firstEmail("BEGIN:VCARD\r\nFN:Nobody\r\nEND:VCARD"), null);
});
