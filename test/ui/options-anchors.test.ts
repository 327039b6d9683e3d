/** Authorities of a file, as a person sees each before one of them counts. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { AnchorOffer, AnchorView } from "../../src/protocol/anchors.js";
import { askedOf, waitUntilAsked } from "./asked.js";
import { violations } from "./axe.js";
import { answer, optionsScenes } from "./scenes.js";
import { Stage, type Scene } from "./stage.js";
import { certificate } from "./verdicts.js";

let stage: Stage;
let folder: string;
before(async () => {
  stage = await Stage.open();
  folder = await mkdtemp(join(tmpdir(), "signet-anchors-"));
  await writeFile(join(folder, "roots.pem"), "not opened by the stage");
});
after(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

const named = (commonName: string, digit: string) =>
  certificate("root@example.org", { addresses: [], commonName, fingerprint: digit.repeat(64) });
const family = {
  certificate: named("The Example family", "a"),
  ...{ permitted: ["family.example", ".family.example"], excluded: ["old.family.example"], known: false },
};
const world = {
  certificate: named("The Example family ", "b"),
  ...{ permitted: null, excluded: [], known: false },
};
const known = { ...world, certificate: named("Known Root", "c"), known: true };

const sceneOf = (...offers: readonly AnchorOffer[]): Scene => ({
  ...optionsScenes["home"]!,
  "anchor:examine": answer(offers),
  "anchor:import": answer({ added: [] }),
});

test("options: one root is accepted only after its name, fingerprint and reach were shown; Escape leaves it", async () => {
  const page = await stage.play("options", sceneOf(world), { width: 900 });
  await choose(page);
  const words = await dialogOf(page);
  assert.match(words, /The Example family/);
  assert.match(words, /Every address in the world: whoever holds its key can sign as anybody/);
  assert.match(words, /(?:bbbb ?){16}/);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(await imports(page), []);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog") === null);
  assert.deepEqual(await imports(page), []);
  await choose(page);
  await (await page.waitForSelector("dialog[open] .primary"))!.click();
  await waitUntilAsked(page, "anchor:import");
  assert.deepEqual(await imports(page), [["b".repeat(64)]]);
  await page.close();
});

test("options: beside a family's root a second one for the whole world does not slip in: each is ticked by keyboard, or left", async () => {
  const page = await stage.play("options", sceneOf(family, world, known), { width: 900 });
  await choose(page);
  const words = await dialogOf(page);
  for (const said of ["@family.example", "@*.family.example", "@old.family.example", "But not for"])
    assert.ok(words.includes(said), said);
  assert.match(words, /Every address in the world/);
  assert.match(words, /Known Root[^]*Accepted already/);
  assert.deepEqual(await violations(page), []);
  const boxes = await page.$$eval("dialog input", (all) => all.map((one) => one.checked));
  assert.deepEqual(boxes, [false, false], "nothing is ticked for them, and what counts needs no tick");
  assert.equal(await page.$eval("dialog .primary", (button) => button.matches(":disabled")), true);
  await page.focus("dialog input");
  await page.keyboard.press("Space");
  await page.focus("dialog .primary");
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "anchor:import");
  assert.deepEqual(await imports(page), [["a".repeat(64)]]);
  await page.close();
});

test("options: a root that may vouch for nobody says so; letters that turn a domain around are taken out", async () => {
  const none = { ...family, permitted: [], excluded: [] };
  const turned = { ...family, certificate: named("Turned", "d"), permitted: ["evil\u202e.example"] };
  const page = await stage.play("options", sceneOf(none, turned), { width: 900 });
  await choose(page);
  const words = await dialogOf(page);
  assert.match(words, /No address at all/);
  assert.ok(words.includes("@evil.example"));
  await page.close();
});

test("options: for which addresses an accepted authority may vouch stays to be seen, an organisation's too", async () => {
  const listed: readonly AnchorView[] = [
    { ...family.certificate, permitted: family.permitted, excluded: family.excluded },
    { ...world.certificate, permitted: null, excluded: [], setBy: "organisation" },
  ];
  const scene: Scene = { ...sceneOf(), "anchor:list": answer(listed) };
  const page = await stage.play("options", scene, { width: 900 });
  await page.waitForSelector("#anchors dl");
  const rows = await page.$$eval("#anchors .entry", (all) =>
    all.map((one) => (one as HTMLElement).innerText),
  );
  assert.match(
    rows[0]!,
    /May vouch for[^]*@family\.example[^]*@\*\.family\.example[^]*But not for[^]*@old\.family/i,
  );
  assert.match(rows[1]!, /Every address in the world/);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("options: a file that is refused asks nothing; one whose authorities count already says that nothing is new", async () => {
  const refused = { ok: false, code: "not-a-certificate-authority" };
  for (const [scene, words] of [
    [{ ...sceneOf(), "anchor:examine": refused }, "belongs to a person or server"],
    [sceneOf(known), "Nothing new"],
  ] as const) {
    const page = await stage.play("options", scene as Scene, { width: 900 });
    await choose(page);
    await page.waitForFunction((said) => document.body.innerText.includes(said), {}, words);
    assert.equal(await page.$("dialog"), null);
    assert.deepEqual(await imports(page), []);
    await page.close();
  }
});

async function choose(page: Page): Promise<void> {
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click("#anchors .drop button")]);
  await chooser.accept([join(folder, "roots.pem")]);
}

async function dialogOf(page: Page): Promise<string> {
  await page.waitForSelector("dialog[open]");
  return page.$eval("dialog", (dialog) => dialog.innerText);
}

/** The fingerprints of each question that makes an authority count. */
async function imports(page: Page): Promise<readonly unknown[]> {
  const asked = (await askedOf(page)).filter(({ ask }) => ask === "anchor:import");
  return asked.map(({ params }) => (params as { readonly fingerprints: unknown }).fingerprints);
}
