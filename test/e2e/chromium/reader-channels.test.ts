/**
 * The reader's three walls (sanitiser, policy, sandbox) with every collected back channel, in a real browser
 * against a real server that must hear nothing; and a message that paints over what stands around it.
 */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { type ChannelServer, backChannels, startChannelServer } from "../../helpers/back-channels.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
let browser: Browser;
let code: string;
let own: Server;

before(async () => {
  const bundle = await build({
    entryPoints: [`${root}src/pages/reader/sanitize.ts`],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "reader",
  });
  code = bundle.outputFiles[0]!.text;
  browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  own = createServer((_, response) =>
    response
      .writeHead(200, { "content-type": "text/html" })
      .end("<!DOCTYPE html><title>x</title><main></main>"),
  );
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser.close();
  own.closeAllConnections();
  own.close();
});

async function emptyPage(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(own.address() as AddressInfo).port}/`);
  await page.evaluate(`${code}; globalThis.reader = reader`);
  return page;
}

/** As `content.ts` frames a message: sandboxed, by srcdoc. @param walls which of them stand */
async function frameAll(page: Page, messages: readonly string[], walls: "all" | "none"): Promise<void> {
  await page.evaluate(
    (list, all) => {
      const { sanitize } = (
        globalThis as unknown as { reader: { sanitize(html: string): { source: string } } }
      ).reader;
      for (const html of list) {
        const frame = document.createElement("iframe");
        if (all) frame.setAttribute("sandbox", "");
        frame.srcdoc = all ? sanitize(html).source : html;
        document.querySelector("main")!.append(frame);
      }
    },
    messages,
    walls === "all",
  );
}

async function callsOf(walls: "all" | "none"): Promise<{ server: ChannelServer; names: readonly string[] }> {
  const server = await startChannelServer();
  const channels = backChannels((name) => `${server.address}/${name}`);
  const page = await emptyPage();
  await frameAll(page, [...channels.values()], walls);
  await delay(walls === "all" ? 1_500 : 3_000);
  await page.close();
  server.close();
  return { server, names: [...channels.keys()] };
}

test("without the walls most channels call: the server hears what there is to hear", async () => {
  const { server, names } = await callsOf("none");
  const heard = names.filter((name) => server.calls.some((path) => path.startsWith(`/${name}`)));
  assert.ok(heard.length > names.length / 3, `${heard.length} of ${names.length}`);
});

test("in the reader's frame none of them calls, looks ahead or connects (EFAIL; RFC 8551 §6)", async () => {
  const { server } = await callsOf("all");
  assert.deepEqual(server.calls, []);
  assert.equal(server.connections(), 0);
});

test("a message that paints a badge over everything paints inside of its frame", async () => {
  const page = await emptyPage();
  await page.evaluate(() => {
    const verdict = document.createElement("p");
    verdict.id = "verdict";
    verdict.textContent = "Not signed";
    document.body.prepend(verdict);
  });
  const cover = `<style>*{position:fixed!important;inset:-9999px!important;z-index:2147483647!important;background:#0f0!important}
    html,body{margin:-500px!important}</style><div style="position:fixed;top:-200px;left:0;width:9999px;height:9999px">Signed by your bank</div>
    <dialog open popover>Signed</dialog><marquee>Signed</marquee>`;
  await frameAll(page, [cover], "all");
  await delay(300);
  const seen = await page.evaluate(() => {
    const { left, top } = document.querySelector("#verdict")!.getBoundingClientRect();
    return document.elementFromPoint(left + 3, top + 3)?.id;
  });
  assert.equal(seen, "verdict");
  await page.close();
});
