/** The engine alone in a browser, on a page of its own: no extension, no build, nothing leaves the machine. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";
import { testTime } from "../inspecting.js";
import { testKeys } from "../test-keys.js";
import type { StoryInput, StoryOutcome } from "./engine-story.js";

const names = [
  "alice-rsa",
  "alice-p256",
  "bob-p256",
  "carol-p384",
  "dave-p521",
  "big-rsa4096",
  "erin-ed25519",
];

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL("engine-story.ts", import.meta.url));
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    logLevel: "error",
  });
  return result.outputFiles[0]!.text;
}

/** Loopback counts as a secure place, and only there is WebCrypto. */
async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/engine.js";
    response.setHeader(
      "content-type",
      isScript ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8",
    );
    response.end(isScript ? script : "<!doctype html><title>engine</title><script src=engine.js></script>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function storyInput(): Promise<StoryInput> {
  const keys = await testKeys();
  const files = await Promise.all(
    names.map(async (name) => [name, (await readFile(`${keys}/${name}.p12`)).toString("base64")]),
  );
  const anchor = (await readFile(`${keys}/root.pem`)).toString("base64");
  return {
    keyFiles: Object.fromEntries(files) as Record<string, string>,
    anchor,
    time: (await testTime()).toISOString(),
  };
}

export function engineWorksIn(name: "chromium" | "firefox"): void {
  test(`the engine writes and reads with every kind of key in ${name}`, { timeout: 180_000 }, async () => {
    const server = await serve(await bundle());
    const browser = await launchers[name]();
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const outcome = (await page.evaluate(
        (input) =>
          (
            globalThis as unknown as { tellEngineStory(input: StoryInput): Promise<StoryOutcome> }
          ).tellEngineStory(input),
        await storyInput(),
      )) as StoryOutcome;
      const expected = names.map((one) => [one, one.startsWith("erin") ? "2 1 layers" : "2 2 layers"]);
      assert.deepEqual(outcome, Object.fromEntries(expected));
    } finally {
      await browser.close();
      server.close();
    }
  });
}

const launchers = {
  chromium: () => puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] }),
  firefox: () => puppeteer.launch({ browser: "firefox", executablePath: "/usr/bin/firefox-esr" }),
};
