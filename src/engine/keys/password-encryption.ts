/**
 * Password-based encryption as it stands in key files: PBES2 (RFC 8018 §6.2), the schemes of PKCS #12
 * itself (RFC 7292 §C), and PBES1 (`pbes1.ts`). RC4, which PKCS #12 also knows, has no library: it is
 * refused by its name. Files that would keep the machine busy for minutes are refused.
 */
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, tags } from "../base/der-reader.js";
import { readOctetString } from "../base/der-values.js";
import { DecryptionError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { type CbcInput, type LegacyCipher, decryptLegacyCbc } from "./legacy-ciphers.js";
import { deriveKey, parametersOf, saltAndIterations } from "./password-derivation.js";
import type { Secret } from "./password-secret.js";
import { decryptPbes1, isPbes1 } from "./pbes1.js";
import { deriveByPkcs12 } from "./pkcs12-kdf.js";

export { deriveByPbkdf2 } from "./password-derivation.js";
export { type PasswordForm, RoundCounter } from "./password-secret.js";

interface Pkcs12Scheme {
  readonly cipher: LegacyCipher;
  readonly keyLength: number;
}

const pkcs12Schemes: Readonly<Record<string, Pkcs12Scheme>> = {
  "1.2.840.113549.1.12.1.3": { cipher: { name: "3des" }, keyLength: 24 },
  "1.2.840.113549.1.12.1.4": { cipher: { name: "3des" }, keyLength: 16 },
  "1.2.840.113549.1.12.1.5": { cipher: { name: "rc2", effectiveBits: 128 }, keyLength: 16 },
  "1.2.840.113549.1.12.1.6": { cipher: { name: "rc2", effectiveBits: 40 }, keyLength: 5 },
};

/**
 * @returns the plain text
 * @throws DecryptionError, UnsupportedError, MalformedError, BudgetExceededError
 */
export async function decryptWithPassword(
  algorithm: AlgorithmIdentifier,
  ciphertext: Bytes,
  secret: Secret,
): Promise<Bytes> {
  if (algorithm.algorithm === oid.pbes2) return decryptPbes2(algorithm, ciphertext, secret);
  if (isPbes1(algorithm)) return decryptPbes1(algorithm, ciphertext, secret);
  const scheme = pkcs12Schemes[algorithm.algorithm];
  if (scheme === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm.algorithm);
  const { salt, iterations } = saltAndIterations(algorithm);
  // Two digests for the key, one for the vector.
  secret.rounds.spend(3 * iterations);
  const derivation = { hash: "SHA-1", password: secret.form.bmp, salt, iterations } as const;
  const derived = await deriveByPkcs12(derivation, 1, scheme.keyLength);
  const iv = await deriveByPkcs12(derivation, 2, 8);
  const key = scheme.cipher.name === "3des" ? desKey(derived) : derived;
  return decryptLegacyCbc(scheme.cipher, { key, iv, ciphertext });
}

/** Two-key 3DES is three-key 3DES with the first key again. */
function desKey(key: Bytes): Bytes {
  if (key.length !== 16) return key;
  const tripled = new Uint8Array(24);
  tripled.set(key);
  tripled.set(key.subarray(0, 8), 16);
  return tripled;
}

interface ContentCipher {
  readonly keyLength: number;
  readonly legacy: LegacyCipher | null;
}

const contentCiphers: Readonly<Record<string, ContentCipher>> = {
  [oid.aes128Cbc]: { keyLength: 16, legacy: null },
  [oid.aes192Cbc]: { keyLength: 24, legacy: null },
  [oid.aes256Cbc]: { keyLength: 32, legacy: null },
  [oid.desEde3Cbc]: { keyLength: 24, legacy: { name: "3des" } },
  "1.3.14.3.2.7": { keyLength: 8, legacy: { name: "des" } },
};

async function decryptPbes2(
  algorithm: AlgorithmIdentifier,
  ciphertext: Bytes,
  secret: Secret,
): Promise<Bytes> {
  const reader = new SequenceReader(parametersOf(algorithm));
  const derivation = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const encryption = parseAlgorithmIdentifier(reader.next(tags.sequence));
  const cipher = contentCiphers[encryption.algorithm];
  if (cipher === undefined) throw new UnsupportedError("algorithm-unsupported", encryption.algorithm);
  const iv = readOctetString(parametersOf(encryption));
  const key = await deriveKey(derivation, secret, cipher.keyLength);
  const input = { key, iv, ciphertext };
  return cipher.legacy === null ? decryptAesCbc(input) : decryptLegacyCbc(cipher.legacy, input);
}

/** @throws DecryptionError */
export async function decryptAesCbc(input: CbcInput): Promise<Bytes> {
  const { key, iv, ciphertext } = input;
  try {
    const imported = await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["decrypt"]);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, imported, ciphertext));
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    // Chromium has no AES of 192 bits.
    const missing =
      key.length === 24 && (cause.name === "OperationError" || cause.name === "NotSupportedError");
    if (missing) return decryptLegacyCbc({ name: "aes-192" }, input);
    throw new DecryptionError();
  }
}
