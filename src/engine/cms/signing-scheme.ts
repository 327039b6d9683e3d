/**
 * Which algorithms a key signs with, and how they are written: by the key, as the RFC of its kind asks
 * (RFC 5754, 4056, 5753, 8419, 9882, 9814). One digest for the content and, where the scheme takes one,
 * for the attributes.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import { encode, nullValue, objectIdentifier, sequence, smallInteger } from "../base/der-writer.js";
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { HashName, Identity, PrivateKey, RsaPrivateKey } from "../keys/private-key.js";
import { type DigestName, digestLengths } from "../primitives/digest.js";
import type { CurveName, SlhDsaSet } from "../primitives/names.js";
import { publicKeyKind } from "../x509/public-key.js";
import type { SignatureScheme } from "../x509/signature-scheme.js";

export type Signer = Identity & { readonly privateKey: PrivateKey };

export interface SigningScheme {
  /** of the content */
  readonly digest: DigestName;
  /** of multipart/signed (RFC 8551 §3.5.3.2) */
  readonly micalg: string;
  /** complete AlgorithmIdentifiers */
  readonly digestAlgorithm: Der;
  readonly signatureAlgorithm: Der;
  /** how a reader will check it */
  readonly verification: SignatureScheme;
  sign(data: Bytes): Promise<Bytes>;
}

/** @throws UnsupportedError where key and certificate are not of one kind, or of one that cannot sign */
export function signingScheme(
  { certificate, privateKey }: Signer,
  rsaSignature: "pkcs1" | "pss",
): SigningScheme {
  const { subjectPublicKeyInfo } = certificate;
  const key = publicKeyKind(subjectPublicKeyInfo);
  if (privateKey.kind === "rsa" && key.kind === "rsa") {
    // A key that its certificate binds to PSS may do nothing else (RFC 4055 §1.2).
    return rsaScheme(privateKey, key.pss ? "pss" : rsaSignature);
  }
  if (privateKey.kind === "ec" && key.kind === "ec" && privateKey.curve === key.curve) {
    const { hash, algorithm } = curveSchemes[key.curve];
    const verification = { name: "ECDSA", digest: hash, curve: key.curve } as const;
    return {
      ...digested(hash),
      signatureAlgorithm: sequence(objectIdentifier(algorithm)),
      verification,
      sign: (data) => privateKey.sign(hash, data),
    };
  }
  const verification = selfDigesting(privateKey, key);
  if (verification === null) throw new UnsupportedError("key-unsupported", key.kind);
  const { algorithm } = subjectPublicKeyInfo.algorithm;
  return {
    ...digestBeside(verification),
    // RFC 8410 §3, RFC 9882 §2, RFC 9814 §2: the key's identifier, without parameters.
    signatureAlgorithm: sequence(objectIdentifier(algorithm)),
    verification,
    sign: (data) => (privateKey as { sign(data: Bytes): Promise<Bytes> }).sign(data),
  };
}

// ------------------------------------------------------------------ RSA and ECDSA

/** The hash as strong as the curve (RFC 5753 §8, RFC 8551 §2.2, RFC 5639 §1). */
export const curveSchemes: Readonly<
  Record<CurveName, { readonly hash: HashName; readonly algorithm: string }>
> = {
  "P-256": { hash: "SHA-256", algorithm: oid.ecdsaWithSha256 },
  "P-384": { hash: "SHA-384", algorithm: oid.ecdsaWithSha384 },
  "P-521": { hash: "SHA-512", algorithm: oid.ecdsaWithSha512 },
  brainpoolP256r1: { hash: "SHA-256", algorithm: oid.ecdsaWithSha256 },
  brainpoolP384r1: { hash: "SHA-384", algorithm: oid.ecdsaWithSha384 },
  brainpoolP512r1: { hash: "SHA-512", algorithm: oid.ecdsaWithSha512 },
};

function rsaScheme(privateKey: RsaPrivateKey, form: "pkcs1" | "pss"): SigningScheme {
  const digest = "SHA-256";
  const sign = (data: Bytes): Promise<Bytes> => privateKey.sign(form, digest, data);
  if (form === "pkcs1") {
    // RFC 3370 §3.2: NULL must be there.
    const signatureAlgorithm = sequence(objectIdentifier(oid.rsaEncryption), nullValue);
    const verification = { name: "RSASSA-PKCS1-v1_5", digest } as const;
    return { ...digested(digest), signatureAlgorithm, verification, sign };
  }
  const signatureAlgorithm = sequence(objectIdentifier(oid.rsassaPss), pssParameters());
  const verification = { name: "RSASSA-PSS", digest, maskDigest: digest, saltLength: 32 } as const;
  return { ...digested(digest), signatureAlgorithm, verification, sign };
}

/** RFC 4056 §3: the hash, its mask, a salt as long as the digest. */
function pssParameters(): Der {
  const hash = sequence(objectIdentifier(oid.sha256), nullValue);
  return sequence(
    encode(context(0), hash),
    encode(context(1), sequence(objectIdentifier(oid.mgf1), hash)),
    encode(context(2), smallInteger(32)),
  );
}

// ------------------------------------------------------------------ schemes that digest by themselves

/** @returns null where the two do not belong together */
function selfDigesting(
  privateKey: PrivateKey,
  key: ReturnType<typeof publicKeyKind>,
): SignatureScheme | null {
  switch (key.kind) {
    case "ed25519":
      return privateKey.kind === key.kind ? { name: "Ed25519", digest: null } : null;
    case "ed448":
      return privateKey.kind === key.kind ? { name: "Ed448", digest: null } : null;
    case "ml-dsa": {
      const fits = privateKey.kind === key.kind && privateKey.parameterSet === key.parameterSet;
      return fits ? { name: "ML-DSA", digest: null, parameterSet: key.parameterSet } : null;
    }
    case "slh-dsa": {
      const fits = privateKey.kind === key.kind && privateKey.parameterSet === key.parameterSet;
      return fits ? { name: "SLH-DSA", digest: null, parameterSet: key.parameterSet } : null;
    }
    default:
      return null;
  }
}

type Digested = Pick<SigningScheme, "digest" | "micalg" | "digestAlgorithm">;

/** The digest of the content, which such a scheme signs among the attributes. */
function digestBeside(scheme: SignatureScheme): Digested {
  switch (scheme.name) {
    case "Ed448": {
      // RFC 8419 §3.1: id-shake256-len with 512 bits.
      const length = smallInteger(8 * digestLengths.SHAKE256);
      const digestAlgorithm = sequence(objectIdentifier(oid.shake256Len), length);
      return { digest: "SHAKE256", micalg: "shake256", digestAlgorithm };
    }
    case "SLH-DSA":
      return digested(slhDsaDigest(scheme.parameterSet));
    default:
      // RFC 8419 §3.1 for Ed25519; RFC 9882 §3.3 for every ML-DSA.
      return digested("SHA-512");
  }
}

/** RFC 9814 §4: the hash that the set itself is built of. */
function slhDsaDigest(parameterSet: SlhDsaSet): DigestName {
  const small = parameterSet.includes("-128");
  if (parameterSet.includes("SHAKE")) return small ? "SHAKE128" : "SHAKE256";
  return small ? "SHA-256" : "SHA-512";
}

const digestOids = {
  "SHA-256": oid.sha256,
  "SHA-384": oid.sha384,
  "SHA-512": oid.sha512,
  SHAKE128: oid.shake128,
  SHAKE256: oid.shake256,
} as const;

function digested(digest: DigestName): Digested {
  const algorithm = digestOids[digest as keyof typeof digestOids];
  // RFC 5754 §2, RFC 8702 §3.1: parameters absent.
  return { digest, micalg: digest.toLowerCase(), digestAlgorithm: sequence(objectIdentifier(algorithm)) };
}
