/**
 * The content-encryption key by a secret that was given with the message: a key-encryption key, or one of
 * several passwords. Which password fits which recipientInfo is written nowhere, so each is tried; that
 * tells nothing to a sender, who cannot type here.
 */
import { type Bytes, fromUtf8 } from "../base/bytes.js";
import { readWhole } from "../base/der-reader.js";
import { readOctetString } from "../base/der-values.js";
import { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { cmsMalformed } from "../cms-syntax/content-info.js";
import type { KekRecipient, PasswordRecipient } from "../cms-syntax/recipient-info.js";
import { RoundCounter, deriveByPbkdf2 } from "../keys/password-encryption.js";
import { type KeyUnwrapping, ofLength } from "./key-unwrapping.js";
import { keyWrap } from "./key-wrap.js";
import { type PasswordWrapCipher, unwrapByPassword } from "./password-key-wrap.js";

/** @throws UnsupportedError | MalformedError */
export function unwrappingByKek(recipient: KekRecipient, key: Bytes, length: number): KeyUnwrapping {
  const wrap = keyWrap(recipient.keyEncryptionAlgorithm);
  if (key.length !== wrap.keyLength) throw cmsMalformed("length of the key-encryption key");
  const unwrap = async (): Promise<Bytes> => {
    const unwrapped = await wrap.unwrap(key, recipient.encryptedKey);
    if (unwrapped === null) throw new DecryptionError();
    return ofLength(unwrapped, length);
  };
  return { label: "KEK", unwrap };
}

/** Passwords times recipients that may be theirs: who writes to many by password gives all of them one. */
const maximumTries = 40;

/** @throws UnsupportedError | MalformedError | BudgetExceededError */
export function unwrappingByPassword(
  recipients: readonly PasswordRecipient[],
  passwords: readonly string[],
  length: number,
): KeyUnwrapping {
  if (recipients.length * passwords.length > maximumTries) throw new BudgetExceededError("passwords");
  const wraps = recipients.map(passwordWrap);
  const unwrap = async (): Promise<Bytes> => {
    const rounds = new RoundCounter();
    for (const password of passwords) {
      for (const wrap of wraps) {
        const key = await derive(wrap, password, rounds);
        const cipher: PasswordWrapCipher = { name: wrap.name, key, iv: wrap.iv };
        const unwrapped = await unwrapByPassword(cipher, wrap.encryptedKey, length);
        if (unwrapped !== null) return unwrapped;
      }
    }
    throw new DecryptionError();
  };
  return { label: "PBKDF2", unwrap };
}

interface PasswordWrap {
  readonly name: PasswordWrapCipher["name"];
  readonly keyLength: number;
  readonly iv: Bytes;
  readonly derivation: AlgorithmIdentifier;
  readonly encryptedKey: Bytes;
}

const innerCiphers: Readonly<Record<string, Pick<PasswordWrap, "name" | "keyLength">>> = {
  [oid.aes128Cbc]: { name: "aes", keyLength: 16 },
  [oid.aes192Cbc]: { name: "aes", keyLength: 24 },
  [oid.aes256Cbc]: { name: "aes", keyLength: 32 },
  [oid.desEde3Cbc]: { name: "3des", keyLength: 24 },
};

function passwordWrap(recipient: PasswordRecipient): PasswordWrap {
  const { keyDerivationAlgorithm: derivation, keyEncryptionAlgorithm, encryptedKey } = recipient;
  if (keyEncryptionAlgorithm.algorithm !== oid.pwriKek) {
    throw new UnsupportedError("algorithm-unsupported", keyEncryptionAlgorithm.algorithm);
  }
  if (derivation?.algorithm !== oid.pbkdf2) {
    throw new UnsupportedError("algorithm-unsupported", derivation?.algorithm ?? "no key derivation");
  }
  if (keyEncryptionAlgorithm.parameters === null) throw cmsMalformed("PWRI-KEK without a cipher");
  const inner = parseAlgorithmIdentifier(readWhole(keyEncryptionAlgorithm.parameters, "ber"));
  const known = innerCiphers[inner.algorithm];
  if (known === undefined) throw new UnsupportedError("algorithm-unsupported", inner.algorithm);
  if (inner.parameters === null) throw cmsMalformed("PWRI-KEK without an IV");
  const iv = readOctetString(readWhole(inner.parameters, "ber"));
  if (iv.length !== (known.name === "aes" ? 16 : 8)) throw cmsMalformed("IV");
  return { ...known, iv, derivation, encryptedKey };
}

/** @throws MalformedError | UnsupportedError | BudgetExceededError, for what the message says of the derivation */
async function derive(wrap: PasswordWrap, password: string, rounds: RoundCounter): Promise<Bytes> {
  const octets = fromUtf8(password);
  try {
    return await deriveByPbkdf2(wrap.derivation, { form: { bmp: octets, octets }, rounds }, wrap.keyLength);
  } catch (error) {
    if (error instanceof MalformedError) throw cmsMalformed(error.detail, { cause: error });
    throw error;
  }
}
