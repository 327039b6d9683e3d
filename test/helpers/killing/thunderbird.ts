/**
 * Signet in a real Thunderbird whose whole process group is killed (SIGKILL) in the middle of something, and started
 * again over the same profile. The add-on is installed there as from a file, not for one session.
 */
import { copyFile, mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, handOver, openOptions, takeFile } from "../thunderbird/keyring.js";
import { Marionette } from "../thunderbird/marionette.js";
import type { Page } from "../thunderbird/page.js";
import { end, freePort, isAlive, start, startDisplay } from "../thunderbird/processes.js";
import { alice, makeProfile } from "../thunderbird/profile.js";
import { thunderbirdCommand } from "../thunderbird/program.js";
import { Screen, waitFor } from "../thunderbird/screen.js";
import { installedAddon } from "../thunderbird/world.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type KillReport, killRounds } from "./kill-rounds.js";
import { type Killable, Writes, killGroup, writeTelling } from "./killable.js";

const dist = fileURLToPath(new URL("../../../dist", import.meta.url));

export async function killRoundsInThunderbird(rounds: number): Promise<KillReport> {
  const folder = await temporaryFolder();
  const { display, process } = await startDisplay();
  try {
    const place = await makePlace(folder.path, display);
    return await killRounds(rounds, () => KilledThunderbird.start(place));
  } finally {
    await end(process);
    await folder.remove();
  }
}

/** What outlives each kill. */
export interface Place {
  /** holds the profile */
  readonly folder: string;
  readonly display: string;
  readonly addon: string;
}

export async function makePlace(folder: string, display: string): Promise<Place> {
  const profile = join(folder, "profile");
  const addon = await idOf(join(dist, "thunderbird"));
  const archive = (await readdir(dist)).find((name) => name.endsWith("-thunderbird.xpi"));
  if (archive === undefined) throw new Error("Thunderbird's archive is not built");
  await mkdir(join(profile, "extensions"), { recursive: true });
  await copyFile(join(dist, archive), join(profile, "extensions", `${addon}.xpi`));
  return { folder, display, addon };
}

async function idOf(extension: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(extension, "manifest.json"), "utf8")) as {
    readonly browser_specific_settings: { readonly gecko: { readonly id: string } };
  };
  return manifest.browser_specific_settings.gecko.id;
}

export class KilledThunderbird implements Killable {
  readonly #process: ReturnType<typeof start>;
  readonly #options: Page;
  readonly writes: Writes;

  private constructor(process: ReturnType<typeof start>, options: Page, writes: Writes) {
    this.#process = process;
    this.#options = options;
    this.writes = writes;
  }

  static async start({ folder, display, addon: id }: Place): Promise<KilledThunderbird> {
    // Another port each time: the last of those that were killed may still hold the old one. Nobody serves mail.
    const [port, nobody] = [await freePort(), await freePort()];
    const ports = { imapPort: nobody, smtpPort: nobody, marionettePort: port };
    makeProfile(join(folder, "profile"), { people: [alice], ...ports, preferences: {} });
    const process = start(thunderbirdCommand(folder, display));
    const writes = new Writes();
    // `dump` is written out at once, so that what was said before a kill has been said.
    process.stdout?.on("data", (chunk: Buffer) => {
      for (const [, word] of chunk.toString().matchAll(/^heard (\w+)$/gm)) writes.hear(word!);
    });
    const thunderbird = await Marionette.open(port, () => isAlive(process));
    // On the first day Signet's own first page lies over the mail.
    await waitFor("Thunderbird's window", () =>
      thunderbird.run<boolean>(
        `return !!Services.wm.getMostRecentWindow("mail:3pane")?.document.getElementById("tabmail")?.tabInfo?.length`,
      ),
    );
    const addon = await installedAddon({ screen: new Screen(display), thunderbird }, id);
    const options = await openOptions(addon);
    await addon.background.run(writeTelling("(word) => dump(`heard ${word}\\n`)"));
    return new KilledThunderbird(process, options, writes);
  }

  ask<Answer>(name: string, params: object): Promise<Answer> {
    return ask<Answer>(this.#options, name, params);
  }

  handOver(file: Uint8Array): Promise<string> {
    return handOver(this.#options, file);
  }

  take(file: string): Promise<Uint8Array> {
    return takeFile(this.#options, file);
  }

  async kill(): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error("Thunderbird was not started");
    await killGroup(pid);
  }
}
