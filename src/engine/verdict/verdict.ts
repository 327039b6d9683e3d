/**
 * What the engine says of a message. Everything here is JSON: it crosses rooms as it is, and nobody
 * edits it on the way. Nouns as in RFC 9787 and ETSI EN 319 102-1; states as in the product's table.
 */
import type { Fault } from "../fault/faults.js";

/** A certificate as the details pane shows it. Times are ISO 8601 in UTC. */
export interface CertificateSummary {
  /** SHA-256 of the DER, lower-case hexadecimal */
  readonly fingerprint: string;
  readonly subject: string;
  readonly commonName: string | null;
  readonly organization: string | null;
  readonly addresses: readonly string[];
  readonly issuer: string;
  /** common name or organisation of the issuer: who vouches */
  readonly issuerName: string;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** e.g. "RSA 3072", "P-256", "Ed25519" */
  readonly key: string;
}

export interface SignatureAlgorithms {
  /** e.g. "SHA-256" */
  readonly digest: string;
  /** e.g. "RSASSA-PKCS1-v1_5", "RSASSA-PSS", "ECDSA P-256", "Ed25519" */
  readonly signature: string;
}

interface SignatureFacts {
  readonly algorithms: SignatureAlgorithms | null;
  /** the signer's claim, ISO 8601; nobody vouches for it */
  readonly claimedTime: string | null;
}

export type SignatureVerdict = SignatureFacts &
  (
    | {
        readonly status: "valid";
        readonly signer: CertificateSummary;
        /** end entity first, trust anchor last */
        readonly path: readonly CertificateSummary[];
      }
    | {
        readonly status: "indeterminate" | "invalid";
        readonly signer: CertificateSummary | null;
        /** the most telling first; never empty */
        readonly faults: readonly Fault[];
      }
  );

/** Whom a locked layer was encrypted for, as far as the recipientInfo tells. */
export interface RecipientHint {
  readonly issuer: string | null;
  readonly serialNumber: string | null;
  readonly subjectKeyIdentifier: string | null;
}

export type CryptographicLayer =
  | {
      readonly kind: "signed";
      readonly form: "clear-signed" | "opaque-signed";
      /** in the order of signerInfos; empty where there are none (certs-only is no layer) */
      readonly signatures: readonly SignatureVerdict[];
    }
  | {
      readonly kind: "encrypted";
      readonly status: "opened";
      /** e.g. "AES-256-GCM" */
      readonly contentEncryption: string;
      /** e.g. "RSAES-OAEP", "ECDH P-256" */
      readonly keyManagement: string;
      /** an AEAD mode, or a valid signature's layer *around* it is not what is meant: only the mode counts */
      readonly authenticated: boolean;
      /** fingerprint of the certificate whose key opened it */
      readonly openedWith: string;
    }
  | {
      readonly kind: "encrypted";
      readonly status: "locked";
      /** `key-locked`: one of our certificates is named, but its key is not unlocked */
      readonly reason: "key-missing" | "key-locked";
      readonly recipients: readonly RecipientHint[];
    }
  | {
      readonly kind: "encrypted";
      readonly status: "damaged";
      readonly faults: readonly Fault[];
    };

/** The codes of the product's table of states. */
export type SummaryState =
  "0" | "1" | "2" | "2o" | "2a" | "2b" | "2c" | "3" | "4" | "5" | "5b" | "6" | "7" | "7r" | "8" | "9";

export type EncryptionState =
  "not-encrypted" | "encrypted" | "encrypted-unauthenticated" | "key-missing" | "key-locked" | "damaged";

export interface Author {
  /** normalised addr-spec; null where From names nobody, or several, or a group */
  readonly address: string | null;
  /** every mailbox of From, normalised */
  readonly from: readonly string[];
  readonly displayName: string | null;
  /** normalised Sender, where there is one that differs */
  readonly sender: string | null;
}

export interface CryptographicSummary {
  readonly state: SummaryState;
  readonly encryption: EncryptionState;
  readonly author: Author;
  /** whom the headline speaks of; null where nobody signed or nobody can be named */
  readonly signer: CertificateSummary | null;
  /** why the state is not better, the most telling first */
  readonly faults: readonly Fault[];
}

export interface MessageVerdict {
  readonly summary: CryptographicSummary;
  /** the cryptographic envelope, outermost first */
  readonly layers: readonly CryptographicLayer[];
}
