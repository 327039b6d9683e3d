/** How Thunderbird is started in tests: over a world's own profile, home and folder for temporary files. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "./processes.js";

/** @param folder holds `profile` (made already), `home` and `tmp` */
export function thunderbirdCommand(folder: string, display: string): Command {
  for (const name of ["home", "tmp"]) mkdirSync(join(folder, name), { recursive: true });
  return {
    program: thunderbirdProgram(),
    args: [
      "--no-remote",
      "--profile",
      join(folder, "profile"),
      "--marionette",
      "--remote-allow-system-access",
    ],
    env: {
      DISPLAY: display,
      HOME: join(folder, "home"),
      TMPDIR: join(folder, "tmp"),
      LANG: "C.UTF-8",
      MOZ_CRASHREPORTER_DISABLE: "1",
      MOZ_ENABLE_WAYLAND: "0",
    },
  };
}

function thunderbirdProgram(): string {
  const candidates = [process.env["SIGNET_THUNDERBIRD"], "/usr/lib/thunderbird/thunderbird"];
  return candidates.find((path) => path !== undefined && existsSync(path)) ?? "thunderbird";
}
