/**
 * Signature schemes that the platform lacks: brainpool curves, NIST curves with digests of the SHA-3 and
 * SHAKE families, Ed448 and in places Ed25519, ML-DSA (FIPS 204), SLH-DSA (FIPS 205). By libraries that are loaded when the
 * first such signature turns up. Lengths and encodings are checked here: a key or a signature of the
 * wrong shape verifies nothing, and throws nothing.
 */
import type { Bytes } from "../base/bytes.js";
import { type DigestName, digest } from "./digest.js";
import { type CurveName, type MlDsaSet, type SlhDsaSet, coordinateLengths } from "./names.js";

export type LibraryScheme =
  /** signatures are r || s, each as long as a coordinate; public keys are SEC 1 points, private ones numbers of that length */
  | { readonly name: "ECDSA"; readonly curve: CurveName; readonly digest: DigestName }
  /** RFC 8032 §5, without context */
  | { readonly name: "Ed25519" | "Ed448" }
  /** pure, without context (RFC 9882 §3); the private key is the expanded one of FIPS 204 */
  | { readonly name: "ML-DSA"; readonly parameterSet: MlDsaSet }
  /** pure, without context (RFC 9814 §3) */
  | { readonly name: "SLH-DSA"; readonly parameterSet: SlhDsaSet };

export type SeededScheme = Extract<LibraryScheme, { readonly parameterSet: string }>;

export interface SignedData {
  readonly data: Bytes;
  readonly signature: Bytes;
}

/** @returns false also for a key or signature that is none: wrong length, not on the curve, of small order */
export async function verifyByLibrary(
  scheme: LibraryScheme,
  publicKey: Bytes,
  { data, signature }: SignedData,
): Promise<boolean> {
  switch (scheme.name) {
    case "ECDSA": {
      const length = coordinateLengths[scheme.curve];
      if (!isPointEncoding(publicKey, length) || signature.length !== 2 * length) return false;
      const [curve, hash] = await Promise.all([loadCurve(scheme.curve), digest(scheme.digest, data)]);
      // Only Bitcoin knows an upper half of s that is forbidden; r and s in 1 … n-1 and the curve's
      // equation are checked inside, and answered by false.
      return curve.verify(signature, hash, publicKey, { prehash: false, lowS: false });
    }
    case "Ed25519":
    case "Ed448": {
      const length = edwardsLengths[scheme.name];
      if (publicKey.length !== length || signature.length !== 2 * length) return false;
      const curve = await loadEdwards(scheme.name);
      // Without ZIP 215's leniency: canonical points only, none of small order, S below the group's order.
      return curve.verify(signature, data, publicKey, { zip215: false });
    }
    case "ML-DSA":
    case "SLH-DSA": {
      const signer = await loadPostQuantum(scheme);
      const { lengths } = signer;
      if (publicKey.length !== lengths.publicKey || signature.length !== lengths.signature) return false;
      return signer.verify(signature, data, publicKey);
    }
  }
}

/**
 * Hedged with fresh randomness where the scheme allows it (RFC 6979 §3.6, FIPS 204 §3.4, FIPS 205 §9.2).
 * The caller verifies before anything leaves: a faulty signature can give the key away.
 */
export async function signByLibrary(scheme: LibraryScheme, secretKey: Bytes, data: Bytes): Promise<Bytes> {
  switch (scheme.name) {
    case "ECDSA": {
      const [curve, hash] = await Promise.all([loadCurve(scheme.curve), digest(scheme.digest, data)]);
      return curve.sign(hash, secretKey, { prehash: false, lowS: false, extraEntropy: true });
    }
    case "Ed25519":
    case "Ed448":
      return (await loadEdwards(scheme.name)).sign(data, secretKey);
    case "ML-DSA":
    case "SLH-DSA":
      return (await loadPostQuantum(scheme)).sign(data, secretKey);
  }
}

/**
 * The public half: an uncompressed point for ECDSA, raw octets for the others.
 * @throws Error where the private key is not one of this scheme
 */
export async function publicKeyByLibrary(scheme: LibraryScheme, secretKey: Bytes): Promise<Bytes> {
  switch (scheme.name) {
    case "ECDSA":
      return (await loadCurve(scheme.curve)).getPublicKey(secretKey, false);
    case "Ed25519":
    case "Ed448":
      return (await loadEdwards(scheme.name)).getPublicKey(secretKey);
    case "ML-DSA":
    case "SLH-DSA":
      return (await loadPostQuantum(scheme)).getPublicKey(secretKey);
  }
}

export interface KeyPair {
  readonly publicKey: Bytes;
  readonly secretKey: Bytes;
}

/**
 * ML-DSA.KeyGen_internal of a seed of 32 octets (FIPS 204 §6.1), or SLH-DSA's of SK.seed, SK.prf and
 * PK.seed in one (FIPS 205 §9.1).
 * @throws RangeError for a seed of another length
 */
export async function keysFromSeed(scheme: SeededScheme, seed: Bytes): Promise<KeyPair> {
  const signer = await loadPostQuantum(scheme);
  return signer.keygen(seed);
}

/** SEC 1 §2.3.3: uncompressed or compressed; neither the point at infinity nor the hybrid form. */
function isPointEncoding(key: Bytes, length: number): boolean {
  return key[0] === 4 ? key.length === 2 * length + 1 : key.length === length + 1;
}

// ------------------------------------------------------------------ the libraries

interface EcdsaLibrary {
  verify(signature: Bytes, hash: Bytes, publicKey: Bytes, options: EcdsaOptions): boolean;
  sign(hash: Bytes, secretKey: Bytes, options: EcdsaOptions & { extraEntropy: boolean }): Bytes;
  getPublicKey(secretKey: Bytes, compressed: boolean): Bytes;
}

interface EcdsaOptions {
  readonly prehash: boolean;
  readonly lowS: boolean;
}

async function loadCurve(curve: CurveName): Promise<EcdsaLibrary> {
  switch (curve) {
    case "P-256":
      return (await import("@noble/curves/nist.js")).p256;
    case "P-384":
      return (await import("@noble/curves/nist.js")).p384;
    case "P-521":
      return (await import("@noble/curves/nist.js")).p521;
    default:
      return (await import("@noble/curves/misc.js"))[curve];
  }
}

/** octets of a key, public or private */
const edwardsLengths = { Ed25519: 32, Ed448: 57 } as const;

interface EdwardsLibrary {
  verify(signature: Bytes, data: Bytes, publicKey: Bytes, options: { zip215: boolean }): boolean;
  sign(data: Bytes, secretKey: Bytes): Bytes;
  getPublicKey(secretKey: Bytes): Bytes;
}

async function loadEdwards(name: keyof typeof edwardsLengths): Promise<EdwardsLibrary> {
  return name === "Ed25519"
    ? (await import("@noble/curves/ed25519.js")).ed25519
    : (await import("@noble/curves/ed448.js")).ed448;
}

interface PostQuantumLibrary {
  readonly lengths: { readonly publicKey: number; readonly secretKey: number; readonly signature: number };
  keygen(seed: Bytes): KeyPair;
  getPublicKey(secretKey: Bytes): Bytes;
  sign(data: Bytes, secretKey: Bytes): Bytes;
  verify(signature: Bytes, data: Bytes, publicKey: Bytes): boolean;
}

async function loadPostQuantum(scheme: SeededScheme): Promise<PostQuantumLibrary> {
  if (scheme.name === "ML-DSA") {
    const library = await import("@noble/post-quantum/ml-dsa.js");
    const sets = {
      "ML-DSA-44": library.ml_dsa44,
      "ML-DSA-65": library.ml_dsa65,
      "ML-DSA-87": library.ml_dsa87,
    };
    return sets[scheme.parameterSet] as unknown as PostQuantumLibrary;
  }
  const library = await import("@noble/post-quantum/slh-dsa.js");
  const sets = {
    "SLH-DSA-SHA2-128s": library.slh_dsa_sha2_128s,
    "SLH-DSA-SHA2-128f": library.slh_dsa_sha2_128f,
    "SLH-DSA-SHA2-192s": library.slh_dsa_sha2_192s,
    "SLH-DSA-SHA2-192f": library.slh_dsa_sha2_192f,
    "SLH-DSA-SHA2-256s": library.slh_dsa_sha2_256s,
    "SLH-DSA-SHA2-256f": library.slh_dsa_sha2_256f,
    "SLH-DSA-SHAKE-128s": library.slh_dsa_shake_128s,
    "SLH-DSA-SHAKE-128f": library.slh_dsa_shake_128f,
    "SLH-DSA-SHAKE-192s": library.slh_dsa_shake_192s,
    "SLH-DSA-SHAKE-192f": library.slh_dsa_shake_192f,
    "SLH-DSA-SHAKE-256s": library.slh_dsa_shake_256s,
    "SLH-DSA-SHAKE-256f": library.slh_dsa_shake_256f,
  };
  return sets[scheme.parameterSet] as unknown as PostQuantumLibrary;
}
