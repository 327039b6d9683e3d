/**
 * ML-DSA and ML-KEM keys as their operations want them, out of what a file holds: a seed, the expanded
 * form, or both. Keys whose parts do not belong together are refused (RFC 9881 §8.1, RFC 9935 §8): whoever
 * put them together may have done so to learn the key from what we then send.
 */
import { type Bytes, equal } from "../base/bytes.js";
import { DecryptionError, MalformedError } from "../base/errors.js";
import { digest } from "../primitives/digest.js";
import { publicKeyOfExpanded } from "../primitives/ml-dsa-expanded.js";
import * as mlKem from "../primitives/ml-kem.js";
import { type KeyPair, keysFromSeed } from "../primitives/signatures.js";
import type { LatticeKey, MlKemKey } from "./pkcs8-octets.js";

/** @throws MalformedError("key-malformed") */
export async function resolveLatticeKey(key: LatticeKey): Promise<KeyPair> {
  const { seed, expanded } = key;
  if (seed !== null) {
    const pair = await fromSeed(key, seed);
    if (expanded === null || equal(expanded, pair.secretKey)) return pair;
    pair.secretKey.fill(0);
    throw new MalformedError("key-malformed", `${key.parameterSet}: seed and expanded key differ`);
  }
  const secretKey = expanded!;
  if (key.kind === "ml-kem") return { secretKey, publicKey: await mlKemPublicKey(key, secretKey) };
  return { secretKey, publicKey: await publicKeyOfExpanded(key.parameterSet, secretKey) };
}

function fromSeed(key: LatticeKey, seed: Bytes): Promise<KeyPair> {
  return key.kind === "ml-kem"
    ? mlKem.keysFromSeed(key.parameterSet, seed)
    : keysFromSeed({ name: "ML-DSA", parameterSet: key.parameterSet }, seed);
}

/**
 * dk is dkPKE, ek, H(ek), z (FIPS 203 §7.1). The hash is compared (§7.3); that dkPKE opens what is sealed
 * for ek is tried.
 */
async function mlKemPublicKey({ parameterSet }: MlKemKey, secretKey: Bytes): Promise<Bytes> {
  const { publicKey: length } = mlKem.mlKemLengths[parameterSet];
  const start = secretKey.length - 64 - length;
  const publicKey = secretKey.slice(start, start + length);
  const hash = secretKey.subarray(start + length, start + length + 32);
  if (
    equal(hash, await digest("SHA3-256", publicKey)) &&
    (await opensItsOwn(parameterSet, secretKey, publicKey))
  ) {
    return publicKey;
  }
  throw new MalformedError("key-malformed", `${parameterSet}: the parts are not of one key`);
}

async function opensItsOwn(
  set: MlKemKey["parameterSet"],
  secretKey: Bytes,
  publicKey: Bytes,
): Promise<boolean> {
  const { ciphertext, sharedSecret } = await mlKem.encapsulate(set, publicKey);
  try {
    return equal(sharedSecret, await mlKem.decapsulate(set, secretKey, ciphertext));
  } catch (error) {
    if (error instanceof DecryptionError) return false;
    throw error;
  }
}
