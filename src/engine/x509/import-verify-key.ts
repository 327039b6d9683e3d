/**
 * Public keys for WebCrypto, imported once for each key: authorities sign thousands of certificates, people
 * write more than one letter. RSA keys go in as JWK and NIST points as they are, because that is three
 * times faster in Node than SubjectPublicKeyInfo; what WebCrypto then holds is the same key.
 */
import { type Bytes, toBase64Url } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import type { SubjectPublicKeyInfo } from "./certificate.js";
import type { PlatformScheme } from "./signature-scheme.js";

/** By the structure itself: a certificate that is parsed again is the same one (`parse-certificate.ts`). */
const imported = new WeakMap<SubjectPublicKeyInfo, Map<string, Promise<CryptoKey | null>>>();

/** @returns null where the platform does not take the key: a library may, and says whether it is broken */
export function importVerifyKey(
  keyInfo: SubjectPublicKeyInfo,
  scheme: PlatformScheme,
): Promise<CryptoKey | null> {
  let keys = imported.get(keyInfo);
  if (keys === undefined) imported.set(keyInfo, (keys = new Map()));
  const parameters = importParameters(scheme);
  const name = JSON.stringify(parameters);
  let key = keys.get(name);
  if (key === undefined) keys.set(name, (key = orNull(importAs(keyInfo, parameters))));
  return key;
}

async function orNull(key: Promise<CryptoKey>): Promise<CryptoKey | null> {
  try {
    return await key;
  } catch (cause) {
    // Chromium before 137 has no Ed25519; others have bounds for exponents.
    if (cause instanceof DOMException) return null;
    throw cause;
  }
}

type ImportParameters =
  | { readonly name: "ECDSA"; readonly namedCurve: string }
  | { readonly name: "Ed25519" }
  | { readonly name: "RSA-PSS" | "RSASSA-PKCS1-v1_5"; readonly hash: string };

function importParameters(scheme: PlatformScheme): ImportParameters {
  switch (scheme.name) {
    case "ECDSA":
      return { name: scheme.name, namedCurve: scheme.curve };
    case "Ed25519":
      return { name: scheme.name };
    case "RSASSA-PSS":
      return { name: "RSA-PSS", hash: scheme.digest };
    case "RSASSA-PKCS1-v1_5":
      return { name: scheme.name, hash: scheme.digest };
  }
}

function importAs(keyInfo: SubjectPublicKeyInfo, parameters: ImportParameters): Promise<CryptoKey> {
  const use = ["verify"] as const;
  if ("hash" in parameters) {
    // Browsers import only rsaEncryption, also for keys that are marked for PSS: a JWK does not say which.
    return crypto.subtle.importKey("jwk", rsaJwk(keyInfo.publicKey), parameters, false, [...use]);
  }
  const form = parameters.name === "ECDSA" ? "raw" : "spki";
  const octets = form === "raw" ? keyInfo.publicKey : keyInfo.der;
  return crypto.subtle.importKey(form, octets, parameters, false, [...use]);
}

/** RSAPublicKey (RFC 8017 §A.1.1) as RFC 7518 §6.3.1. */
function rsaJwk(publicKey: Bytes): JsonWebKey {
  const reader = new SequenceReader(readWhole(publicKey, "der"));
  const [n, e] = [reader.next(tags.integer), reader.next(tags.integer)].map(readUnsignedInteger);
  reader.finish();
  return { kty: "RSA", n: toBase64Url(n!), e: toBase64Url(e!) };
}
