/**
 * PBES1 (RFC 8018 §6.1): DES and RC2 under MD5 or SHA-1, as key files of the last century have it, and
 * `openssl pkcs8` wrote it until 2016. MD2 has no library: it is refused by its name.
 */
import { type Bytes, concat } from "../base/bytes.js";
import type { AlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { type LegacyCipher, decryptLegacyCbc } from "./legacy-ciphers.js";
import { saltAndIterations } from "./password-derivation.js";
import type { Secret } from "./password-secret.js";

interface Scheme {
  readonly hash: "md5" | "sha1";
  readonly cipher: LegacyCipher;
}

const rc2: LegacyCipher = { name: "rc2", effectiveBits: 64 };
const schemes: Readonly<Record<string, Scheme>> = {
  "1.2.840.113549.1.5.3": { hash: "md5", cipher: { name: "des" } },
  "1.2.840.113549.1.5.6": { hash: "md5", cipher: rc2 },
  "1.2.840.113549.1.5.10": { hash: "sha1", cipher: { name: "des" } },
  "1.2.840.113549.1.5.11": { hash: "sha1", cipher: rc2 },
};

export function isPbes1({ algorithm }: AlgorithmIdentifier): boolean {
  return algorithm in schemes;
}

/** @throws DecryptionError, MalformedError, BudgetExceededError */
export async function decryptPbes1(
  algorithm: AlgorithmIdentifier,
  ciphertext: Bytes,
  secret: Secret,
): Promise<Bytes> {
  const { hash, cipher } = schemes[algorithm.algorithm]!;
  const { salt, iterations } = saltAndIterations(algorithm);
  secret.rounds.spend(iterations, 4);
  // PBKDF1 (RFC 8018 §5.1)
  const { [hash]: digest } = await import("@noble/hashes/legacy.js");
  let derived: Uint8Array = concat([secret.form.octets, salt]);
  for (let i = 0; i < iterations; i++) derived = digest(derived);
  const key = derived.slice(0, 8) as Bytes;
  const iv = derived.slice(8, 16) as Bytes;
  return decryptLegacyCbc(cipher, { key, iv, ciphertext });
}
