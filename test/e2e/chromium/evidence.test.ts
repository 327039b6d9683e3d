/** Asking about withdrawn certificates in Chromium: a copy of what `npm run build` makes that has the permission already. */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { openChromium } from "../../helpers/browsers/driven.js";
import { tellEvidenceStory } from "../../helpers/browsers/evidence-story.js";
import { type TemporaryFolder, temporaryFolder } from "../../helpers/temporary-folder.js";

const built = fileURLToPath(new URL("../../../dist/chrome", import.meta.url));
let folder: TemporaryFolder;
after(() => folder?.remove());

tellEvidenceStory({
  async launch() {
    folder = await temporaryFolder();
    const copy = join(folder.path, "chrome");
    await cp(built, copy, { recursive: true });
    const file = join(copy, "manifest.json");
    const manifest = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    // Chromium asks in a window of its own, which nobody can click here: what may be asked for is given.
    const { optional_host_permissions: hosts, ...rest } = manifest;
    await writeFile(file, JSON.stringify({ ...rest, host_permissions: hosts }));
    return openChromium(copy);
  },
  permission: "granted",
});
