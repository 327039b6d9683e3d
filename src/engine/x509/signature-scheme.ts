/**
 * What a signature's AlgorithmIdentifier means for a key (RFC 3279, 4055, 5754, 5758, 8410, 8419). The
 * key and the algorithm must fit; parameters are read, never guessed.
 */
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, context, readWhole, tags } from "../base/der-reader.js";
import { readSmallInteger } from "../base/der-values.js";
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import {
  type AlgorithmIdentifier,
  hasNoParameters,
  parseAlgorithmIdentifier,
} from "../cms-syntax/algorithm-identifier.js";
import { unwrapExplicit } from "../cms-syntax/content-info.js";
import { isNistCurve } from "../primitives/names.js";
import type { SubjectPublicKeyInfo } from "./certificate.js";
import { type PublicKeyKind, maximumRsaBits, publicKeyKind } from "./public-key.js";

export type SignatureScheme =
  | { readonly name: "RSASSA-PKCS1-v1_5"; readonly digest: string }
  | { readonly name: "RSASSA-PSS"; readonly digest: string; readonly saltLength: number }
  | { readonly name: "ECDSA"; readonly digest: string; readonly curve: "P-256" | "P-384" | "P-521" }
  | { readonly name: "Ed25519"; readonly digest: null };

const pkcs1Digests: Readonly<Record<string, string>> = {
  [oid.md5WithRsaEncryption]: oid.md5,
  [oid.sha1WithRsaEncryption]: oid.sha1,
  [oid.sha224WithRsaEncryption]: oid.sha224,
  [oid.sha256WithRsaEncryption]: oid.sha256,
  [oid.sha384WithRsaEncryption]: oid.sha384,
  [oid.sha512WithRsaEncryption]: oid.sha512,
};

const ecdsaDigests: Readonly<Record<string, string>> = {
  [oid.ecdsaWithSha1]: oid.sha1,
  [oid.ecdsaWithSha224]: oid.sha224,
  [oid.ecdsaWithSha256]: oid.sha256,
  [oid.ecdsaWithSha384]: oid.sha384,
  [oid.ecdsaWithSha512]: oid.sha512,
};

/**
 * @param digestAlgorithm of the SignerInfo, for algorithms that do not name one themselves; null in certificates
 * @throws UnsupportedError | MalformedError
 */
export function signatureScheme(
  algorithm: AlgorithmIdentifier,
  keyInfo: SubjectPublicKeyInfo,
  digestAlgorithm: string | null,
): SignatureScheme {
  const key = publicKeyKind(keyInfo);
  if (key.kind === "rsa" && key.modulusBits > maximumRsaBits) {
    throw new UnsupportedError("key-unsupported", `RSA ${key.modulusBits}`);
  }
  const scheme = schemeOf(algorithm, key, digestAlgorithm);
  if (key.kind === "rsa" && key.pss) requirePssKey(keyInfo, scheme);
  // RFC 4056 §3, RFC 5753 §2.1.1: one digest for content and attributes.
  if (digestAlgorithm !== null && scheme.digest !== null && scheme.digest !== digestAlgorithm) {
    throw new UnsupportedError("algorithm-unsupported", `${algorithm.algorithm} with ${digestAlgorithm}`);
  }
  return scheme;
}

function schemeOf(
  algorithm: AlgorithmIdentifier,
  key: PublicKeyKind,
  digestAlgorithm: string | null,
): SignatureScheme {
  const id = algorithm.algorithm;
  if (key.kind === "rsa") {
    if (id === oid.rsassaPss) return pssScheme(algorithm.parameters);
    const digest = id === oid.rsaEncryption ? digestAlgorithm : (pkcs1Digests[id] ?? null);
    if (digest !== null && hasNoParameters(algorithm)) return { name: "RSASSA-PKCS1-v1_5", digest };
  }
  if (key.kind === "ec" && isNistCurve(key.curve)) {
    const digest = ecdsaDigests[id];
    if (digest !== undefined && hasNoParameters(algorithm)) {
      return { name: "ECDSA", digest, curve: key.curve };
    }
  }
  // RFC 8410 §3: the parameters must be absent.
  if (key.kind === "ed25519" && id === oid.ed25519 && algorithm.parameters === null) {
    return { name: "Ed25519", digest: null };
  }
  const detail = key.kind === "other" ? key.algorithm : id;
  throw new UnsupportedError("algorithm-unsupported", detail);
}

/** RSASSA-PSS-params (RFC 4055 §3.1). */
function pssScheme(parameters: Bytes | null): SignatureScheme {
  const reader = new SequenceReader(readWhole(parameters ?? Uint8Array.of(tags.sequence, 0), "der"));
  const digest = optionalAlgorithm(reader, 0)?.algorithm ?? oid.sha1;
  const mask = optionalAlgorithm(reader, 1);
  const salt = reader.optional(context(2));
  const trailer = reader.optional(context(3));
  reader.finish();
  const maskDigest = mask === null ? oid.sha1 : maskGenerationDigest(mask);
  const trailerField = trailer === null ? 1 : readSmallInteger(unwrapExplicit(trailer, context(3)));
  // WebCrypto has one digest for both, and the only trailer there is.
  if (maskDigest !== digest || trailerField !== 1) {
    throw new UnsupportedError("algorithm-unsupported", `RSASSA-PSS with MGF1 ${maskDigest}`);
  }
  const saltLength = salt === null ? 20 : readSmallInteger(unwrapExplicit(salt, context(2)));
  return { name: "RSASSA-PSS", digest, saltLength };
}

function optionalAlgorithm(reader: SequenceReader, tag: number): AlgorithmIdentifier | null {
  const explicit = reader.optional(context(tag));
  return explicit === null ? null : parseAlgorithmIdentifier(unwrapExplicit(explicit, context(tag)));
}

function maskGenerationDigest(mask: AlgorithmIdentifier): string {
  if (mask.algorithm !== oid.mgf1 || mask.parameters === null) {
    throw new UnsupportedError("algorithm-unsupported", mask.algorithm);
  }
  return parseAlgorithmIdentifier(readWhole(mask.parameters, "der")).algorithm;
}

/** RFC 4055 §3.3: a key that is bound to PSS, and perhaps to its parameters, is used for nothing else. */
function requirePssKey(keyInfo: SubjectPublicKeyInfo, scheme: SignatureScheme): void {
  const { parameters } = keyInfo.algorithm;
  const bound = parameters === null ? null : pssScheme(parameters);
  const fits =
    scheme.name === "RSASSA-PSS" &&
    (bound?.name !== "RSASSA-PSS" ||
      (bound.digest === scheme.digest && bound.saltLength <= scheme.saltLength));
  if (!fits) throw new UnsupportedError("algorithm-unsupported", "key bound to RSASSA-PSS");
}
