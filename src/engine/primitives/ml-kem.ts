/**
 * ML-KEM (FIPS 203), by a library that is loaded when the first such key or recipient turns up. Keys and
 * ciphertexts are the octet strings of FIPS 203 §7; a private key is the expanded form, `dk`.
 */
import type { Bytes } from "../base/bytes.js";
import { DecryptionError, MalformedError } from "../base/errors.js";
import type { MlKemSet } from "./names.js";

interface Lengths {
  /** octets of `ek`, `dk` and the ciphertext (FIPS 203 §8, table 3) */
  readonly publicKey: number;
  readonly secretKey: number;
  readonly ciphertext: number;
}

export const mlKemLengths: Readonly<Record<MlKemSet, Lengths>> = {
  "ML-KEM-512": { publicKey: 800, secretKey: 1632, ciphertext: 768 },
  "ML-KEM-768": { publicKey: 1184, secretKey: 2400, ciphertext: 1088 },
  "ML-KEM-1024": { publicKey: 1568, secretKey: 3168, ciphertext: 1568 },
};

export interface Encapsulation {
  readonly ciphertext: Bytes;
  /** 32 octets */
  readonly sharedSecret: Bytes;
}

/** @throws MalformedError("key-malformed") where the public key fails the checks of FIPS 203 §7.2 */
export async function encapsulate(set: MlKemSet, publicKey: Bytes): Promise<Encapsulation> {
  const kem = await library(set);
  try {
    const { cipherText, sharedSecret } = kem.encapsulate(publicKey);
    return { ciphertext: cipherText as Bytes, sharedSecret: sharedSecret as Bytes };
  } catch (cause) {
    throw new MalformedError("key-malformed", `${set} public key`, { cause });
  }
}

/**
 * A wrong ciphertext of the right length gives a secret that nobody else has (implicit rejection,
 * FIPS 203 §6.3), in the same way as a right one.
 *
 * @param secretKey the expanded form
 * @returns the shared secret, 32 octets
 * @throws DecryptionError where a length, or the hash inside the key, is wrong (FIPS 203 §7.3)
 */
export async function decapsulate(set: MlKemSet, secretKey: Bytes, ciphertext: Bytes): Promise<Bytes> {
  const lengths = mlKemLengths[set];
  if (secretKey.length !== lengths.secretKey || ciphertext.length !== lengths.ciphertext) {
    throw new DecryptionError();
  }
  const kem = await library(set);
  try {
    return kem.decapsulate(ciphertext, secretKey) as Bytes;
  } catch {
    throw new DecryptionError();
  }
}

export interface MlKemKeyPair {
  readonly publicKey: Bytes;
  /** the expanded form */
  readonly secretKey: Bytes;
}

/** FIPS 203 §7.1 from its two random numbers, d and z. @param seed 64 octets. @throws MalformedError("key-malformed") */
export async function keysFromSeed(set: MlKemSet, seed: Bytes): Promise<MlKemKeyPair> {
  if (seed.length !== 64) throw new MalformedError("key-malformed", `${set} seed`);
  const { publicKey, secretKey } = (await library(set)).keygen(seed);
  return { publicKey: publicKey as Bytes, secretKey: secretKey as Bytes };
}

async function library(set: MlKemSet) {
  const { ml_kem512, ml_kem768, ml_kem1024 } = await import("@noble/post-quantum/ml-kem.js");
  return { "ML-KEM-512": ml_kem512, "ML-KEM-768": ml_kem768, "ML-KEM-1024": ml_kem1024 }[set];
}
