/**
 * From a fresh profile to a signed letter: the first-run page, a stand-in ACME server, its challenge by real mail
 * over loopback, answered by Thunderbird itself; the letter judged by OpenSSL. Clicks are counted.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { challengeSender } from "../../helpers/acme-post.js";
import { headersOf, readLetter } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { Ordering } from "../../helpers/thunderbird/ordering.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
let ordering: Ordering;
let world: World;
let acme: Ordering["acme"];
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "signet-acme-letter-"));
  // The archive, as a person installs it: then the first-run page opens by itself.
  ordering = await Ordering.start(`dist/signet-${version}-thunderbird.xpi`);
  ({ world, acme } = ordering);
});
after(async () => {
  await ordering?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the mouse really does on this page, whoever moves it. */
async function countPresses(page: Page): Promise<() => Promise<number>> {
  await page.run(`document.addEventListener("mousedown", ({ isTrusted }) => {
    if (!isTrusted) return;
    const { dataset } = document.documentElement;
    dataset.presses = String(Number(dataset.presses ?? 0) + 1);
  }, true)`);
  return async () => Number(await page.run(`return document.documentElement.dataset.presses ?? 0`));
}

const numbers = ["no", "one", "two", "three", "four", "five", "six"];

/** @throws where it is more than six, or not what the README says */
function checkPromise(clicks: number): void {
  assert.ok(clicks <= 6, `${clicks} clicks`);
  const [, said] = /From nothing to a certificate by mail \(ACME\) takes (\w+) clicks/.exec(
    readFileSync("README.md", "utf8"),
  )!;
  assert.equal(numbers[clicks], said, "the README counts otherwise");
}

test("seven clicks would break the promise, and so would any number that the README does not say", () => {
  for (const clicks of [0, 5, 7, 8]) assert.throws(() => checkPromise(clicks));
});

test(
  "fresh profile → first-run page → certificate by mail → signed letter, in six clicks at most",
  { timeout: 180_000 },
  async (t) => {
    const page = await world.addon.waitForPage("tab", "/pages/welcome/");
    await (await world.mainWindow()).focus();
    const presses = await countPresses(page);
    await page.click("#way-get");
    await ordering.name(page, "welcome");
    await page.click("#protection-device");
    await page.click("#order-begin");
    await ordering.fetchMailUntil(
      "the certificate",
      async () => (await page.exists("main .hero h1")) && !(await page.exists("#panel")),
    );
    // One more for the browser's own question whether Signet may reach the authority.
    const clicks = (await presses()) + 1;
    t.diagnostic(`clicks to a certificate: ${clicks}`);
    checkPromise(clicks);
    assert.deepEqual(acme.refusedAnswers, []);

    const composer = await Composer.open(world);
    await composer.write({ to: "bob@example.test", subject: "signed", body: "Sealed with a new ring." });
    assert.equal(await composer.setLock(world.addon, "sign"), "Will be signed");
    const before = world.mail.captured.length;
    await composer.send();
    const { message } = await world.mail.waitForMessage(before, 30_000);
    await composer.waitUntilClosed();
    const letter = join(folder, "letter.eml");
    writeFileSync(letter, message);
    const root = acme.authority.path("root.pem");
    const content = execFileSync("openssl", ["cms", "-verify", "-in", letter, "-CAfile", root], {
      stdio: "pipe",
    });
    assert.match((await readLetter(new Uint8Array(content))).text, /Sealed with a new ring/);
  },
);

test("the answer was a reply in plain text, to the authority alone, with a copy in Sent (RFC 8823 §3.2)", async () => {
  const answers = world.mail.captured.filter(({ to }) => to.includes(challengeSender));
  assert.equal(answers.length, 1);
  const headers = headersOf(answers[0]!.message);
  assert.match(headers.get("content-type") ?? "", /^text\/plain/);
  assert.equal(headers.get("in-reply-to"), acme.orders[0]!.challenge.messageId);
  assert.deepEqual(answers[0]!.to, [challengeSender]);
  const copies = world.mail.read("alice", "Sent").map((copy) => headersOf(copy).get("subject") ?? "");
  assert.equal(copies.filter((subject) => subject.startsWith("Re: ACME:")).length, 1);
});

test(
  "a challenge that nothing proves waits for a click, also where the background slept meanwhile",
  { timeout: 120_000 },
  async () => {
    ordering.mailing.isSigned = false;
    await world.addon.background.run(`await browser.runtime.openOptionsPage()`);
    const page = await world.addon.waitForPage("tab", "/pages/options/");
    await ordering.name(page, "options");
    const sent = world.mail.captured.length;
    await page.click("#order-begin");
    await ordering.fetchMailUntil("the question", () => page.exists('[data-does="order_confirm_mail"]'));
    assert.equal(world.mail.captured.length, sent + 1, "the challenge, and no answer");
    await world.thunderbird.run(
      `const { extension } = WebExtensionPolicy.getByID(args[0]);
     await extension.terminateBackground({ ignoreDevToolsAttached: true });`,
      world.addon.id,
    );
    await page.click('[data-does="order_confirm_mail"]');
    await ordering.fetchMailUntil("the certificate", () => acme.orders.at(-1)!.status === "valid");
    assert.deepEqual(acme.refusedAnswers, []);
  },
);

test(
  "my key was stolen: two clicks, and the authority has revoked the certificate (RFC 8555 §7.6)",
  { timeout: 120_000 },
  async () => {
    const page = await world.addon.waitForPage("tab", "/pages/options/");
    await page.waitFor('#identities [data-does="stolen"]');
    await page.click('#identities [data-does="stolen"]');
    await page.waitFor('[data-does="stolen-yes"]');
    await page.click('[data-does="stolen-yes"]');
    await page.waitFor("#old-keys .stolen .notice");
    await waitFor("the authority's answer", async () =>
      /revoked the certificate/.test(await page.text("#old-keys")),
    );
    assert.deepEqual(
      acme.revoked.map(({ reason, by }) => [reason, by]),
      [[1, "account"]],
    );
  },
);
