/**
 * What of the vault lies on the disk. No record holds a secret in clear: private keys are sealed under a
 * data key, and the data key is wrapped under a passphrase or under a key that this profile cannot export.
 */
import type { Bytes, NewKeyKind } from "../../engine/index.js";

/** AES-256-GCM: 12 octets of nonce, then ciphertext with its tag. */
export interface Sealed {
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
}

/** RFC 9106: what Argon2id was run with, kept so that later versions may ask for more. */
export interface Argon2Parameters {
  readonly salt: Bytes;
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

interface ProtectionFacts {
  readonly version: 1;
  /** names the data key; sealed records name it too, so that none is ever written under a replaced key */
  readonly keyId: string;
  readonly wrapped: Sealed;
}

export type ProtectionRecord = ProtectionFacts &
  (
    | { readonly kind: "passphrase"; readonly argon2: Argon2Parameters }
    | { readonly kind: "device"; readonly deviceKey: CryptoKey }
  );

export interface SealedIdentityRecord {
  readonly version: 1;
  readonly fingerprint: string;
  /** DER */
  readonly certificate: Bytes;
  /** intermediates, in no order */
  readonly chain: readonly { readonly fingerprint: string; readonly der: Bytes }[];
  readonly keyId: string;
  /** PKCS #8 PrivateKeyInfo (RFC 5958) */
  readonly privateKey: Sealed;
  /** ISO 8601 */
  readonly since: string;
}

export interface PendingKeyRecord {
  readonly version: 1;
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal */
  readonly id: string;
  /** who waits for the answer: a person with a file, or an ACME order */
  readonly way: "file" | "acme";
  readonly kind: NewKeyKind;
  /** SubjectPublicKeyInfo, DER: what the certificate will carry */
  readonly publicKey: Bytes;
  /** the data key's name, as in every sealed record */
  readonly keyId: string;
  /** PKCS #8 PrivateKeyInfo (RFC 5958) */
  readonly privateKey: Sealed;
  /** PKCS #10, DER, so that it can be sent again; null where the key asks in another way */
  readonly request: Bytes | null;
  readonly commonName: string | null;
  /** normalised */
  readonly addresses: readonly string[];
  /** the id of the signing key that asks for this one as well (RFC 9883) */
  readonly companionOf?: string;
  /** ISO 8601 */
  readonly since: string;
}
