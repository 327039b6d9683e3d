/**
 * A draft in, a protected message out, or the reasons why not: the use case of writing. There is no third
 * answer; whatever fails on the way is a refusal, and nothing ever comes back in clear.
 */
import { Budget, type Limits, defaultLimits } from "./base/budget.js";
import type { Bytes, CanonicalMime } from "./base/bytes.js";
import { fromUtf8 } from "./base/bytes.js";
import { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "./base/errors.js";
import { chooseCipher, encryptInParts } from "./cms/encrypt.js";
import { type EncryptionRecipient, UnusableRecipientError } from "./cms/encrypt-key.js";
import { type Recipient, type Signer, findBlockers } from "./cms/find-blockers.js";
import { SignatureFailure, signContent } from "./cms/sign.js";
import type { Identity } from "./keys/private-key.js";
import { type Piece, assemble, clearSignedEntity, opaqueEntity } from "./mime/build-entity.js";
import { makeTransportable, requireSevenBit } from "./mime/make-transportable.js";
import { type RawField, splitDraft } from "./mime/split-draft.js";
import type { WritePolicy } from "./policy/policy.js";
import type { Blocker } from "./verdict/blocker.js";

export type { Recipient };

export type Protection =
  | { readonly kind: "protected"; readonly message: Bytes }
  | { readonly kind: "refused"; readonly blockers: readonly Blocker[] };

/**
 * Sign, encrypt, or sign and then encrypt (RFC 8551 §3).
 *
 * @param draft complete RFC 5322 message as the composer made it, any line ends
 * @param identity the sender's; without its private key it cannot sign, but is encrypted to
 * @param recipients everybody the message goes to; lists are expanded already
 * @returns the message with CRLF and seven bits, its outer header as in the draft; or every reason why not
 * @throws only our own bugs
 */
// eslint-disable-next-line max-params -- what is said, by whom, to whom, how: each its own thing
export async function protect(
  draft: Bytes,
  identity: Identity | null,
  recipients: readonly Recipient[],
  policy: WritePolicy,
): Promise<Protection> {
  if (!policy.sign && !policy.encrypt) throw new RangeError("nothing to protect");
  try {
    const budget = writingBudget();
    budget.require("messageBytes", draft.length);
    const { entity, outerFields, content } = splitDraft(draft, budget);
    const readiness = findBlockers({ message: entity, identity, recipients, policy });
    if (readiness.kind === "blocked") return { kind: "refused", blockers: readiness.blockers };
    const { signer, readers } = readiness;
    const canonical = makeTransportable(content, budget);
    const pieces = await protectContent(canonical, { signer, readers, policy });
    return { kind: "protected", message: assemble([...outerHeader(outerFields, policy), ...pieces]) };
  } catch (error) {
    return { kind: "refused", blockers: [blockerFor(error, recipients)] };
  }
}

/** The sender's own message: its size and depth are bounded, the header fields he set are not worth a refusal. */
function writingBudget(): Budget {
  const limits: Limits = { ...defaultLimits, headerFields: 100_000 };
  return new Budget(limits);
}

interface Task {
  readonly signer: Signer | null;
  readonly readers: readonly EncryptionRecipient[];
  readonly policy: WritePolicy;
}

async function protectContent(content: CanonicalMime, task: Task): Promise<readonly Piece[]> {
  const { signer, readers, policy } = task;
  if (!policy.encrypt) return signed(content, { ...task, signer: signer! });
  const inner = signer === null ? content : assemble(await signed(content, { ...task, signer }));
  const cipher = chooseCipher(readers, policy.authenticatedEncryption);
  const { parts, smimeType } = await encryptInParts(inner, readers, cipher);
  return opaqueEntity(parts, smimeType);
}

async function signed(
  content: CanonicalMime,
  task: Task & { readonly signer: Signer },
): Promise<readonly Piece[]> {
  const { signer, policy } = task;
  const { form, rsaSignature, time } = policy;
  const options = { content, rsaSignature, time };
  if (form === "opaque-signed") {
    const { cms } = await signContent(signer, { ...options, form: "encapsulated" });
    return opaqueEntity(cms, "signed-data");
  }
  // RFC 8551 §3.1.2. Inside an encryption nothing is changed on the way.
  if (!policy.encrypt) requireSevenBit(content);
  const { cms, micalg } = await signContent(signer, { ...options, form: "detached" });
  return clearSignedEntity(content, cms, micalg);
}

/**
 * What was outside stays outside, but for Bcc: a message that is sent names nobody who is not to be seen.
 * A mail client takes it out itself, and needs it until then; a stored draft keeps it, or reopening it
 * would lose those recipients.
 */
function outerHeader(fields: readonly RawField[], { purpose }: WritePolicy): readonly Piece[] {
  const kept = purpose === "send" ? fields.filter(({ name }) => !/^(?:resent-)?bcc$/.test(name)) : fields;
  return [...kept.map(({ raw }) => ({ plain: raw })), { plain: fromUtf8("MIME-Version: 1.0\r\n") }];
}

/** Bugs are thrown on: whoever called must not take them for an answer. */
function blockerFor(error: unknown, recipients: readonly Recipient[]): Blocker {
  if (error instanceof UnusableRecipientError) {
    const { fingerprint } = error.certificate;
    const whose = recipients.find(({ certificate }) => certificate?.fingerprint === fingerprint);
    return whose === undefined
      ? { code: "identity-unsuitable" }
      : { code: "recipient-certificate-unsuitable", address: whose.address };
  }
  if (error instanceof MalformedError) {
    return error.code === "mime-malformed"
      ? { code: "draft-malformed", detail: error.detail }
      : { code: "protection-failed", detail: error.code };
  }
  if (error instanceof BudgetExceededError) {
    return error.detail === "messageBytes"
      ? { code: "message-too-large" }
      : { code: "draft-malformed", detail: error.detail };
  }
  if (error instanceof UnsupportedError) return { code: "algorithm-unsupported", detail: error.detail };
  const failed = error instanceof DecryptionError || error instanceof SignatureFailure;
  // The platform's cryptography failed: out of memory, a key taken away, an algorithm switched off.
  if (failed || error instanceof DOMException) return { code: "protection-failed" };
  throw error;
}
