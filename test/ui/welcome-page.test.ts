/** The first-run page, on the stage: three ways, each by keyboard and to its end; and the words for what goes wrong. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { ErrorCode } from "../../src/protocol/messages.js";
import { askedOf, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { testEveryState } from "./every-state.js";
import { messages } from "./locale.js";
import { alice, answer } from "./scenes.js";
import { Stage, type Scene } from "./stage.js";
import { welcomeScenes } from "./welcome-scenes.js";

let stage: Stage;
let folder: string;
before(async () => {
  stage = await Stage.open();
  folder = await mkdtemp(join(tmpdir(), "signet-welcome-"));
  await writeFile(join(folder, "answer.p7b"), "not opened by the stage");
});
after(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

testEveryState(() => stage, { name: "welcome", scenes: welcomeScenes, width: 900 });

async function opened(scene: string, way: "have" | "get" | "try", change: Scene = {}): Promise<Page> {
  const page = await stage.play("welcome", { ...welcomeScenes[scene]!, ...change }, { width: 900 });
  await page.click(`#way-${way}`);
  await page.waitForSelector("#panel:not([hidden]) h2");
  return page;
}

/** From now on the list of the person's own certificates has one more. */
function arrives(page: Page): Promise<void> {
  return page.evaluate(
    (list: unknown) => {
      const { scene } = (globalThis as unknown as { stage: { scene: Record<string, unknown> } }).stage;
      scene["identity:list"] = list;
    },
    answer([alice]),
  );
}

test("welcome: each way is open to axe without a violation, and its button says that it is", async () => {
  for (const way of ["have", "get", "try"] as const) {
    const page = await opened("first", way);
    assert.deepEqual(await violations(page), [], way);
    assert.equal(await page.$eval(`#way-${way}`, (button) => button.getAttribute("aria-expanded")), "true");
    await page.close();
  }
});

test("welcome: tried out by keyboard alone, from the first Tab to the certificate, and it says what others will see", async () => {
  const page = await stage.play("welcome", welcomeScenes["first"]!, { width: 900 });
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#panel:not([hidden]) form");
  assert.match(await wordsOf(page), /nobody vouches for you/);
  await page.keyboard.type("Alice Example");
  await page.keyboard.press("Tab");
  await page.keyboard.type("alice@example.org");
  await page.click("#protection-device-try");
  await arrives(page);
  await page.focus("#panel form button[type=submit]");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.body.innerText.includes("You are ready, alice@example.org"));
  const wish = (await askedOf(page)).find(({ ask }) => ask === "identity:make")?.params;
  assert.deepEqual(wish, { commonName: "Alice Example", addresses: ["alice@example.org"], kind: "rsa-3072" });
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
  assert.deepEqual(await violations(page), []);
  await page.click("details summary");
  await page.close();
});

test("welcome: one's own making offers keys that sign; RSA 3072 is chosen, ML-DSA is marked as new", async () => {
  const page = await opened("waiting", "try");
  await page.click("#more-try summary");
  const offered = await page.$$eval("#kind-try option", (all) => all.map(({ value, text }) => [value, text]));
  assert.deepEqual(
    offered.map(([value]) => value),
    ["rsa-3072", "p-256", "ed25519", "ml-dsa-65"],
  );
  assert.match(offered[3]![1]!, /: new;/);
  assert.equal(await page.$eval("#kind-try", (select) => (select as HTMLSelectElement).value), "rsa-3072");
  await page.close();
});

test("welcome: Thunderbird's own certificates are taken over only when somebody ticked them", async () => {
  const page = await opened("first", "have");
  assert.match(await wordsOf(page), /Signet has it already/);
  await page.click("#native input[type=checkbox]:enabled");
  await page.click("#native button.primary");
  await page.waitForFunction(() => document.body.innerText.includes("Choose at least one certificate"));
  await page.click("#native input[type=checkbox]:enabled");
  await page.click("#protection-device-native");
  await arrives(page);
  await page.click("#native button.primary");
  await page.waitForFunction(() => document.body.innerText.includes("You are ready"));
  const chosen = (await askedOf(page)).find(({ ask }) => ask === "native:import")?.params;
  assert.deepEqual(chosen, { fingerprints: [alice.certificate.fingerprint] });
  await page.close();
});

test("welcome: where there is no such store, nobody is asked for it", async () => {
  for (const scene of ["store", "browser"]) {
    const page = await opened(scene, "have");
    assert.equal(await page.$("#native"), null);
    assert.equal(
      (await askedOf(page)).some(({ ask }) => ask === "native:list"),
      false,
    );
    await page.close();
  }
});

test("welcome: a request is made, several addresses in it, and says what to do with the file", async () => {
  const page = await opened("waiting", "get");
  await page.click("#request-new-welcome summary");
  await page.type("#request-new-welcome input[type=text]", "Alice");
  await page.type("#request-new-welcome textarea", "alice@example.org\nal@example.net");
  await page.click("#more-welcome summary");
  await page.select("#kind-welcome", "ed25519");
  assert.match(await wordsOf(page), /you need a second certificate/);
  await page.select("#kind-welcome", "ed25519+x25519");
  assert.match(await wordsOf(page), /Two keys are made, and you get two certificates/);
  await page.select("#kind-welcome", "ml-dsa-65+ml-kem-768");
  assert.match(
    await wordsOf(page),
    /Made to withstand quantum computers \(FIPS 203 and 204\)[^]*one file asks for both/,
  );
  await page.select("#kind-welcome", "ml-dsa-65");
  assert.match(await wordsOf(page), /Made to withstand quantum computers/);
  await page.click("#request-new-welcome button[type=submit]");
  await waitUntilAsked(page, "request:file");
  const wish = (await askedOf(page)).find(({ ask }) => ask === "request:create")?.params;
  const addresses = ["alice@example.org", "al@example.net"];
  assert.deepEqual(wish, { commonName: "Alice", addresses, kind: "ml-dsa-65" });
  assert.match(await wordsOf(page), /hand it in at your authority/);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

const answers: readonly ErrorCode[] = [
  "no-request-for-certificate",
  "certificate-expired-already",
  "certificate-other-address",
  "too-many-certificates",
  "no-certificate-in-file",
  "file-unreadable",
  "vault-locked",
];

test("welcome: an answer with an address that was not asked for names it, before it can be kept", async () => {
  const detail = "bob@example.org\ncarol@example.org";
  const refusal = { ok: false, code: "certificate-other-address", detail } as const;
  const page = await opened("waiting", "get", { "request:answer": refusal });
  await drop(page);
  const words = "Not asked for: bob@example.org, carol@example.org";
  await page.waitForFunction((wanted: string) => document.body.innerText.includes(wanted), {}, words);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("welcome: each bad answer of an authority has its own sentence; one for another address can be kept", async () => {
  const told = new Set<string>();
  for (const code of answers) {
    const page = await opened("waiting", "get", { "request:answer": { ok: false, code } });
    await drop(page);
    const sentence = messages[`error_${code.replaceAll("-", "_")}`]!.message;
    await page.waitForFunction((words: string) => document.body.innerText.includes(words), {}, sentence);
    told.add(sentence);
    const keep = await page.$("#panel .notice .row button");
    assert.equal(keep !== null, code === "certificate-other-address");
    await keep?.click();
    if (keep !== null) {
      await page.waitForFunction(() => {
        const { asked } = (
          globalThis as unknown as { stage: { asked: { params?: { otherAddress?: string } }[] } }
        ).stage;
        return asked.some(({ params }) => params?.otherAddress === "accept");
      });
    }
    await page.close();
  }
  assert.equal(told.size, answers.length);
});

async function drop(page: Page): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForFileChooser(),
    page.click("#panel > .stack > .stack .drop button"),
  ]);
  await chooser.accept([join(folder, "answer.p7b")]);
}

test("twelve words and a QR code of a fingerprint, from the whole of it, and others for another", async () => {
  const { fingerprintWords } = await import("../../src/pages/parts/compare-fingerprint.js");
  const words = await fingerprintWords("ff".repeat(32));
  assert.deepEqual(new Set(words), new Set(["zoo"]));
  assert.deepEqual((await fingerprintWords("00".repeat(32))).at(-1), "abandon");
  const one = await fingerprintWords("ab".repeat(32));
  const turned = await fingerprintWords(`aa${"ab".repeat(31)}`);
  assert.equal(one.length, 12);
  assert.notDeepEqual(one, turned);
});
