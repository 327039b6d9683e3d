/**
 * What the build is made of: which files of src/ are entry points, by convention and not by list.
 * A page is an .html file of src/pages with its .ts and .css beside it; an Experiment is a folder.
 */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Experiment } from "./manifest.js";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** @returns paths relative to the project's top, with "/", sorted; a folder that is missing is an error. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(root + folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/").slice(root.length))
    .sort();
}

/** The namespace stands in the schema, so that folder and API may differ in name. */
export async function findExperiments(): Promise<readonly Experiment[]> {
  const schemas = (await filesBelow("src/experiments")).filter((path) => path.endsWith("/schema.json"));
  return Promise.all(
    schemas.map(async (path) => {
      const [folder] = path.slice("src/experiments/".length).split("/");
      const schema = JSON.parse(await readFile(root + path, "utf8")) as readonly { namespace: string }[];
      const own = schema.find((part) => part.namespace.startsWith("signet"));
      if (!folder || !own) throw new Error(`${path} names no namespace of ours`);
      return { folder, namespace: own.namespace };
    }),
  );
}
