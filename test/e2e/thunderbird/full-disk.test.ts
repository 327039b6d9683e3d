/**
 * A disk that is really full, under a real Thunderbird: what was reported as done is there and opens afterwards, what was
 * refused is not, the old passphrase holds, and the answer names the disk.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { IdentityView, ImportedIdentities, MadeBackup } from "../../../src/protocol/messages.js";
import { newRecoveryCode } from "../../../src/protocol/recovery-code.js";
import { KilledThunderbird, makePlace } from "../../helpers/killing/thunderbird.js";
import { smallDisk } from "../../helpers/small-disk.js";
import { testKeys } from "../../helpers/test-keys.js";
import { end, startDisplay } from "../../helpers/thunderbird/processes.js";

const passphrase = "first passphrase";
const code = newRecoveryCode((octets) => crypto.getRandomValues(octets));

async function add(program: KilledThunderbird, name: string): Promise<string> {
  const file = await program.handOver(await readFile(`${await testKeys()}/${name}.p12`));
  const { added } = await program.ask<ImportedIdentities>("identity:import", { file, password: "signet" });
  return added[0]!.certificate.fingerprint;
}

test("on a full disk nothing is lost, nothing is half, and the person is told", async (context) => {
  const disk = await smallDisk(160);
  if (disk === null) return context.skip("no file system of its own could be mounted: not root");
  const { display, process } = await startDisplay();
  const place = await makePlace(disk.path, display);
  let program = await KilledThunderbird.start(place);
  try {
    await program.ask("vault:create", { passphrase });
    const done = [await add(program, "alice-rsa")];
    await disk.fill();
    const refused: string[] = [];
    // What the database had room for already may still succeed; then it must be there.
    for (const name of ["alice-p256", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519", "big-rsa4096"])
      await add(program, name).then(
        (fingerprint) => done.push(fingerprint),
        (error: unknown) => refused.push(String(error)),
      );
    context.diagnostic(`${done.length} added, ${refused.join("; ")}`);
    assert.ok(refused.length > 0, "the disk was full");
    for (const refusal of refused) assert.match(refusal, /disk-full|storage-failed/);
    await program.kill();
    await disk.free();
    program = await KilledThunderbird.start(place);
    await program.ask("vault:unlock", { passphrase, minutes: 5 });
    const list = await program.ask<readonly IdentityView[]>("identity:list", {});
    const there = list.map(({ certificate }) => certificate.fingerprint as string);
    assert.deepEqual(there.sort(), done.sort());
    const made = await program.ask<MadeBackup>("backup:make", { passphrase, code });
    assert.deepEqual([made.fingerprints.length, made.left], [done.length, []], "every key opens");
  } finally {
    await program.kill().catch(() => undefined);
    await end(process);
    await disk.remove();
  }
});
