/**
 * Lists and answers about withdrawn certificates, fetched by a real browser's extension from servers on loopback,
 * which the person's own authority may name: what leaves, what comes of it, and what does not leave.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { EvidenceServer } from "../evidence-server.js";
import { RevokingAuthority, freePort } from "../revoking-authority.js";
import { type TemporaryFolder, temporaryFolder } from "../temporary-folder.js";
import { type DrivenBrowser, chooseFile, until, waitForWords } from "./driven.js";
import { askAs } from "./worker-questions.js";

export interface EvidenceStory {
  readonly launch: () => Promise<DrivenBrowser>;
  /** `click`: in the settings, by the person · `granted`: it has it from the start, where no test can answer the browser's question */
  readonly permission: "click" | "granted";
}

export function tellEvidenceStory({ launch, permission }: EvidenceStory): void {
  let browser: DrivenBrowser;
  let folder: TemporaryFolder;
  let server: EvidenceServer;
  let own: RevokingAuthority;
  let settings: Page;

  before(async () => {
    [folder, server, own] = await Promise.all([
      temporaryFolder(),
      EvidenceServer.start(),
      RevokingAuthority.make(),
    ]);
    const port = await freePort();
    const lists = ["good", "revoked", "early", "moved", "silent"];
    for (const name of lists) await own.issue(name, { crl: server.url(`/${name}.crl`) });
    for (const name of ["asked", "answered"]) await own.issue(name, { ocsp: `http://127.0.0.1:${port}/` });
    for (const name of ["revoked", "early", "answered"]) await own.revoke(name);
    const list = await own.crl();
    for (const name of ["good", "revoked", "early", "target"]) {
      server.on(`/${name}.crl`, (response) =>
        response
          .writeHead(200, { "set-cookie": "reader=you; Path=/", "content-type": "application/pkix-crl" })
          .end(list),
      );
    }
    server.on("/moved.crl", (response) =>
      response.writeHead(302, { location: server.url("/target.crl") }).end(),
    );
    server.on("/silent.crl", () => undefined);
    await own.respond(port);
    for (const name of [...lists, "asked", "answered"]) {
      await writeFile(join(folder.path, `${name}.eml`), await own.signed(name, `This is ${name}.`));
    }
    browser = await launch();
    settings = await browser.open("/pages/options/options.html");
    await chooseFile(settings, "#anchors", own.path("ca.pem"));
    await settings.waitForSelector("dialog[open]");
    // The page of the first start may have come in front: what is behind is not drawn, and cannot be clicked.
    await settings.bringToFront();
    await settings.click("dialog .primary");
    await waitForWords(settings, "is now an authority you accept");
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await own?.remove();
    await folder?.remove();
  });

  const asked = (): readonly string[] => server.asked.map(({ path }) => path);

  /** Open it in our reader. @returns all that the page holds, unfolded or not */
  async function read(name: string, words: string | RegExp): Promise<string> {
    const page = await browser.open("/pages/reader/reader.html");
    await chooseFile(page, "main", join(folder.path, `${name}.eml`));
    await waitForWords(page, words);
    const all = await page.evaluate(() => document.body.textContent);
    await page.close();
    return all ?? "";
  }

  test(
    "without the browser's permission nobody is asked, and the reader says so",
    { skip: permission === "granted" },
    async () => {
      const words = await read("early", /may not use the network yet/);
      assert.match(words, /Signed by early@example\.test/);
      assert.deepEqual(asked(), []);
      await settings.waitForSelector("#allow-network");
      await settings.bringToFront();
      await settings.click("#allow-network");
      await until(() => settings.$("#allow-network").then((button) => button === null));
    },
  );

  test("a list is fetched, without cookies, referrer or language, and its word counts (RFC 5280 §6.3)", async () => {
    await read("revoked", /revoked/i);
    const words = await read("good", /Signed by good@example\.test/);
    assert.match(words, /No, as of/);
    assert.doesNotMatch(words, /may not use the network/);
    assert.deepEqual(asked(), ["/revoked.crl", "/good.crl"]);
    for (const { method, headers } of server.asked) {
      assert.equal(method, "GET");
      assert.deepEqual([headers.cookie, headers.referer, headers.origin], [undefined, undefined, undefined]);
      assert.equal(headers["accept-language"], "*");
    }
    await read("revoked", /revoked/i);
    assert.equal(asked().length, 2, "what is held is not asked for again");
  });

  test("a redirect is not followed, and a server that says nothing is not waited for: could not check", async () => {
    for (const name of ["moved", "silent"]) {
      const words = await read(name, new RegExp(`Signed by ${name}@example\\.test`));
      assert.match(words, /Could not check/);
    }
    assert.ok(!asked().includes("/target.crl"));
  });

  test("a responder is asked where the person chose so, and not before (RFC 6960)", async () => {
    assert.match(await read("answered", /Signed by answered@example\.test/), /Could not check/);
    await settings.evaluate(askAs, "settings:set", { change: { revocation: "crl-and-ocsp" } });
    await read("answered", /revoked/i);
    assert.match(await read("asked", /Signed by asked@example\.test/), /No, as of/);
  });

  test("set to never, nothing leaves, and what was fetched is forgotten", async () => {
    await settings.evaluate(askAs, "settings:set", { change: { revocation: "never" } });
    server.asked.length = 0;
    const words = await read("revoked", /the settings say never/);
    assert.match(words, /Signed by revoked@example\.test/);
    assert.deepEqual(asked(), []);
  });
}
