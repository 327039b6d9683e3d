/**
 * Opening EnvelopedData and AuthEnvelopedData (RFC 5652 §6.3, RFC 5083 §2.2) with one of our identities, or
 * with a secret that was given for this message. One recipientInfo is chosen by names and algorithms alone
 * and tried once: a second try after a failure would tell an attacker how the first one failed.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, toHex } from "../base/bytes.js";
import { DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import type { CertificateIdentifier } from "../cms-syntax/certificate-identifier.js";
import type { EncryptedEnvelope } from "../cms-syntax/enveloped-data.js";
import {
  type CertificateRecipient,
  type RecipientInfo,
  parseRecipientInfo,
} from "../cms-syntax/recipient-info.js";
import type { Identity } from "../keys/private-key.js";
import type { CryptographicLayer, RecipientHint } from "../verdict/verdict.js";
import { isIdentifiedBy } from "../x509/certificate-lookup.js";
import { nameToText } from "../x509/distinguished-name.js";
import { type ContentCipher, contentCipher, decryptContent } from "./content-cipher.js";
import type { KeyUnwrapping } from "./key-unwrapping.js";
import { isReadableContent } from "./nested-content.js";
import { type GivenSecrets, isForPassword, unwrappingByGivenSecrets } from "./secret-recipients.js";
import { keyUnwrapping } from "./unwrap-key.js";

type OpenedLayer = Extract<CryptographicLayer, { kind: "encrypted"; status: "opened" }>;

export type OpenedEnvelope =
  | ({ readonly kind: "opened"; readonly content: Bytes } & Omit<OpenedLayer, "kind" | "status">)
  | {
      readonly kind: "locked";
      readonly reason: "key-missing" | "key-locked" | "password-needed";
      readonly recipients: readonly RecipientHint[];
    };

export interface Openers extends GivenSecrets {
  readonly identities: readonly Identity[];
}

/**
 * @returns "locked" where no key of ours fits, or the one that does is not unlocked
 * @throws MalformedError | UnsupportedError before anything secret is touched; DecryptionError for all that
 *   fails after; BudgetExceededError
 */
export async function openEnvelope(
  envelope: EncryptedEnvelope,
  openers: Openers,
  budget: Budget,
): Promise<OpenedEnvelope> {
  const recipients = readRecipients(envelope, budget);
  const ours = pairUp(recipients, openers.identities);
  const locked = (reason: "key-missing" | "key-locked" | "password-needed"): OpenedEnvelope => {
    return { kind: "locked", reason, recipients: hints(recipients) };
  };
  const mayBeGiven = openers.passwords.length > 0 || openers.keyEncryptionKeys.length > 0;
  if (ours.length === 0 && !mayBeGiven) {
    return locked(recipients.some(isForPassword) ? "password-needed" : "key-missing");
  }
  const cipher = contentCipher(envelope);
  if (!isReadableContent(envelope.contentType)) {
    throw new UnsupportedError("content-type-unsupported", envelope.contentType);
  }
  if (envelope.encryptedContent === null) throw new MalformedError("cms-malformed", "no encryptedContent");
  const unlocked = ours.filter(({ identity }) => identity.privateKey !== null);
  const opener =
    unlocked.length > 0
      ? firstUsable(unlocked, cipher.keyLength)
      : await givenOpener(recipients, openers, cipher.keyLength);
  if (opener === null) {
    if (ours.length > 0) return locked("key-locked");
    return locked(recipients.some(isForPassword) ? "password-needed" : "key-missing");
  }
  const content = await decrypt(envelope, cipher, opener.unwrapping);
  return {
    kind: "opened",
    content,
    contentEncryption: cipher.label,
    keyManagement: opener.unwrapping.label,
    authenticated: cipher.authenticated,
    legacy: cipher.legacy,
    openedWith: opener.identity?.certificate.fingerprint ?? null,
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

interface Pair {
  readonly recipient: CertificateRecipient;
  readonly identity: Identity;
}

function pairUp(recipients: readonly RecipientInfo[], identities: readonly Identity[]): readonly Pair[] {
  return recipients
    .filter(namesCertificate)
    .flatMap((recipient) =>
      identities
        .filter(({ certificate }) => isIdentifiedBy(certificate, recipient.rid))
        .map((identity) => ({ recipient, identity })),
    );
}

function namesCertificate(recipient: RecipientInfo): recipient is CertificateRecipient {
  return "rid" in recipient;
}

interface Opener {
  readonly unwrapping: KeyUnwrapping;
  readonly identity: Identity | null;
}

/** The first whose algorithms we have: a choice that depends on nothing secret. */
function firstUsable(pairs: readonly Pair[], keyLength: number): Opener {
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

async function givenOpener(
  recipients: readonly RecipientInfo[],
  given: GivenSecrets,
  keyLength: number,
): Promise<Opener | null> {
  const unwrapping = await unwrappingByGivenSecrets(recipients, given, keyLength);
  return unwrapping === null ? null : { unwrapping, identity: null };
}

/**
 * A key that does not come out is replaced by a random one, and fails with the content: whether it was the
 * key or the content that was wrong shows neither in the answer nor, but for little, in the time.
 */
async function decrypt(
  envelope: EncryptedEnvelope,
  cipher: ContentCipher,
  unwrapping: KeyUnwrapping,
): Promise<Bytes> {
  let key: Bytes | null = null;
  try {
    key = await unwrapping.unwrap();
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
  }
  const used = key ?? crypto.getRandomValues(new Uint8Array(cipher.keyLength));
  try {
    const content = await decryptContent(cipher, used, envelope);
    if (key === null) throw new DecryptionError();
    return content;
  } finally {
    used.fill(0);
  }
}

/** Of thousands, the first hundred say enough. */
function hints(recipients: readonly RecipientInfo[]): readonly RecipientHint[] {
  return recipients.filter(namesCertificate).slice(0, 100).map(hint);
}

function hint({ rid }: { rid: CertificateIdentifier }): RecipientHint {
  if (rid.kind === "subjectKeyIdentifier") {
    return { issuer: null, serialNumber: null, subjectKeyIdentifier: toHex(rid.keyIdentifier) };
  }
  return { issuer: issuerText(rid), serialNumber: toHex(rid.serialNumber), subjectKeyIdentifier: null };
}

/** Verdicts are remembered, and sent to pages: a stranger's names shall not make them megabytes. */
const longestName = 500;

function issuerText({
  issuer,
}: Extract<CertificateIdentifier, { kind: "issuerAndSerialNumber" }>): string | null {
  try {
    const text = nameToText(issuer);
    return text.length > longestName ? `${text.slice(0, longestName)}…` : text;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
