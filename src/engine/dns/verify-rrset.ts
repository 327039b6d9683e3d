/**
 * The mathematics of one RRSIG over one RRset (RFC 4034 §3.1.8.1, §6; RFC 4035 §5.3). Whether the key
 * may sign for the zone is for `resolve-securely.ts`.
 */
import { type Bytes, concat, equal, toBase64Url } from "../base/bytes.js";
import { compareEncodings } from "../base/der-writer.js";
import { digest } from "../primitives/digest.js";
import type { ResourceRecord } from "./dns-message.js";
import { type DnsName, isWithin, nameOctets } from "./dns-name.js";
import type { DelegationSigner, DnsKey, RrSignature } from "./dnssec-records.js";

/** Records of one name and type. */
export interface RecordSet {
  readonly name: DnsName;
  readonly type: number;
  /** never empty */
  readonly records: readonly ResourceRecord[];
}

type KeyImport =
  | { readonly name: "RSASSA-PKCS1-v1_5"; readonly hash: string }
  | { readonly name: "ECDSA"; readonly namedCurve: string; readonly hash: string }
  | { readonly name: "Ed25519" };

/**
 * RFC 8624 §3.1, RFC 9905: what is read. SHA-1 (5, 7) is not: a zone that has nothing better counts as unsigned.
 */
const algorithms: Readonly<Record<number, KeyImport>> = {
  8: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  10: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" },
  13: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  14: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  15: { name: "Ed25519" },
};

export function isSupportedAlgorithm(number: number): boolean {
  return algorithms[number] !== undefined;
}

/** RFC 4035 §5.3.1: everything that can be said of a signature without its key. */
export function mayCover(signature: RrSignature, set: RecordSet, seconds: number): boolean {
  const labels = set.name[0] === "*" ? set.name.length - 1 : set.name.length;
  return (
    signature.typeCovered === set.type &&
    isWithin(set.name, signature.signer) &&
    signature.labels <= labels &&
    signature.labels >= signature.signer.length &&
    // RFC 4034 §3.1.5: serial numbers (RFC 1982), so differences count, not values
    ((signature.expiration - seconds) | 0) >= 0 &&
    ((seconds - signature.inception) | 0) >= 0
  );
}

export async function verifyRecordSet(set: RecordSet, signature: RrSignature, key: DnsKey): Promise<boolean> {
  const parameters = algorithms[signature.algorithm];
  if (parameters === undefined) return false;
  const imported = await importKey(key.publicKey, parameters);
  if (imported === null) return false;
  const data = signedData(set, signature);
  return crypto.subtle.verify(parameters, imported, signature.signature, data);
}

/** RFC 4034 §3.1.8.1: RRSIG_RDATA, then each record in canonical form and order, none twice. */
function signedData({ name, type, records }: RecordSet, signature: RrSignature): Bytes {
  const owner = nameOctets(signature.labels < name.length ? wildcardOf(name, signature.labels) : name);
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint16(0, type);
  view.setUint16(2, 1);
  view.setUint32(4, signature.originalTtl);
  const parts: Bytes[] = [signature.signedHead];
  const inOrder = records.map(({ rdata }) => rdata).sort(compareEncodings);
  for (const [index, rdata] of inOrder.entries()) {
    if (index > 0 && equal(inOrder[index - 1]!, rdata)) continue;
    parts.push(owner, head, Uint8Array.of(rdata.length >> 8, rdata.length & 0xff), rdata);
  }
  return concat(parts);
}

/** RFC 4035 §5.3.2: what stands before the labels that were signed came out of a "*". */
function wildcardOf(name: DnsName, labels: number): DnsName {
  return name[0] === "*" && labels === name.length - 1 ? name : ["*", ...name.slice(name.length - labels)];
}

async function importKey(octets: Bytes, parameters: KeyImport): Promise<CryptoKey | null> {
  try {
    switch (parameters.name) {
      case "RSASSA-PKCS1-v1_5": {
        const jwk = rsaKey(octets);
        return jwk && (await crypto.subtle.importKey("jwk", jwk, parameters, false, ["verify"]));
      }
      case "ECDSA": {
        // RFC 6605 §4: Q without the octet that says "uncompressed"
        const point = concat([Uint8Array.of(4), octets]);
        return await crypto.subtle.importKey("raw", point, parameters, false, ["verify"]);
      }
      case "Ed25519":
        return await crypto.subtle.importKey("raw", octets, parameters, false, ["verify"]);
    }
  } catch (error) {
    // A key that the platform does not take verifies nothing.
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** octets of a modulus; 1,024 bits are still met in zone signing keys */
const modulusLengths = { least: 128, most: 512 } as const;

/** RFC 3110 §2 @returns null where it is no key that we would use */
function rsaKey(octets: Bytes): JsonWebKey | null {
  const short = octets[0] !== 0;
  const length = short ? octets[0] : ((octets[1] ?? 0) << 8) | (octets[2] ?? 0);
  const start = short ? 1 : 3;
  if (length === undefined || length === 0 || length > 8) return null;
  const modulus = octets.subarray(start + length);
  if (modulus.length < modulusLengths.least || modulus.length > modulusLengths.most) return null;
  return { kty: "RSA", e: toBase64Url(octets.subarray(start, start + length)), n: toBase64Url(modulus) };
}

/** RFC 4509, RFC 6605 §2. SHA-1 (1) proves nothing any more (RFC 9905). */
const digestTypes: Readonly<Record<number, "SHA-256" | "SHA-384">> = { 2: "SHA-256", 4: "SHA-384" };

export function isSupportedDigest(number: number): boolean {
  return digestTypes[number] !== undefined;
}

/** RFC 4034 §5.1: may this be the key that the parent names? A tag is no proof. */
export function namesKey(signer: DelegationSigner, key: DnsKey): boolean {
  return key.keyTag === signer.keyTag && key.algorithm === signer.algorithm;
}

/** RFC 4034 §5.1.4: is this the key that the parent names? */
export async function matchesDelegation(
  owner: DnsName,
  key: DnsKey,
  signer: DelegationSigner,
): Promise<boolean> {
  const name = digestTypes[signer.digestType];
  if (name === undefined || !namesKey(signer, key)) return false;
  return equal(await digest(name, concat([nameOctets(owner), key.rdata])), signer.digest);
}

/** RFC 4034 §2.1.1–2, RFC 5011 §2.1: a zone's key, in force. */
export function isZoneKey(key: DnsKey): boolean {
  return key.protocol === 3 && (key.flags & 0x0100) !== 0 && (key.flags & 0x0080) === 0;
}
