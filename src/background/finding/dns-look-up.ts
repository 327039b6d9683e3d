/**
 * Certificates that a domain publishes for its addresses (SMIMEA, RFC 8162), asked of the person's resolver
 * over HTTPS (RFC 8484). The resolver is believed in nothing: what comes out was proven from the root key down.
 */
import type { Bytes, Certificate, DelegationSigner, EmailAddress, SmimeaRecord } from "../../engine/index.js";
import {
  BudgetExceededError,
  MalformedError,
  domainOf,
  emailAddresses,
  loadSmimea,
  parseCertificate,
} from "../../engine/index.js";
import type { LookUpRecord } from "./records.js";

export interface Found {
  readonly outcome: LookUpRecord["outcome"];
  readonly certificates: readonly Certificate[];
  /** fingerprints of those that the domain vouches for by itself (DANE-EE) */
  readonly vouched: readonly string[];
  /** seconds for which it stands */
  readonly ttl: number;
}

export interface DnsSource {
  /** @returns null where the resolver did not answer */
  readonly exchange: (query: Bytes) => Promise<Bytes | null>;
  readonly time: number;
  /** the root's keys; others only in tests */
  readonly rootKeys?: readonly DelegationSigner[];
}

/** Nobody needs more for one address; each is parsed and its path sought. */
const mostRecords = 10;

class NoAnswer extends Error {}

/** @param address normalised */
export async function lookUpInDns(address: EmailAddress, source: DnsSource): Promise<Found> {
  const { lookUpSmimea } = await loadSmimea();
  const exchange = async (query: Bytes): Promise<Bytes> => {
    const answer = await source.exchange(query);
    if (answer === null) throw new NoAnswer();
    return answer;
  };
  const { rootKeys: anchors, time } = source;
  try {
    const parts = { exchange, time, ...(anchors && { anchors }) };
    const { answer, ttl } = await lookUpSmimea(localPartOf(address), domainOf(address), parts);
    if (answer.status !== "found") return { ...nothing(answer.status), ttl };
    return { ...(await usable(answer.records, address)), ttl };
  } catch (error) {
    if (error instanceof NoAnswer) return nothing("no-answer");
    if (error instanceof MalformedError || error instanceof BudgetExceededError) return nothing("not-proven");
    throw error;
  }
}

function nothing(outcome: Found["outcome"]): Found {
  return { outcome, certificates: [], vouched: [], ttl: 0 };
}

/**
 * Whole certificates of an end entity that name the address. RFC 7671 §5.1 would let DANE-EE do without the name;
 * a certificate that says whom it is for is asked for all the same, because it is kept, shown, and used later.
 */
async function usable(records: readonly SmimeaRecord[], address: EmailAddress): Promise<Omit<Found, "ttl">> {
  const certificates: Certificate[] = [];
  const vouched: string[] = [];
  for (const { usage, selector, matching, data } of records.slice(0, mostRecords)) {
    if (selector !== "certificate" || matching !== "full") continue;
    if (usage !== "DANE-EE" && usage !== "PKIX-EE") continue;
    const certificate = await parsed(data);
    if (certificate === null || !emailAddresses(certificate).some((name) => name === address)) continue;
    certificates.push(certificate);
    // PKIX-EE (RFC 6698 §2.1.1) wants a path as well: nothing is vouched for beyond "this one".
    if (usage === "DANE-EE") vouched.push(certificate.fingerprint);
  }
  return { outcome: certificates.length > 0 ? "found" : "unusable", certificates, vouched };
}

async function parsed(der: Bytes): Promise<Certificate | null> {
  try {
    return await parseCertificate(der);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** RFC 8162 §3: without the quotes that only the syntax of RFC 5322 needs. */
function localPartOf(address: string): string {
  const local = address.slice(0, address.lastIndexOf("@"));
  return local.startsWith('"') ? local.slice(1, -1).replace(/\\(.)/g, "$1") : local;
}
