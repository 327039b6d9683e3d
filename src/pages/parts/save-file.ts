/** What the background holds for this page, saved under a name where the browser saves things. */
import { takeFile } from "../../protocol/handover.js";
import type { ErrorCode, HandoverId } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";

/** @returns what went wrong, or null */
export async function saveFile(file: HandoverId, name: string): Promise<ErrorCode | null> {
  const taken = await takeFile(file);
  if (!taken.ok) return taken.code;
  const address = URL.createObjectURL(new Blob([taken.answer], { type: "application/octet-stream" }));
  element("a", { href: address, download: plainName(name) }).click();
  // The browser has taken what it needs by the time a minute is over.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return null;
}

/** An address may hold what no file system takes. */
const plainName = (name: string): string => name.replace(/[^\p{L}\p{N}@._-]+/gu, "_");
