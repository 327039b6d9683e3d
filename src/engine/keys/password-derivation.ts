/** Keys from passwords, where the parameters stand in an AlgorithmIdentifier: PBKDF2 (RFC 8018 §5.2) and scrypt (RFC 7914). */
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { sha224 } from "@noble/hashes/sha2.js";
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readObjectIdentifier, readOctetString, readSmallInteger } from "../base/der-values.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import type { Secret } from "./password-secret.js";
import { type Pkcs12Hash, digestLength, pkcs12Hashes } from "./pkcs12-kdf.js";

export function parametersOf({ parameters }: AlgorithmIdentifier): Element {
  if (parameters === null) throw new MalformedError("pkcs12-malformed", "no parameters");
  return readWhole(parameters, "ber");
}

/** PBEParameter (RFC 8018 §A.3) and pkcs-12PbeParams (RFC 7292 §C) are one. @throws MalformedError */
export function saltAndIterations(algorithm: AlgorithmIdentifier): {
  readonly salt: Bytes;
  readonly iterations: number;
} {
  const reader = new SequenceReader(parametersOf(algorithm));
  return { salt: readOctetString(reader.any()), iterations: readSmallInteger(reader.next(tags.integer)) };
}

/**
 * By the function that `algorithm` names.
 * @param length octets of the key
 * @throws UnsupportedError, MalformedError, BudgetExceededError
 */
export function deriveKey(algorithm: AlgorithmIdentifier, secret: Secret, length: number): Promise<Bytes> {
  return algorithm.algorithm === scryptIdentifier
    ? deriveByScrypt(algorithm, secret, length)
    : deriveByPbkdf2(algorithm, secret, length);
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
  const blocks = Math.ceil(keyLength / digestLength(hash));
  rounds.spend(iterations, hash === "SHA-224" ? 8 * blocks : blocks);
  return pbkdf2(hash, { password: form.octets, salt, iterations, keyLength });
}

const scryptIdentifier = "1.3.6.1.4.1.11591.4.11";

/** scrypt (RFC 7914 §7). */
async function deriveByScrypt(
  algorithm: AlgorithmIdentifier,
  { form, rounds }: Secret,
  length: number,
): Promise<Bytes> {
  const reader = new SequenceReader(parametersOf(algorithm));
  const salt = readOctetString(reader.any());
  const number = (): number => readSmallInteger(reader.next(tags.integer));
  const cost = { costFactor: number(), blockSize: number(), parallelism: number() };
  const given = reader.optional(tags.integer);
  reader.finish();
  if (given !== null && readSmallInteger(given) !== length) {
    throw new MalformedError("pkcs12-malformed", "key length");
  }
  rounds.spendScrypt(cost);
  const { scrypt } = await import("hash-wasm");
  const options = { password: form.octets, salt, ...cost, hashLength: length, outputType: "binary" } as const;
  return (await scrypt(options)) as Bytes;
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
