/**
 * Recipients that no certificate names: a key handed over before (RFC 5652 §6.2.3), or a password (§6.2.4,
 * RFC 3211). What to do it with is loaded when the first of them turns up.
 */
import { type Bytes, equal } from "../base/bytes.js";
import type { KekRecipient, PasswordRecipient, RecipientInfo } from "../cms-syntax/recipient-info.js";
import type { KeyUnwrapping } from "./key-unwrapping.js";

export interface KeyEncryptionKey {
  /** as the sender calls it */
  readonly keyIdentifier: Bytes;
  readonly key: Bytes;
}

/** What a person typed, or a program was given, for this message. */
export interface GivenSecrets {
  readonly passwords: readonly string[];
  readonly keyEncryptionKeys: readonly KeyEncryptionKey[];
}

/**
 * @param length of the key that the content cipher needs, octets
 * @returns null where nothing that was given fits
 * @throws UnsupportedError | MalformedError, before anything secret is touched
 */
export async function unwrappingByGivenSecrets(
  recipients: readonly RecipientInfo[],
  given: GivenSecrets,
  length: number,
): Promise<KeyUnwrapping | null> {
  for (const recipient of recipients) {
    if (recipient.kind !== "kek") continue;
    const held = given.keyEncryptionKeys.find((one) => isFor(recipient, one));
    if (held !== undefined) return (await secretKeys()).unwrappingByKek(recipient, held.key, length);
  }
  const byPassword = recipients.filter(isForPassword);
  if (byPassword.length === 0 || given.passwords.length === 0) return null;
  return (await secretKeys()).unwrappingByPassword(byPassword, given.passwords, length);
}

function secretKeys() {
  return import("./unwrap-secret-key.js");
}

function isFor({ keyIdentifier }: KekRecipient, held: KeyEncryptionKey): boolean {
  return equal(keyIdentifier, held.keyIdentifier);
}

export function isForPassword(recipient: RecipientInfo): recipient is PasswordRecipient {
  return recipient.kind === "password";
}
