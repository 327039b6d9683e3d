/** Pictures of the composer for the documentation, light and dark; `docs/screenshots` is written on request only. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { test } from "node:test";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const body = "Dear Bob,\nthe contract is ready. The terms are as we discussed on Tuesday.\nAlice";

for (const theme of ["light", "dark"] as const) {
  test(`the composer with its lock, and a refusal, in ${theme}`, async () => {
    const wanted = process.env["SIGNET_PICTURES"] === "1";
    const folder = wanted ? "docs/screenshots" : await mkdtemp(join(tmpdir(), "signet-pictures-"));
    const world = await startWorld({ addon: "dist/thunderbird", theme });
    try {
      await fillKeyring(world.addon, { identities: ["alice-rsa"], people: ["bob-p256"] });
      await pictures(world, (name) => join(folder, `compose-${name}-${theme}.png`));
      for (const name of ["lock", "refused"])
        assert.ok(statSync(join(folder, `compose-${name}-${theme}.png`)).size > 10_000);
    } finally {
      await world.stop();
      if (!wanted) await rm(folder, { recursive: true });
    }
  });
}

async function pictures(world: World, file: (name: string) => string): Promise<void> {
  const composer = await Composer.open(world);
  // Wide enough for the popup to hang over the window and not over its edge.
  await composer.run(`window.resizeTo(1180, 720); await sleep(300)`);
  await composer.write({ to: "bob@example.test", subject: "The contract", body });
  await composer.setLock(world.addon, "sign-and-encrypt");
  await composer.clickLock(world.addon);
  await picture(world, composer, file("lock"));
  await composer.closePopup(world.addon);
  await composer.write({ cc: "carol@example.test" });
  await composer.send();
  await (await world.addon.waitForPage("popup", "/compose.html")).waitFor(".blockers");
  await picture(world, composer, file("refused"));
}

async function picture(world: World, composer: Composer, file: string): Promise<void> {
  const popup = await world.addon.waitForPage("popup", "/compose.html");
  await popup.waitFor("#mode-sign");
  await world.screen.hidePointer();
  await composer.run(`await sleep(600)`);
  await world.screen.shot(file, await composer.place());
}
