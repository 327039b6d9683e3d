/**
 * The ready policy file as it stands in docs/policies, in a real Thunderbird with either build; and what leaves
 * without a composer there: a read receipt, which no rule covers.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { PolicyView, Settings } from "../../../src/protocol/messages.js";
import { root } from "../../../src/build/sources.js";
import { type Prepared, geckoWithFile } from "../../helpers/browsers/managed.js";
import { letter, plain } from "../../helpers/letters.js";
import { headersOf } from "../../helpers/thunderbird/checked-mail.js";
import { Composer } from "../../helpers/thunderbird/composer.js";
import { ask, openOptions } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import { type World, startWorld } from "../../helpers/thunderbird/world.js";

const installed = process.env["SIGNET_THUNDERBIRD"] ?? "/usr/lib/thunderbird/thunderbird";
const file = readFileSync(`${root}docs/policies/thunderbird-policies.json`, "utf8");

interface PolicyFile {
  readonly policies: {
    readonly "3rdparty": { readonly Extensions: Readonly<Record<string, Record<string, unknown>>> };
  };
}

function valuesIn(text: string): Readonly<Record<string, unknown>> {
  return (JSON.parse(text) as PolicyFile).policies["3rdparty"].Extensions["signet@signet.email"]!;
}

for (const build of ["thunderbird", "thunderbird-store"]) {
  describe(`the ready file with ${build}`, () => {
    let program: Prepared;
    let world: World;
    before(async () => {
      program = geckoWithFile(installed, file);
      process.env["SIGNET_THUNDERBIRD"] = program.path;
      // 1: "Always send", as a person chooses in the account's settings.
      const always = ["not_in_to_cc", "outside_domain", "other"].map((when) => [
        `mail.mdn.report.${when}`,
        1,
      ]);
      world = await startWorld({ addon: `dist/${build}`, preferences: Object.fromEntries(always) });
    });
    after(async () => {
      await world?.stop();
      process.env["SIGNET_THUNDERBIRD"] = installed;
      program?.remove();
    });

    test("every value of it counts, and the authority's address stands in its field", async () => {
      const options = await openOptions(world.addon);
      const policy = await ask<PolicyView>(options, "policy:get", {});
      const values = valuesIn(file);
      assert.deepEqual([...policy.names].sort(), Object.keys(values).sort());
      assert.deepEqual(policy.problems, []);
      assert.deepEqual(policy.encryptInside, values["encryptInside"]);
      const settings = await ask<Settings>(options, "settings:get", {});
      assert.deepEqual(
        [settings.idleMinutes, settings.revocation],
        [values["idleMinutes"], values["revocation"]],
      );
      await options.waitFor("#order-directory-options");
      const shown = await options.run<[string, boolean]>(
        `const field = document.querySelector("#order-directory-options"); return [field.value, field.readOnly || field.disabled]`,
      );
      assert.deepEqual(shown, [values["acmeDirectory"], true]);
      await options.run(`setTimeout(() => window.close(), 0)`);
    });

    test("a message to somebody outside stands at sign, one to example.org at sign and encrypt", async () => {
      const composer = await Composer.open(world);
      await composer.write({ to: "bob@example.test", subject: "x", body: "y" });
      const at = async (mode: string): Promise<void> => {
        await composer.clickLock(world.addon);
        const popup = await world.addon.waitForPage("popup", "/compose.html");
        await waitFor(`the lock at ${mode}`, () =>
          popup.run<boolean>(`return document.querySelector("#mode-" + args[0])?.checked === true`, mode),
        );
        await composer.closePopup(world.addon);
      };
      await at("sign");
      await composer.write({ cc: "carol@example.org" });
      await at("sign-and-encrypt");
      await composer.discard();
    });

    test("a read receipt has no composer: it leaves unsigned, as docs/organisations.md says", async () => {
      const more = [
        "Return-Path: <bob@example.test>",
        "Disposition-Notification-To: bob@example.test",
        "Message-ID: <asks@example.test>",
      ];
      await world.mail.append(
        "alice",
        "INBOX",
        letter({ subject: "tell me", more }, plain("Did you read this?")),
      );
      const before = world.mail.captured.length;
      const window = await MailWindow.open(world);
      await window.showFolder(alice);
      await window.choose("tell me");
      const { to, message } = await world.mail.waitForMessage(before, 30_000);
      assert.deepEqual(to, ["bob@example.test"]);
      const type = headersOf(message).get("content-type") ?? "";
      assert.match(type, /^multipart\/report;.*disposition-notification/);
      assert.doesNotMatch(Buffer.from(message).toString("latin1"), /pkcs7/);
    });
  });
}
