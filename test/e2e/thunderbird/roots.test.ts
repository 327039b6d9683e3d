/** The built-in authorities in a real Thunderbird: switched off by a click, and the same ones that Thunderbird has. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PublicRootsView } from "../../../src/protocol/messages.js";
import { ask, openOptions } from "../../helpers/thunderbird/keyring.js";
import type { Page } from "../../helpers/thunderbird/page.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

let world: World;
let options: Page;

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  options = await openOptions(world.addon);
});
after(() => world?.stop());

const list = () => ask<PublicRootsView>(options, "root:list", {});
const firstBox = "#roots-list > ul > li:not([hidden]) input";

test("in a fresh profile all of them count; one click switches one off, and it stays off", async () => {
  const before = await list();
  assert.equal(before.on, true);
  assert.ok(before.roots.length > 50 && before.roots.every(({ on }) => on));
  await options.click("#roots-list > summary");
  await options.waitFor(firstBox);
  await options.run(
    `const search = document.querySelector("#roots-search");
     search.value = args[0];
     search.dispatchEvent(new Event("input"));`,
    before.roots[0]!.fingerprint,
  );
  await options.click(firstBox);
  const off = await waitFor("one to be off", async () => {
    const roots = (await list()).roots.filter(({ on }) => !on);
    return roots.length > 0 ? roots : null;
  });
  assert.deepEqual(
    off.map(({ fingerprint }) => fingerprint),
    [before.roots[0]!.fingerprint],
  );
  await options.run(`location.reload()`);
  await options.waitFor("#roots-all");
  assert.deepEqual(
    (await list()).roots.filter(({ on }) => !on).map(({ fingerprint }) => fingerprint),
    [before.roots[0]!.fingerprint],
  );
});

test("the switch for all of them is one click", async () => {
  await options.click("#roots-all");
  await waitFor("all to be off", async () => !(await list()).on || null);
  await options.click("#roots-all");
  await waitFor("all to be on", async () => (await list()).on || null);
});

test("they are those that Thunderbird trusts for e-mail, where it is the version that they were taken from", async (t) => {
  const { origin, roots } = await list();
  const own = await world.thunderbird.run<{ version: string; trusted: string[] }>(
    `const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
     const trusted = database.getCerts()
       .filter(one => database.isCertTrusted(one, Ci.nsIX509Cert.CA_CERT, Ci.nsIX509CertDB.TRUSTED_EMAIL))
       .map(one => one.sha256Fingerprint.replaceAll(":", "").toLowerCase());
     return { version: "Thunderbird " + Services.appinfo.version, trusted };`,
  );
  if (own.version !== origin.program) return t.skip(`this is ${own.version}: npm run roots`);
  assert.deepEqual(roots.map(({ fingerprint }) => fingerprint).sort(), own.trusted.sort());
});
