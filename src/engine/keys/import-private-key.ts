/**
 * A PKCS #8 key becomes operations (private-key.ts): WebCrypto keys that cannot be exported again where the
 * platform has the algorithm; raw secrets elsewhere, which `wipePrivateKey` overwrites.
 */
import type { Bytes } from "../base/bytes.js";
import { importEc } from "./import-ec.js";
import { importRsa } from "./import-rsa.js";
import { parsePkcs8 } from "./pkcs8.js";
import type { PrivateKey } from "./private-key.js";

export { isWiped, wipePrivateKey } from "./raw-secrets.js";

/**
 * @param pkcs8 unencrypted DER; the caller wipes it
 * @throws MalformedError("key-malformed"), UnsupportedError("key-unsupported")
 */
export async function importPrivateKey(pkcs8: Bytes): Promise<PrivateKey> {
  const parsed = parsePkcs8(pkcs8);
  switch (parsed.kind) {
    case "rsa":
      return importRsa(parsed);
    case "ec":
      return importEc(parsed);
    default:
      return (await import("./import-octet-key.js")).importOctetKey(parsed);
  }
}
