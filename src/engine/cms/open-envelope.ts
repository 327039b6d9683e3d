/**
 * Opening EnvelopedData and AuthEnvelopedData (RFC 5652 §6.3, RFC 5083 §2.2) with one of our identities.
 * One recipientInfo is chosen by names and algorithms alone and tried once: a second try after a failure
 * would tell an attacker how the first one failed.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, toHex } from "../base/bytes.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { CertificateIdentifier } from "../cms-syntax/certificate-identifier.js";
import type { EncryptedEnvelope } from "../cms-syntax/enveloped-data.js";
import { type RecipientInfo, parseRecipientInfo } from "../cms-syntax/recipient-info.js";
import type { Identity } from "../keys/private-key.js";
import type { RecipientHint } from "../verdict/verdict.js";
import { isIdentifiedBy } from "../x509/certificate-lookup.js";
import { nameToText } from "../x509/distinguished-name.js";
import { contentCipher, decryptContent } from "./content-cipher.js";
import { type KeyUnwrapping, keyUnwrapping } from "./unwrap-key.js";

export type OpenedEnvelope =
  | {
      readonly kind: "opened";
      readonly content: Bytes;
      readonly contentEncryption: string;
      readonly keyManagement: string;
      readonly authenticated: boolean;
      readonly openedWith: string;
    }
  | {
      readonly kind: "locked";
      readonly reason: "key-missing" | "key-locked";
      readonly recipients: readonly RecipientHint[];
    };

/**
 * @returns "locked" where no key of ours fits, or the one that does is not unlocked
 * @throws MalformedError | UnsupportedError before anything secret is touched; DecryptionError for all that
 *   fails after; BudgetExceededError
 */
export async function openEnvelope(
  envelope: EncryptedEnvelope,
  identities: readonly Identity[],
  budget: Budget,
): Promise<OpenedEnvelope> {
  const recipients = readRecipients(envelope, budget);
  const ours = recipients.flatMap((recipient) =>
    identities
      .filter(({ certificate }) => isIdentifiedBy(certificate, recipient.rid))
      .map((identity) => ({ recipient, identity })),
  );
  if (ours.length === 0) return { kind: "locked", reason: "key-missing", recipients: hints(recipients) };
  const cipher = contentCipher(envelope);
  if (envelope.contentType !== oid.data) {
    throw new UnsupportedError("content-type-unsupported", envelope.contentType);
  }
  if (envelope.encryptedContent === null) throw new MalformedError("cms-malformed", "no encryptedContent");
  const unlocked = ours.filter(({ identity }) => identity.privateKey !== null);
  if (unlocked.length === 0) return { kind: "locked", reason: "key-locked", recipients: hints(recipients) };
  const { unwrapping, identity } = firstUsable(unlocked, cipher.keyLength);
  const content = await decryptContent(cipher, await unwrapping.unwrap(), envelope);
  return {
    kind: "opened",
    content,
    contentEncryption: cipher.label,
    keyManagement: unwrapping.label,
    authenticated: cipher.mode === "AES-GCM",
    openedWith: identity.certificate.fingerprint,
  };
}

function readRecipients(envelope: EncryptedEnvelope, budget: Budget): readonly RecipientInfo[] {
  const recipients: RecipientInfo[] = [];
  for (const element of envelope.recipientInfos) {
    const entries = parseRecipientInfo(element);
    budget.spend("recipients", Math.max(1, entries.length));
    recipients.push(...entries);
  }
  return recipients;
}

/** The first whose algorithms we have: a choice that depends on nothing secret. */
function firstUsable(
  pairs: readonly { recipient: RecipientInfo; identity: Identity }[],
  keyLength: number,
): { unwrapping: KeyUnwrapping; identity: Identity } {
  let problem: MalformedError | UnsupportedError | null = null;
  for (const { recipient, identity } of pairs) {
    try {
      return { unwrapping: keyUnwrapping(recipient, identity.privateKey!, keyLength), identity };
    } catch (error) {
      if (!(error instanceof MalformedError) && !(error instanceof UnsupportedError)) throw error;
      problem ??= error;
    }
  }
  throw problem ?? new UnsupportedError("algorithm-unsupported", "recipientInfo");
}

/** Of thousands, the first hundred say enough. */
function hints(recipients: readonly RecipientInfo[]): readonly RecipientHint[] {
  return recipients.slice(0, 100).map(hint);
}

function hint({ rid }: { rid: CertificateIdentifier }): RecipientHint {
  if (rid.kind === "subjectKeyIdentifier") {
    return { issuer: null, serialNumber: null, subjectKeyIdentifier: toHex(rid.keyIdentifier) };
  }
  return { issuer: issuerText(rid), serialNumber: toHex(rid.serialNumber), subjectKeyIdentifier: null };
}

function issuerText({
  issuer,
}: Extract<CertificateIdentifier, { kind: "issuerAndSerialNumber" }>): string | null {
  try {
    return nameToText(issuer);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
