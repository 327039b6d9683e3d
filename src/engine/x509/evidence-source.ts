/**
 * How the engine asks for evidence that a message does not carry (CRL, OCSP, missing issuers), and what it
 * answers about revocation. The engine never goes to the network: whoever calls it passes an
 * `EvidenceSource`. The background's fetches and caches, the command line's reads files, a test's is a `Map`.
 * Everything that an ask or an answer holds is plain data and bytes, so that it can be posted to a worker.
 * The judging is `revocation.ts`; nothing that a source answers is believed before its signature holds.
 */
import type { Budget } from "../base/budget.js";
import type { Bytes, Fingerprint } from "../base/bytes.js";
import type { Fault } from "../fault/faults.js";
import type { ReadPolicy } from "../policy/policy.js";
import type { Certificate } from "./certificate.js";

/** What every ask says. */
interface Ask {
  /** the certificate in question, complete DER */
  readonly certificate: Bytes;
  /**
   * The http and https URLs that the certificate names for this, in its order, as written: chosen by
   * whoever made the certificate, so asking them may be a read receipt. Possibly empty: a source that has
   * the answer from elsewhere (a cache, a file) may still give it.
   */
  readonly urls: readonly string[];
}

/**
 * Asked only for certificates of a path that already reached a trusted anchor: `anchor` says which, so that
 * a source can tell the person's own authorities (private addresses allowed) from the others.
 */
interface PathAsk extends Ask {
  /** the certificate of its issuer in that path, complete DER */
  readonly issuer: Bytes;
  readonly anchor: Fingerprint;
}

export interface CrlAsk extends PathAsk {
  /**
   * `complete`: `urls` are those of cRLDistributionPoints (RFC 5280 §4.2.1.13) · `delta`: those of
   * freshestCRL (§4.2.1.15), asked only where the certificate or a complete CRL names some
   */
  readonly kind: "complete" | "delta";
}

export interface OcspAsk extends PathAsk {
  /** complete DER of an OCSPRequest (RFC 6960 §4.1), to be posted as `application/ocsp-request` */
  readonly request: Bytes;
  /**
   * The request holds a fresh nonce (RFC 9654): only an answer to this very request will do, never one from
   * a cache. Without, the same certificate gives the same request, octet for octet: a key for caches.
   */
  readonly nonce: boolean;
}

/** Asked only where no path was found: the anchor is not known yet. */
export interface IssuersAsk extends Ask {
  /** `urls` are those of caIssuers (RFC 5280 §4.2.2.1) */
  readonly kind: "issuers";
}

export interface Evidence {
  /** as it was received: a CRL or OCSPResponse in DER, certificates in whatever `readCertificates` reads */
  readonly bytes: Bytes;
  /** when it was received, milliseconds since the epoch */
  readonly fetchedAt: number;
}

/**
 * `found`: never empty; more than one where a certificate has several distribution points ·
 * `unavailable`: asked, and nobody answered in time, or not what was asked for · `not-asked`: the person's
 * settings forbid it, the device is offline, or there is nowhere to ask
 */
export type EvidenceAnswer =
  | { readonly kind: "found"; readonly evidence: readonly Evidence[] }
  | { readonly kind: "unavailable" }
  | { readonly kind: "not-asked" };

/**
 * None of these may throw or hang: a source that fails or takes too long says `unavailable`. The CRLs of all
 * certificates of a path are asked for at the same time, then OCSP for those that no CRL spoke of; a source
 * shares its time limit among them.
 */
export interface EvidenceSource {
  crls(ask: CrlAsk): Promise<EvidenceAnswer>;
  ocspResponse(ask: OcspAsk): Promise<EvidenceAnswer>;
  /** What is held of answers to this, of whatever age; nobody is asked for the sake of it. Absent: nothing is. */
  heldOcspResponse?(ask: OcspAsk): Promise<EvidenceAnswer>;
  /**
   * Certificates (DER, or a certs-only `.p7c`) that may have issued this one. For people who clicked; else
   * `not-asked`, and the verdict names the addresses that would be asked.
   */
  issuers(ask: IssuersAsk): Promise<EvidenceAnswer>;
  /**
   * Said of a list or an answer of this source, the very octets, that was found to be genuine: whoever keeps
   * evidence must not let it be pushed out by what nobody has signed. Absent: this source keeps none.
   *
   * @param thisUpdate milliseconds since the epoch
   */
  believed?(bytes: Bytes, thisUpdate: number): void;
}

/**
 * `off`: revocation is not looked at · `when-available`: revoked is told, "could not check" stands in the
 * details and takes nothing away · `required`: what is not proven good is not good
 */
export type RevocationPolicy = "off" | "when-available" | "required";

/** Revocation data that came inside a CMS (RFC 5652 §10.2.1): nobody vouches for how old it is. */
export interface EmbeddedRevocation {
  /** complete DER of CertificateLists */
  readonly crls: readonly Bytes[];
  /** complete DER of OCSPResponses (RFC 5940 §2.1) */
  readonly ocspResponses: readonly Bytes[];
}

export interface RevocationConditions {
  /** when the certificates must be good, milliseconds since the epoch */
  readonly time: number;
  /**
   * Is `time` proven (a time stamp, our own record), or is it now? Only before a proven time can a
   * revocation have come too late to matter. Absent: not proven.
   */
  readonly timeIsProven?: boolean;
  /** the clock, where `time` is a proven one of the past; absent: `time` */
  readonly now?: number;
  readonly policy: RevocationPolicy;
  readonly budget: Budget;
  /** what keys of signers of CRLs and answers must be; absent: the default */
  readonly readPolicy?: ReadPolicy;
  /** absent: there is nobody to ask */
  readonly evidence?: EvidenceSource;
  readonly embedded?: EmbeddedRevocation;
  /** certificates that may have signed CRLs or OCSP responses, believed by nobody */
  readonly candidates?: readonly Certificate[];
  /** `send`: demand that OCSP answers are fresh (default: `omit`, so that caches serve) */
  readonly ocspNonce?: "send" | "omit";
}

export type RevocationStatus = "good" | "revoked" | "unknown" | "not-checked";

/** RFC 5280 §5.3.1 */
export type RevocationReason =
  | "unspecified"
  | "keyCompromise"
  | "cACompromise"
  | "affiliationChanged"
  | "superseded"
  | "cessationOfOperation"
  | "certificateHold"
  | "removeFromCRL"
  | "privilegeWithdrawn"
  | "aACompromise";

/** What was found about one certificate: JSON; times are ISO 8601 in UTC. */
export interface CertificateRevocation {
  /** of the certificate */
  readonly fingerprint: string;
  readonly status: RevocationStatus;
  /** what the status rests on; null where it is unknown or not checked */
  readonly source: "crl" | "ocsp" | "embedded" | null;
  readonly thisUpdate: string | null;
  readonly nextUpdate: string | null;
  readonly revokedAt?: string;
  readonly reason?: RevocationReason;
  /** why the status is unknown, or what other evidence could not be used; empty where there is nothing to say */
  readonly faults: readonly Fault[];
}

export interface RevocationResult {
  /** one for each certificate of the path but the anchor, in the path's order */
  readonly certificates: readonly CertificateRevocation[];
  /**
   * What keeps the path from being good under the policy: "certificate-revoked" always, "revocation-unknown"
   * where an answer is required. Empty: the path stands.
   */
  readonly faults: readonly Fault[];
}
