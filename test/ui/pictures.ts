/**
 * Pictures of our pages for docs/screenshots, at their real size, light and dark:
 * `node --import tsx test/ui/pictures.ts`. The pages are the real ones, the answers those of the scenes.
 * All pictures there are then made small, those of Thunderbird too (SIGNET_PICTURES=1 makes them, test/e2e/thunderbird).
 * With SIGNET_LANGUAGE=ar (a folder of _locales) they go to docs/screenshots/ar, for looking at, not for keeping.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { MessageVerdict } from "../../src/engine/verdict/verdict.js";
import { alice, answer, composeScenes, optionsScenes, popupScenes, readerScenes } from "./scenes.js";
import { welcomeScenes } from "./welcome-scenes.js";
import { verdict } from "./verdicts.js";
import { Stage, type Look, type Scene } from "./stage.js";

const language = process.env["SIGNET_LANGUAGE"] ?? "en";
const place = language === "en" ? "" : `${language}/`;
const folder = fileURLToPath(new URL(`../../docs/screenshots/${place}`, import.meta.url));

interface Picture {
  readonly name: string;
  readonly page: "compose" | "options" | "popup" | "reader" | "welcome";
  readonly scene: Scene;
  readonly look: Look;
  /** of a long page: this part alone ("window": what is seen at first), after these were clicked */
  readonly part?: string;
  readonly clicks?: readonly string[];
}

const oneCertificate: Scene = { ...optionsScenes["home"]!, "identity:list": answer([alice]) };
const lookAlike: Scene = {
  ...popupScenes["state-1"]!,
  "message:displayed": answer({
    ...{ kind: "message", subject: "Our new account", action: null },
    verdict: resembling(verdict("1")),
  }),
};

function resembling({ summary, layers }: MessageVerdict): MessageVerdict {
  const address = "alice@examp1e.org";
  const found = { address, resembles: "alice@example.org", why: "confusable" } as const;
  return { summary: { ...summary, author: { ...summary.author, address }, lookAlike: found }, layers };
}

const popup = { width: 400, height: 100 };
const composer = { width: 384, height: 100 };
const tab = { width: 960, height: 720 };

const pictures: readonly Picture[] = [
  { name: "popup-known", page: "popup", scene: popupScenes["state-2a"]!, look: popup },
  { name: "popup-signer-changed", page: "popup", scene: popupScenes["state-3"]!, look: popup },
  { name: "popup-revoked", page: "popup", scene: popupScenes["state-7r"]!, look: popup },
  { name: "popup-missing", page: "popup", scene: popupScenes["state-8"]!, look: popup },
  { name: "popup-look-alike", page: "popup", scene: lookAlike, look: popup },
  { name: "popup-signed", page: "popup", scene: popupScenes["encrypted"]!, look: popup },
  { name: "popup-somebody-else", page: "popup", scene: popupScenes["state-4"]!, look: popup },
  { name: "popup-changed", page: "popup", scene: popupScenes["state-7"]!, look: popup },
  { name: "popup-locked", page: "popup", scene: popupScenes["key-locked"]!, look: popup },
  { name: "lock-encrypts", page: "compose", scene: composeScenes["both"]!, look: composer },
  { name: "lock-refuses", page: "compose", scene: composeScenes["blocked"]!, look: composer },
  { name: "options-first", page: "options", scene: optionsScenes["first"]!, look: tab, part: "window" },
  { name: "options", page: "options", scene: optionsScenes["home"]!, look: tab, part: "#identities" },
  ...["get_certificate", "memory", "finding", "network"].map((id) => ({
    ...{ name: `options-${id.replace("_", "-")}`, page: "options" as const, scene: optionsScenes["home"]! },
    ...{ look: tab, part: `#${id}` },
  })),
  {
    ...{ name: "options-authority", page: "options", scene: optionsScenes["home"]!, look: tab },
    ...{ part: "#authority", clicks: ["#authority-make summary"] },
  },
  {
    ...{ name: "options-compare", page: "options", scene: oneCertificate, look: tab, part: "#identities" },
    clicks: ["#identities .entries details[id^=compare] summary"],
  },
  { name: "welcome", page: "welcome", scene: welcomeScenes["first"]!, look: tab },
  { name: "welcome-try", page: "welcome", scene: welcomeScenes["first"]!, look: { ...tab, query: "#try" } },
  { name: "reader", page: "reader", scene: readerScenes["text"]!, look: { ...tab, query: "#file-1" } },
  { name: "reader-html", page: "reader", scene: readerScenes["html"]!, look: { ...tab, query: "#file-1" } },
];

await mkdir(folder, { recursive: true });
const stage = await Stage.open();
try {
  for (const { name, page, scene, look, part, clicks = [] } of pictures) {
    for (const scheme of ["light", "dark"] as const) {
      const shown = await stage.play(page, scene, { ...look, scheme, language });
      await shown.waitForNetworkIdle();
      for (const click of clicks) await shown.click(click);
      if (clicks.length > 0) await shown.waitForNetworkIdle();
      const path = `${folder}${name}-${scheme}.png`;
      if (part === undefined || part === "window")
        await shown.screenshot({ path, fullPage: part === undefined });
      else await (await shown.$(part))!.screenshot({ path });
      await shown.close();
    }
  }
} finally {
  await stage.close();
}
// Flat areas and one face: 256 colours are as good, in a third of the octets.
const options = ["+dither", "-strip", "-colors", "255", "-define", "png:compression-level=9"];
await promisify(execFile)("mogrify", [...options, "-format", "png", ...(await pngsIn(folder))]);

async function pngsIn(place: string): Promise<readonly string[]> {
  return (await readdir(place)).filter((name) => name.endsWith(".png")).map((name) => `${place}${name}`);
}
