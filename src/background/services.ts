/**
 * What the mail side (compose, display) may ask of the background's core: identities, certificates,
 * judging, protecting, settings. An interface, so that no mail code touches a store or a key directly.
 * Everything is rebuilt from the stores when the event page wakes; nothing here lives in a variable only.
 */
import type {
  Bytes,
  Certificate,
  CertificateSummary,
  Fault,
  Identity,
  Inspection,
  Protection,
  Recipient,
  WritePolicy,
} from "../engine/index.js";
import type { ReadMessage } from "../worker/jobs.js";
import type { OutgoingRules } from "./policy/policy.js";
import type {
  CertificateOrigin,
  ComposeMode,
  HandoverId,
  IdentityView,
  PageEvent,
  Search,
  Settings,
  VaultStatus,
} from "../protocol/messages.js";

/**
 * Why a message is inspected. `display`: a person looks at it in the mail client, so certificates of a
 * good verdict are kept for replies. `file`: a file somebody opened; nothing is learnt from it.
 */
export type InspectPurpose = "display" | "file";

export type CertificateAnswer =
  | {
      readonly kind: "usable";
      readonly certificate: Certificate;
      /** DER of SMIMECapabilities as last seen; null: unknown */
      readonly capabilities: Bytes | null;
      readonly origin: CertificateOrigin;
    }
  | {
      readonly kind: "none";
      /** the most telling reason; null where we simply know no certificate for the address */
      readonly problem: Fault | null;
    };

/** What was asked of the network for a verdict; both absent where nobody is asked. */
export interface Asked {
  /** ends when judging again may say more; null: nothing is under way */
  readonly pending?: Promise<void> | null;
  /** hosts that say they have a missing issuer's certificate, and are asked only by a person's click */
  readonly issuerHosts?: readonly string[];
}
export type Judged = Inspection & Asked;
export type JudgedMessage = ReadMessage & Asked;

export interface Services {
  /** Every identity; `privateKey` is null while the vault is locked. */
  identities(): Promise<readonly Identity[]>;
  identityViews(): Promise<readonly IdentityView[]>;
  /** Identities whose certificate names the address, usable ones first, then the newest. */
  identitiesFor(address: string): Promise<readonly Identity[]>;
  identityView(identity: Identity): Promise<IdentityView>;

  /**
   * The newest certificate that may encrypt to this address at this time and has a path to an anchor;
   * our own identities count too, and need no path for an address that the person writes from.
   *
   * @param author whom the letter is from
   */
  certificateFor(address: string, time: Date, author?: string | null): Promise<CertificateAnswer>;
  /** For somebody without one: whom else that is asked, and what they said. Nobody waits; the store changes. */
  search(address: string): Promise<readonly Search[]>;
  anchors(): Promise<readonly Certificate[]>;
  /** A person chose to keep what is in these files. @returns people's that are there now; files that hold none add none */
  keepCertificates(files: readonly Bytes[]): Promise<readonly CertificateSummary[]>;

  /**
   * The engine's `inspect` with keys, anchors and known certificates from the stores, and the time of now.
   * The octets are given away here and below, as in `engine/engine.ts`; what the signal stops throws.
   */
  inspect(raw: Bytes, purpose: InspectPurpose, signal?: AbortSignal): Promise<Judged>;
  /** A file that somebody opened, judged and read; it waits for evidence, a few seconds at most. */
  read(raw: Bytes, signal?: AbortSignal): Promise<JudgedMessage>;
  /** A person's click: missing issuers are asked for and kept. Judging again finds them. */
  findIssuers(raw: Bytes, signal?: AbortSignal): Promise<void>;
  /** Called after evidence came that an earlier judgement did without. */
  onEvidence(listener: () => void): void;
  /** The engine's `protect`; certificates and the signer's path come from what was asked before. */
  protect(
    draft: Bytes,
    identity: Identity | null,
    recipients: readonly Recipient[],
    policy: WritePolicy,
    signal?: AbortSignal,
  ): Promise<Protection>;

  settings(): Promise<Settings>;
  /** what the organisation asks of mail that leaves */
  organisation(): Promise<OutgoingRules>;
  vaultStatus(): Promise<VaultStatus>;
  /** The lock's default that a person chose for one of the mail client's identities (e.g. "id1"); null: never chose. */
  rememberedMode(identityId: string): Promise<ComposeMode | null>;
  rememberMode(identityId: string, mode: ComposeMode): Promise<void>;

  /** Bytes for one of our own pages; they live in memory only, and not for long. */
  handOver(bytes: Bytes): HandoverId;

  /** Called after every lock and unlock, automatic ones included. */
  onVaultChanged(listener: () => void): void;
  /** Called after identities, certificates, anchors or settings changed; `learnt`: a message brought certificates. */
  onStoreChanged(listener: (why?: "learnt") => void): void;
  /** To all our own open pages; nobody listening is no error. */
  broadcast(event: PageEvent): void;

  /** the clock; an argument in tests */
  now(): Date;
}
