/**
 * Ed25519 and X25519 by WebCrypto where the platform has them, as keys that cannot be exported again;
 * otherwise, and Ed448, X448, SLH-DSA, ML-DSA and ML-KEM always, by libraries on raw secrets.
 */
import { type Bytes, equal } from "../base/bytes.js";
import { DecryptionError, MalformedError } from "../base/errors.js";
import { agree, publicKeyOf } from "../primitives/key-agreement.js";
import { decapsulate } from "../primitives/ml-kem.js";
import { type LibraryScheme, publicKeyByLibrary, signByLibrary } from "../primitives/signatures.js";
import { importWherePossible } from "./import-webcrypto.js";
import {
  type CurveOctetKey,
  type LatticeKey,
  type OctetKey,
  type SlhDsaKey,
  curveOctetPkcs8,
} from "./pkcs8-octets.js";
import type {
  EdPrivateKey,
  MlDsaPrivateKey,
  MlKemPrivateKey,
  MontgomeryPrivateKey,
  PrivateKey,
  SlhDsaPrivateKey,
} from "./private-key.js";
import { holdOctets, requireUnwiped } from "./raw-secrets.js";
import { resolveLatticeKey } from "./resolve-lattice-key.js";

export async function importOctetKey(parsed: OctetKey): Promise<PrivateKey> {
  switch (parsed.kind) {
    case "ed25519":
      return importEd25519(parsed);
    case "ed448":
      return importEd448(parsed);
    case "x25519":
    case "x448":
      return importMontgomery(parsed, parsed.kind);
    case "slh-dsa":
      return importSlhDsa(parsed);
    case "ml-dsa":
    case "ml-kem":
      return importLattice(parsed);
  }
}

async function importEd25519(parsed: CurveOctetKey): Promise<EdPrivateKey> {
  const { secret, publicKey } = parsed;
  const scheme = { name: "Ed25519" } as const;
  if (publicKey !== null) requireSame(publicKey, await publicKeyByLibrary(scheme, secret));
  const pkcs8 = curveOctetPkcs8(parsed);
  const native = await importWherePossible(pkcs8, scheme, "sign");
  pkcs8.fill(0);
  if (native === null) {
    // Any 32 octets are a key: the platform lacks the algorithm (Chromium before 137).
    const key: EdPrivateKey = { kind: "ed25519", sign: signer(scheme, secret, () => key) };
    return holdOctets(key, secret);
  }
  secret.fill(0);
  return {
    kind: "ed25519",
    sign: async (data) => new Uint8Array(await crypto.subtle.sign("Ed25519", native, data)),
  };
}

async function importEd448({ secret, publicKey }: CurveOctetKey): Promise<EdPrivateKey> {
  const scheme = { name: "Ed448" } as const;
  if (publicKey !== null) requireSame(publicKey, await publicKeyByLibrary(scheme, secret));
  const key: EdPrivateKey = { kind: "ed448", sign: signer(scheme, secret, () => key) };
  return holdOctets(key, secret);
}

/** A public key beside the private one must be its own: signatures made with another give the key away. */
function requireSame(claimed: Bytes, computed: Bytes): void {
  if (!equal(claimed, computed)) {
    throw new MalformedError("key-malformed", "public key of another key");
  }
}

function signer(scheme: LibraryScheme, secret: Bytes, key: () => PrivateKey) {
  return async (data: Bytes): Promise<Bytes> => {
    requireUnwiped(key());
    return signByLibrary(scheme, secret, data);
  };
}

async function importMontgomery(
  { secret, publicKey }: CurveOctetKey,
  kind: MontgomeryPrivateKey["kind"],
): Promise<MontgomeryPrivateKey> {
  const curve = kind === "x25519" ? "X25519" : "X448";
  if (publicKey !== null) requireSame(publicKey, await publicKeyOf(curve, secret));
  const native = kind === "x25519" ? await importX25519(secret) : null;
  if (native !== null) {
    secret.fill(0);
    return native;
  }
  const key: MontgomeryPrivateKey = {
    kind,
    async agree(otherKey) {
      requireUnwiped(key);
      return agree(curve, secret, otherKey);
    },
  };
  return holdOctets(key, secret);
}

async function importX25519(secret: Bytes): Promise<MontgomeryPrivateKey | null> {
  const pkcs8 = curveOctetPkcs8({ kind: "x25519", secret, publicKey: null });
  const agreer = await importWherePossible(pkcs8, { name: "X25519" }, "deriveBits");
  pkcs8.fill(0);
  if (agreer === null) return null;
  return { kind: "x25519", agree: (otherKey) => agreeNatively(agreer, otherKey) };
}

async function agreeNatively(agreer: CryptoKey, otherKey: Bytes): Promise<Bytes> {
  let shared: Bytes;
  try {
    const other = await crypto.subtle.importKey("raw", otherKey, { name: "X25519" }, false, []);
    const bits = await crypto.subtle.deriveBits({ name: "X25519", public: other }, agreer, 256);
    shared = new Uint8Array(bits);
  } catch (error) {
    if (error instanceof DOMException) throw new DecryptionError();
    throw error;
  }
  // RFC 7748 §6.1: points of small order give zero. Not every platform looks; every octet is read.
  if (shared.reduce((seen, octet) => seen | octet, 0) === 0) throw new DecryptionError();
  return shared;
}

function importSlhDsa({ parameterSet, secret }: SlhDsaKey): SlhDsaPrivateKey {
  const key: SlhDsaPrivateKey = {
    kind: "slh-dsa",
    parameterSet,
    sign: signer({ name: "SLH-DSA", parameterSet }, secret, () => key),
  };
  return holdOctets(key, secret);
}

async function importLattice(parsed: LatticeKey): Promise<MlDsaPrivateKey | MlKemPrivateKey> {
  const { secretKey } = await resolveLatticeKey(parsed);
  parsed.seed?.fill(0);
  if (parsed.expanded !== secretKey) parsed.expanded?.fill(0);
  if (parsed.kind === "ml-dsa") {
    const { parameterSet } = parsed;
    const key: MlDsaPrivateKey = {
      kind: "ml-dsa",
      parameterSet,
      sign: signer({ name: "ML-DSA", parameterSet }, secretKey, () => key),
    };
    return holdOctets(key, secretKey);
  }
  const { parameterSet } = parsed;
  const key: MlKemPrivateKey = {
    kind: "ml-kem",
    parameterSet,
    async decapsulate(ciphertext) {
      requireUnwiped(key);
      return decapsulate(parameterSet, secretKey, ciphertext);
    },
  };
  return holdOctets(key, secretKey);
}
