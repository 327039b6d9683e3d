/**
 * What a signature's AlgorithmIdentifier means for a key (RFC 3279, 4055, 5754, 5758, 8410, 8419, 8692,
 * 8702, 9814, 9881, 9882). The key and the algorithm must fit; parameters are read, never guessed.
 */
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, hasNoParameters } from "../cms-syntax/algorithm-identifier.js";
import type { CurveName, MlDsaSet, SlhDsaSet } from "../primitives/names.js";
import type { SubjectPublicKeyInfo } from "./certificate.js";
import { type DigestName, ecdsaDigests, messageDigestName, pkcs1Digests } from "./digest-algorithm.js";
import { type PublicKeyKind, bareKind, maximumRsaBits, publicKeyKind } from "./public-key.js";
import { type PssScheme, pssScheme, requireBoundKey } from "./rsassa-pss.js";

export type SignatureScheme =
  | { readonly name: "RSASSA-PKCS1-v1_5"; readonly digest: DigestName }
  | PssScheme
  | { readonly name: "ECDSA"; readonly digest: DigestName; readonly curve: CurveName }
  // these digest by themselves what they are given
  | { readonly name: "Ed25519"; readonly digest: null }
  | { readonly name: "Ed448"; readonly digest: null }
  | { readonly name: "ML-DSA"; readonly digest: null; readonly parameterSet: MlDsaSet }
  | { readonly name: "SLH-DSA"; readonly digest: null; readonly parameterSet: SlhDsaSet };

/** What WebCrypto may have. */
export type PlatformScheme = Exclude<SignatureScheme, { name: "Ed448" | "ML-DSA" | "SLH-DSA" }>;

/**
 * @param digestAlgorithm of the SignerInfo, for algorithms that do not name one themselves; null in certificates
 * @throws UnsupportedError | MalformedError
 */
export function signatureScheme(
  algorithm: AlgorithmIdentifier,
  keyInfo: SubjectPublicKeyInfo,
  digestAlgorithm: AlgorithmIdentifier | null,
): SignatureScheme {
  const key = publicKeyKind(keyInfo);
  if (key.kind === "rsa" && key.modulusBits > maximumRsaBits) {
    throw new UnsupportedError("key-unsupported", `RSA ${key.modulusBits}`);
  }
  const digest = digestAlgorithm === null ? null : messageDigestName(digestAlgorithm);
  const scheme = schemeOf(algorithm, key, digest);
  if (key.kind === "rsa" && key.pss) {
    requireBoundKey(keyInfo.algorithm.parameters, scheme.name === "RSASSA-PSS" ? scheme : null);
  }
  // RFC 4056 §3, RFC 5753 §2.1.1: one digest for content and attributes.
  if (digest !== null && scheme.digest !== null && scheme.digest !== digest) {
    throw new UnsupportedError("algorithm-unsupported", `${algorithm.algorithm} with ${digest}`);
  }
  return scheme;
}

function schemeOf(
  identifier: AlgorithmIdentifier,
  key: PublicKeyKind,
  digest: DigestName | null,
): SignatureScheme {
  const scheme = key.kind === "rsa" ? rsaScheme(identifier, digest) : otherScheme(identifier, key, digest);
  if (scheme !== null) return scheme;
  throw new UnsupportedError(
    "algorithm-unsupported",
    key.kind === "other" ? key.algorithm : identifier.algorithm,
  );
}

function rsaScheme(identifier: AlgorithmIdentifier, digest: DigestName | null): SignatureScheme | null {
  const pss = pssScheme(identifier);
  if (pss !== null) return pss;
  const { algorithm } = identifier;
  const named = algorithm === oid.rsaEncryption ? digest : (pkcs1Digests[algorithm] ?? null);
  // PKCS #1 v1.5 has no DigestInfo for SHAKE (RFC 8702 §3.2.1).
  if (named === null || named.startsWith("SHAKE") || !hasNoParameters(identifier)) return null;
  return { name: "RSASSA-PKCS1-v1_5", digest: named };
}

function otherScheme(
  identifier: AlgorithmIdentifier,
  key: PublicKeyKind,
  digest: DigestName | null,
): SignatureScheme | null {
  const { algorithm } = identifier;
  switch (key.kind) {
    case "ec":
      return ecdsaScheme(identifier, key.curve, digest);
    case "ed25519":
    case "ed448": {
      // RFC 8410 §3: the parameters must be absent.
      const fits = algorithm === oid[key.kind] && identifier.parameters === null;
      return fits ? { name: key.kind === "ed448" ? "Ed448" : "Ed25519", digest: null } : null;
    }
    case "ml-dsa":
    case "slh-dsa": {
      // RFC 9882 §2, RFC 9814 §2: key and signature have the same identifier, without parameters.
      const named = identifier.parameters === null ? bareKind(algorithm) : null;
      if (named?.kind !== key.kind || named.parameterSet !== key.parameterSet) return null;
      return key.kind === "ml-dsa"
        ? { name: "ML-DSA", digest: null, parameterSet: key.parameterSet }
        : { name: "SLH-DSA", digest: null, parameterSet: key.parameterSet };
    }
    default:
      return null;
  }
}

function ecdsaScheme(
  identifier: AlgorithmIdentifier,
  curve: CurveName,
  digest: DigestName | null,
): SignatureScheme | null {
  // Some write the key's identifier for the signature's, as RSA does; in CMS the digest stands beside it.
  if (identifier.algorithm === oid.ecPublicKey && digest !== null) return { name: "ECDSA", digest, curve };
  const named = ecdsaDigests[identifier.algorithm];
  return named !== undefined && hasNoParameters(identifier) ? { name: "ECDSA", digest: named, curve } : null;
}
