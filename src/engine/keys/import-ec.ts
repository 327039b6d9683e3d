/**
 * EC keys: the curves of NIST by WebCrypto, as keys that cannot be exported again; brainpool, and what the
 * platform refuses, by libraries on raw secrets.
 */
import { type Bytes, equal } from "../base/bytes.js";
import { type Der } from "../base/bytes.js";
import { sequence, unsignedInteger } from "../base/der-writer.js";
import { MalformedError } from "../base/errors.js";
import { agree, publicKeyOf } from "../primitives/key-agreement.js";
import { type NistCurve, coordinateLengths, isNistCurve } from "../primitives/names.js";
import { signByLibrary } from "../primitives/signatures.js";
import { importWebCryptoKey, orDecryptionError } from "./import-webcrypto.js";
import { type EcKey, ecPkcs8 } from "./pkcs8-ec.js";
import type { EcPrivateKey } from "./private-key.js";
import { holdOctets, requireUnwiped } from "./raw-secrets.js";

/**
 * @param lent the certificate's public key, for a file that has none; it is not believed, the platform
 *   or a signature tells
 */
export async function importEc(parsed: EcKey, lent: Bytes | undefined): Promise<EcPrivateKey> {
  const { curve, privateKey } = parsed;
  if (!isNistCurve(curve)) return importByLibrary(parsed);
  const claimed = parsed.point ?? lent;
  const length = coordinateLengths[curve];
  const usable = claimed?.length === 2 * length + 1 && claimed[0] === 4;
  // SEC 1 §3.2.1: the private key is enough to know the public one.
  const point = usable ? claimed : await publicKeyOf(curve, privateKey);
  const pkcs8 = ecPkcs8(curve, privateKey, point);
  try {
    return await importByWebCrypto(curve, pkcs8);
  } finally {
    pkcs8.fill(0);
    privateKey.fill(0);
  }
}

async function importByWebCrypto(curve: NistCurve, pkcs8: Bytes): Promise<EcPrivateKey> {
  const [signer, agreer] = await Promise.all([
    importWebCryptoKey(pkcs8, { name: "ECDSA", namedCurve: curve }, "sign"),
    importWebCryptoKey(pkcs8, { name: "ECDH", namedCurve: curve }, "deriveBits"),
  ]);
  return {
    kind: "ec",
    curve,
    async sign(hash, data) {
      const signature = await crypto.subtle.sign({ name: "ECDSA", hash }, signer, data);
      return asSigValue(new Uint8Array(signature));
    },
    async agree(otherPoint) {
      const ecdh = { name: "ECDH", namedCurve: curve };
      const derive = async (): Promise<ArrayBuffer> => {
        const other = await crypto.subtle.importKey("raw", otherPoint, ecdh, false, []);
        return crypto.subtle.deriveBits(
          { name: "ECDH", public: other },
          agreer,
          coordinateLengths[curve] * 8,
        );
      };
      return orDecryptionError(derive());
    },
  };
}

async function importByLibrary({ curve, privateKey, point }: EcKey): Promise<EcPrivateKey> {
  // Also refuses zero and numbers beyond the group's order.
  const computed = await publicKeyOf(curve, privateKey);
  if (point !== null && !equal(point, computed)) {
    throw new MalformedError("key-malformed", "public point of another key");
  }
  const key: EcPrivateKey = {
    kind: "ec",
    curve,
    async sign(hash, data) {
      requireUnwiped(key);
      return asSigValue(await signByLibrary({ name: "ECDSA", curve, digest: hash }, privateKey, data));
    },
    async agree(otherPoint) {
      requireUnwiped(key);
      return agree(curve, privateKey, otherPoint);
    },
  };
  return holdOctets(key, privateKey);
}

/** r || s to ECDSA-Sig-Value (RFC 5753 §2.1.1). */
function asSigValue(signature: Bytes): Der {
  const length = signature.length / 2;
  const r = unsignedInteger(signature.subarray(0, length));
  return sequence(r, unsignedInteger(signature.subarray(length)));
}
