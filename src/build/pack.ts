/**
 * The archive of a build: a zip with its files in order and one fixed time, so that the same sources
 * give the same bytes, whenever and wherever they are packed.
 */
import { zipSync } from "fflate";
import type { Zippable } from "fflate";
import type { Files } from "./bundle.js";

export function pack(files: Files): Uint8Array {
  // The first time that a zip can name. fflate writes local fields, so they are given as local ones.
  const mtime = new Date(1980, 0, 1, 0, 0, 0);
  const entries: Zippable = {};
  for (const path of [...files.keys()].sort()) {
    entries[path] = [files.get(path)!, { mtime, level: 9, os: 3, attrs: 0o100644 << 16 }];
  }
  return zipSync(entries);
}
