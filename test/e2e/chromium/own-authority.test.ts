/**
 * A small authority from its making to a certificate in use, by clicks in the built add-on, each file saved and chosen as
 * a person does: the root's key leaves as a file and stays nowhere, and OpenSSL holds the root to its domain.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { importPrivateKey, loadIssuing, readKeyFile } from "../../../src/engine/index.js";
import {
  chooseFile,
  openChromium,
  until,
  waitForWords,
  type DrivenBrowser,
} from "../../helpers/browsers/driven.js";
import { storedBy } from "../../helpers/browsers/stored.js";
import { password, run } from "../../helpers/getting.js";
import { temporaryFolder, type TemporaryFolder } from "../../helpers/temporary-folder.js";

let browser: DrivenBrowser;
let folder: TemporaryFolder;
let page: Page;

before(async () => {
  folder = await temporaryFolder();
  browser = await openChromium();
  await until(async () => (await browser.pages()).some((tab) => tab.url().endsWith("/welcome.html")));
  page = await browser.open("/pages/options/options.html");
  await page.bringToFront();
  // tsx wraps functions in a call of `__name`, which the page does not have.
  await page.evaluate("globalThis.__name = (one) => one");
  await page.evaluate(() => {
    const kept = globalThis as { saved?: { name: string; octets: Promise<number[]> } };
    URL.createObjectURL = (blob: Blob) => {
      const octets = blob.arrayBuffer().then((buffer) => [...new Uint8Array(buffer)]);
      kept.saved = { name: "", octets };
      return "#";
    };
    HTMLAnchorElement.prototype.click = function () {
      if (kept.saved) kept.saved.name = this.download;
    };
  });
});
after(async () => {
  await browser?.close();
  await folder?.remove();
});

/** What the page hands out next, on the disk as a download would be. @returns its path */
async function saved(act: () => Promise<void>): Promise<string> {
  await page.evaluate(() => delete (globalThis as { saved?: object }).saved);
  await act();
  await until(() =>
    page.evaluate(() => ((globalThis as { saved?: { name: string } }).saved?.name ?? "") !== ""),
  );
  const { name, octets } = await page.evaluate(async () => {
    const { saved } = globalThis as unknown as { saved: { name: string; octets: Promise<number[]> } };
    return { name: saved.name, octets: await saved.octets };
  });
  const path = join(folder.path, name);
  await writeFile(path, Uint8Array.from(octets));
  return path;
}

const files = { key: "", root: "", request: "", issued: "" };

test("the authority is made, both files are saved, and nothing of it stays", async () => {
  const before = await storedBy(page);
  await page.click("#authority-make summary");
  const fields = await page.$$("#authority-make :is(input, textarea)");
  for (const [index, words] of ["The Example family", "example.org", password, password].entries())
    await fields[index]!.type(words);
  await page.click("#authority-make form button[type=submit]");
  await waitForWords(page, "The Example family is ready, until");
  files.key = await saved(() => page.click("#authority-make button.primary"));
  files.root = await saved(() => page.click("#authority-make .row button:nth-child(2)"));
  assert.match(files.key, /The_Example_family\.p12$/);
  assert.deepEqual(await storedBy(page), before);
});

test("OpenSSL opens the key file and reads the root's domain as critical (RFC 5280 §4.2.1.10)", async () => {
  const { stdout } = await run("openssl", ["x509", "-in", files.root, "-noout", "-text"]);
  assert.match(stdout, /Name Constraints: critical\s+Permitted:\s+email:example\.org/);
  assert.match(stdout, /CA:TRUE, pathlen:0/);
  const opened = await run("openssl", ["pkcs12", "-in", files.key, "-passin", `pass:${password}`, "-nodes"]);
  assert.match(opened.stdout, /PRIVATE KEY/);
  await assert.rejects(run("openssl", ["pkcs12", "-in", files.key, "-passin", "pass:guess", "-nodes"]));
});

test("a member asks for a pair of keys, the authority signs, the answer finds both keys", async () => {
  await page.click("#request-new-options summary");
  await page.type("#request-new-options input[type=text]", "Alice Example");
  await page.type("#request-new-options textarea", "alice@example.org");
  await page.click("#more-options summary");
  await page.select("#kind-options", "ed25519+x25519");
  await page.click("#request-new-options #protection-device-options");
  files.request = await saved(() => page.click("#request-new-options button[type=submit]"));
  await page.click("#authority-sign summary");
  await chooseFile(page, "#authority-sign", files.request);
  await waitForWords(page, "Ed25519 + X25519");
  await chooseFile(page, "#authority-sign form", files.key);
  await page.type("#authority-sign input[type=password]", password);
  await page.click("#authority-sign form button[type=submit]");
  await waitForWords(page, "Save it and send it to them; it is no secret");
  files.issued = await saved(() => page.click("#authority-sign button.primary"));
  await chooseFile(page, "#requests", files.issued);
  await waitForWords(page, "Signs your mail. It does not open encrypted mail.");
  await waitForWords(page, "Opens mail encrypted for you. It does not sign.");
  const { stdout } = await run("openssl", ["verify", "-x509_strict", "-CAfile", files.root, files.issued]);
  assert.match(stdout, /OK/);
});

test("the root's key is in no store of the browser, not even sealed among the others", async () => {
  const stored = await storedBy(page);
  const names = Object.keys(stored);
  assert.equal(names.filter((name) => name.startsWith("identities ")).length, 2);
  assert.equal(names.filter((name) => name.startsWith("pendingKeys ")).length, 0);
});

test("what the root signs for another domain is refused by OpenSSL", async () => {
  const { issueFor, generateKey, writePem } = await loadIssuing();
  const [entry] = await readKeyFile(new Uint8Array(await readFile(files.key)), password);
  const root = entry!.certificate!;
  const issuer = { certificate: root, privateKey: await importPrivateKey(entry!.privateKey!) };
  const validity = { notBefore: new Date(root.notBefore), notAfter: new Date(root.notAfter) };
  const subject = { commonName: "Eve", addresses: ["eve@example.com"] };
  const outside = await issueFor(await generateKey("p-256"), subject, { issuer, validity });
  const path = join(folder.path, "outside.pem");
  await writeFile(path, writePem("CERTIFICATE", [outside.der]));
  await assert.rejects(
    run("openssl", ["verify", "-CAfile", files.root, path]),
    /permitted subtree violation/,
  );
});
