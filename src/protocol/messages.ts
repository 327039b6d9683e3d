/**
 * What rooms may say to each other. Two interfaces, two handler tables: the router picks the table by
 * the *sender* of a message, never by what the message claims. JSON only: files travel in pieces over a
 * port (`handover.ts`), bytes as base64, times as ISO 8601.
 */
import type { Fault } from "../engine/fault/faults.js";
import type { ConfirmedSigner, RememberedSigner } from "../engine/verdict/author-memory.js";
import type { CertificateSummary, CryptographicSummary, MessageVerdict } from "../engine/verdict/verdict.js";
import type { Blocker } from "../engine/verdict/blocker.js";
import type { PublicRoot, PublicRootOrigin } from "../engine/index.js";

export type Base64 = string;
/** key of bytes that the background holds in memory for a while */
export type HandoverId = string;
/** a page's own name for work that it may want to stop (`job.ts`) */
export type JobId = string;

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

export interface PageRequests {
  "vault:status": { ask: Record<string, never>; answer: VaultStatus };
  /** first identity: choose the protection. null: no passphrase, a non-extractable key in this profile */
  "vault:create": { ask: { passphrase: string | null }; answer: VaultStatus };
  "vault:unlock": { ask: { passphrase: string; minutes: number | "until-closing" }; answer: VaultStatus };
  "vault:lock": { ask: Record<string, never>; answer: VaultStatus };
  "vault:change-passphrase": { ask: { current: string | null; next: string | null }; answer: VaultStatus };

  "identity:import": { ask: { file: HandoverId; password: string }; answer: ImportedIdentities };
  "identity:list": { ask: Record<string, never>; answer: readonly IdentityView[] };
  "identity:remove": { ask: { fingerprint: string }; answer: Record<string, never> };

  "certificate:import": { ask: { file: HandoverId }; answer: { added: readonly CertificateSummary[] } };
  "certificate:list": { ask: Record<string, never>; answer: readonly StoredCertificateView[] };
  "certificate:remove": { ask: { fingerprint: string }; answer: Record<string, never> };

  "anchor:import": { ask: { file: HandoverId }; answer: { added: readonly CertificateSummary[] } };
  "anchor:list": { ask: Record<string, never>; answer: readonly CertificateSummary[] };
  "anchor:remove": { ask: { fingerprint: string }; answer: Record<string, never> };

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
  "message:find-issuers": { ask: { tabId: number }; answer: Record<string, never> };
  /** the same for a file; asked again it is judged with what came */
  "file:find-issuers": { ask: { file: HandoverId; job: JobId }; answer: Record<string, never> };

  "compose:state": { ask: { tabId: number }; answer: ComposeState };
  "compose:change": { ask: { tabId: number; change: ComposeChange }; answer: ComposeState };
}

export interface VaultStatus {
  readonly state: "empty" | "locked" | "unlocked";
  readonly protection: "passphrase" | "device" | null;
  /** ISO 8601; null: until closing, or not unlocked */
  readonly unlockedUntil: string | null;
}

export interface IdentityView {
  readonly certificate: CertificateSummary;
  readonly chain: readonly CertificateSummary[];
  readonly canSign: boolean;
  readonly canDecrypt: boolean;
  /** first reason why it cannot be used now (expired …), null where it can */
  readonly problem: Fault | null;
}

export interface ImportedIdentities {
  readonly added: readonly IdentityView[];
  /** already there before: nothing changed */
  readonly known: readonly IdentityView[];
  /** certificates in the file without a key, kept as other people's certificates */
  readonly withoutKey: readonly CertificateSummary[];
  /** of a key that the file shows to everybody who has it: no password was needed */
  readonly fileProtection: "password" | "none";
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
  readonly source: "seen-on-mail" | "imported";
  readonly since: string;
}

/** What is remembered of one address. */
export interface MemoryView {
  readonly address: string;
  readonly signers: readonly RememberedSigner[];
  readonly confirmed: readonly ConfirmedSigner[];
  /** messages that a usual signer signed, of how many since the first of them */
  readonly signed: number;
  readonly messages: number;
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
  readonly unlockMinutes: number | "until-closing";
  readonly contentEncryption: "when-all-can" | "always";
  /** whom Signet asks whether a certificate was revoked */
  readonly revocation: "never" | "crl" | "crl-and-ocsp";
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
}

export type ComposeNotice =
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
}

export type ComposeChange =
  | { readonly kind: "mode"; readonly mode: ComposeMode; readonly confirmedClear: boolean }
  | { readonly kind: "identity"; readonly fingerprint: string }
  | { readonly kind: "remember-default" };

// ------------------------------------------------------------------ replies

export type ErrorCode =
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
  | "key-mismatch"
  | "unavailable"
  | "engine-stopped"
  | "cancelled"
  | "unsupported"
  | "confirmation-needed";

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
  | { readonly event: "store-changed" };
