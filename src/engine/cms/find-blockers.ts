/**
 * Everything that keeps a message from leaving, all of it at once: a person wants to repair a message in
 * one go. What stands here was looked at before in the composer; it is looked at again, because only this
 * decides.
 */
import type { Bytes, EmailAddress } from "../base/bytes.js";
import type { Identity, PrivateKey } from "../keys/private-key.js";
import { normalizeAddress } from "../mime/address.js";
import type { Entity } from "../mime/entity.js";
import { mailboxesOf } from "../mime/read-recipients.js";
import { readSender } from "../mime/sender.js";
import type { WritePolicy } from "../policy/policy.js";
import type { Blocker } from "../verdict/blocker.js";
import type { Certificate } from "../x509/certificate.js";
import { emailAddresses } from "../x509/names.js";
import { canEncrypt, canSign } from "./certificate-fitness.js";
import type { EncryptionRecipient } from "./encrypt-key.js";
import { keepersCapabilities } from "./smime-capabilities.js";

export interface Recipient {
  /** normalised or as typed */
  readonly address: string;
  readonly field: "to" | "cc" | "bcc";
  /** the one to encrypt to; its path was validated by whoever chose it */
  readonly certificate: Certificate | null;
  /** DER of SMIMECapabilities, as seen on a signature of theirs */
  readonly capabilities: Bytes | null;
}

export interface Letter {
  readonly message: Entity;
  readonly identity: Identity | null;
  readonly recipients: readonly Recipient[];
  readonly policy: WritePolicy;
}

export type Signer = Identity & { readonly privateKey: PrivateKey };

export type Readiness =
  | { readonly kind: "blocked"; readonly blockers: readonly Blocker[] }
  | {
      readonly kind: "ready";
      readonly signer: Signer | null;
      /** without duplicates, the sender among them; empty where nothing is encrypted */
      readonly readers: readonly EncryptionRecipient[];
    };

export function findBlockers(letter: Letter): Readiness {
  const { policy, identity, message } = letter;
  const author = readSender(message).address;
  const blockers: Blocker[] = [];
  // A draft is nobody's word yet: it may lack its author, and even its identity may have expired.
  const needsAuthor = policy.sign || policy.purpose !== "store";
  if (needsAuthor && author === null) blockers.push({ code: "author-ambiguous" });
  if (needsAuthor) blockers.push(...identityBlockers(identity, author, policy));
  const own = policy.encrypt ? ownReaders(letter, author) : [];
  if (policy.encrypt && own.length === 0 && !blockers.some(({ code }) => code.startsWith("identity-"))) {
    blockers.push(
      withAddress({ code: identity === null ? "identity-missing" : "identity-unsuitable" }, author),
    );
  }
  const sends = policy.encrypt && policy.purpose !== "store";
  if (sends) blockers.push(...recipientBlockers(letter));
  if (blockers.length > 0) return { kind: "blocked", blockers: withoutRepeats(blockers) };
  const others = sends ? letter.recipients.map(toReader) : [];
  const signer = policy.sign ? (identity as Signer) : null;
  return { kind: "ready", signer, readers: uniqueReaders([...own, ...others]) };
}

function withAddress(blocker: Blocker, address: EmailAddress | null): Blocker {
  return address === null ? blocker : { ...blocker, address };
}

function identityBlockers(
  identity: Identity | null,
  author: EmailAddress | null,
  policy: WritePolicy,
): readonly Blocker[] {
  const about = (blocker: Blocker): Blocker => withAddress(blocker, author);
  if (identity === null) return [about({ code: "identity-missing" })];
  const { certificate } = identity;
  const blockers: Blocker[] = [];
  if (author !== null && !emailAddresses(certificate).includes(author)) {
    const detail = emailAddresses(certificate).join(" ");
    blockers.push(about({ code: "identity-address-mismatch", detail }));
  }
  // Who only encrypts needs the certificate for the copy that he keeps: its age does not matter.
  if (!policy.sign) return blockers;
  const now = policy.time.getTime();
  if (now > certificate.notAfter) {
    blockers.push(about({ code: "identity-expired", detail: day(certificate.notAfter) }));
  }
  if (now < certificate.notBefore) {
    blockers.push(about({ code: "identity-not-yet-valid", detail: day(certificate.notBefore) }));
  }
  if (!canSign(certificate)) blockers.push(about({ code: "identity-unsuitable" }));
  if (identity.privateKey === null) blockers.push(about({ code: "identity-locked" }));
  return blockers;
}

function day(time: number): string {
  return new Date(time).toISOString();
}

/** The sender reads what he sent: by his identity's certificate, or by another of his that can receive. */
function ownReaders(
  { identity, recipients }: Letter,
  author: EmailAddress | null,
): readonly EncryptionRecipient[] {
  const own: EncryptionRecipient[] = [];
  const keeping = identity === null ? null : (identity.encryptionCertificate ?? identity.certificate);
  if (keeping !== null && canEncrypt(keeping)) {
    own.push({ certificate: keeping, capabilities: keepersCapabilities });
  }
  for (const recipient of recipients) {
    const { certificate } = recipient;
    const isAuthor = author !== null && normalizeAddress(recipient.address) === author;
    if (isAuthor && certificate !== null && canEncrypt(certificate)) own.push(toReader(recipient));
  }
  return own;
}

function toReader({ certificate, capabilities }: Recipient): EncryptionRecipient {
  if (certificate === null) throw new Error("a recipient without a certificate was not refused");
  return { certificate, capabilities };
}

function uniqueReaders(readers: readonly EncryptionRecipient[]): readonly EncryptionRecipient[] {
  const unique = new Map<string, EncryptionRecipient>();
  for (const reader of readers) {
    const { fingerprint } = reader.certificate;
    if (!unique.has(fingerprint)) unique.set(fingerprint, reader);
  }
  return [...unique.values()];
}

function recipientBlockers({ message, recipients, policy }: Letter): readonly Blocker[] {
  const blockers = recipients.flatMap((recipient) => certificateBlockers(recipient, policy.time));
  const hidden = recipients.filter(({ field }) => field === "bcc").map(({ address }) => address);
  const written = mailboxesOf(message, "bcc").map(({ text }) => text);
  // RFC 5322 §3.6.3: one file goes to all, and its recipientInfos would name whom nobody is to see.
  for (const address of hidden.length > 0 ? hidden : written) {
    blockers.push({ code: "bcc-with-encryption", address });
  }
  blockers.push(...forgottenRecipients(message, recipients));
  if (recipients.length === 0 && blockers.length === 0) blockers.push({ code: "recipients-missing" });
  return blockers;
}

function certificateBlockers({ address, certificate }: Recipient, time: Date): readonly Blocker[] {
  if (certificate === null) return [{ code: "recipient-certificate-missing", address }];
  if (time.getTime() > certificate.notAfter) {
    return [{ code: "recipient-certificate-expired", address, detail: day(certificate.notAfter) }];
  }
  const isTheirs = emailAddresses(certificate).some((named) => sameMailbox(named, address));
  const fits = isTheirs && time.getTime() >= certificate.notBefore && canEncrypt(certificate);
  return fits ? [] : [{ code: "recipient-certificate-unsuitable", address }];
}

/** Whoever stands in To or Cc gets the message; without a key he gets a riddle. */
function forgottenRecipients(message: Entity, recipients: readonly Recipient[]): readonly Blocker[] {
  const blockers: Blocker[] = [];
  for (const { address, text } of [...mailboxesOf(message, "to"), ...mailboxesOf(message, "cc")]) {
    if (address === null) {
      blockers.push({ code: "recipient-list-unresolved", address: text });
    } else if (!recipients.some((known) => sameMailbox(address, known.address))) {
      blockers.push({ code: "recipient-certificate-missing", address });
    }
  }
  return blockers;
}

/** Servers that tell Bob from bob do not exist in the wild; people type both. */
function sameMailbox(a: EmailAddress, b: string): boolean {
  return a.toLowerCase() === normalizeAddress(b)?.toLowerCase();
}

function withoutRepeats(blockers: readonly Blocker[]): readonly Blocker[] {
  const byContent = new Map(blockers.map((blocker) => [JSON.stringify(blocker), blocker]));
  return [...byContent.values()];
}
