/**
 * What a backup says of a key that waits for its certificate, so that it can go on waiting elsewhere: a few facts
 * in JSON beside the key. Whoever made the file may have written anything, so it is read as a stranger's. A note
 * that lies brings a key that fits no certificate: what comes for it is refused then, as a foreign key is.
 */
import { type Bytes, normalizeAddress } from "../../engine/index.js";
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

/** @returns `null` for what is no note of ours, or of a later Signet */
export function readNote(note: Bytes): Omit<RestoredKey, "pkcs8"> | null {
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
