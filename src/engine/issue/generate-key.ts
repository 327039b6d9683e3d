/**
 * New private keys, of the kinds that Signet offers. Numbers come from the platform where it makes such
 * keys itself; from its random octets and a library otherwise. What comes out is PKCS #8, to be sealed at
 * once and overwritten by whoever asked for it.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { readWhole } from "../base/der-reader.js";
import { bitString, objectIdentifier, sequence } from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import { importPrivateKey } from "../keys/import-private-key.js";
import { curveOctetPkcs8, latticePkcs8 } from "../keys/pkcs8-octets.js";
import type { PrivateKey } from "../keys/private-key.js";
import { generateKeyPair } from "../primitives/key-agreement.js";
import { keysFromSeed as mlKemFromSeed } from "../primitives/ml-kem.js";
import { keysFromSeed as mlDsaFromSeed, publicKeyByLibrary } from "../primitives/signatures.js";
import type { SubjectPublicKeyInfo } from "../x509/certificate.js";
import { parseSubjectPublicKeyInfo } from "../x509/parse-certificate.js";

export const newKeyKinds = [
  "rsa-3072",
  "rsa-4096",
  "p-256",
  "p-384",
  "ed25519",
  "x25519",
  "ml-dsa-65",
  "ml-kem-768",
] as const;
export type NewKeyKind = (typeof newKeyKinds)[number];

export interface NewKey {
  readonly kind: NewKeyKind;
  /** PrivateKeyInfo (RFC 5958), unencrypted: whoever asked overwrites it */
  readonly pkcs8: Bytes;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly privateKey: PrivateKey;
}

/** An RSA key takes a second or more; elsewhere than in a window's own thread, please. */
export async function generateKey(kind: NewKeyKind): Promise<NewKey> {
  const { pkcs8, spki } = await generate(kind);
  const publicKey = parseSubjectPublicKeyInfo(readWhole(spki, "der"));
  return { kind, pkcs8, publicKey, privateKey: await importPrivateKey(pkcs8) };
}

interface Generated {
  readonly pkcs8: Bytes;
  readonly spki: Bytes;
}

function generate(kind: NewKeyKind): Promise<Generated> {
  switch (kind) {
    case "rsa-3072":
      return byPlatform(rsa(3072));
    case "rsa-4096":
      return byPlatform(rsa(4096));
    case "p-256":
      return byPlatform({ name: "ECDSA", namedCurve: "P-256" });
    case "p-384":
      return byPlatform({ name: "ECDSA", namedCurve: "P-384" });
    case "ed25519":
      return ed25519();
    case "x25519":
      return x25519();
    case "ml-dsa-65":
      return mlDsa();
    case "ml-kem-768":
      return mlKem();
  }
}

/** FIPS 186-5 §A.1: the exponent that everybody takes. */
function rsa(modulusLength: number): RsaHashedKeyGenParams {
  const publicExponent = Uint8Array.of(1, 0, 1);
  return { name: "RSASSA-PKCS1-v1_5", modulusLength, publicExponent, hash: "SHA-256" };
}

async function byPlatform(algorithm: RsaHashedKeyGenParams | EcKeyGenParams): Promise<Generated> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const [pkcs8, spki] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
    crypto.subtle.exportKey("spki", pair.publicKey),
  ]);
  return { pkcs8: new Uint8Array(pkcs8), spki: new Uint8Array(spki) };
}

/** RFC 8032 §5.1.5: any 32 octets are a private key. */
async function ed25519(): Promise<Generated> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const publicKey = await publicKeyByLibrary({ name: "Ed25519" }, secret);
  return octetKey("ed25519", { secret, publicKey });
}

async function x25519(): Promise<Generated> {
  return octetKey("x25519", await generateKeyPair("X25519"));
}

function octetKey(
  kind: "ed25519" | "x25519",
  { secret, publicKey }: { readonly secret: Bytes; readonly publicKey: Bytes },
): Generated {
  const pkcs8 = curveOctetPkcs8({ kind, secret, publicKey: null });
  secret.fill(0);
  return { pkcs8, spki: bareKey(oid[kind], publicKey) };
}

/** RFC 9881 §6: the seed alone, which every reader expands. */
async function mlDsa(): Promise<Generated> {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const { publicKey, secretKey } = await mlDsaFromSeed({ name: "ML-DSA", parameterSet: "ML-DSA-65" }, seed);
  const pkcs8 = latticePkcs8(oid.mlDsa65, { seed, expanded: null });
  seed.fill(0);
  secretKey.fill(0);
  return { pkcs8, spki: bareKey(oid.mlDsa65, publicKey) };
}

/** RFC 9935 §6 */
async function mlKem(): Promise<Generated> {
  const seed = crypto.getRandomValues(new Uint8Array(64));
  const { publicKey, secretKey } = await mlKemFromSeed("ML-KEM-768", seed);
  const pkcs8 = latticePkcs8(oid.mlKem768, { seed, expanded: null });
  seed.fill(0);
  secretKey.fill(0);
  return { pkcs8, spki: bareKey(oid.mlKem768, publicKey) };
}

/** RFC 8410 §3, RFC 9881 §2, RFC 9935 §3: no parameters. */
function bareKey(algorithm: string, publicKey: Bytes): Der {
  return sequence(sequence(objectIdentifier(algorithm)), bitString(publicKey));
}
