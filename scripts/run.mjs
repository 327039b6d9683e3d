/** `node scripts/run.mjs FILE.ts …`: run one of our TypeScript files, installing node modules first where they are missing. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setUp } from "./setup.mjs";

setUp("code");
const root = fileURLToPath(new URL("../", import.meta.url));
const { status } = spawnSync(process.execPath, ["--import", "tsx", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
