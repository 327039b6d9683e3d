/**
 * Lists that are too long for a sentence: whoever accepts an authority, keeps a certificate or owns one sees every
 * address that it speaks for, by keyboard and by screen reader too, and none of them is cut.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { alice, answer, noPolicy, optionsScenes, popupScenes } from "./scenes.js";
import { Stage, type Scene } from "./stage.js";
import { certificate, verdict } from "./verdicts.js";

let stage: Stage;
let folder: string;
before(async () => {
  stage = await Stage.open();
  folder = await mkdtemp(join(tmpdir(), "signet-lists-"));
  await writeFile(join(folder, "root.pem"), "not opened by the stage");
});
after(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

const many = Array.from({ length: 214 }, (_, number) => `alias-${number + 1}@example.org`);
const aliases = { ...alice, certificate: certificate("alice@example.org", { addresses: many }) };

const settings = (change: Scene): Scene => ({ ...optionsScenes["home"]!, ...change });

/** To the fold below, and open it, with the keys alone. @returns the lines */
async function unfoldByKeyboard(page: Page, within: string): Promise<readonly string[]> {
  await page.waitForSelector(`${within} .whole-list summary`);
  const reached = () =>
    page.evaluate(
      (place: string) => document.activeElement === document.querySelector(`${place} .whole-list summary`),
      within,
    );
  for (let tabs = 0; tabs < 80 && !(await reached()); tabs += 1) await page.keyboard.press("Tab");
  assert.ok(await reached(), "the Tab key leads there");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`${within} .whole-list[open]`);
  return page.$$eval(`${within} .whole-list li`, (all) => all.map((one) => one.innerText));
}

for (const look of [{}, { direction: "rtl" }, { forcedColors: true }, { scheme: "dark" }] as const)
  test(`options: each of 214 addresses of a certificate is shown on a person's wish (${JSON.stringify(look)})`, async () => {
    const page = await stage.play("options", settings({ "identity:list": answer([aliases]) }), look);
    assert.match(await wordsOf(page), /Speaks for .*alias-1@example\.org.*, .?\d+ more/);
    const lines = await unfoldByKeyboard(page, "#identities");
    assert.deepEqual(
      lines.map((line) => line.replace(/[\u2066\u2069]/g, "")),
      many,
    );
    assert.deepEqual(await violations(page), []);
    await page.close();
  });

test("options: what fits in the sentence is all there, and nothing is folded", async () => {
  const two = certificate("alice@example.org", { addresses: many.slice(0, 2) });
  const identities = answer([{ ...alice, certificate: two }]);
  const page = await stage.play("options", settings({ "identity:list": identities }));
  assert.match(await wordsOf(page), /Speaks for alias-1@example\.org, alias-2@example\.org\n/);
  assert.equal(await page.$(".whole-list"), null);
  await page.close();
});

test("options: an address as long as a sentence does not hide the ones behind it, nor its own domain", async () => {
  const long = `${"a".repeat(64)}@${`${"b".repeat(60)}.`.repeat(4)}example.net`;
  const hidden = certificate("alice@example.org", { addresses: [long, "ceo@example.org"] });
  const identities = answer([{ ...alice, certificate: hidden }]);
  const page = await stage.play("options", settings({ "identity:list": identities }));
  assert.deepEqual(await unfoldByKeyboard(page, "#identities"), [long, "ceo@example.org"]);
  await page.close();
});

test("options: every domain inside which an organisation encrypts is shown", async () => {
  const domains = many.map((address) => address.replace("@", "."));
  const policy = { ...noPolicy, names: ["encryptInside"], encryptInside: domains };
  const page = await stage.play("options", settings({ "policy:get": answer(policy) }));
  assert.deepEqual(await unfoldByKeyboard(page, "#organisation"), domains);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("popup: kept certificates are named by every address that they speak for", async () => {
  const scene: Scene = {
    ...popupScenes["state-1"]!,
    "message:displayed": answer({
      ...{ kind: "message", subject: "Our keys", verdict: verdict("1"), action: null },
      certificateFiles: many.map((address) => `${address}.cer`),
    }),
    "message:keep-certificates": answer({ kept: [aliases.certificate, certificate("bob@example.net")] }),
  };
  const page = await stage.play("popup", scene, { width: 400 });
  const files = await unfoldByKeyboard(page, "section");
  assert.deepEqual(
    files,
    many.map((address) => `${address}.cer`),
  );
  await page.click("#keep-certificates");
  const kept = await unfoldByKeyboard(page, "section [role=status]");
  assert.deepEqual(kept, [...many, "bob@example.net"]);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("options: before an authority counts, each of its 428 domains can be scrolled to by keyboard, and the buttons stay in sight", async () => {
  const domains = many.flatMap((address) => [address.replace("@", "."), `.${address.replace("@", ".")}`]);
  const root = certificate("root@example.org", { addresses: [], commonName: "The Example family" });
  const offer = { certificate: root, permitted: domains, excluded: [], known: false };
  const page = await stage.play("options", settings({ "anchor:examine": answer([offer]) }), { height: 600 });
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click("#anchors .drop button")]);
  await chooser.accept([join(folder, "root.pem")]);
  await page.waitForSelector("dialog[open] .offers");
  const words = await page.$eval("dialog", (dialog) => dialog.innerText);
  for (const domain of domains) assert.ok(words.includes(domain), domain);
  await page.focus("dialog .offers");
  await page.keyboard.press("End");
  await page.waitForFunction(() => {
    const list = document.querySelector("dialog .offers")!;
    return list.scrollTop > 0 && list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
  });
  const below = await page.$$eval("dialog .row button", (all) =>
    all.map((button) => button.getBoundingClientRect().bottom),
  );
  assert.ok(
    below.every((bottom) => bottom < 600),
    String(below),
  );
  assert.deepEqual(await violations(page), []);
  await page.close();
});
