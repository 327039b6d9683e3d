/**
 * EC keys: the curves of NIST by WebCrypto, as keys that cannot be exported again; brainpool by libraries on raw
 * secrets. The point is computed from the number, always: Gecko takes zero, and numbers beyond the group's order, as a
 * key with whatever point stands beside it.
 */
import { type Bytes, type Der, equal } from "../base/bytes.js";
import { sequence, unsignedInteger } from "../base/der-writer.js";
import { MalformedError } from "../base/errors.js";
import { agree, publicKeyOf } from "../primitives/key-agreement.js";
import { type NistCurve, coordinateLengths, isNistCurve } from "../primitives/names.js";
import { signByLibrary } from "../primitives/signatures.js";
import { importWebCryptoKey, orDecryptionError } from "./import-webcrypto.js";
import { type EcKey, ecPkcs8 } from "./pkcs8-ec.js";
import type { EcPrivateKey } from "./private-key.js";
import { holdOctets, requireUnwiped } from "./raw-secrets.js";

/** @throws MalformedError("key-malformed") */
export async function importEc(parsed: EcKey): Promise<EcPrivateKey> {
  const { curve, privateKey, point } = parsed;
  // SEC 1 §3.2.1: the number is enough, and zero and what is beyond the order is none. RFC 5915 §3: the point is a claim.
  const computed = await publicKeyOf(curve, privateKey);
  if (point !== null && !equal(point, computed))
    throw new MalformedError("key-malformed", "public point of another key");
  if (!isNistCurve(curve)) return importByLibrary(parsed);
  const pkcs8 = ecPkcs8(curve, privateKey, computed);
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

function importByLibrary({ curve, privateKey }: EcKey): EcPrivateKey {
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
