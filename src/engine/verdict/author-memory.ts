/**
 * What is remembered of an author, as whoever keeps it hands it in: plain data, so that it can be posted to
 * a worker. The engine keeps nothing; what a message adds to the memory it names as a `Sighting`. Memory
 * never makes a signature hold: it tells good ones apart, and takes the calm from what is not good.
 */

import type { Bytes } from "../base/bytes.js";
import type { JudgedAt } from "./verdict.js";

/** One certificate that signed for the address, with a path that held. Times are ISO 8601 in UTC. */
export interface RememberedSigner {
  /** SHA-256 of the certificate, lower-case hexadecimal */
  readonly fingerprint: string;
  /** SHA-256 of its SubjectPublicKeyInfo: a renewed certificate may keep the key */
  readonly key: string;
  readonly subject: string;
  readonly issuer: string;
  /** fingerprint of the anchor that vouched for it */
  readonly anchor: string;
  /** for people's eyes */
  readonly issuerName: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** when a message signed with it was first and last seen here */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** messages, each counted once */
  readonly messages: number;
  /**
   * `usual`: the first one, what followed it calmly, or what a person accepted · `other`: it came later and
   * nobody has said that it is hers too
   */
  readonly standing: "usual" | "other";
}

/** A person compared the fingerprint: this certificate is hers. */
export interface ConfirmedSigner {
  readonly fingerprint: string;
  /** ISO 8601 */
  readonly since: string;
}

export interface AuthorMemory {
  /** normalised, in lower case: of whoever writes by this address, however it is written */
  readonly address: string;
  readonly signers: readonly RememberedSigner[];
  readonly confirmed: readonly ConfirmedSigner[];
  /** messages that a usual signer signed */
  readonly signed: number;
  /** all that were counted since the first signed one; never fewer than `signed` */
  readonly messages: number;
  /** the earliest time of a signed message, by the signers' own clock, and never later than we saw it; ISO 8601 */
  readonly signingSince: string | null;
  /** her mail is to be signed; a stranger's unsigned mail in her name must not end that */
  readonly expectsSignature: boolean;
}

/** That a signature was judged good at a time: our own record. Times are ISO 8601 in UTC. */
export interface SignatureRecord {
  /** SHA-256 of what the signature covers (`cms/covered-octets.ts`), lower-case hexadecimal */
  readonly covered: string;
  /** fingerprint of the certificate */
  readonly signer: string;
  /** when it was good by our clock; what a time stamp proved is for the stamp to prove again */
  readonly time: string;
}

/**
 * A good signature of the visible author, as the memory wants to know it. No part of the verdict. Octets are
 * given as they are: hashing them can wait until the badge is drawn.
 */
export interface Sighting {
  /** fingerprint of the certificate, and what it says */
  readonly signer: Pick<
    RememberedSigner,
    "fingerprint" | "subject" | "issuer" | "anchor" | "issuerName" | "notBefore" | "notAfter"
  >;
  /** SubjectPublicKeyInfo, complete DER */
  readonly publicKey: Bytes;
  /** what the signature covers: its hash is the message's, as records know it */
  readonly covered: Bytes;
  /** fingerprints, end entity first, anchor last */
  readonly path: readonly string[];
  /** when the signature is proven good, ISO 8601, and what proves it */
  readonly time: string;
  readonly provenBy: JudgedAt["source"];
  /** the signer's claim, ISO 8601 */
  readonly claimedTime: string | null;
}
