/** Pictures of the message pane for the documentation, light and dark; `docs/screenshots` is written on request only. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { attachment, changed, encrypted, letter, mixed, plain, signed } from "../../helpers/letters.js";
import { ask, fillKeyring, openOptions } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

const wanted = process.env["SIGNET_PICTURES"] === "1";

for (const theme of ["light", "dark"] as const) {
  test(`the message pane shows every kind of letter, ${theme}`, async () => {
    const folder = wanted ? "docs/screenshots" : await mkdtemp(join(tmpdir(), "signet-pictures-"));
    const world = await startWorld({ addon: "dist/thunderbird", theme });
    try {
      await fillKeyring(world.addon, { identities: ["alice-rsa"], passphrase: "correct horse battery" });
      for (const message of await letters()) await world.mail.append("alice", "INBOX", message);
      const window = await MailWindow.open(world);
      await window.fill();
      await window.showFolder(alice);
      await takePictures(world, window, (name) => join(folder, `message-${name}-${theme}.png`));
    } finally {
      await world.stop();
      if (!wanted) await rm(folder, { recursive: true, force: true });
    }
  });
}

async function letters(): Promise<readonly Buffer[]> {
  const words = (price: string): Buffer =>
    plain(`Dear Alice,\r\n\r\nthe offer stands: ${price} euros, delivered in May.\r\n\r\nBob`);
  const offer = await signed(words("4,200"), "bob-p256");
  const keys = mixed(
    plain("The house keys are under the third stone from the left."),
    attachment("map.txt", "x"),
  );
  return [
    letter({ subject: "Lunch on Friday" }, plain("Shall we have lunch on Friday?")),
    letter({ subject: "The offer" }, offer),
    letter({ subject: "The offer, again" }, changed(offer, "4,200", "9,200")),
    letter({ subject: "About the offer", from: "Carol Example <carol@example.test>" }, offer),
    letter(
      { subject: "The house keys" },
      await encrypted(await signed(keys, "bob-p256"), "alice-rsa", "aes-256-gcm"),
    ),
  ];
}

async function takePictures(world: World, window: MailWindow, file: (name: string) => string): Promise<void> {
  const scenes = [
    ["The offer, again", "changed", "Changed after signing"],
    ["About the offer", "somebody-else", "Signed by somebody else"],
    ["The house keys", "opened", "Signed by bob@example.test"],
    ["The offer", "signed", "Signed by bob@example.test"],
  ] as const;
  for (const [subject, name, label] of scenes) {
    await window.choose(subject);
    await window.waitForBadge(world.addon, label);
    await waitFor("the strip", () => window.banner());
    await window.picture(file(name));
  }
  await openPopup(world, window);
  await window.picture(file("popup"));
  await window.press("Escape");
  const options = await openOptions(world.addon);
  await ask(options, "vault:lock", {});
  await options.run(`setTimeout(() => window.close(), 0)`);
  await window.choose("The house keys");
  await window.waitForWords("your key is locked");
  await openPopup(world, window);
  await window.picture(file("locked"));
}

async function openPopup(world: World, window: MailWindow): Promise<void> {
  await window.clickBadge(world.addon);
  const popup = await world.addon.waitForPage("popup");
  await waitFor("the popup's verdict", () => popup.run<boolean>(`return !!document.querySelector("h1, h2")`));
}
