/**
 * Which fields the organisation has filled in: they are shown and cannot be changed. Told once before a page
 * draws; the background refuses the change all the same.
 */
import { element } from "../../ui/dom.js";
import { text } from "../../ui/text.js";

/** ids of what a person would change the setting with */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  defaultMode: ["default-mode"],
  nativeLabel: ["native-label"],
  unlockMinutes: ["unlock-minutes"],
  idleMinutes: ["idle-minutes"],
  contentEncryption: ["content-encryption"],
  revocation: ["revocation"],
  resolver: ["finding-dns", "finding-resolver"],
  directory: ["finding-directory"],
};

let managed: ReadonlySet<string> = new Set();

export function setManaged(names: readonly string[]): void {
  managed = new Set(names.flatMap((name) => fieldsOf[name] ?? []));
}

export function isManaged(id: string): boolean {
  return managed.has(id);
}

/** The line below such a field; null below others. */
export function managedNote(id: string): HTMLElement | null {
  return isManaged(id) ? element("p", { class: "hint managed" }, text("set_by_organisation")) : null;
}
