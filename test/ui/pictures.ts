/**
 * Pictures of our pages for docs/screenshots, at their real size, light and dark:
 * `node --import tsx test/ui/pictures.ts`. The pages are the real ones, the answers those of the scenes.
 * With SIGNET_LANGUAGE=ar (a folder of _locales) they go to docs/screenshots/ar, for looking at, not for keeping.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { composeScenes, optionsScenes, popupScenes, readerScenes } from "./scenes.js";
import { welcomeScenes } from "./welcome-scenes.js";
import { Stage, type Look, type Scene } from "./stage.js";

const language = process.env["SIGNET_LANGUAGE"] ?? "en";
const place = language === "en" ? "" : `${language}/`;
const folder = fileURLToPath(new URL(`../../docs/screenshots/${place}`, import.meta.url));

interface Picture {
  readonly name: string;
  readonly page: "compose" | "options" | "popup" | "reader" | "welcome";
  readonly scene: Scene;
  readonly look: Look;
}

const popup = { width: 400, height: 100 };
const composer = { width: 384, height: 100 };
const tab = { width: 960, height: 720 };

const pictures: readonly Picture[] = [
  { name: "popup-signed", page: "popup", scene: popupScenes["encrypted"]!, look: popup },
  { name: "popup-somebody-else", page: "popup", scene: popupScenes["state-4"]!, look: popup },
  { name: "popup-changed", page: "popup", scene: popupScenes["state-7"]!, look: popup },
  { name: "popup-locked", page: "popup", scene: popupScenes["key-locked"]!, look: popup },
  { name: "lock-encrypts", page: "compose", scene: composeScenes["both"]!, look: composer },
  { name: "lock-refuses", page: "compose", scene: composeScenes["blocked"]!, look: composer },
  { name: "options-first", page: "options", scene: optionsScenes["first"]!, look: tab },
  { name: "options", page: "options", scene: optionsScenes["home"]!, look: tab },
  { name: "welcome", page: "welcome", scene: welcomeScenes["first"]!, look: tab },
  { name: "welcome-try", page: "welcome", scene: welcomeScenes["first"]!, look: { ...tab, query: "#try" } },
  { name: "reader", page: "reader", scene: readerScenes["text"]!, look: { ...tab, query: "#file-1" } },
  { name: "reader-html", page: "reader", scene: readerScenes["html"]!, look: { ...tab, query: "#file-1" } },
];

await mkdir(folder, { recursive: true });
const stage = await Stage.open();
try {
  for (const { name, page, scene, look } of pictures) {
    for (const scheme of ["light", "dark"] as const) {
      const shown = await stage.play(page, scene, { ...look, scheme, language });
      await shown.waitForNetworkIdle();
      await shown.screenshot({ path: `${folder}${name}-${scheme}.png`, fullPage: true });
      await shown.close();
    }
  }
} finally {
  await stage.close();
}
