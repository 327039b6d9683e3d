/**
 * What the background and the engine's worker say to each other; types only. Large buffers are moved,
 * certificates are sent once and then named, and no private key crosses: the worker gets a key's public
 * facts, and asks for each operation (`key`), which the background performs or refuses.
 */
import type { Bytes, Certificate, Inspection, Protection, PublicRoots } from "../engine/index.js";
import type { ReadPolicy, WritePolicy } from "../engine/index.js";
import type { AuthorMemory, SignatureRecord } from "../engine/index.js";
import type { CrlAsk, IssuersAsk, OcspAsk, RevocationPolicy } from "../engine/index.js";
import type { LookAlike } from "../engine/index.js";
import type { ReadableMessage } from "../protocol/messages.js";

/** The first message to a new worker: whom it serves. */
export interface Beginning {
  /** null: whoever made the worker */
  readonly port: MessagePort | null;
}

/** A private key without its numbers. */
export interface KeyFacts {
  /** what `KeyQuestion` names it by, within its job */
  readonly handle: number;
  /** the key's own fields: kind, curve, size */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly operations: readonly string[];
}

/** Certificates by fingerprint. */
export interface NamedIdentity {
  readonly certificate: string;
  readonly chain: readonly string[];
  readonly encryptionCertificate?: string;
  readonly key: KeyFacts | null;
}

export interface NamedRecipient {
  readonly address: string;
  readonly field: "to" | "cc" | "bcc";
  readonly certificate: string | null;
  readonly capabilities: Bytes | null;
}

export interface NamedContext {
  readonly identities: readonly NamedIdentity[];
  readonly anchors: readonly string[];
  readonly publicRoots?: PublicRoots;
  readonly known: readonly string[];
  readonly policy: ReadPolicy;
  readonly time: Date;
  /** whom the author's address looks like, as the background found */
  readonly lookAlike?: LookAlike;
  /** may evidence be asked for (`evidence`)? */
  readonly hasEvidence?: boolean;
  readonly revocation?: RevocationPolicy;
  readonly memory?: AuthorMemory;
  readonly records?: readonly SignatureRecord[];
}

export type Task =
  | { readonly kind: "inspect"; readonly raw: Bytes; readonly context: NamedContext }
  | { readonly kind: "read"; readonly raw: Bytes; readonly context: NamedContext }
  | {
      readonly kind: "protect";
      readonly draft: Bytes;
      readonly identity: NamedIdentity | null;
      readonly recipients: readonly NamedRecipient[];
      readonly policy: WritePolicy;
    };

export type ReadMessage = ReadableMessage<ReadAttachment>;

export interface ReadAttachment {
  readonly name: string | null;
  readonly mediaType: string;
  readonly content: Bytes;
}

export interface Results {
  readonly inspect: Inspection;
  readonly read: ReadMessage;
  readonly protect: Protection;
}

export interface Job {
  readonly say: "job";
  readonly job: number;
  readonly task: Task;
  /** those named in the task that this worker was not sent yet */
  readonly certificates: readonly Certificate[];
}

/** How an operation ended; errors are told by what the engine needs to know of them, never by their words. */
export type KeyOutcome =
  | { readonly ended: "well"; readonly value: Bytes }
  | { readonly ended: "decryption-failed" }
  | { readonly ended: "unsupported"; readonly detail: string }
  | { readonly ended: "platform-failed"; readonly name: string }
  | { readonly ended: "refused" };

export interface KeyAnswer {
  readonly say: "key";
  readonly question: number;
  readonly outcome: KeyOutcome;
}

/** A question of the engine for what the message does not carry: the background's cache or network answers. */
export type EvidenceAsk =
  | { readonly of: "crls"; readonly ask: CrlAsk }
  | { readonly of: "ocspResponse" | "heldOcspResponse"; readonly ask: OcspAsk }
  | { readonly of: "issuers"; readonly ask: IssuersAsk };

export interface NamedEvidence {
  readonly name: string;
  readonly fetchedAt: number;
  /** null: the worker said that it holds it */
  readonly bytes: Bytes | null;
}

export interface EvidenceAnswered {
  readonly say: "evidence";
  readonly question: number;
  readonly answer:
    | { readonly kind: "found"; readonly evidence: readonly NamedEvidence[] }
    | { readonly kind: "unavailable" }
    | { readonly kind: "not-asked" };
}

export type ToWorker = Job | KeyAnswer | EvidenceAnswered;

export interface Done {
  readonly say: "done";
  readonly job: number;
  readonly result: Results[keyof Results];
}

/** A bug of ours, or no memory: whatever an engine's use case throws. */
export interface Failed {
  readonly say: "failed";
  readonly job: number;
  /** the error's name and the places of its stack; never its words, which may quote a message */
  readonly place: string;
}

export interface KeyQuestion {
  readonly say: "key";
  readonly job: number;
  readonly question: number;
  readonly handle: number;
  readonly operation: string;
  readonly parameters: readonly unknown[];
}

export interface EvidenceQuestion {
  readonly say: "evidence";
  readonly job: number;
  readonly question: number;
  readonly what: EvidenceAsk;
  /** names of what this worker holds: megabytes cross once */
  readonly held: readonly string[];
}

/** The engine found this evidence to be genuine. No answer. */
export interface EvidenceBelieved {
  readonly say: "believed";
  readonly job: number;
  readonly name: string;
  /** milliseconds since the epoch */
  readonly thisUpdate: number;
}

export type FromWorker = Done | Failed | KeyQuestion | EvidenceQuestion | EvidenceBelieved;
