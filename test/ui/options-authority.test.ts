/** Signing somebody's request with an authority of one's own: whoever signs has to see all that they sign. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { answer, optionsScenes } from "./scenes.js";
import { Stage } from "./stage.js";

let stage: Stage;
let folder: string;
before(async () => {
  stage = await Stage.open();
  folder = await mkdtemp(join(tmpdir(), "signet-authority-"));
  await writeFile(join(folder, "request.csr"), "not opened by the stage");
});
after(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

test("options: a request shows each address and the organisation, so that none is signed unseen (RFC 2986 §3)", async () => {
  // A list in one sentence ended after 300 characters: what stood behind was signed all the same.
  const padding = Array.from({ length: 8 }, (_, i) => `eve+${"x".repeat(50)}${i}@example.org`);
  const request = {
    ...{ commonName: "Eve", organization: "Example Bank", key: "P-256", keyFingerprint: "ab".repeat(32) },
    addresses: [...padding, "alice@example.org"],
  };
  const scene = { ...optionsScenes["home"]!, "authority:examine": answer(request) };
  const page = await stage.play("options", scene, { width: 900 });
  await page.click("#authority-sign summary");
  const [chooser] = await Promise.all([
    page.waitForFileChooser(),
    page.click("#authority-sign .drop button"),
  ]);
  await chooser.accept([join(folder, "request.csr")]);
  await page.waitForSelector("#authority-sign form");
  const words = await wordsOf(page);
  for (const address of request.addresses) assert.ok(words.includes(address), address);
  assert.ok(words.includes("Example Bank"));
  assert.deepEqual(await violations(page), []);
  await page.close();
});
