/**
 * What a backup says of a key that waits for its certificate, so that it can go on waiting elsewhere: a few facts
 * in JSON beside the key. Whoever made the file may have written anything, so it is read as a stranger's. The public
 * key that it names must be the private one's own: whoever saw a request could else put a key of his in the place of the
 * one that it was made for, and the certificate that comes would meet the wrong one.
 */
import type { Bytes, Pkcs12Entry } from "../../engine/index.js";
import {
  MalformedError,
  UnsupportedError,
  describeKey,
  keyBelongsTo,
  normalizeAddress,
  readPublicKey,
} from "../../engine/index.js";
import { fromBase64, isRecord, toBase64 } from "../../protocol/wire.js";
import type { RestoredKey } from "../vault/pending-keys.js";
import type { PendingKeyRecord } from "../vault/records.js";

type Kind = PendingKeyRecord["kind"];

/** A request for ML-DSA takes seven thousand octets. */
const mostOctets = 64 * 1024;
const kinds: Readonly<Record<Kind, true>> = {
  ...{ "rsa-3072": true, "rsa-4096": true, "p-256": true, "p-384": true, ed25519: true, x25519: true },
  ...{ "ml-dsa-65": true, "ml-kem-768": true },
};
const isKind = (value: unknown): value is Kind => typeof value === "string" && Object.hasOwn(kinds, value);

export function writeNote(record: PendingKeyRecord): Bytes {
  const { kind, publicKey, request, commonName, addresses, since, companionOf } = record;
  const facts = { kind, commonName, addresses, since, ...(companionOf !== undefined && { companionOf }) };
  const octets = { publicKey: toBase64(publicKey), request: request && toBase64(request) };
  return new TextEncoder().encode(JSON.stringify({ version: 1, ...facts, ...octets })) as Bytes;
}

export type WaitingKeys = ReadonlyMap<Pkcs12Entry, RestoredKey>;

/** @param pause awaited between keys, because some kinds cost. @returns the keys of a file that wait for a certificate */
export async function waitingIn(
  entries: readonly Pkcs12Entry[],
  pause: () => Promise<void>,
): Promise<WaitingKeys> {
  const found = new Map<Pkcs12Entry, RestoredKey>();
  for (const entry of entries) {
    const { certificate, privateKey, note } = entry;
    const facts = certificate === null && note !== undefined ? readNote(note) : null;
    if (facts === null || privateKey === null) continue;
    if (await isOwn(privateKey, facts)) found.set(entry, { ...facts, pkcs8: privateKey });
    await pause();
  }
  return found;
}

/** Kinds first: none of those that wait costs much. */
async function isOwn(pkcs8: Bytes, { kind, publicKey }: Facts): Promise<boolean> {
  try {
    const info = readPublicKey(publicKey);
    // "RSA 3072" is rsa-3072.
    const isOfKind = describeKey(info).toLowerCase().replace(" ", "-") === kind;
    return isOfKind && (await keyBelongsTo(pkcs8, { subjectPublicKeyInfo: info }));
  } catch (error) {
    if (error instanceof MalformedError || error instanceof UnsupportedError) return false;
    throw error;
  }
}

type Facts = Omit<RestoredKey, "pkcs8">;

/** @returns `null` for what is no note of ours, or of a later Signet */
function readNote(note: Bytes): Facts | null {
  const said = parsedNote(note);
  if (!isRecord(said) || said["version"] !== 1 || !isKind(said["kind"])) return null;
  const { commonName, since, companionOf } = said;
  const [publicKey, request] = [octetsIn(said["publicKey"]), octetsIn(said["request"])];
  const addresses = addressesIn(said["addresses"]);
  if (publicKey === null || addresses === null || typeof since !== "string") return null;
  if (Number.isNaN(Date.parse(since))) return null;
  const name = typeof commonName === "string" && commonName.length <= 500 ? commonName : null;
  const pair = typeof companionOf === "string" && /^[0-9a-f]{64}$/.test(companionOf) ? { companionOf } : {};
  // Whoever ordered it by mail did so elsewhere; here its certificate comes as a file.
  const facts = { way: "file", kind: said["kind"], commonName: name, addresses } as const;
  return { ...facts, publicKey, request, since, ...pair };
}

/** @returns `null` for what is no JSON, or too much of it */
export function parsedNote(note: Bytes): unknown {
  if (note.length > mostOctets) return null;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(note));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function octetsIn(value: unknown): Bytes | null {
  if (typeof value !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0)
    return null;
  return fromBase64(value);
}

function addressesIn(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > 20) return null;
  const addresses = value.map((one) => (typeof one === "string" ? normalizeAddress(one) : null));
  return addresses.every((one) => one !== null) ? addresses : null;
}
