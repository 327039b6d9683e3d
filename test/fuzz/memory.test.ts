/**
 * Memory is bounded by a multiple of the input: reading a message, its text and its attachments takes at most
 * `multiple` times its octets above what was there before, and `constant`, which is JavaScript's own coming and going.
 * Compressed content may become 64 times the message (`maximumInflation`), and stands twice while it is joined.
 * Each message is read in a process of its own, whose peak the operating system tells.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hungryMessages } from "../helpers/hungry-messages.js";
import { type TemporaryFolder, temporaryFolder } from "../helpers/temporary-folder.js";

const child = fileURLToPath(new URL("../helpers/memory-child.ts", import.meta.url));
const octets = 12_000_000;
const multiple = 8;
const multipleOfCompressed = 160;
const constant = 64 * 1024 * 1024;

let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
});
after(() => folder.remove());

for (const [says, make] of Object.entries(hungryMessages)) {
  const most = says.startsWith("compressed") ? multipleOfCompressed : multiple;
  test(`${says}: at most ${most} times the message`, { timeout: 120_000 }, async (t) => {
    const path = join(folder.path, "message");
    await writeFile(path, make(octets));
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", child, path]);
    const told = JSON.parse(stdout.trim().split("\n").at(-1)!) as { octets: number; rose: number };
    t.diagnostic(`${(told.rose / told.octets).toFixed(2)} × ${told.octets} octets`);
    assert.ok(told.rose <= most * told.octets + constant, `${told.rose} octets for ${told.octets}`);
  });
}
