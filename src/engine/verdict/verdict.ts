/**
 * What the engine says of a message. Everything here is JSON: it crosses rooms as it is, and nobody
 * edits it on the way. Nouns as in RFC 9787 and ETSI EN 319 102-1; states as in the product's table.
 */
import type { Fault } from "../fault/faults.js";
import type { CertificateValidation } from "../x509/certificate-validation.js";
import type { CertificateRevocation } from "../x509/evidence-source.js";

export type { BaselineFinding, CertificateValidation } from "../x509/certificate-validation.js";

/** A certificate as the details pane shows it. Times are ISO 8601 in UTC. */
export interface CertificateSummary {
  /** SHA-256 of the DER, lower-case hexadecimal */
  readonly fingerprint: string;
  readonly subject: string;
  readonly commonName: string | null;
  readonly organization: string | null;
  readonly addresses: readonly string[];
  /** the addresses stand in the subject alone, as old certificates have them (RFC 8550 §3); absent: subjectAltName */
  readonly addressSource?: "subject";
  readonly issuer: string;
  /** common name or organisation of the issuer: who vouches */
  readonly issuerName: string;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** e.g. "RSA 3072", "P-256", "Ed25519" */
  readonly key: string;
  /** of a signer whose path holds, and whose authority says what it checked; absent everywhere else */
  readonly validation?: CertificateValidation;
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
  /** what else the signer states under this signature; absent where nothing */
  readonly statements?: SignedStatements;
  /** absent where there are none */
  readonly counterSignatures?: readonly CounterSignature[];
  readonly timeStamps?: readonly TimeStamp[];
  /** how many more of the two were not looked at; absent: none */
  readonly attachedBeyond?: number;
  /**
   * what was found about each certificate of the path but the anchor, in its order; absent where nobody was
   * asked, or where no path reached an anchor
   */
  readonly revocation?: readonly CertificateRevocation[];
}

/**
 * Somebody else's signature over this one. Anybody can put it into a message, and nobody has judged
 * whether to believe who it names: it never betters a status, and a broken one takes nothing away.
 */
interface AttachedSignature {
  /** its mathematics */
  readonly mathematics: "holds" | "broken" | "unchecked";
  readonly signer: CertificateSummary | null;
  readonly algorithms: SignatureAlgorithms | null;
  /** why it does not hold, or could not be checked; empty where it holds */
  readonly faults: readonly Fault[];
}

/** RFC 5652 §11.4 */
export interface CounterSignature extends AttachedSignature {
  /** the counter-signer's claim, ISO 8601 */
  readonly claimedTime: string | null;
}

/** RFC 3161: an authority says that it saw the signature at this time. */
export interface TimeStamp extends AttachedSignature {
  /** ISO 8601 */
  readonly time: string | null;
  /** object identifier */
  readonly policy: string | null;
  readonly serialNumber: string | null;
  /** does a path from the authority to an anchor hold, so that the time is proven? Absent where nobody asked. */
  readonly proves?: boolean;
}

/** RFC 2634 §3.2: an agreed mark, such as "secret"; what it obliges to is between those who agreed. */
export interface SecurityLabel {
  /** object identifier of the policy that gives it its meaning */
  readonly policy: string;
  /** one of six names, else the policy's own number; null where there is none */
  readonly classification: string | null;
  readonly privacyMark: string | null;
  /** object identifiers */
  readonly categories: readonly string[];
}

/** Signed attributes of RFC 2634 and RFC 5126, as the signer wrote them. Nothing here is acted upon. */
export interface SignedStatements {
  /** RFC 2634 §2.7; `from`: addresses, where not everybody is asked */
  readonly receiptRequest?: {
    readonly from: "everybody" | "first-tier" | readonly string[];
    readonly to: readonly string[];
  };
  readonly securityLabel?: SecurityLabel;
  readonly equivalentLabels?: readonly SecurityLabel[];
  readonly contentHint?: { readonly description: string | null; readonly contentType: string };
  /** hexadecimal */
  readonly contentIdentifier?: string;
  /** the identifier of the signed content that this answers, hexadecimal */
  readonly contentReference?: string;
  /** mailing lists that the message went through (RFC 2634 §4.4), ISO 8601 */
  readonly mailLists?: readonly { readonly list: string; readonly time: string }[];
  /** object identifier, or "implied" */
  readonly signaturePolicy?: string;
  /** object identifiers (RFC 5126 §5.11.1) */
  readonly commitments?: readonly string[];
  readonly location?: readonly string[];
  /** object identifiers of those attributes that could not be read */
  readonly unreadable?: readonly string[];
}

export type SignatureVerdict = SignatureFacts &
  (
    | {
        readonly status: "valid";
        readonly signer: CertificateSummary;
        /** end entity first, trust anchor last */
        readonly path: readonly CertificateSummary[];
        /** the time at which certificate and revocation are good, and what proves it */
        readonly judgedAt?: JudgedAt;
      }
    | {
        readonly status: "indeterminate" | "invalid";
        readonly signer: CertificateSummary | null;
        /** the most telling first; never empty */
        readonly faults: readonly Fault[];
      }
  );

/**
 * `now`: the clock · `time-stamp`: an authority that the person accepts saw the signature then (RFC 3161) ·
 * `record`: we ourselves judged it good then. The signer's own signing time proves nothing.
 */
export interface JudgedAt {
  /** ISO 8601 */
  readonly time: string;
  readonly source: "now" | "time-stamp" | "record";
}

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
      /** a cipher so old that it hides little: 3DES, RC2 */
      readonly legacy: boolean;
      /** fingerprint of the certificate whose key opened it; null where a password or a key given for it did */
      readonly openedWith: string | null;
    }
  | {
      readonly kind: "encrypted";
      readonly status: "locked";
      /**
       * `key-locked`: one of our certificates is named, but its key is not unlocked · `password-needed`: none
       * is, but a password would open it
       */
      readonly reason: "key-missing" | "key-locked" | "password-needed";
      readonly recipients: readonly RecipientHint[];
    }
  | {
      readonly kind: "encrypted";
      readonly status: "damaged";
      readonly faults: readonly Fault[];
    }
  /** protects nothing, and says nothing about the sender */
  | { readonly kind: "compressed"; readonly status: "opened" }
  | { readonly kind: "compressed"; readonly status: "damaged"; readonly faults: readonly Fault[] };

/** The codes of the product's table of states. */
export type SummaryState =
  "0" | "1" | "2" | "2o" | "2a" | "2b" | "2c" | "3" | "4" | "5" | "5b" | "6" | "7" | "7r" | "8" | "9";

export type EncryptionState =
  | "not-encrypted"
  | "encrypted"
  | "encrypted-unauthenticated"
  | "key-missing"
  | "key-locked"
  | "password-needed"
  | "damaged";

export interface Author {
  /** normalised addr-spec; null where From names nobody, or several, or a group */
  readonly address: string | null;
  /** every mailbox of From, normalised */
  readonly from: readonly string[];
  readonly displayName: string | null;
  /** normalised Sender, where there is one that differs */
  readonly sender: string | null;
}

/**
 * The sender's address looks like one that the person knows, and is another one; or like none that an honest
 * person has (`mixed-scripts`). A flag of its own, whatever the state.
 */
export interface LookAlike {
  /** the sender's, normalised */
  readonly address: string;
  /** the address that is known; null where the sender's own is odd enough */
  readonly resembles: string | null;
  readonly why: "mixed-scripts" | "confusable" | "one-character" | "domain-swap";
}

/** S/MIME somewhere inside the payload (RFC 9787 §4.5): it was neither checked nor opened, and counts for nothing. */
export interface ErrantPart {
  /** as RFC 9051 §6.4.5.1 numbers the parts of the payload */
  readonly part: string;
  /** `opaque`: signed or encrypted, nobody looked */
  readonly form: "clear-signed" | "opaque-signed" | "opaque";
  /** it lies in a message that is attached to this one */
  readonly forwarded: boolean;
}

export type ProtectedField = "from" | "to" | "cc" | "subject" | "date";

/** Header fields that stand inside of the envelope with the content (RFC 9788), as far as they are there. */
export interface ProtectedHeader {
  readonly subject: string | null;
  readonly date: string | null;
  /** normalised addresses */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  /** those that the message's own header tells otherwise, though its writer did not mean to hide them */
  readonly differing: readonly ProtectedField[];
}

export interface CryptographicSummary {
  readonly state: SummaryState;
  readonly encryption: EncryptionState;
  readonly author: Author;
  /** whom the headline speaks of; null where nobody signed or nobody can be named */
  readonly signer: CertificateSummary | null;
  /** why the state is not better, the most telling first */
  readonly faults: readonly Fault[];
  /** absent where the sender's address looks like no other */
  readonly lookAlike?: LookAlike;
  /** absent where nothing was asked of the memory, or it knows nothing */
  readonly memory?: MemorySummary;
  /** only where the certificate no longer counts (2c): what proves that it did */
  readonly judgedAt?: JudgedAt;
  /** absent where no mailing list says that it sent the message on */
  readonly mailingList?: MailingListSummary;
}

/** What the memory of the author adds to the words. Times are ISO 8601 in UTC. */
export interface MemorySummary {
  /** whose it is, where the message does not say clearly who wrote it */
  readonly address?: string;
  /** messages counted since the first signed one, this one not, and how many of them were signed as usual */
  readonly messages: number;
  readonly signed: number;
  /** since when this signer is known; null where this is the first time, or another's */
  readonly since: string | null;
  /** since when this certificate is confirmed by the person; null where it is not */
  readonly confirmed: string | null;
  /** mail from this author is to be signed */
  readonly expectsSignature: boolean;
  /** whom the author's mail is signed by, where this one is somebody else's */
  readonly usual: { readonly issuerName: string; readonly lastSeen: string } | null;
}

/** What the header says about a list. Anybody can write that: it makes words calmer, and nothing better. */
export interface MailingListSummary {
  /** List-Id (RFC 2919) or the list's address; null where neither is told */
  readonly name: string | null;
  /** From is the list's own address: it put that in the author's place */
  readonly rewritten: boolean;
}

export interface MessageVerdict {
  readonly summary: CryptographicSummary;
  /** the cryptographic envelope, outermost first */
  readonly layers: readonly CryptographicLayer[];
  /** what lies deeper than the envelope; absent where nothing does */
  readonly errant?: readonly ErrantPart[];
  /**
   * the bound behind which nobody looked for such parts: one of `Limits`, "headerBytes", "listed" (more than are
   * told), "octets" (of a payload that is signed as a whole), "uncut" (a multipart that is none); absent where all
   * was looked through
   */
  readonly errantBeyond?: string;
  /** absent where the content protects no header fields */
  readonly protectedHeader?: ProtectedHeader;
}
