/**
 * What a backup says of a key that its owner gave up as stolen, so that it sends nothing on the next device either:
 * one fact in JSON beside the key. Whoever made the file may have written anything, so it is read as a stranger's. A
 * note that lies makes a key silent that came with it; its owner sees it, and takes it back by a click. So it says
 * nothing of what authorities did: what they revoked cannot be taken back, and that only the device knows that asked.
 */
import type { Bytes, Certificate } from "../../engine/index.js";
import { isRecord } from "../../protocol/wire.js";
import type { StolenKeyRecord } from "../stolen-records.js";
import { pendingKeyId as keyDigest } from "../vault/pending-keys.js";
import { parsedNote } from "./waiting-note.js";

export function writeStolenNote({ since }: Pick<StolenKeyRecord, "since">): Bytes {
  return new TextEncoder().encode(JSON.stringify({ version: 1, stolen: since })) as Bytes;
}

/** @returns `null` for what is no such note of ours, or of a later Signet */
export async function readStolenNote(
  note: Bytes,
  { subjectPublicKeyInfo }: Pick<Certificate, "subjectPublicKeyInfo">,
): Promise<StolenKeyRecord | null> {
  const said = parsedNote(note);
  if (!isRecord(said) || said["version"] !== 1) return null;
  const { stolen: since } = said;
  if (!isTime(since)) return null;
  return { version: 1, key: await keyDigest(subjectPublicKeyInfo.der), since, notes: [] };
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && value.length <= 40 && !Number.isNaN(Date.parse(value));
}
