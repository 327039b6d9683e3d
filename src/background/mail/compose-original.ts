/**
 * What a window answers, forwards or edits: did it come encrypted? The reader of mail tells, from the whole
 * message; a second and quicker look would find less than the person was shown. What cannot be read, or
 * whose reading fails, counts as encrypted.
 */
import type { Services } from "../services.js";
import type { ComposeClient, Draft } from "./compose-client.js";
import type { DraftLock, DraftLocks } from "./compose-draft-locks.js";
import { nameOfError } from "../name-of-error.js";

export interface Original {
  readonly encrypted: boolean;
  /** of a draft of ours that was saved with the lock shut */
  readonly lock: DraftLock | null;
}

interface Means {
  readonly services: Pick<Services, "identities" | "inspect">;
  readonly client: Pick<ComposeClient, "original" | "hasOriginal">;
  readonly drafts: DraftLocks;
}

/** @returns null where the window has no original */
export async function originalOf(
  tabId: number,
  draft: Pick<Draft, "originalId" | "type">,
  means: Means,
): Promise<Original | null> {
  try {
    if (draft.originalId === null && !(await means.client.hasOriginal(tabId))) return null;
    const file = draft.originalId === null ? null : await means.client.original(draft.originalId);
    // A message from a file: Thunderbird does not hand it out. Who can decrypt may have decrypted it: an
    // encrypted message's attached messages are opened from files, too.
    if (file === null) return { encrypted: (await means.services.identities()).length > 0, lock: null };
    if (!(await cameEncrypted(file, means.services))) return { encrypted: false, lock: null };
    // Of other people's mail nobody may say that it was written here: it would open by an old draft's lock.
    return { encrypted: true, lock: draft.type === "draft" ? await means.drafts.find(file) : null };
  } catch (error) {
    console.error("Signet could not read the message that is answered", nameOfError(error));
    return { encrypted: true, lock: null };
  }
}

async function cameEncrypted(file: Blob, services: Means["services"]): Promise<boolean> {
  const { verdict } = await services.inspect(new Uint8Array(await file.arrayBuffer()), "file");
  const { layers, summary } = verdict;
  if (layers.some(({ kind }) => kind === "encrypted")) return true;
  // Reading ended early; only of what a clear signature covers it is known that it lies open.
  const last = layers.at(-1);
  return summary.state === "6" && !(last?.kind === "signed" && last.form === "clear-signed");
}
