/**
 * A certificate's own key as the signer of the one request that RFC 8555 §7.6 allows it: to be revoked. For a
 * person whose account is gone, or who has the key on another device than the one that ordered it.
 */
import type { Certificate, PrivateKey } from "../../engine/index.js";
import { rawEcdsaSignature, toBase64Url } from "../../engine/index.js";
import type { Signer } from "./jws.js";

/** RFC 7518 §3.4: each curve has its hash */
const curves = {
  "P-256": { algorithm: "ES256", hash: "SHA-256" },
  "P-384": { algorithm: "ES384", hash: "SHA-384" },
  "P-521": { algorithm: "ES512", hash: "SHA-512" },
} as const;

/** @returns null for keys that JWS has no name for (RFC 7518, RFC 8037), or that sign nothing */
export async function certificateSigner(
  { subjectPublicKeyInfo: { der, publicKey } }: Certificate,
  key: PrivateKey,
): Promise<Signer | null> {
  switch (key.kind) {
    case "rsa": {
      const { e, n } = await publicJwk(der, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" });
      const sign: Signer["sign"] = (data) => key.sign("pkcs1", "SHA-256", data);
      return { algorithm: "RS256", publicJwk: { e: e!, kty: "RSA", n: n! }, sign };
    }
    case "ec": {
      const { curve } = key;
      if (curve !== "P-256" && curve !== "P-384" && curve !== "P-521") return null;
      const { algorithm, hash } = curves[curve];
      const { x, y } = await publicJwk(der, { name: "ECDSA", namedCurve: curve });
      return {
        algorithm,
        publicJwk: { crv: curve, kty: "EC", x: x!, y: y! },
        sign: async (data) => rawEcdsaSignature(await key.sign(hash, data), curve)!,
      };
    }
    case "ed25519": {
      const publicJwk = { crv: "Ed25519", kty: "OKP", x: toBase64Url(publicKey) };
      return { algorithm: "EdDSA", publicJwk, sign: (data) => key.sign(data) };
    }
    default:
      return null;
  }
}

async function publicJwk(
  spki: Uint8Array<ArrayBuffer>,
  algorithm: RsaHashedImportParams | EcKeyImportParams,
): Promise<JsonWebKey> {
  return crypto.subtle.exportKey(
    "jwk",
    await crypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]),
  );
}
