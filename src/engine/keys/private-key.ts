/**
 * Private keys as the engine uses them: operations, not numbers. How they are sealed at rest is the
 * background's vault; how they are imported, `import-private-key.ts`.
 */
import type { Bytes } from "../base/bytes.js";
import type { DigestName } from "../primitives/digest.js";
import type { CurveName, MlDsaSet, MlKemSet, SlhDsaSet } from "../primitives/names.js";
import type { Certificate } from "../x509/certificate.js";

/** What we sign with; a private key is imported for these alone. */
export type HashName = "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

export interface OaepParameters {
  readonly hash: DigestName;
  readonly mgfHash: DigestName;
  readonly label: Bytes;
}

export interface RsaPrivateKey {
  readonly kind: "rsa";
  readonly modulusBits: number;
  /** RSASSA-PKCS1-v1_5 or RSASSA-PSS (salt as long as the digest) over `data` */
  sign(scheme: "pkcs1" | "pss", hash: HashName, data: Bytes): Promise<Bytes>;
  /**
   * RSAES-PKCS1-v1_5 with implicit rejection (RFC 3218 §2.3.2): a wrong padding gives a key of `length`
   * octets that depends on key and ciphertext alone, in the same time. Never throws for the ciphertext's sake.
   */
  decryptPkcs1(ciphertext: Bytes, length: number): Promise<Bytes>;
  /** @throws DecryptionError */
  decryptOaep(ciphertext: Bytes, parameters: OaepParameters): Promise<Bytes>;
}

export interface EcPrivateKey {
  readonly kind: "ec";
  readonly curve: CurveName;
  /** ECDSA; the signature as DER ECDSA-Sig-Value (RFC 5753 §2.1.1) */
  sign(hash: HashName, data: Bytes): Promise<Bytes>;
  /** ECDH. @param point uncompressed point of the other side. @returns the x coordinate. @throws DecryptionError */
  agree(point: Bytes): Promise<Bytes>;
}

export interface EdPrivateKey {
  readonly kind: "ed25519" | "ed448";
  /** PureEdDSA with no context (RFC 8419 §3) */
  sign(data: Bytes): Promise<Bytes>;
}

export interface MontgomeryPrivateKey {
  readonly kind: "x25519" | "x448";
  /** RFC 7748 §6. @throws DecryptionError also for a point that gives zero */
  agree(publicKey: Bytes): Promise<Bytes>;
}

export interface MlDsaPrivateKey {
  readonly kind: "ml-dsa";
  readonly parameterSet: MlDsaSet;
  /** pure mode, empty context (RFC 9882 §3) */
  sign(data: Bytes): Promise<Bytes>;
}

export interface SlhDsaPrivateKey {
  readonly kind: "slh-dsa";
  readonly parameterSet: SlhDsaSet;
  /** pure mode, empty context (RFC 9814 §4) */
  sign(data: Bytes): Promise<Bytes>;
}

export interface MlKemPrivateKey {
  readonly kind: "ml-kem";
  readonly parameterSet: MlKemSet;
  /** FIPS 203 §7.3, implicit rejection. @returns the shared secret, 32 octets. @throws DecryptionError for a wrong length */
  decapsulate(ciphertext: Bytes): Promise<Bytes>;
}

export type PrivateKey =
  | RsaPrivateKey
  | EcPrivateKey
  | EdPrivateKey
  | MontgomeryPrivateKey
  | MlDsaPrivateKey
  | SlhDsaPrivateKey
  | MlKemPrivateKey;

/** A certificate and, while it is unlocked, its key. */
export interface Identity {
  readonly certificate: Certificate;
  /** intermediates to send along, in no order; without the trust anchor where that is known */
  readonly chain: readonly Certificate[];
  /** null while locked: the engine then knows whose key is needed, but cannot use it */
  readonly privateKey: PrivateKey | null;
  /** the one that others shall encrypt to, where it is not the one above (RFC 8551 §2.5.3) */
  readonly encryptionCertificate?: Certificate;
}
