/** A public key that the platform does not take is the certificate's fault. */
import { MalformedError } from "../base/errors.js";

/** @throws MalformedError("certificate-malformed") */
export async function importOrRefuse(imported: Promise<CryptoKey>): Promise<CryptoKey> {
  try {
    return await imported;
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new MalformedError("certificate-malformed", "public key", { cause });
  }
}
