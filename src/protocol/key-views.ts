/**
 * How keys, certificates and authorities look to our own pages: facts and names, never a key. Each is the
 * answer to one of the questions in `messages.ts`, which is where others import them from.
 */
import type { Fault } from "../engine/fault/faults.js";
import type { PublicRoot, PublicRootOrigin } from "../engine/index.js";
import type { CertificateSummary } from "../engine/verdict/verdict.js";
import type { StolenView } from "./orders.js";

export type Base64 = string;
/** key of bytes that the background holds in memory for a while */
export type HandoverId = string;
/** a page's own name for work that it may want to stop (`job.ts`) */
export type JobId = string;

/** minutes; `each-use`: for one message */
export type UnlockTime = number | "until-closing" | "each-use";

export interface VaultStatus {
  readonly state: "empty" | "locked" | "unlocked";
  readonly protection: "passphrase" | "device" | null;
  /** ISO 8601; null: until closing, or not unlocked */
  readonly unlockedUntil: string | null;
  /** unlocked for one message */
  readonly eachUse?: true;
}

export interface IdentityView {
  readonly certificate: CertificateSummary;
  readonly chain: readonly CertificateSummary[];
  readonly canSign: boolean;
  readonly canDecrypt: boolean;
  /** first reason why it cannot be used now (expired …), null where it can */
  readonly problem: Fault | null;
  /** its owner said so: it opens old mail, and sends nothing */
  readonly stolen?: StolenView;
}

export interface ImportedIdentities {
  readonly added: readonly IdentityView[];
  /** already there before: nothing changed */
  readonly known: readonly IdentityView[];
  /** certificates in the file without a key, kept as other people's certificates */
  readonly withoutKey: readonly CertificateSummary[];
  /** keys that nothing can be done with: the others came in all the same */
  readonly unusable?: readonly CertificateSummary[];
  /** addresses of keys out of a backup that go on waiting for their certificate here */
  readonly waiting?: readonly string[];
  /** how many keys no certificate of the file belongs to: they stayed out */
  readonly unnamed?: number;
  /** of a key that the file shows to everybody who has it: no password was needed */
  readonly fileProtection: "password" | "none";
}

export interface BackupStatus {
  /** `nothing`: there is no key; `outdated`: a key came since */
  readonly state: "nothing" | "missing" | "outdated" | "made";
  /** ISO 8601: the last one */
  readonly since: string | null;
  /** is it time for a word? */
  readonly remind: boolean;
  /** keys that are in no backup, by fingerprint; absent where all are in one */
  readonly missing?: readonly string[];
}

export interface MadeBackup {
  /** `.p12` */
  readonly file: HandoverId;
  /** of the certificates whose keys are in it, and the names of keys that wait for theirs */
  readonly fingerprints: readonly string[];
  /** addresses that the latter were asked for */
  readonly waiting: readonly string[];
  /** keys that do not open, and so are not in it */
  readonly left: readonly CertificateSummary[];
}

export interface NewCertificate {
  readonly commonName: string;
  readonly addresses: readonly string[];
  readonly kind: OfferedKeyKind;
}

/** Keys that can ask for a certificate themselves: they sign. */
export type OfferedKeyKind = "rsa-3072" | "p-256" | "ed25519" | "ml-dsa-65";

/** A key that signs and another that decrypts, each with a certificate, asked for together (RFC 9883). */
export type OfferedPair = "ed25519+x25519" | "ml-dsa-65+ml-kem-768";

export type NewRequest = Omit<NewCertificate, "kind"> & { readonly kind: OfferedKeyKind | OfferedPair };

export interface PendingRequestView {
  readonly id: string;
  readonly way: "file" | "acme";
  readonly commonName: string | null;
  readonly addresses: readonly string[];
  /** e.g. "rsa-3072", "ed25519+x25519" */
  readonly kind: string;
  readonly since: string;
}

export interface AnsweredRequests {
  readonly added: readonly IdentityView[];
  /** already there before: nothing changed */
  readonly known: readonly IdentityView[];
  /** an intermediate is missing: readers may not find a path */
  readonly incomplete: boolean;
}

export interface NativeCertificateView {
  readonly certificate: CertificateSummary;
  /** here already */
  readonly known: boolean;
}

export interface NewAuthority {
  readonly name: string;
  /** whose addresses it may vouch for; nobody else's */
  readonly domains: readonly string[];
  /** of the key file */
  readonly password: string;
}

export interface CreatedAuthority {
  readonly certificate: CertificateSummary;
  /** `.p12` with the root's key, and the certificate alone as PEM for everybody who shall trust it */
  readonly keyFile: HandoverId;
  readonly certificateFile: HandoverId;
}

export interface RequestView {
  readonly commonName: string | null;
  readonly organization: string | null;
  readonly addresses: readonly string[];
  /** e.g. "RSA 3072" */
  readonly key: string;
  /** SHA-256 of the public key, to compare with its owner */
  readonly keyFingerprint: string;
}

export interface IssuedCertificate {
  readonly certificate: CertificateSummary;
  /** PEM, its root beside it */
  readonly file: HandoverId;
}

export interface PublicRootsView {
  readonly origin: PublicRootOrigin;
  /** false: none of them counts, whatever stands beside each */
  readonly on: boolean;
  readonly roots: readonly PublicRootView[];
}

export interface PublicRootView extends PublicRoot {
  readonly on: boolean;
}

export interface StoredCertificateView {
  readonly certificate: CertificateSummary;
  /** how we came by it */
  readonly source: Exclude<CertificateOrigin["source"], "own">;
  readonly since: string;
}

/** Where a certificate comes from, and so why it is there. */
export interface CertificateOrigin {
  /** `dns`: the domain's signed DNS vouches for it, or it was only found there */
  readonly source: "own" | "seen-on-mail" | "imported" | "contacts" | "dns" | "directory";
  /** ISO 8601 */
  readonly since: string;
  /** ISO 8601: when its owner said that this is the one to encrypt to; null: never */
  readonly preferredAt: string | null;
  /** the domain's signed DNS vouches for it, and no authority that counts here does */
  readonly vouchedByDns?: boolean;
  /** others are known for the address, and of those that may be used this one was issued last */
  readonly newestOfSeveral?: boolean;
}
