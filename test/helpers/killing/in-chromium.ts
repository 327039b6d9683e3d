/** Rounds of killing in a real Chromium, with a copy of dist/chrome: a build meanwhile must not change it under them. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../temporary-folder.js";
import { KilledBrowser } from "./chromium.js";
import { type KillReport, killRounds } from "./kill-rounds.js";

const built = fileURLToPath(new URL("../../../dist/chrome", import.meta.url));

export async function killRoundsInChromium(rounds: number): Promise<KillReport> {
  const folder = await temporaryFolder();
  try {
    const [profile, extension] = [join(folder.path, "profile"), join(folder.path, "extension")];
    await cp(built, extension, { recursive: true });
    return await killRounds(rounds, () => KilledBrowser.start(profile, extension));
  } finally {
    await folder.remove();
  }
}
