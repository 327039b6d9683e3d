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
import { challengeMail, challengeSender } from "../../helpers/acme-post.js";
import type { Challenge } from "../../helpers/acme-post.js";
import { AcmeServer } from "../../helpers/acme-server.js";
import { DkimKey, judgedBy } from "../../helpers/dkim.js";
import { sendMail } from "../../helpers/send-mail.js";
import { headersOf, readLetter } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
let world: World;
let acme: AcmeServer;
let folder: string;
const dkim = new DkimKey("ca.test");
let isSigned = true;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "signet-acme-letter-"));
  acme = await AcmeServer.start(sendChallenge);
  world = await startWorld({
    // The archive, as a person installs it: then the first-run page opens by itself.
    addon: `dist/signet-${version}-thunderbird.xpi`,
    // Firefox's tests answer the browser's question so; it is counted as a click.
    preferences: { "extensions.webextOptionalPermissionPrompts": false },
    mail: {
      receiving: judgedBy("mx.example.test", dkim),
      arrived: ({ to, message }) => void (to.includes(challengeSender) && acme.receive(message)),
    },
  });
});
after(async () => {
  await world?.stop();
  await acme?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function sendChallenge(challenge: Challenge): Promise<void> {
  const message = challengeMail(challenge, isSigned ? dkim : null);
  await sendMail(world.mail.smtpPort, { from: challengeSender, to: challenge.address, message });
}

/** What a person's mail client does every few minutes. */
async function fetchMailUntil(what: string, done: () => Promise<boolean> | boolean): Promise<void> {
  await waitFor(
    what,
    async () => {
      await world.refresh(alice);
      return done();
    },
    60_000,
  ).catch(async (error: unknown) => {
    const said = await world.addon.page("tab", "/pages/").text("main");
    throw new Error(`${String(error)}; ${said.slice(0, 600)}; ${JSON.stringify(acme.asked.slice(-5))}`);
  });
}

async function order(page: Page, click: (selector: string) => Promise<void>, id: string): Promise<void> {
  await page.waitFor(`#order-directory-${id}`);
  await (await world.mainWindow()).focus();
  await click(`#order-directory-${id}`);
  await world.screen.type(acme.directory);
  await click(`#order-ask-${id}`);
  await page.waitFor("#order-begin").catch(async (error: unknown) => {
    const typed = await page.run<string>(
      `return document.getElementById(args[0])?.value`,
      `order-directory-${id}`,
    );
    throw new Error(`${String(error)}; typed ${typed}; ${await page.text("main")}`);
  });
}

test(
  "fresh profile → first-run page → certificate by mail → signed letter, in six clicks at most",
  { timeout: 180_000 },
  async (t) => {
    const page = await world.addon.waitForPage("tab", "/pages/welcome/");
    await (await world.mainWindow()).focus();
    let clicks = 0;
    const click = async (selector: string): Promise<void> => {
      clicks++;
      await page.click(selector);
    };
    await click("#way-get");
    await order(page, click, "welcome");
    // The browser's own question whether Signet may reach the authority.
    clicks++;
    await click("#protection-device");
    await click("#order-begin");
    await fetchMailUntil(
      "the certificate",
      async () => (await page.exists("main .hero h1")) && !(await page.exists("#panel")),
    );
    t.diagnostic(`clicks to a certificate: ${clicks}`);
    assert.ok(clicks <= 6, String(clicks));
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
    isSigned = false;
    await world.addon.background.run(`await browser.runtime.openOptionsPage()`);
    const page = await world.addon.waitForPage("tab", "/pages/options/");
    await order(page, (selector) => page.click(selector), "options");
    const sent = world.mail.captured.length;
    await page.click("#order-begin");
    await fetchMailUntil("the question", () => page.exists('[data-does="order_confirm_mail"]'));
    assert.equal(world.mail.captured.length, sent + 1, "the challenge, and no answer");
    await world.thunderbird.run(
      `const { extension } = WebExtensionPolicy.getByID(args[0]);
     await extension.terminateBackground({ ignoreDevToolsAttached: true });`,
      world.addon.id,
    );
    await page.click('[data-does="order_confirm_mail"]');
    await fetchMailUntil("the certificate", () => acme.orders.at(-1)!.status === "valid");
    assert.deepEqual(acme.refusedAnswers, []);
  },
);
