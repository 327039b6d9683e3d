/**
 * What a backup says of a key that its owner gave up as stolen, so that it sends nothing on the next device either:
 * a few facts in JSON beside the key. Whoever made the file may have written anything, so it is read as a stranger's.
 * A note that lies makes a key silent that came with it; its owner sees it, and takes it back by a click.
 */
import type { Bytes, Certificate } from "../../engine/index.js";
import { isRecord } from "../../protocol/wire.js";
import type { RevocationNote, StolenKeyRecord } from "../stolen-records.js";
import { pendingKeyId as keyDigest } from "../vault/pending-keys.js";
import { parsedNote } from "./waiting-note.js";

const mostNotes = 100;
const longestAddress = 2000;

export function writeStolenNote({ since, notes }: StolenKeyRecord): Bytes {
  // What an authority did not do, the other device may ask it for anew.
  const revoked = notes.flatMap(({ fingerprint, directory, revokedAt }) =>
    revokedAt === null ? [] : [{ fingerprint, directory, revokedAt }],
  );
  return new TextEncoder().encode(JSON.stringify({ version: 1, stolen: since, revoked })) as Bytes;
}

/** @returns `null` for what is no such note of ours, or of a later Signet */
export async function readStolenNote(
  note: Bytes,
  { subjectPublicKeyInfo }: Pick<Certificate, "subjectPublicKeyInfo">,
): Promise<StolenKeyRecord | null> {
  const said = parsedNote(note);
  if (!isRecord(said) || said["version"] !== 1) return null;
  const { stolen: since, revoked } = said;
  if (!isTime(since) || !Array.isArray(revoked) || revoked.length > mostNotes) return null;
  const notes = revoked.map(revocationIn).filter((one) => one !== null);
  return { version: 1, key: await keyDigest(subjectPublicKeyInfo.der), since, notes };
}

function revocationIn(value: unknown): RevocationNote | null {
  if (!isRecord(value)) return null;
  const { fingerprint, directory, revokedAt } = value;
  if (typeof fingerprint !== "string" || !/^[0-9a-f]{64}$/.test(fingerprint)) return null;
  if (typeof directory !== "string" || directory.length > longestAddress) return null;
  if (!URL.canParse(directory) || new URL(directory).protocol !== "https:") return null;
  return isTime(revokedAt) ? { fingerprint, directory, revokedAt, problem: null } : null;
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && value.length <= 40 && !Number.isNaN(Date.parse(value));
}
