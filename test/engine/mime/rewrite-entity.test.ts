/** Rewriting: what another reader could take differently is gone, what a person needs is still there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits, Budget } from "../../../src/engine/base/budget.js";
import { fromUtf8 } from "../../../src/engine/base/bytes.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { contentType, fileName } from "../../../src/engine/mime/content-type.js";
import { type Entity, fieldText, parseEntity } from "../../../src/engine/mime/entity.js";
import { splitMultipart } from "../../../src/engine/mime/multipart.js";
import { rewriteEntity } from "../../../src/engine/mime/rewrite-entity.js";
import { decodeBody } from "../../../src/engine/mime/transfer-encoding.js";

const crlf = (text: string) => fromUtf8(text.replace(/\r?\n/g, "\r\n"));
const filter = (html: string) => `[${html}]`;

function rewritten(text: string): Entity {
  return parseEntity(rewriteEntity(crlf(text), filter), new Budget());
}

function partsOf(entity: Entity): readonly Entity[] {
  return splitMultipart(entity, contentType(entity), new Budget()).parts;
}

function textOf(entity: Entity): string {
  return new TextDecoder().decode(decodeBody(entity));
}

test("passes HTML through the filter, decoded, and says UTF-8 (RFC 8551 §6)", () => {
  const html = rewritten(
    "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n<p>M=FCnchen</p>",
  );
  assert.equal(textOf(html), "[<p>München</p>]");
  assert.equal(contentType(html).parameters.get("charset"), "utf-8");
});

test("keeps plain text octet for octet, with its charset and its flowing lines (RFC 3676)", () => {
  const plain = rewritten(
    "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\nfür \n--x\nalle\n",
  );
  assert.equal(textOf(plain), "für \r\n--x\r\nalle\r\n");
  assert.deepEqual(
    [...contentType(plain).parameters],
    [
      ["charset", "utf-8"],
      ["format", "flowed"],
      ["delsp", "yes"],
    ],
  );
});

const nested = `Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html

<img src="cid:one">
--b
Content-Type: image/png; name="dot.png"
Content-ID: <one>
Content-Transfer-Encoding: base64

AAEC
--b--
--a
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf
Content-Transfer-Encoding: base64

JVBERg==
--a--
`;

test("keeps the tree, names, Content-IDs and attachments octet for octet", () => {
  const [related, pdf] = partsOf(rewritten(nested));
  assert.equal(contentType(related!).value, "multipart/related");
  const [html, picture] = partsOf(related!);
  assert.equal(textOf(html!), '[<img src="cid:one">]');
  assert.equal(fieldText(picture!, "content-id"), "<one>");
  assert.deepEqual([...decodeBody(picture!)], [0, 1, 2]);
  assert.equal(fileName(pdf!), "résumé.pdf");
  assert.equal(textOf(pdf!), "%PDF");
});

test("gives every multipart a boundary of its own, so that a leaf cannot hold one", () => {
  const hostile = "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n\nhi\n--a--\n";
  const once = rewriteEntity(crlf(hostile), filter);
  const again = rewriteEntity(crlf(hostile), filter);
  assert.notDeepEqual(once, again);
  assert.equal(new TextDecoder().decode(once).includes("--a"), false);
});

test("passes HTML inside an attached letter through the filter too", () => {
  const letter = rewritten(
    "Content-Type: message/rfc822\n\nFrom: a@example.test\nSubject: inner\nX-Secret: x\nContent-Type: text/html\n\n<b>hi</b>",
  );
  const inner = parseEntity(decodeBody(letter), new Budget());
  assert.equal(fieldText(inner, "subject"), "inner");
  assert.equal(fieldText(inner, "x-secret"), null);
  assert.equal(textOf(inner), "[<b>hi</b>]");
});

for (const type of ["text/xml", "image/svg+xml", "message/external-body", "message/partial"]) {
  test(`hands over ${type} as a file that nobody draws, untouched (RFC 2046 §5.2)`, () => {
    const file = rewritten(
      `Content-Type: ${type}; access-type=URL; URL="http://evil.test/"\n\n<x href="http://evil.test"/>`,
    );
    assert.equal(contentType(file).value, "application/octet-stream");
    assert.equal(contentType(file).parameters.has("url"), false);
    assert.equal(textOf(file), '<x href="http://evil.test"/>');
  });
}

test("leaves an HTML file that is an attachment as it is, for saving, but not for drawing", () => {
  const file = rewritten(
    "Content-Type: text/html\nContent-Disposition: attachment; filename=a.html\n\n<b>1</b>",
  );
  assert.equal(contentType(file).value, "application/octet-stream");
  assert.equal(textOf(file), "<b>1</b>");
});

const drawn = [
  "x.html",
  "X.HTM",
  "x.svg",
  "x.xml",
  "x.eml",
  "x.mhtml",
  "smime.p7m",
  `${"y".repeat(235)}.html-cut`,
];
for (const name of drawn) {
  test(`a file of no type is not drawn by its name: ${name.slice(-12)} (RFC 2046 §4.5.1)`, () => {
    const file = rewritten(
      `Content-Type: application/octet-stream; name="${name}"\nContent-Disposition: inline; filename="${name}"\n\n<b>1</b>`,
    );
    assert.match(fieldText(file, "content-disposition")!, /^attachment;/);
    for (const kept of [fileName(file)!, contentType(file).parameters.get("name")!])
      assert.match(kept, /\.bin$/);
    assert.equal(textOf(file), "<b>1</b>");
  });
}

test("a name written as an encoded word is judged as readers decode it (RFC 2047)", () => {
  const file = rewritten('Content-Type: application/x-unknown; name="=?utf-8?q?x=2Ehtml?="\n\n<b>1</b>');
  assert.equal(contentType(file).parameters.get("name"), "x.html.bin");
  assert.equal(fileName(file), "x.html.bin");
});

test("text, plain pictures and filtered HTML may stand in the letter; whatever else there is may not", () => {
  const dispositionOf = (type: string): string =>
    fieldText(rewritten(`Content-Type: ${type}\nContent-Disposition: inline\n\nx`), "content-disposition")!;
  for (const type of ["text/plain", "image/png", "image/jpeg", "text/html"])
    assert.equal(dispositionOf(type), "inline", type);
  for (const type of [
    "application/octet-stream",
    "text/enriched",
    "text/vcard",
    "text/calendar",
    "image/tiff",
    "x/y",
  ])
    assert.equal(dispositionOf(type), "attachment", type);
});

for (const type of ["multipart/signed", "multipart/encrypted", "multipart/report", "multipart/x-unknown"]) {
  test(`turns ${type} inside into multipart/mixed: nobody judges it there`, () => {
    const mixed = rewritten(`Content-Type: ${type}; protocol="x/y"; boundary=a\n\n--a\n\nhi\n--a--\n`);
    assert.equal(contentType(mixed).value, "multipart/mixed");
    assert.equal(textOf(partsOf(mixed)[0]!), "hi");
  });
}

test("a header cannot smuggle a line, a type or a second parameter", () => {
  const odd = rewritten(
    'Content-Type: text/plain; charset=utf-8; name="a\\"; x=y\u2028Content-Type: text/html"\n\nhi',
  );
  assert.equal(contentType(odd).value, "text/plain");
  assert.equal(contentType(odd).parameters.get("x"), undefined);
  assert.equal(odd.headers.filter(({ name }) => name === "content-type").length, 1);
});

test("an encoding that is none shows the body as it stands", () => {
  assert.equal(
    textOf(rewritten("Content-Type: text/html\nContent-Transfer-Encoding: x-uue\n\n<p>")),
    "[<p>]",
  );
  assert.equal(
    textOf(rewritten("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n<p>")),
    "<p>",
  );
});

test("stops at nesting beyond the budget, and nowhere near it", () => {
  const deep = (levels: number): string =>
    levels === 0
      ? "Content-Type: text/plain\n\nhi\n"
      : `Content-Type: multipart/mixed; boundary=b${levels}\n\n--b${levels}\n${deep(levels - 1)}\n--b${levels}--\n`;
  assert.doesNotThrow(() => rewritten(deep(defaultLimits.mimeDepth - 2)));
  assert.throws(() => rewritten(deep(defaultLimits.mimeDepth + 1)), BudgetExceededError);
});
