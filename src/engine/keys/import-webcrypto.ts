/** The platform's own keys: not extractable, and with one word for each way in which it can refuse. */
import type { Bytes } from "../base/bytes.js";
import { DecryptionError, MalformedError } from "../base/errors.js";

export type ImportAlgorithm = RsaHashedImportParams | EcKeyImportParams | { readonly name: string };

/** @throws MalformedError("key-malformed") */
export async function importWebCryptoKey(
  pkcs8: Bytes,
  algorithm: ImportAlgorithm,
  usage: KeyUsage,
): Promise<CryptoKey> {
  const key = await importWherePossible(pkcs8, algorithm, usage);
  if (key === null) throw new MalformedError("key-malformed", algorithm.name);
  return key;
}

/** @returns null where the platform lacks the algorithm, or refuses the key: it does not always tell which */
export async function importWherePossible(
  pkcs8: Bytes,
  algorithm: ImportAlgorithm,
  usage: KeyUsage,
): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, [usage]);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** Decryption failures look all alike. */
export async function orDecryptionError(result: Promise<ArrayBuffer>): Promise<Bytes> {
  try {
    return new Uint8Array(await result);
  } catch (cause) {
    if (cause instanceof DOMException) throw new DecryptionError();
    throw cause;
  }
}
