/**
 * A PKCS #8 key becomes operations (private-key.ts): WebCrypto keys that cannot be exported again for
 * signing, OAEP and ECDH; raw RSA numbers only where WebCrypto has no such operation, in a place of
 * their own that `wipePrivateKey` empties.
 */
import type { Bytes } from "../base/bytes.js";
import { sequence, unsignedInteger } from "../base/der-writer.js";
import { DecryptionError, MalformedError } from "../base/errors.js";
import { type CrtKey, prepareCrtKey, wipeCrtKey } from "../kernels/rsa-crt.js";
import type { Certificate } from "../x509/certificate.js";
import { coordinateLengths } from "../primitives/names.js";
import { type DigestName, digestLengths } from "../primitives/digest.js";
import { type Pkcs8Key, ecPkcs8, parsePkcs8 } from "./pkcs8.js";
import type { EcPrivateKey, EdPrivateKey, HashName, PrivateKey, RsaPrivateKey } from "./private-key.js";
import { decryptOaep, decryptPkcs1, importRejectionKey } from "./rsa-private.js";

const rawNumbers = new WeakMap<PrivateKey, CrtKey>();

/**
 * @param pkcs8 unencrypted DER; the caller wipes it
 * @param certificate the key's own: lends an EC key its public point where the file left it out
 * @throws MalformedError("key-malformed"), UnsupportedError("key-unsupported")
 */
export async function importPrivateKey(pkcs8: Bytes, certificate?: Certificate): Promise<PrivateKey> {
  const parsed = parsePkcs8(pkcs8);
  switch (parsed.kind) {
    case "rsa":
      return importRsa(parsed);
    case "ec":
      return importEc(parsed, parsed.point ?? certificate?.subjectPublicKeyInfo.publicKey);
    case "ed25519":
      return importEd25519(parsed);
  }
}

/** Overwrites the raw numbers. The key cannot decrypt PKCS #1 v1.5 any more; drop it. */
export function wipePrivateKey(key: PrivateKey): void {
  const numbers = rawNumbers.get(key);
  if (numbers !== undefined) wipeCrtKey(numbers);
  rawNumbers.delete(key);
}

type Algorithm = RsaHashedImportParams | EcKeyImportParams | { readonly name: string };

async function importKey(pkcs8: Bytes, algorithm: Algorithm, usage: KeyUsage): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, [usage]);
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new MalformedError("key-malformed", `${algorithm.name}: ${cause.name}`, { cause });
  }
}

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
  const keys = await Promise.all(hashes.map((hash) => importKey(pkcs8, { name, hash }, usage)));
  return new Map(hashes.map((hash, index) => [hash, keys[index]!]));
}

async function importRsa(parsed: Pkcs8Key & { kind: "rsa" }): Promise<RsaPrivateKey> {
  const { pkcs8, numbers } = parsed;
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
  rawNumbers.set(key, crt);
  return key;
}

function requireUnwiped(key: PrivateKey): void {
  if (!rawNumbers.has(key)) throw new RangeError("the key was wiped");
}

function bitLength(magnitude: Bytes): number {
  return magnitude.length * 8 - Math.clz32(magnitude[0]!) + 24;
}

async function orDecryptionError(result: Promise<ArrayBuffer>): Promise<Bytes> {
  try {
    return new Uint8Array(await result);
  } catch (cause) {
    if (cause instanceof DOMException) throw new DecryptionError();
    throw cause;
  }
}

async function importEc(parsed: Pkcs8Key & { kind: "ec" }, point: Bytes | undefined): Promise<EcPrivateKey> {
  const { curve, privateKey } = parsed;
  const length = coordinateLengths[curve];
  if (point?.length !== 2 * length + 1 || point[0] !== 4) {
    throw new MalformedError("key-malformed", "no uncompressed public point");
  }
  const pkcs8 = ecPkcs8(curve, privateKey, point);
  const [signer, agreer] = await Promise.all([
    importKey(pkcs8, { name: "ECDSA", namedCurve: curve }, "sign"),
    importKey(pkcs8, { name: "ECDH", namedCurve: curve }, "deriveBits"),
  ]);
  pkcs8.fill(0);
  return {
    kind: "ec",
    curve,
    async sign(hash, data) {
      const signature = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash }, signer, data));
      const r = unsignedInteger(signature.subarray(0, length));
      return sequence(r, unsignedInteger(signature.subarray(length)));
    },
    async agree(otherPoint) {
      const ecdh = { name: "ECDH", namedCurve: curve };
      const derive = async (): Promise<ArrayBuffer> => {
        const other = await crypto.subtle.importKey("raw", otherPoint, ecdh, false, []);
        return crypto.subtle.deriveBits({ name: "ECDH", public: other }, agreer, length * 8);
      };
      return orDecryptionError(derive());
    },
  };
}

async function importEd25519(parsed: Pkcs8Key & { kind: "ed25519" }): Promise<EdPrivateKey> {
  const signer = await importKey(parsed.pkcs8, { name: "Ed25519" }, "sign");
  parsed.pkcs8.fill(0);
  return {
    kind: "ed25519",
    sign: async (data) => new Uint8Array(await crypto.subtle.sign("Ed25519", signer, data)),
  };
}
