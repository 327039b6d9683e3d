/**
 * Password-based encryption as it stands in key files: PBES2 (RFC 8018 §6.2) and the schemes of PKCS #12
 * itself (RFC 7292 §C). Files that would keep the machine busy for minutes are refused.
 */
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { sha224 } from "@noble/hashes/sha2.js";
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readObjectIdentifier, readOctetString, readSmallInteger } from "../base/der-values.js";
import { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { type LegacyCipher, decryptLegacyCbc } from "./legacy-ciphers.js";
import { type Pkcs12Hash, deriveByPkcs12, pkcs12Hashes } from "./pkcs12-kdf.js";

/** One way to turn what was typed into octets; programs differ where it is empty or not ASCII. */
export interface PasswordForm {
  /** for the derivation of RFC 7292 §B.2 */
  readonly bmp: Bytes;
  /** for PBKDF2 */
  readonly octets: Bytes;
}

/** Rounds of key derivation that one file may cost, and one of its keys. */
const maximumRounds = { inAll: 10_000_000, atOnce: 5_000_000 };

export class RoundCounter {
  #spent = 0;

  /** @throws BudgetExceededError, MalformedError for none */
  spend(iterations: number): void {
    this.#spent += iterations;
    if (iterations < 1) throw new MalformedError("pkcs12-malformed", "iteration count");
    if (iterations > maximumRounds.atOnce || this.#spent > maximumRounds.inAll) {
      throw new BudgetExceededError("password iterations");
    }
  }
}

export interface Secret {
  readonly form: PasswordForm;
  readonly rounds: RoundCounter;
}

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
  const scheme = pkcs12Schemes[algorithm.algorithm];
  if (scheme === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm.algorithm);
  const reader = new SequenceReader(parametersOf(algorithm));
  const salt = readOctetString(reader.any());
  const iterations = readSmallInteger(reader.next(tags.integer));
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

function parametersOf({ parameters }: AlgorithmIdentifier) {
  if (parameters === null) throw new MalformedError("pkcs12-malformed", "no parameters");
  return readWhole(parameters, "ber");
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
  const key = await deriveByPbkdf2(derivation, secret, cipher.keyLength);
  const input = { key, iv, ciphertext };
  return cipher.legacy === null ? decryptAesCbc(input) : decryptLegacyCbc(cipher.legacy, input);
}

async function decryptAesCbc(input: { key: Bytes; iv: Bytes; ciphertext: Bytes }): Promise<Bytes> {
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

/**
 * PBKDF2 (RFC 8018 §A.2).
 * @param length octets of the key where the parameters leave it open; null where they must say it
 */
export async function deriveByPbkdf2(
  algorithm: AlgorithmIdentifier,
  { form, rounds }: Secret,
  length: number | null,
): Promise<Bytes> {
  if (algorithm.algorithm !== oid.pbkdf2)
    throw new UnsupportedError("algorithm-unsupported", algorithm.algorithm);
  const reader = new SequenceReader(parametersOf(algorithm));
  const salt = readOctetString(reader.any());
  const iterations = readSmallInteger(reader.next(tags.integer));
  const given = reader.optional(tags.integer);
  const prf = reader.optional(tags.sequence);
  reader.finish();
  const keyLength = given === null ? length : readSmallInteger(given);
  if (keyLength === null || (length !== null && keyLength !== length) || keyLength < 1 || keyLength > 1024) {
    throw new MalformedError("pkcs12-malformed", "key length");
  }
  const name = prf === null ? oid.hmacWithSha1 : readObjectIdentifier(new SequenceReader(prf).any());
  const hash = pkcs12Hashes[name];
  if (hash === undefined) throw new UnsupportedError("algorithm-unsupported", name);
  rounds.spend(iterations);
  return pbkdf2(hash, { password: form.octets, salt, iterations, keyLength });
}

async function pbkdf2(
  hash: Pkcs12Hash,
  input: {
    readonly password: Bytes;
    readonly salt: Bytes;
    readonly iterations: number;
    readonly keyLength: number;
  },
): Promise<Bytes> {
  const { password, salt, iterations, keyLength } = input;
  if (hash === "SHA-224") {
    return (await pbkdf2Async(sha224, password, salt, { c: iterations, dkLen: keyLength })) as Bytes;
  }
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash, salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, keyLength * 8));
}
