/** A disk of a few megabytes that can really be filled: a file system of its own in memory. Needs root; `null` elsewhere. */
import { execFileSync } from "node:child_process";
import { rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.js";

export interface SmallDisk {
  readonly path: string;
  /** not one octet is left */
  fill(): Promise<void>;
  /** what `fill` took is free again */
  free(): Promise<void>;
  remove(): Promise<void>;
}

export async function smallDisk(megabytes: number): Promise<SmallDisk | null> {
  const folder = await temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "signet-test", folder.path], {
      stdio: "ignore",
    });
  } catch {
    await folder.remove();
    return null;
  }
  const ballast = join(folder.path, "ballast");
  return {
    path: folder.path,
    async fill() {
      const { bavail, bsize } = await statfs(folder.path);
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(() => undefined);
      for (let count = 0; (await statfs(folder.path)).bavail > 0 && count < 100; count++)
        await writeFile(`${ballast}-${count}`, Buffer.alloc(bsize)).catch(() => undefined);
    },
    async free() {
      await rm(ballast, { force: true });
      for (let count = 0; count < 100; count++) await rm(`${ballast}-${count}`, { force: true });
    },
    async remove() {
      execFileSync("umount", ["--lazy", folder.path]);
      await folder.remove();
    },
  };
}
