/**
 * What a person does with Signet in a browser, told once for Chromium and Firefox: a certificate in, an
 * authority accepted, files opened, the verdict read. Messages are made by OpenSSL.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Page } from "puppeteer-core";
import { violations } from "../../ui/axe.js";
import { startChannelServer, type ChannelServer } from "../back-channels.js";
import { temporaryFolder, type TemporaryFolder } from "../temporary-folder.js";
import { testKeys } from "../test-keys.js";
import { writeMessages } from "./messages.js";
import { chooseFile, until, waitForWords, wordsOf, type DrivenBrowser } from "./driven.js";

const passphrase = "four unrelated words here";

export function tellStory(launch: () => Promise<DrivenBrowser>): void {
  let browser: DrivenBrowser;
  let keys: string;
  let folder: TemporaryFolder;
  let elsewhere: ChannelServer;

  before(async () => {
    keys = await testKeys();
    folder = await temporaryFolder();
    elsewhere = await startChannelServer();
    await writeMessages(folder.path, elsewhere.address);
    await promisify(execFile)("openssl", [
      ...["pkcs12", "-export", "-nokeys", "-in", `${keys}/bob-p256.pem`],
      ...["-passout", "pass:signet", "-out", join(folder.path, "without-key.p12")],
    ]);
    browser = await launch();
  });
  after(async () => {
    await browser.close();
    elsewhere.close();
    await folder.remove();
  });

  const message = (name: string): string => join(folder.path, name);

  /** A file in the popup; @returns the page when its verdict stands there */
  async function judged(name: string, words: string | RegExp): Promise<Page> {
    const page = await browser.open("/pages/popup/popup.html", 400);
    await chooseFile(page, "main", message(name));
    await waitForWords(page, words);
    return page;
  }

  async function readersWith(words: string): Promise<number> {
    const pages = await browser.pages();
    const said = await Promise.all(pages.map((page) => wordsOf(page).catch(() => "")));
    return said.filter((text) => text.includes(words)).length;
  }

  async function finish(page: Page): Promise<void> {
    assert.deepEqual(await violations(page), []);
    assert.doesNotMatch(await wordsOf(page), /⟦/);
    await page.close();
  }

  test("a wrong password of the .p12 gets a sentence, the right one brings the certificate", async () => {
    const page = await browser.open("/pages/options/options.html");
    await chooseFile(page, "#identities", `${keys}/alice-rsa.p12`);
    await page.waitForSelector("#identities form");
    await page.type("#identities form .field input", "not this one");
    await page.type("#identities .indented .field:nth-child(1) input", passphrase);
    await page.type("#identities .indented .field:nth-child(2) input", passphrase);
    await page.keyboard.press("Enter");
    await waitForWords(page, "The password does not open this file");
    assert.deepEqual(await violations(page), []);
    await page.type("#identities form .field input", "signet");
    await page.keyboard.press("Enter");
    await waitForWords(page, "The certificate of alice@example.test is ready to use");
    await waitForWords(page, "Signs your mail and opens mail encrypted for you.");
    await waitForWords(page, /Your keys are unlocked/);
    await finish(page);
  });

  test("a file that is no .p12, and one without key, each get a sentence", async () => {
    const page = await browser.open("/pages/options/options.html");
    for (const [file, words] of [
      ["garbage.bin", /could not be read|not a \.p12 file|damaged/],
      ["empty.bin", /could not be read|not a \.p12 file|damaged/],
      ["without-key.p12", /no private key in this file|has no key/],
    ] as const) {
      await chooseFile(page, "#identities", message(file));
      await page.waitForSelector("#identities form");
      await page.type("#identities form .field input", "signet");
      await page.keyboard.press("Enter");
      await waitForWords(page, words);
      await page.click("#identities form button.quiet");
    }
    await finish(page);
  });

  test("signed, but by an authority that nobody accepted: not confirmed, never good", async () => {
    const page = await judged("signed.eml", "not confirmed");
    assert.equal(await toneOf(page), "caution");
    await finish(page);
  });

  test("a person's certificate is refused as an authority, the real one is taken after its meaning was said", async () => {
    const page = await browser.open("/pages/options/options.html");
    await chooseFile(page, "#anchors", `${keys}/bob-p256.pem`);
    await waitForWords(page, "belongs to a person or server");
    await chooseFile(page, "#anchors", `${keys}/root.pem`);
    await page.waitForSelector("dialog[open]");
    assert.match(await wordsOf(page), /can sign as anybody/);
    await page.click("dialog .primary");
    await waitForWords(page, "Signet Test Root is now an authority you accept");
    await finish(page);
  });

  test("a signed message says who wrote and who vouches; its details what is covered", async () => {
    const page = await judged("signed.eml", "Signed by bob@example.test");
    const words = await waitForWords(page, "Signet Test CA vouches for the address.");
    assert.match(words, /Not encrypted/);
    assert.equal(await toneOf(page), "good");
    await page.click(".evidence > summary");
    const details = await wordsOf(page);
    assert.match(details, /The text and all attachments\./);
    assert.match(details, /Subject, date and recipients\. They stand outside the signature/);
    assert.match(details, /By the signer’s own clock\. Nobody else confirms it\./);
    await finish(page);
  });

  test("one changed word, and it says so", async () => {
    const page = await judged("changed.eml", "Changed after signing");
    assert.notEqual(await toneOf(page), "good");
    await finish(page);
  });

  test("signed by somebody else than the sender shown", async () => {
    const page = await judged("somebody-else.eml", "Signed by somebody else");
    assert.equal(await toneOf(page), "caution");
    assert.match(await wordsOf(page), /bob@example\.test/);
    await finish(page);
  });

  test("an unsigned message is not signed, and nothing more", async () => {
    const page = await judged("unsigned.eml", "Not signed");
    assert.equal(await toneOf(page), "silent");
    await finish(page);
  });

  test("garbage and an empty file get a sentence, not a crash", async () => {
    for (const name of ["garbage.bin", "empty.bin", "truncated.eml"]) {
      const page = await browser.open("/pages/popup/popup.html", 400);
      await chooseFile(page, "main", message(name));
      const words = await waitForWords(page, /Not signed|could not|damaged|Changed after/);
      assert.doesNotMatch(words, /Signed by/, name);
      await finish(page);
    }
  });

  test("encrypted: locked keys are unlocked on the spot, a wrong passphrase first", async () => {
    const options = await browser.open("/pages/options/options.html");
    await options.waitForSelector("#lock");
    await options.click("#lock");
    await waitForWords(options, "Your keys are locked");
    await finish(options);
    const page = await judged("encrypted.eml", "your key is locked");
    await page.type("#unlock-passphrase", "guess");
    await page.keyboard.press("Enter");
    await waitForWords(page, "That is not the passphrase");
    await page.type("#unlock-passphrase", passphrase);
    await page.keyboard.press("Enter");
    await waitForWords(page, "Signed by bob@example.test");
    await waitForWords(page, "Encrypted for you");
    await page.waitForSelector(".primary");
    await finish(page);
  });

  test("the reader shows text with its form, and hands out the attachment", async () => {
    const page = await browser.open("/pages/reader/reader.html");
    await chooseFile(page, "main", message("encrypted.eml"));
    const words = await waitForWords(page, "Dear Alice,");
    assert.match(words, /Signed by bob@example\.test[\s\S]*Encrypted for you/);
    assert.match(words, / {4}\* indented/);
    assert.match(words, /notes\.txt/);
    await page.evaluate(() => {
      const kept = globalThis as { saved?: { name: string; text: Promise<string> } };
      URL.createObjectURL = (blob: Blob) => {
        kept.saved = { name: "", text: blob.text() };
        return "#";
      };
      HTMLAnchorElement.prototype.click = function () {
        if (kept.saved) kept.saved.name = this.download;
      };
    });
    await page.click(".attachments button");
    await until(() => page.evaluate(() => "saved" in globalThis));
    const saved = await page.evaluate(async () => {
      const { saved } = globalThis as unknown as { saved: { name: string; text: Promise<string> } };
      return [saved.name, await saved.text];
    });
    assert.deepEqual(saved, ["notes.txt", "the notes of Tuesday"]);
    await finish(page);
  });

  test("HTML in the reader: no script runs, nothing is fetched, links are listed with their target", async () => {
    const page = await browser.open("/pages/reader/reader.html");
    await chooseFile(page, "main", message("html.eml"));
    await waitForWords(page, "Signed by bob@example.test");
    await page.waitForSelector("iframe");
    await delay(700);
    assert.deepEqual(elsewhere.calls, []);
    assert.equal(await page.evaluate(() => (globalThis as { ran?: unknown }).ran), undefined);
    await page.click("#links summary");
    await waitForWords(page, /127\.0\.0\.1:\d+\/link/);
    await finish(page);
  });

  test("a letter of 25 MB is judged while the page stays awake, and says that it works", async () => {
    const page = await browser.open("/pages/reader/reader.html");
    await page.evaluate(() => {
      const seen = globalThis as unknown as { longest: number; busy: number; progress: boolean };
      Object.assign(seen, { longest: 0, busy: 0, progress: false });
      let last = performance.now();
      setInterval(() => {
        seen.longest = Math.max(seen.longest, performance.now() - last);
        last = performance.now();
      }, 10);
      let began: number | null = null;
      new MutationObserver(() => {
        seen.progress ||= document.querySelector("progress") !== null;
        const isBusy = document.querySelector("[aria-busy=true]") !== null;
        if (isBusy) began ??= performance.now();
        else if (began !== null) seen.busy = Math.max(seen.busy, performance.now() - began);
      }).observe(document, { subtree: true, childList: true, attributeFilter: ["aria-busy"] });
    });
    await chooseFile(page, "main", message("large.eml"));
    await waitForWords(page, "Signed by bob@example.test");
    const { longest, busy, progress } = await page.evaluate(() => {
      const { longest, busy, progress } = globalThis as unknown as Record<"longest" | "busy", number> & {
        progress: boolean;
      };
      return { longest, busy, progress };
    });
    // A fast machine has the verdict before anybody needs to be told that it works.
    assert.ok(busy > 0 && (progress || busy < 500), `no progress was shown in ${Math.round(busy)} ms`);
    assert.ok(longest < 1000, `the page stood still for ${Math.round(longest)} ms`);
    assert.match(await wordsOf(page), /25 MB/);
    await finish(page);
  });

  test("a file dropped on the popup is as good as a chosen one, and Enter leads to the reader", async () => {
    const page = await browser.open("/pages/popup/popup.html", 400);
    const letter = await readFile(message("signed.eml"), "latin1");
    await page.evaluate((words) => {
      const bytes = Uint8Array.from(words, (character) => character.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], "signed.eml"));
      document
        .querySelector(".drop")!
        .dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
    }, letter);
    await waitForWords(page, "Signed by bob@example.test");
    await page.focus(".primary");
    // The popup closes itself, perhaps before the key is up again.
    await page.keyboard.press("Enter").catch(() => undefined);
    await until(async () => (await readersWith("Dear Alice,")) > 0);
  });

  test("every page in dark, too, and a reader that was handed nothing", async () => {
    for (const path of [
      "/pages/options/options.html",
      "/pages/popup/popup.html",
      "/pages/reader/reader.html",
    ]) {
      const page = await browser.open(path);
      if (browser.name === "chromium") {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
      }
      await finish(page);
    }
    const forgotten = await browser.open("/pages/reader/reader.html#00000000-0000-4000-8000-000000000000");
    await waitForWords(forgotten, "Open its file again");
    await finish(forgotten);
  });

  test("removing the identity asks, and then the mail is unreadable", async () => {
    const page = await browser.open("/pages/options/options.html");
    await page.waitForSelector("#identities .danger");
    await page.click("#identities .danger");
    await page.waitForSelector("dialog[open]");
    // Mail becomes unreadable: one click is too little.
    await page.click("dialog input[type=checkbox]");
    await page.click("dialog .danger");
    await until(async () => (await page.$("#identities .danger")) === null);
    await finish(page);
    await (await judged("encrypted.eml", "you have no key for it")).close();
  });
}

async function toneOf(page: Page): Promise<string | null> {
  return page.$eval(".verdict", (verdict) => verdict.getAttribute("data-tone"));
}
