/**
 * Every bad input there is for keys and certificates, through the real pages of the built add-on: each gets a sentence
 * of its own, and whatever lies on the disk is the same octets afterwards as before.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { loadIssuing, type Bytes } from "../../../src/engine/index.js";
import {
  chooseFile,
  openChromium,
  until,
  waitForWords,
  type DrivenBrowser,
} from "../../helpers/browsers/driven.js";
import { storedBy, type Stored } from "../../helpers/browsers/stored.js";
import { authority, p7b } from "../../helpers/getting.js";
import { temporaryFolder, type TemporaryFolder } from "../../helpers/temporary-folder.js";
import { testKeys } from "../../helpers/test-keys.js";
import { messages } from "../../ui/locale.js";

let browser: DrivenBrowser;
let folder: TemporaryFolder;
let keys: string;
let page: Page;

before(async () => {
  keys = await testKeys();
  folder = await temporaryFolder();
  browser = await openChromium();
  await firstRunTab();
  page = await browser.open("/pages/options/options.html");
  // tsx wraps functions in a call of `__name`, which the page does not have.
  const named = "globalThis.__name = (one) => one";
  await Promise.all([page.evaluate(named), page.evaluateOnNewDocument(named)]);
  await chooseFile(page, "#identities", `${keys}/alice-rsa.p12`);
  await page.waitForSelector("#identities form");
  await page.type("#identities form .field input", "signet");
  await page.click("#protection-device");
  await page.click("#identities form button.primary");
  await waitForWords(page, "The certificate of alice@example.test is ready to use");
});
after(async () => {
  await browser?.close();
  await folder?.remove();
});

/** Installed by a person, Signet opens its first page by itself; a tab that it covers gets no clicks. */
async function firstRunTab(): Promise<void> {
  const find = async (): Promise<Page | undefined> =>
    (await browser.pages()).find((tab) => tab.url().endsWith("/pages/welcome/welcome.html"));
  await until(async () => (await find()) !== undefined);
  await (await find())!.close();
}

/** What the background says, asked as the pages do. */
function asked<Answer>(name: string, params: object): Promise<Answer> {
  return page.evaluate(
    async (ask: string, given: object) => {
      interface Api {
        readonly runtime: { sendMessage(question: object): Promise<unknown> };
      }
      const { runtime } = (globalThis as unknown as { chrome: Api }).chrome;
      return runtime.sendMessage({ signet: "ask", ask, params: given });
    },
    name,
    params,
  ) as Promise<Answer>;
}

async function file(name: string, content: Bytes | string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, content);
  return path;
}

/** The first sentence, up to what is inserted. */
function sentence(key: string): string {
  const { message } = messages[key]!;
  return /^[^$]{20,}?\.(?= |$)/.exec(message)?.[0] ?? message.split("$")[0]!;
}

const told = new Map<string, string>();

interface Bad {
  readonly name: string;
  readonly words: string;
  readonly happens: () => Promise<void>;
}

/** @param change "nothing", or what came in leaves all the rest as it was */
async function leaves(change: "nothing" | "the rest", { name, words, happens }: Bad): Promise<void> {
  const before = await storedBy(page);
  assert.ok(Object.keys(before).some((name) => name.startsWith("identities ")));
  await happens();
  await waitForWords(page, words);
  const now = await storedBy(page);
  if (change === "nothing") assert.deepEqual(now, before, name);
  else assert.deepEqual(pick(now, before), before, name);
  told.set(words, name);
}

function pick(all: Stored, names: Stored): Stored {
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => name in names && !name.startsWith("local ")),
  );
}

async function importKey(path: string, password: string): Promise<void> {
  await page.reload();
  await page.waitForSelector("#identities .drop");
  await chooseFile(page, "#identities", path);
  await page.waitForSelector("#identities form");
  await page.type("#identities form .field input", password);
  await page.click("#identities form button.primary");
}

test("key files: wrong password, foreign key, no key, no certificate, garbage, too large: each its own sentence, nothing changes", async () => {
  const pem = (name: string): Promise<string> => readFile(`${keys}/${name}.pem`, "utf8");
  const foreign = (await pem("carol-p384")) + (await pem("bob-p256.key"));
  const cases: readonly (readonly [string, string, string])[] = [
    ["password_wrong", `${keys}/bob-p256.p12`, "not this one"],
    ["key_mismatch", await file("foreign.pem", foreign), ""],
    ["no_key_in_file", await file("alone.pem", await pem("bob-p256")), ""],
    ["no_certificate_for_key", await file("key.pem", await pem("bob-p256.key")), ""],
    ["file_unreadable", await file("garbage.p12", "garbage"), "signet"],
    ["file_too_large", await file("large.p12", new Uint8Array(9 * 1024 * 1024)), "signet"],
  ];
  for (const [code, path, password] of cases)
    await leaves("nothing", {
      name: code,
      words: sentence(`error_${code}`),
      happens: () => importKey(path, password),
    });
});

test("a duplicate changes nothing; an expired and a weak one come in for old mail, said so, beside what was there", async () => {
  await leaves("nothing", {
    name: "duplicate",
    words: "was here already; nothing changed",
    happens: () => importKey(`${keys}/alice-rsa.p12`, "signet"),
  });
  for (const [name, words] of [
    ["expired", "A new certificate is needed to sign or encrypt"],
    ["weak-rsa1024", "too short to withstand an attack today"],
  ] as const) {
    await leaves("the rest", { name, words, happens: () => importKey(`${keys}/${name}.p12`, "signet") });
    await waitForWords(page, "but no new mail can be written with it");
  }
});

test("5,000 certificates, for people and for authorities, and a person as an authority: nothing is taken in", async () => {
  const from = await authority();
  const many = await p7b(
    Array.from({ length: 5_000 }, () => from.root),
    "DER",
  );
  const path = await file("many.p7b", many);
  const into = async (section: string, name: string): Promise<void> => {
    await page.reload();
    await page.waitForSelector(`${section} .drop`);
    await chooseFile(page, section, name);
  };
  const words = sentence("error_too_many_certificates");
  await leaves("nothing", { name: "5,000 people", words, happens: () => into("#people", path) });
  await leaves("nothing", { name: "5,000 roots", words, happens: () => into("#anchors", path) });
  await leaves("nothing", {
    name: "a person as an authority",
    words: sentence("error_not_a_certificate_authority"),
    happens: () => into("#anchors", `${keys}/bob-p256.pem`),
  });
});

test("an authority's answer: a foreign key's, expired, for another address, 5,000 of them, none: the key goes on waiting", async () => {
  const wish = { commonName: "Alice", addresses: ["alice@example.org"], kind: "p-256" };
  const { answer } = await asked<{ answer: { id: string } }>("request:create", wish);
  const from = await authority();
  const { writePem } = await loadIssuing();
  const request = await requestOf(answer.id);
  const expired = await from.answerTo(request, { until: new Date("2021-01-01") });
  const other = await from.answerTo(request, { addresses: ["eve@example.org"] });
  const one = async (name: string, ...ders: readonly Bytes[]): Promise<string> =>
    file(`${name}.pem`, writePem("CERTIFICATE", ders));
  const cases: readonly (readonly [string, string])[] = [
    ["no_request_for_certificate", await one("foreign", (await from.stranger()).der)],
    ["certificate_expired_already", await one("expired", expired.der)],
    ["certificate_other_address", await one("other", other.der)],
    ["too_many_certificates", join(folder.path, "many.p7b")],
    ["no_certificate_in_file", `${keys}/bob-p256.key.pem`],
    ["file_unreadable", await file("garbage.cer", new Uint8Array([0x30, 3, 1, 2]))],
  ];
  for (const [code, path] of cases)
    await leaves("nothing", {
      name: code,
      words: sentence(`error_${code}`),
      happens: () => answerWith(path),
    });
});

async function answerWith(path: string): Promise<void> {
  await page.reload();
  await page.waitForSelector("#requests .entry");
  await chooseFile(page, "#requests", path);
}

/** PKCS #10 as the store has it: nothing of it is secret. */
async function requestOf(id: string): Promise<Bytes> {
  const stored = await storedBy(page);
  const { request } = JSON.parse(stored[`pendingKeys ${id}`]!) as { request: string };
  return Uint8Array.from(request.split(","), Number);
}

test("no two of them say the same", () => {
  // 5,000 certificates and garbage have one sentence each, wherever they come in.
  assert.equal(told.size, 15);
});

test("while an RSA key is made the background answers others: it stands still for nobody", async () => {
  const order = await page.evaluate(async () => {
    interface Api {
      readonly runtime: { sendMessage(question: object): Promise<unknown> };
    }
    const { runtime } = (globalThis as unknown as { chrome: Api }).chrome;
    const said: string[] = [];
    const ask = async (name: string, params: object): Promise<void> => {
      await runtime.sendMessage({ signet: "ask", ask: name, params });
      said.push(name);
    };
    const wish = { commonName: "Alice", addresses: ["alice@example.org"], kind: "rsa-3072" };
    await Promise.all([ask("identity:make", wish), ask("vault:status", {}), ask("identity:list", {})]);
    return said;
  });
  assert.equal(order.at(-1), "identity:make");
});
