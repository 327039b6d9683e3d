/**
 * What rooms may say to each other. Two interfaces, two handler tables: the router picks the table by
 * the *sender* of a message, never by what the message claims. JSON only: files travel in pieces over a
 * port (`handover.ts`), bytes as base64, times as ISO 8601.
 */
import type { Fault } from "../engine/fault/faults.js";
import type { AuthorMemory } from "../engine/verdict/author-memory.js";
import type { CertificateSummary, CryptographicSummary, MessageVerdict } from "../engine/verdict/verdict.js";
import type { AnchorRequests } from "./anchors.js";
import type { OrderRequests } from "./orders.js";
import type { Blocker } from "../engine/verdict/blocker.js";
import type { ComposeOrganisation, PolicyView } from "./organisation.js";

import type {
  AnsweredRequests,
  BackupStatus,
  CreatedAuthority,
  HandoverId,
  IdentityView,
  ImportedIdentities,
  IssuedCertificate,
  JobId,
  MadeBackup,
  NativeCertificateView,
  NewAuthority,
  NewCertificate,
  NewRequest,
  PendingRequestView,
  PublicRootsView,
  RequestView,
  StoredCertificateView,
  UnlockTime,
  VaultStatus,
  CertificateOrigin,
} from "./key-views.js";

export type * from "./key-views.js";
export type { ComposeOrganisation, PolicyProblem, PolicyView } from "./organisation.js";

// ------------------------------------------------------------------ a document we do not own may ask

export interface ContentRequests {
  /** what to draw above the message shown in the asking tab; null: nothing */
  "display:banner": { ask: Record<string, never>; answer: BannerView | null };
  /** the person clicked the banner's "open" (encrypted mail): background opens it in place or in the reader */
  "display:open": { ask: Record<string, never>; answer: Record<string, never> };
}

export interface BannerView {
  readonly summary: CryptographicSummary;
  /** can this message be opened by a click? */
  readonly action: "open" | "unlock" | null;
}

// ------------------------------------------------------------------ our own pages may ask

export interface PageRequests extends OrderRequests, AnchorRequests {
  "vault:status": { ask: Record<string, never>; answer: VaultStatus };
  /** first identity: choose the protection. null: no passphrase, a non-extractable key in this profile */
  "vault:create": { ask: { passphrase: string | null }; answer: VaultStatus };
  "vault:unlock": { ask: { passphrase: string; minutes: UnlockTime }; answer: VaultStatus };
  "vault:lock": { ask: Record<string, never>; answer: VaultStatus };
  "vault:change-passphrase": { ask: { current: string | null; next: string | null }; answer: VaultStatus };

  "identity:import": { ask: { file: HandoverId; password: string }; answer: ImportedIdentities };
  "identity:list": { ask: Record<string, never>; answer: readonly IdentityView[] };
  "identity:remove": { ask: { fingerprint: string }; answer: Record<string, never> };

  /** a new key, sealed here, and the request that an authority answers with a certificate */
  "request:create": { ask: NewRequest; answer: PendingRequestView };
  "request:list": { ask: Record<string, never>; answer: readonly PendingRequestView[] };
  /** as PEM, to be saved or pasted; again whenever it is wanted */
  "request:file": { ask: { id: string }; answer: { file: HandoverId } };
  /** the key is lost with it */
  "request:remove": { ask: { id: string }; answer: Record<string, never> };
  /** what an authority sent back; its certificates find their keys by themselves */
  "request:answer": {
    ask: { file: HandoverId; otherAddress: "refuse" | "accept" };
    answer: AnsweredRequests;
  };
  /** a certificate that nobody vouches for but its owner */
  "identity:make": { ask: NewCertificate; answer: IdentityView };
  /** the person's own certificates in Thunderbird's own store (full build) */
  "native:list": { ask: Record<string, never>; answer: readonly NativeCertificateView[] };
  "native:import": { ask: { fingerprints: readonly string[] }; answer: ImportedIdentities };
  /** the root of a small authority: its key leaves as a file, and stays nowhere else */
  "authority:create": { ask: NewAuthority; answer: CreatedAuthority };
  /** whose request is it? Nothing is signed by looking. */
  "authority:examine": { ask: { request: HandoverId }; answer: RequestView };
  "authority:issue": {
    ask: { authority: HandoverId; password: string; request: HandoverId };
    answer: IssuedCertificate;
  };

  /** `backup:make` proves the passphrase again; the code is our page's, for the person to write down */
  "backup:status": { ask: Record<string, never>; answer: BackupStatus };
  "backup:make": {
    ask: { passphrase: string | null; code: string; mac?: "pbmac1" | undefined };
    answer: MadeBackup;
  };
  /** the code is on paper and the file is saved */
  "backup:made": { ask: { fingerprints: readonly string[] }; answer: BackupStatus };
  "backup:later": { ask: Record<string, never>; answer: BackupStatus };

  "certificate:import": { ask: { file: HandoverId }; answer: { added: readonly CertificateSummary[] } };
  "certificate:list": { ask: Record<string, never>; answer: readonly StoredCertificateView[] };
  "certificate:remove": { ask: { fingerprint: string }; answer: Record<string, never> };

  /** the built-in authorities, in no order */
  "root:list": { ask: Record<string, never>; answer: PublicRootsView };
  "root:switch": { ask: { fingerprint: string | "all"; on: boolean }; answer: Record<string, never> };

  /** the memory of signers, a hundred addresses at a time, in their order */
  "memory:list": { ask: { search: string; after: string | null }; answer: MemoryList };
  /** a person compared this certificate's fingerprint with what its owner told them */
  "memory:confirm": { ask: { address: string; fingerprint: string }; answer: Record<string, never> };
  "memory:unconfirm": { ask: { address: string; fingerprint: string }; answer: Record<string, never> };
  /** whether unsigned mail from this address is worth a word */
  "memory:expect": { ask: { address: string; expects: boolean }; answer: Record<string, never> };
  "memory:remove": { ask: { address: string }; answer: Record<string, never> };
  "memory:clear": { ask: Record<string, never>; answer: Record<string, never> };

  "settings:get": { ask: Record<string, never>; answer: Settings };
  "settings:set": { ask: { change: Partial<Settings> }; answer: Settings };
  /** what the organisation decides here, by the browser's policies */
  "policy:get": { ask: Record<string, never>; answer: PolicyView };
  /** does the browser let Signet ask the network at all? */
  "network:status": { ask: Record<string, never>; answer: { allowed: boolean } };
  /** what this build on this host can do, so that pages show only that */
  "host:capabilities": { ask: Record<string, never>; answer: HostCapabilities };

  /** these are still needed: asked again and again by a page that shows them, it keeps the background awake */
  "handover:keep": { ask: { files: readonly HandoverId[] }; answer: { kept: boolean } };
  /** a file the person chose, or a message handed to the reader */
  "message:inspect": { ask: { file: HandoverId; job: JobId }; answer: InspectedMessage };
  /** the message shown in a mail tab (badge popup) */
  "message:displayed": { ask: { tabId: number }; answer: DisplayedMessage };
  /** open the encrypted message of the tab: in place (full build) or in the reader */
  "message:open": { ask: { tabId: number }; answer: Record<string, never> };

  /** a click: ask the hosts that a certificate in the tab's message names for its missing issuer */
  /** a click: keep the certificates attached to the tab's message; nothing unsigned is kept without one */
  "message:keep-certificates": {
    ask: { tabId: number };
    answer: { kept: readonly CertificateSummary[] };
  };
  "message:find-issuers": { ask: { tabId: number }; answer: Record<string, never> };
  /** the same for a file; asked again it is judged with what came */
  "file:find-issuers": { ask: { file: HandoverId; job: JobId }; answer: Record<string, never> };

  "compose:state": { ask: { tabId: number }; answer: ComposeState };
  /** a letter that asks this recipient for their certificate, opened for the person to look at and send */
  "compose:ask-certificate": { ask: { tabId: number; address: string }; answer: Record<string, never> };
  "compose:change": { ask: { tabId: number; change: ComposeChange }; answer: ComposeState };
}

/** What is remembered of one address. */
export interface MemoryView extends Pick<
  AuthorMemory,
  "address" | "signers" | "confirmed" | "signed" | "messages"
> {
  readonly expectation: "learning" | "expected" | "declined";
}

export interface MemoryList {
  readonly entries: readonly MemoryView[];
  readonly more: boolean;
}

export interface Settings {
  /** lock's default for identities that never chose */
  readonly defaultMode: ComposeMode;
  /** Thunderbird's own S/MIME label beside ours */
  readonly nativeLabel: "hidden" | "shown";
  /** how long an unlock lasts, minutes */
  readonly unlockMinutes: UnlockTime;
  /** minutes without anybody at the machine after which keys are locked */
  readonly idleMinutes: number | "never";
  readonly contentEncryption: "when-all-can" | "always";
  /** whom Signet asks whether a certificate was revoked */
  readonly revocation: "never" | "crl" | "crl-and-ocsp";
  /** URL of a resolver that is asked for SMIMEA records (RFC 8162, RFC 8484); "": nobody is asked */
  readonly resolver: string;
  /** template of a directory's URL (RFC 4387), with {address} or a digest of it; "": nobody is asked */
  readonly directory: string;
}

export interface HostCapabilities {
  readonly host: "thunderbird" | "browser";
  /** the full Thunderbird build: protects while sending, opens in place */
  readonly inPlace: boolean;
}

export interface AttachmentView {
  readonly name: string | null;
  readonly mediaType: string;
  /** octets */
  readonly size: number;
  readonly file: HandoverId;
}

/** A message as our reader shows it; what an attachment is differs from room to room. */
export interface ReadableMessage<Attachment> {
  readonly verdict: MessageVerdict;
  readonly headers: {
    readonly subject: string | null;
    readonly from: string | null;
    readonly to: string | null;
    readonly date: string | null;
  };
  /** null where a layer could not be opened: it hides everything below it */
  readonly content: {
    readonly text: string | null;
    readonly html: string | null;
    readonly attachments: readonly Attachment[];
  } | null;
}

export interface InspectedMessage extends ReadableMessage<AttachmentView> {
  /** hosts that say they have a missing issuer's certificate, and are asked only by a click */
  readonly issuerHosts?: readonly string[];
}

export type DisplayedMessage =
  | { readonly kind: "none" }
  | {
      readonly kind: "message";
      readonly subject: string;
      readonly verdict: MessageVerdict;
      readonly action: "open" | "unlock" | null;
      /** is somebody being asked for evidence, so that the verdict may change in a moment? */
      readonly isAsking?: boolean;
      /** hosts that say they have a missing issuer's certificate, and are asked only by a click */
      readonly issuerHosts?: readonly string[];
      /** names of attachments that are certificates, which a click keeps */
      readonly certificateFiles?: readonly string[];
    };

// ------------------------------------------------------------------ the lock

/** `automatic`: signed always, encrypted when every recipient's certificate is known */
export type ComposeMode = "off" | "sign" | "sign-and-encrypt" | "encrypt" | "automatic";

export interface RecipientView {
  readonly address: string;
  readonly displayName: string | null;
  readonly field: "to" | "cc" | "bcc";
  /** the one that will be used */
  readonly certificate: CertificateSummary | null;
  /** why there is none that can be used */
  readonly problem: Fault | null;
  /** where the one that will be used comes from */
  readonly origin?: CertificateOrigin | null;
  /** who was asked for one that is missing */
  readonly searches?: readonly Search[];
}

export type SearchPlace = "dns" | "directory";

/**
 * `none`: proven, or the directory said so · `unsigned-domain`: what it publishes cannot be believed ·
 * `not-proven`: the proof is missing or wrong · `unusable`: something is published, but no whole certificate for
 * this address · `not-allowed`: the browser's permission is missing, or the device is offline
 */
export type SearchOutcome =
  "asking" | "not-allowed" | "found" | "none" | "unsigned-domain" | "not-proven" | "no-answer" | "unusable";

export interface Search {
  readonly place: SearchPlace;
  /** the domain whose DNS, or the host of the directory */
  readonly who: string;
  readonly outcome: SearchOutcome;
}

export type ComposeNotice =
  /** a send was stopped: it would have left with less than the lock had said */
  | "less-than-said"
  | "subject-readable"
  | "linked-attachments-unprotected"
  | "drafts-unprotected"
  | "sends-through-outbox"
  | "native-smime-switched-off";

export interface ComposeState {
  readonly mode: ComposeMode;
  /** what will really happen with the recipients as they stand */
  readonly willSign: boolean;
  readonly willEncrypt: boolean;
  /** `unavailable`: the sending hook did not answer; the lock cannot close */
  readonly hook: "ready" | "unavailable" | "outbox";
  readonly identity: IdentityView | null;
  readonly identityChoices: readonly IdentityView[];
  readonly recipients: readonly RecipientView[];
  readonly blockers: readonly Blocker[];
  readonly notices: readonly ComposeNotice[];
  readonly vault: VaultStatus;
  /** the text quotes decrypted mail: opening the lock asks first */
  readonly quotesDecrypted: boolean;
  readonly organisation?: ComposeOrganisation;
}

export type ComposeChange =
  | { readonly kind: "mode"; readonly mode: ComposeMode; readonly confirmedClear: boolean }
  | { readonly kind: "identity"; readonly fingerprint: string }
  | { readonly kind: "remember-default" };

// ------------------------------------------------------------------ replies

export type ErrorCode =
  | "address-malformed"
  | "address-missing"
  | "domain-malformed"
  /** a certificate whose key is not here */
  | "no-request-for-certificate"
  | "certificate-expired-already"
  | "certificate-other-address"
  | "too-many-certificates"
  | "request-unreadable"
  /** nobody proved to have its private key */
  | "request-unproven"
  | "request-key-weak"
  | "request-without-address"
  | "address-outside-domains"
  | "not-an-authority-file"
  | "native-store-unavailable"
  | "bug"
  | "not-allowed"
  | "not-found"
  | "file-too-large"
  | "file-unreadable"
  | "password-wrong"
  | "no-key-in-file"
  | "no-certificate-in-file"
  /** a private key whose certificate is not beside it */
  | "no-certificate-for-key"
  /** a key file that asks for hours of key derivation */
  | "file-too-costly"
  | "not-a-certificate-authority"
  | "vault-locked"
  | "passphrase-wrong"
  | "passphrase-too-short"
  /** after wrong ones; the detail: seconds */
  | "passphrase-wait"
  /** a later version of Signet wrote what lies on the disk */
  | "storage-newer"
  | "disk-full"
  | "storage-failed"
  /** the check characters of a recovery code do not fit the others */
  | "recovery-code-mistyped"
  | "key-mismatch"
  | "unavailable"
  | "engine-stopped"
  | "cancelled"
  | "unsupported"
  /** a certificate authority that speaks ACME */
  | "acme-address"
  | "acme-refused"
  | "acme-unreachable"
  | "acme-malformed"
  | "acme-cannot"
  | "not-a-challenge"
  /** key id and key of a contract with an authority (RFC 8555 §7.3.4) */
  | "contract-malformed"
  | "contract-refused"
  /** a stolen key gets no further certificate */
  | "key-stolen"
  /** an authority has revoked it: that cannot be taken back */
  | "revoked-already"
  | "confirmation-needed"
  /** a policy decides, and not the person */
  | "set-by-organisation";

export type Reply<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail?: string };

type Requests = { readonly [name: string]: { ask: unknown; answer: unknown } };
export type Handlers<R extends object, Origin> = {
  readonly [Name in keyof R]: R[Name] extends { ask: infer Ask; answer: infer Answer }
    ? (ask: Ask, origin: Origin) => Promise<Reply<Answer>>
    : never;
};
export type { Requests };

/** Events the background broadcasts to our own pages. */
export type PageEvent =
  | { readonly event: "compose-changed"; readonly tabId: number }
  | { readonly event: "verdict-changed"; readonly tabId: number }
  | { readonly event: "vault-changed" }
  | { readonly event: "orders-changed" }
  | { readonly event: "store-changed" };
