/**
 * Keeping certificates, on the stage: the end that comes in thirty days, the address that changes, accounts with
 * several addresses, and what is said of a certificate that came in but is not for new mail.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { IdentityView } from "../../src/protocol/messages.js";
import { askedOf, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { alice, answer, oldAlice, optionsScenes } from "./scenes.js";
import { Stage, type Look, type Scene } from "./stage.js";
import { certificate } from "./verdicts.js";
import { welcomeScenes } from "./welcome-scenes.js";

let stage: Stage;
let folder: string;
before(async () => {
  stage = await Stage.open();
  folder = await mkdtemp(join(tmpdir(), "signet-keeping-"));
  await writeFile(join(folder, "me.p12"), "not opened by the stage");
});
after(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

const oneDay = 24 * 60 * 60_000;
const within = (days: number): string => new Date(Date.now() + days * oneDay + oneDay / 2).toISOString();

const of = (address: string, change: Parameters<typeof certificate>[1] = {}): IdentityView => ({
  ...alice,
  certificate: certificate(address, change),
});

function settings(identities: readonly IdentityView[], look: Look = {}, change: Scene = {}): Promise<Page> {
  const scene = { ...optionsScenes["home"]!, "identity:list": answer(identities), ...change };
  return stage.play("options", scene, { width: 900, ...look });
}

const says = (page: Page, words: string): Promise<unknown> =>
  page.waitForFunction((wanted: string) => document.body.innerText.includes(wanted), {}, words);

test("thirty days before the end it is told, with the way to the next one; thirty-one days before it is not", async () => {
  const page = await settings([of("alice@example.org", { notAfter: within(30) })]);
  const words = await wordsOf(page);
  assert.match(words, /Valid until .*, 30 more days\. Get the next one in time/);
  assert.deepEqual(await violations(page), []);
  await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("#identities button")]
      .find((button) => button.innerText === "Get the next one")!
      .focus(),
  );
  await page.keyboard.press("Enter");
  await page.waitForFunction(() =>
    (globalThis as unknown as { stage: { asked: { url?: string }[] } }).stage.asked.some(
      ({ url }) => url?.endsWith("/pages/welcome/welcome.html#get") === true,
    ),
  );
  await page.close();
  const calm = await settings([of("alice@example.org", { notAfter: within(31) })]);
  assert.doesNotMatch(await wordsOf(calm), /Valid until .* more days/);
  await calm.close();
  const today = await settings([of("alice@example.org", { notAfter: within(-0.2) })]);
  assert.match(await wordsOf(today), /Ends today/);
  await today.close();
});

test("what has ended, or has been replaced by one that does the same, is not told to be renewed", async () => {
  const page = await settings([alice, oldAlice]);
  assert.doesNotMatch(await wordsOf(page), /Get the next one/);
  await page.close();
});

test("an address that no account has any more is named at its certificate, and that the key stays", async () => {
  const own = ["alice@new.example"];
  const page = await settings([alice], { own });
  const words = await wordsOf(page);
  assert.match(
    words,
    /None of your accounts has the address alice@example\.org any more\. Keep this certificate/,
  );
  assert.match(words, /No certificate here speaks for alice@new\.example yet/);
  assert.deepEqual(await violations(page), []);
  await page.click("#addresses-without button");
  const opened = (await askedOf(page)) as readonly { url?: string }[];
  const welcome = "/pages/welcome/welcome.html?address=alice%40new.example#get";
  assert.ok(opened.some(({ url }) => url === welcome));
  await page.close();
});

test("aliases: a certificate with several addresses speaks for each, whatever its letters' case; a browser says nothing", async () => {
  const both = of("alice@example.org", { addresses: ["alice@example.org", "Al@Example.net"] });
  const page = await settings([both], { own: ["alice@example.org", "al@example.net"] });
  const words = await wordsOf(page);
  assert.match(words, /Speaks for alice@example\.org, Al@Example\.net/);
  assert.doesNotMatch(words, /None of your accounts|No certificate here speaks/);
  await page.close();
  const browser = await settings([alice]);
  assert.doesNotMatch(await wordsOf(browser), /None of your accounts|No certificate here speaks/);
  await browser.close();
});

test("what to do when the address changes is unfolded by keyboard, and leads to a new certificate", async () => {
  const page = await settings([alice], { own: ["alice@example.org"] });
  await page.focus("#address-change summary");
  await page.keyboard.press("Enter");
  await says(page, "it still opens what was sent to the old address");
  await says(page, "write from it a signed message that names the new one");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const opened = (await askedOf(page)) as readonly { url?: string }[];
  assert.ok(opened.some(({ url }) => url?.endsWith("#get") === true));
  await page.close();
});

test("the page for a new certificate begins with the address that has none", async () => {
  const page = await stage.play("welcome", welcomeScenes["waiting"]!, {
    ...{ width: 900, own: ["alice@example.org"], query: "?address=al%40new.example#try" },
  });
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "al@new.example");
  await says(page, "Add alice@example.org");
  await page.close();
  const scene: Scene = {
    ...welcomeScenes["waiting"]!,
    "order:addresses": answer(["alice@example.org", "al@new.example"]),
  };
  const ordering = await stage.play("welcome", scene, { width: 900, query: "?address=al%40new.example#get" });
  await ordering.waitForFunction(() =>
    [...document.querySelectorAll("select")].some(({ value }) => value === "al@new.example"),
  );
  await ordering.close();
});

const weak: IdentityView = { ...alice, canSign: false, problem: { code: "key-weak", detail: "RSA 1024" } };
const expired: IdentityView = { ...oldAlice, certificate: certificate("eve@example.org") };

async function imports(page: Page, place: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click(`${place} .drop button`)]);
  await chooser.accept([join(folder, "me.p12")]);
  await page.waitForSelector(`${place} form input[type=password]`);
  await page.keyboard.type("secret");
  await page.keyboard.press("Enter");
}

const outcome = (added: readonly IdentityView[], known: readonly IdentityView[]): Scene => ({
  "identity:import": answer({ added, known, withoutKey: [], unusable: [], fileProtection: "password" }),
});
const imported = (...added: readonly IdentityView[]): Scene => outcome(added, []);
const alreadyHere = (...known: readonly IdentityView[]): Scene => outcome([], known);

test("a weak key and an expired certificate come in for old mail, and nothing says that they are ready", async () => {
  for (const [identity, words] of [
    [weak, "too short to withstand an attack"],
    [expired, "A new certificate is needed"],
  ] as const) {
    const page = await settings([alice], {}, imported(identity));
    await imports(page, "#identities");
    await says(page, "but no new mail can be written with it");
    const said = await page.$eval("#identities .notice[data-tone=caution]", (notice) => notice.textContent);
    assert.ok(said!.includes(words), said!);
    assert.doesNotMatch(await wordsOf(page), /is ready to use/);
    assert.deepEqual(await violations(page), []);
    await page.close();
  }
});

test("a key that is marked as stolen says so when it comes in, and when it was here, and never that it is ready", async () => {
  const given = { since: "2026-06-01T10:00:00Z", directory: null, revokedAt: null, problem: null };
  const marked: IdentityView = { ...alice, canSign: false, stolen: given };
  for (const [scene, isMarked] of [
    [imported(marked), true],
    [alreadyHere(marked), true],
    [imported(alice), false],
  ] as const) {
    const page = await settings([alice], {}, scene);
    await imports(page, "#identities");
    await says(page, isMarked ? "has been marked as stolen since" : "is ready to use");
    assert.equal(/is ready to use/.test(await wordsOf(page)), !isMarked);
    assert.deepEqual(await violations(page), []);
    await page.close();
  }
});

test("a .p12 for an address that no account has is taken, and says when it is used", async () => {
  const page = await settings([alice], { own: ["alice@example.org"] }, imported(of("eve@example.net")));
  await imports(page, "#identities");
  await says(page, "It speaks for eve@example.net. None of your accounts has that address");
  await page.close();
});

test("a .p12 with somebody else's address beside one's own: every address is named, and whose none is (RFC 8550 §3)", async () => {
  const both = of("alice@example.org", { addresses: ["alice@example.org", "bob@example.net"] });
  for (const own of [["Alice@example.org"], []]) {
    const page = await settings([alice], { own }, imported(both));
    await imports(page, "#identities");
    await says(page, "The certificate of alice@example.org, bob@example.net is ready to use");
    const words = await wordsOf(page);
    const warned = /It also names addresses that none of your accounts has: bob@example\.net\./.test(words);
    assert.equal(warned, own.length > 0, "a browser knows no accounts");
    assert.deepEqual(await violations(page), []);
    await page.close();
  }
});

test("the first-run page does not end with “ready” where the key is marked as stolen", async () => {
  const given = { since: "2026-06-01T10:00:00Z", directory: null, revokedAt: null, problem: null };
  const page = await firstRun({ ...alice, canSign: false, stolen: given });
  await says(page, "has been marked as stolen since");
  assert.doesNotMatch(await wordsOf(page), /You are ready|click the lock/);
  await page.close();
});

async function firstRun(identity: IdentityView): Promise<Page> {
  const scene = { ...welcomeScenes["waiting"]!, ...imported(identity) };
  const page = await stage.play("welcome", scene, { width: 900, own: ["someone@example.com"] });
  await page.click("#way-have");
  await page.waitForSelector("#panel .drop");
  await page.evaluate(
    (list: unknown) => {
      const { scene } = (globalThis as unknown as { stage: { scene: Record<string, unknown> } }).stage;
      scene["identity:list"] = list;
    },
    answer([identity]),
  );
  await imports(page, "#panel");
  return page;
}

test("the first-run page does not end with “ready” where the certificate cannot be used", async () => {
  const page = await firstRun(weak);
  await says(page, "Added, but not for new mail: alice@example.org");
  const words = await wordsOf(page);
  assert.match(words, /too short to withstand an attack/);
  assert.match(words, /None of your accounts has that address/);
  assert.doesNotMatch(words, /You are ready|click the lock/);
  assert.deepEqual(await violations(page), []);
  await page.close();
});
