/**
 * RSA keys: WebCrypto keys that cannot be exported again for signing and OAEP; raw numbers only where
 * WebCrypto has no such operation (PKCS #1 v1.5 decryption, unequal OAEP hashes).
 */
import type { Bytes } from "../base/bytes.js";
import { prepareCrtKey, wipeCrtKey } from "../kernels/rsa-crt.js";
import { type DigestName, digestLengths } from "../primitives/digest.js";
import { importWebCryptoKey, orDecryptionError } from "./import-webcrypto.js";
import type { RsaKey } from "./pkcs8-rsa.js";
import type { HashName, RsaPrivateKey } from "./private-key.js";
import { holdSecrets, requireUnwiped } from "./raw-secrets.js";
import { decryptOaep, decryptPkcs1, importRejectionKey } from "./rsa-private.js";

const signingHashes: readonly HashName[] = ["SHA-256", "SHA-384", "SHA-512"];
const oaepHashes: readonly HashName[] = ["SHA-1", ...signingHashes];

/** WebCrypto binds a key to one scheme and hash, and cannot bind it later without the key itself. */
async function importForHashes(
  pkcs8: Bytes,
  {
    name,
    hashes,
    usage,
  }: { readonly name: string; readonly hashes: readonly HashName[]; readonly usage: KeyUsage },
): Promise<ReadonlyMap<DigestName, CryptoKey>> {
  const keys = await Promise.all(hashes.map((hash) => importWebCryptoKey(pkcs8, { name, hash }, usage)));
  return new Map(hashes.map((hash, index) => [hash, keys[index]!]));
}

export async function importRsa({ pkcs8, numbers }: RsaKey): Promise<RsaPrivateKey> {
  const crt = prepareCrtKey(numbers);
  const [pkcs1, pss, oaep, rejectionKey] = await Promise.all([
    importForHashes(pkcs8, { name: "RSASSA-PKCS1-v1_5", hashes: signingHashes, usage: "sign" }),
    importForHashes(pkcs8, { name: "RSA-PSS", hashes: signingHashes, usage: "sign" }),
    importForHashes(pkcs8, { name: "RSA-OAEP", hashes: oaepHashes, usage: "decrypt" }),
    importRejectionKey(crt),
  ]);
  pkcs8.fill(0);
  const key: RsaPrivateKey = {
    kind: "rsa",
    modulusBits: bitLength(numbers.modulus),
    async sign(scheme, hash, data) {
      const signer = (scheme === "pss" ? pss : pkcs1).get(hash);
      if (signer === undefined) throw new RangeError(`no signatures with ${hash}`);
      const parameters =
        scheme === "pss" ? { name: "RSA-PSS", saltLength: digestLengths[hash] } : "RSASSA-PKCS1-v1_5";
      return new Uint8Array(await crypto.subtle.sign(parameters, signer, data));
    },
    async decryptPkcs1(ciphertext, length) {
      requireUnwiped(key);
      return decryptPkcs1(crt, rejectionKey, { ciphertext, length });
    },
    async decryptOaep(ciphertext, parameters) {
      const usable = parameters.mgfHash === parameters.hash ? oaep.get(parameters.hash) : undefined;
      if (usable === undefined) {
        requireUnwiped(key);
        return decryptOaep(crt, ciphertext, parameters);
      }
      const algorithm = { name: "RSA-OAEP", label: parameters.label };
      return orDecryptionError(crypto.subtle.decrypt(algorithm, usable, ciphertext));
    },
  };
  return holdSecrets(key, () => wipeCrtKey(crt));
}

function bitLength(magnitude: Bytes): number {
  return magnitude.length * 8 - Math.clz32(magnitude[0]!) + 24;
}
