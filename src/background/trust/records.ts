/** Certificates and anchors as they lie on the disk: nothing secret, indexed so that thousands stay quick. */
import type { Bytes, CertificateSummary } from "../../engine/index.js";

/** What a signer's program can read (RFC 8551 §2.5.2), and when it said so. */
export interface SeenCapabilities {
  /** SMIMECapabilities, complete */
  readonly der: Bytes;
  /** ISO 8601: the signer's own time, but never later than ours; null: none was told */
  readonly time: string | null;
}

/** How we came by a certificate. */
export type CertificateSource = "seen-on-mail" | "imported" | "contacts" | "dns" | "directory";

export interface CertificateRecord {
  /** SHA-256 of the DER, lower-case hexadecimal */
  readonly fingerprint: string;
  readonly der: Bytes;
  /** for lists, so that showing them parses nothing */
  readonly summary: CertificateSummary;
  /** normalised; empty for authorities */
  readonly addresses: readonly string[];
  /** `authority`: an intermediate, kept because paths need it */
  readonly role: "person" | "authority";
  readonly source: CertificateSource;
  /** of the newest message seen, by the signer's time; null: never seen */
  readonly capabilities: SeenCapabilities | null;
  /**
   * ISO 8601: when its owner last said that this one is to be encrypted to (RFC 8551 §2.5.3), by the signer's
   * own time, but never later than ours; absent: never
   */
  readonly preferredAt?: string;
  /** it lay in a message: its sender chose whose addresses stand in it; absent: a person chose the file, or it was found */
  readonly attached?: true;
  /** ISO 8601 */
  readonly since: string;
}

export interface AnchorRecord {
  readonly fingerprint: string;
  readonly der: Bytes;
  readonly summary: CertificateSummary;
  /** ISO 8601 */
  readonly since: string;
}

/** A built-in authority that a person switched off. */
export interface SwitchedOffRoot {
  /** SHA-256, lower-case hexadecimal; "all": every one of them, those of later versions too */
  readonly fingerprint: string;
  /** ISO 8601 */
  readonly since: string;
}
