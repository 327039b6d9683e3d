/** A policy file that cannot be read where it matters, in a real Thunderbird: mail stays, and is told why. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PolicyView } from "../../../src/protocol/messages.js";
import { type Prepared, geckoWithPolicy } from "../../helpers/browsers/managed.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { ask, openOptions } from "../../helpers/thunderbird/keyring.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import { type World, startWorld } from "../../helpers/thunderbird/world.js";

const installed = process.env["SIGNET_THUNDERBIRD"] ?? "/usr/lib/thunderbird/thunderbird";
const broken = "-----BEGIN CERTIFICATE-----\nTm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
const values = { alwaysSign: "yes", anchors: [broken], minimumRsaBits: 1024, alwaysSing: true };

let program: Prepared;
let world: World;
before(async () => {
  program = geckoWithPolicy(installed, values);
  process.env["SIGNET_THUNDERBIRD"] = program.path;
  world = await startWorld({ addon: "dist/thunderbird" });
});
after(async () => {
  await world?.stop();
  process.env["SIGNET_THUNDERBIRD"] = installed;
  program?.remove();
});

test("the settings name every value that does not count, and why", async () => {
  const options = await openOptions(world.addon);
  const { problems, names } = await ask<PolicyView>(options, "policy:get", {});
  assert.deepEqual(names, []);
  assert.deepEqual(Object.fromEntries(problems.map(({ name, code }) => [name, code])), {
    alwaysSign: "value-unreadable",
    anchors: "certificate-unreadable",
    minimumRsaBits: "value-unreadable",
    alwaysSing: "name-unknown",
  });
  await options.waitFor("#organisation");
  const words = await options.text("#organisation");
  for (const name of Object.keys(values)) assert.ok(words.includes(name), name);
  await options.run(`setTimeout(() => window.close(), 0)`);
});

test("nothing is sent, with a sentence that names the value; the letter stays as it was", async () => {
  const composer = await Composer.open(world);
  await composer.write({ to: "bob@example.test", subject: "stays", body: "Every word of it." });
  const sent = world.mail.captured.length;
  await composer.send();
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await waitFor("the sentence", () =>
    popup.run<boolean>(`return document.body.innerText.includes("alwaysSign")`),
  );
  assert.deepEqual([await composer.isOpen(), world.mail.captured.length], [true, sent]);
  assert.match(await composer.body(), /Every word of it/);
  await composer.closePopup(world.addon);
  await composer.discard();
});
