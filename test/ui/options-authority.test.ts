/** An authority of one's own, made and used by clicks and keys: whoever signs has to see all that they sign. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { askedOf, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { answer, optionsScenes } from "./scenes.js";
import { Stage, type Scene } from "./stage.js";
import { certificate } from "./verdicts.js";

let stage: Stage;
let folder: string;
before(async () => {
  stage = await Stage.open();
  folder = await mkdtemp(join(tmpdir(), "signet-authority-"));
  await writeFile(join(folder, "request.csr"), "not opened by the stage");
});
after(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

test("options: a request shows each address and the organisation, so that none is signed unseen (RFC 2986 §3)", async () => {
  // A list in one sentence ended after 300 characters: what stood behind was signed all the same.
  const padding = Array.from({ length: 8 }, (_, i) => `eve+${"x".repeat(50)}${i}@example.org`);
  const request = {
    ...{ commonName: "Eve", organization: "Example Bank", key: "P-256", keyFingerprint: "ab".repeat(32) },
    addresses: [...padding, "alice@example.org"],
  };
  const scene = { ...optionsScenes["home"]!, "authority:examine": answer(request) };
  const page = await stage.play("options", scene, { width: 900 });
  await page.click("#authority-sign summary");
  const [chooser] = await Promise.all([
    page.waitForFileChooser(),
    page.click("#authority-sign .drop button"),
  ]);
  await chooser.accept([join(folder, "request.csr")]);
  await page.waitForSelector("#authority-sign form");
  const words = await wordsOf(page);
  for (const address of request.addresses) assert.ok(words.includes(address), address);
  assert.ok(words.includes("Example Bank"));
  assert.deepEqual(await violations(page), []);
  await page.close();
});

const made = {
  certificate: certificate("family@example.org", { commonName: "The Example family" }),
  keyFile: crypto.randomUUID(),
  certificateFile: crypto.randomUUID(),
};

test("options: an authority is made by keyboard alone; mistakes stand where they are, both files are offered, the key first", async () => {
  const scene: Scene = {
    ...optionsScenes["home"]!,
    "authority:create": { ok: false, code: "domain-malformed" },
  };
  const page = await stage.play("options", scene, { width: 900 });
  await page.focus("#authority-make summary");
  await page.keyboard.press("Enter");
  for (const typed of ["The Example family", "no domain", "a password for the drawer", "another one"]) {
    await page.keyboard.press("Tab");
    await page.keyboard.type(typed);
  }
  await page.keyboard.press("Enter");
  await says(page, "The two passphrases differ");
  await page.keyboard.type("a password for the drawer");
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "authority:create");
  await page.waitForSelector("#authority-make textarea[aria-invalid]");
  assert.deepEqual(await violations(page), []);
  await answers(page, "authority:create", answer(made));
  await page.click("#authority-make form button[type=submit]");
  await says(page, "The Example family is ready, until");
  const buttons = await page.$$eval("#authority-make button", (all) => all.map((one) => one.innerText));
  assert.deepEqual(buttons, ["Save key file", "Save root certificate"]);
  assert.match(await wordsOf(page), /kept nowhere else/);
  assert.deepEqual(await violations(page), []);
  const asked = (await askedOf(page)).filter(({ ask }) => ask === "authority:create").at(-1);
  assert.deepEqual(asked?.params, {
    ...{ name: "The Example family", domains: ["no domain"], password: "a password for the drawer" },
  });
  await page.close();
});

test("options: somebody's certificate is made by clicks; a wrong password leaves the request standing there", async () => {
  const request = {
    ...{ commonName: "Bob", organization: null, addresses: ["bob@example.org"] },
    ...{ key: "Ed25519 + X25519", keyFingerprint: "ab".repeat(32) },
  };
  const scene: Scene = {
    ...optionsScenes["home"]!,
    "authority:examine": answer(request),
    "authority:issue": { ok: false, code: "password-wrong" },
  };
  const page = await stage.play("options", scene, { width: 900 });
  await page.click("#authority-sign summary");
  await choose(page, "#authority-sign .drop button");
  await page.waitForSelector("#authority-sign form");
  assert.match(await wordsOf(page), /Ed25519 \+ X25519/);
  assert.match(await wordsOf(page), /Ask them in person or on the telephone/);
  await page.waitForSelector("#authority-sign .compare-code");
  await choose(page, "#authority-sign form .drop button");
  await page.keyboard.type("not this one");
  await page.keyboard.press("Enter");
  await says(page, "The password does not open this file");
  assert.deepEqual(await violations(page), []);
  await answers(page, "authority:issue", answer({ certificate: made.certificate, file: made.keyFile }));
  await page.click("#authority-sign form button[type=submit]");
  await says(page, "Save it and send it to them; it is no secret");
  await page.waitForSelector("#authority-sign button.primary");
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("options: a request that takes long says that it is read, and its form cannot be sent twice", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  await page.evaluate(() => {
    const { runtime } = (globalThis as unknown as { browser: { runtime: Runtime } }).browser;
    const send = runtime.sendMessage.bind(runtime);
    runtime.sendMessage = (question) =>
      question.ask === "authority:examine" ? new Promise(() => undefined) : send(question);
    interface Runtime {
      sendMessage(question: { ask: string }): Promise<unknown>;
    }
  });
  await page.click("#authority-sign summary");
  await choose(page, "#authority-sign .drop button");
  await page.waitForSelector("#authority-sign progress");
  await says(page, "Reading the request…");
  assert.equal(
    await page.$eval("#authority-sign .drop button", (button) => button.matches(":disabled")),
    true,
  );
  assert.deepEqual(await violations(page), []);
  await page.close();
});

async function choose(page: Page, button: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click(button)]);
  await chooser.accept([join(folder, "request.csr")]);
}

const says = (page: Page, words: string): Promise<unknown> =>
  page.waitForFunction((wanted: string) => document.body.innerText.includes(wanted), {}, words);

/** From now on the background answers so. */
function answers(page: Page, name: keyof Scene, reply: unknown): Promise<void> {
  return page.evaluate(
    (ask: string, given: unknown) => {
      const { scene } = (globalThis as unknown as { stage: { scene: Record<string, unknown> } }).stage;
      scene[ask] = given;
    },
    name,
    reply,
  );
}
