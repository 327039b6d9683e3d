/**
 * `npm start`: the main job, shown. Sets everything up, builds the full Thunderbird add-on and runs the
 * demo (test/demo/main.ts): a mail server on loopback, two people, a real Thunderbird.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setUp } from "./setup.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));

function run(...args) {
  const { status } = spawnSync(process.execPath, ["--import", "tsx", ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

setUp("start");
run("src/build/build.ts", "thunderbird");
run("test/demo/main.ts", ...process.argv.slice(2));
