/** An organisation's policy in a real Thunderbird: policies.json beside the program, and a lock that nobody opens. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { AnchorView } from "../../../src/protocol/anchors.js";
import type { PolicyView, Settings } from "../../../src/protocol/messages.js";
import type { Prepared } from "../../helpers/browsers/managed.js";
import { geckoWithPolicy } from "../../helpers/browsers/managed.js";
import { testKeys } from "../../helpers/test-keys.js";
import { decrypted } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { ask, fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const installed = process.env["SIGNET_THUNDERBIRD"] ?? "/usr/lib/thunderbird/thunderbird";
for (const build of ["thunderbird", "thunderbird-store"]) {
  describe(`an organisation with ${build}`, () => {
    let program: Prepared;
    let world: World;

    before(async () => {
      const pem = (name: string): string => readFileSync(`${keys}/${name}.pem`, "utf8");
      const keys = await testKeys();
      program = geckoWithPolicy(installed, {
        ...{
          alwaysSign: true,
          revocation: "never",
          anchors: [pem("root")],
          escrowCertificate: pem("carol-p384"),
        },
        ...{ encryptInside: ["inside.test"], colour: "blue" },
      });
      process.env["SIGNET_THUNDERBIRD"] = program.path;
      world = await startWorld({ addon: `dist/${build}` });
    });
    after(async () => {
      await world?.stop();
      process.env["SIGNET_THUNDERBIRD"] = installed;
      program?.remove();
    });

    test("what policies.json says arrives, overrides, and is named where it cannot be read", async () => {
      const options = await openOptions(world.addon);
      const policy = await ask<PolicyView>(options, "policy:get", {});
      assert.equal(policy.alwaysSign, true);
      assert.deepEqual(policy.problems, [{ name: "colour", code: "name-unknown" }]);
      assert.equal((await ask<Settings>(options, "settings:get", {})).revocation, "never");
      const change = ask(options, "settings:set", { change: { revocation: "crl" } });
      await assert.rejects(change, /set-by-organisation/);
      const [anchor] = await ask<readonly AnchorView[]>(options, "anchor:list", {});
      assert.equal(anchor?.setBy, "organisation");
      await assert.rejects(
        ask(options, "anchor:remove", { fingerprint: anchor.fingerprint }),
        /set-by-organisation/,
      );
      await options.waitFor("#revocation");
      const shown = await options.run<{ disabled: boolean; words: string }>(
        `return { disabled: document.querySelector("#revocation").disabled, words: document.querySelector("#organisation").innerText }`,
      );
      assert.equal(shown.disabled, true);
      assert.match(shown.words, /Every message that is written is signed[^]*carol@example\.test[^]*colour/);
    });

    test("with no certificate, a message that must be signed is not sent, and the sentence says who asks for it", async () => {
      const composer = await Composer.open(world);
      await composer.write({ to: "bob@example.test", subject: "unsigned", body: "nothing" });
      await composer.clickLock(world.addon);
      const popup = await world.addon.waitForPage("popup", "/compose.html");
      await popup.waitFor("#organisation");
      const state = await popup.run<{ off: boolean; sign: boolean; words: string }>(
        `const radio = (mode) => document.querySelector("#mode-" + mode);
     return { off: radio("off").disabled, sign: radio("sign").checked, words: document.body.innerText };`,
      );
      assert.deepEqual([state.off, state.sign], [true, true]);
      assert.match(state.words, /Your organisation asks that every message is signed/);
      // By the background's own door too: a page that asked for it would be refused.
      const refused = await popup.run<{ code?: string }>(
        `const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
     return browser.runtime.sendMessage({ signet: "ask", ask: "compose:change",
       params: { tabId: tab.id, change: { kind: "mode", mode: "off", confirmedClear: true } } });`,
      );
      assert.equal(refused.code, "set-by-organisation");
      await composer.closePopup(world.addon);
      const before = world.mail.captured.length;
      await composer.send();
      await waitFor("the refusal", () => world.addon.page("popup").isOpen());
      assert.equal(await composer.isOpen(), true);
      assert.equal(world.mail.captured.length, before);
      await composer.discard();
    });

    test("with one, every new composer begins at sign; encrypted, it names the organisation's reader, who can open it", async () => {
      await fillKeyring(world.addon, { identities: ["alice-rsa"], people: ["bob-p256"], anchors: [] });
      const composer = await Composer.open(world);
      await composer.write({ to: "bob@example.test", subject: "x", body: "y" });
      await composer.setLock(world.addon, "sign-and-encrypt");
      await composer.clickLock(world.addon);
      const popup = await world.addon.waitForPage("popup", "/compose.html");
      await popup.waitFor("#escrow-fingerprint");
      const words = await popup.run<string>(`return document.querySelector("#organisation").innerText`);
      assert.match(
        words,
        /can read this message too[^]*carol@example\.test[^]*([0-9a-f]{2} ){31}[0-9a-f]{2}/,
      );
      await composer.closePopup(world.addon);
      const sent = world.mail.captured.length;
      await composer.send();
      await composer.waitUntilClosed();
      if (build === "thunderbird-store")
        await (await world.mainWindow()).run(`window.goDoCommand("cmd_sendUnsentMsgs")`);
      const { message } = await waitFor("the message", async () => world.mail.captured[sent] ?? null);
      for (const reader of ["bob-p256", "carol-p384"])
        assert.match(Buffer.from(await decrypted(message, reader)).toString("latin1"), /multipart\/signed/);
    });
  });
}
