/** What every way to a content-encryption key has in common. */
import type { Bytes } from "../base/bytes.js";
import { DecryptionError } from "../base/errors.js";

export interface KeyUnwrapping {
  /** e.g. "RSAES-OAEP", "ECDH P-256", "ML-KEM-768", "PBKDF2" */
  readonly label: string;
  /** @throws DecryptionError */
  unwrap(): Promise<Bytes>;
}

/** @throws DecryptionError */
export function ofLength(key: Bytes, length: number): Bytes {
  if (key.length !== length) throw new DecryptionError();
  return key;
}
