/**
 * Certificates that a domain publishes for its addresses (SMIMEA, RFC 8162): where they lie in the DNS,
 * and what one says. Only proven answers count (§6), so what comes out here was vouched for by the
 * domain, from the root key down; whether one may be used for encryption is judged as always.
 */
import { type Bytes, fromHex, fromUtf8, toHex } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { digest } from "../primitives/digest.js";
import { type DnsMessage, buildQuery, parseMessage, recordTypes } from "./dns-message.js";
import { type DnsName, parseName } from "./dns-name.js";
import type { DelegationSigner } from "./dnssec-records.js";
import { type SecureAnswer, resolveSecurely } from "./resolve-securely.js";

/** RFC 6698 §2.1, by the words of RFC 7218 */
export interface SmimeaRecord {
  readonly usage: "PKIX-TA" | "PKIX-EE" | "DANE-TA" | "DANE-EE";
  readonly selector: "certificate" | "public-key";
  readonly matching: "full" | "SHA-256" | "SHA-512";
  readonly data: Bytes;
}

export type SmimeaAnswer =
  | { readonly status: "found"; readonly records: readonly SmimeaRecord[] }
  /** proven: the domain is signed, and publishes none for this address */
  | { readonly status: "none" }
  /** the domain's names are not signed, so that nothing it publishes can be believed */
  | { readonly status: "unsigned-domain" }
  /** somebody changed the answer, or the domain's signatures are broken */
  | { readonly status: "not-proven"; readonly reason: string };

export interface TimedSmimeaAnswer {
  readonly answer: SmimeaAnswer;
  /** seconds for which it stands; 0 where nothing was proven */
  readonly ttl: number;
}

export interface SmimeaSource {
  /** a DNS message there and back, as RFC 8484 carries them */
  readonly exchange: (query: Bytes) => Promise<Bytes>;
  /** the root's keys; others only in tests */
  readonly anchors?: readonly DelegationSigner[];
  /** milliseconds since the epoch */
  readonly time: number;
}

/**
 * IANA's trust anchors for the root zone (RFC 7958, https://data.iana.org/root-anchors/root-anchors.xml):
 * the keys of 2017 and of 2024.
 */
const rootAnchors: readonly DelegationSigner[] = [
  anchor(20326, "e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d"),
  anchor(38696, "683d2d0acb8c9b712a1948b27f741219298d0a450d612c483af444a4c0fb2b16"),
];

function anchor(keyTag: number, sha256: string): DelegationSigner {
  return { keyTag, algorithm: 8, digestType: 2, digest: fromHex(sha256) };
}

/**
 * @param localPart as written, without quotes
 * @param domain A-labels
 * @throws MalformedError, BudgetExceededError for answers that are none; what `exchange` throws
 */
export async function lookUpSmimea(
  localPart: string,
  domain: string,
  { exchange, anchors = rootAnchors, time }: SmimeaSource,
): Promise<TimedSmimeaAnswer> {
  const name = await smimeaName(localPart, domain);
  const ask = async (asked: DnsName, type: number): Promise<DnsMessage> =>
    parseMessage(await exchange(buildQuery(asked, type)));
  const answer = await resolveSecurely(name, recordTypes.smimea, { ask, anchors, time });
  return { answer: smimeaAnswer(answer), ttl: answer.ttl };
}

function smimeaAnswer(answer: SecureAnswer): SmimeaAnswer {
  switch (answer.status) {
    case "secure": {
      const records = answer.records
        .map(({ rdata }) => parseSmimea(rdata))
        .filter((record) => record !== null);
      return { status: "found", records };
    }
    case "absent":
      return { status: "none" };
    case "insecure":
      return { status: "unsigned-domain" };
    case "bogus":
      return { status: "not-proven", reason: answer.reason };
  }
}

/** RFC 8162 §3: SHA-256 of the local part in UTF-8 and NFC, cut to 28 octets. */
export async function smimeaName(localPart: string, domain: string): Promise<DnsName> {
  const hash = await digest("SHA-256", fromUtf8(localPart.normalize("NFC")));
  return [toHex(hash.subarray(0, 28)), "_smimecert", ...parseName(domain)];
}

const usages = ["PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"] as const;
const selectors = ["certificate", "public-key"] as const;
const matchings = ["full", "SHA-256", "SHA-512"] as const;

/** @returns null for numbers that mean nothing to us (RFC 6698 §7) @throws MalformedError */
export function parseSmimea(rdata: Bytes): SmimeaRecord | null {
  if (rdata.length < 4) throw new MalformedError("dns-malformed", "SMIMEA");
  const [usage, selector, matching] = [usages[rdata[0]!], selectors[rdata[1]!], matchings[rdata[2]!]];
  if (usage === undefined || selector === undefined || matching === undefined) return null;
  return { usage, selector, matching, data: rdata.slice(3) };
}
