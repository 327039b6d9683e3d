/** What kind of key a SubjectPublicKeyInfo holds (RFC 3279 §2.3, RFC 5480 §2, RFC 8410 §3). */
import { type Bytes, toHex } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readObjectIdentifier, readUnsignedInteger } from "../base/der-values.js";
import { oid } from "../base/oid.js";
import {
  type CurveName,
  type MlDsaSet,
  type MlKemSet,
  type SlhDsaSet,
  coordinateLengths,
} from "../primitives/names.js";
import type { SubjectPublicKeyInfo } from "./certificate.js";

export type PublicKeyKind =
  /** `pss`: bound to RSASSA-PSS by its own identifier */
  | { readonly kind: "rsa"; readonly modulusBits: number; readonly pss: boolean }
  | { readonly kind: "ec"; readonly curve: CurveName }
  | { readonly kind: "ed25519" | "ed448" | "x25519" | "x448" }
  | { readonly kind: "ml-dsa"; readonly parameterSet: MlDsaSet }
  | { readonly kind: "slh-dsa"; readonly parameterSet: SlhDsaSet }
  | { readonly kind: "ml-kem"; readonly parameterSet: MlKemSet }
  | { readonly kind: "other"; readonly algorithm: string };

/** Can something be encrypted to a key of this kind? Not whether its certificate allows it. */
export function canReceive(key: PublicKeyKind): boolean {
  if (key.kind === "rsa") return !key.pss;
  return key.kind === "ec" || key.kind === "x25519" || key.kind === "x448" || key.kind === "ml-kem";
}

/** A longer modulus costs every reader, and protects nobody. */
export const maximumRsaBits = 16_384;

/** Named curves by their identifiers: the one table of what is read, in certificates and in key files. */
export const namedCurves: Readonly<Record<string, CurveName>> = {
  [oid.secp256r1]: "P-256",
  [oid.secp384r1]: "P-384",
  [oid.secp521r1]: "P-521",
  [oid.brainpoolP256r1]: "brainpoolP256r1",
  [oid.brainpoolP384r1]: "brainpoolP384r1",
  [oid.brainpoolP512r1]: "brainpoolP512r1",
};

/** RFC 8410, 9814, 9881, 9935: one identifier says it all, and has no parameters. */
const bareKinds: Readonly<Record<string, PublicKeyKind>> = {
  [oid.ed448]: { kind: "ed448" },
  [oid.x25519]: { kind: "x25519" },
  [oid.x448]: { kind: "x448" },
  [oid.mlDsa44]: { kind: "ml-dsa", parameterSet: "ML-DSA-44" },
  [oid.mlDsa65]: { kind: "ml-dsa", parameterSet: "ML-DSA-65" },
  [oid.mlDsa87]: { kind: "ml-dsa", parameterSet: "ML-DSA-87" },
  [oid.mlKem512]: { kind: "ml-kem", parameterSet: "ML-KEM-512" },
  [oid.mlKem768]: { kind: "ml-kem", parameterSet: "ML-KEM-768" },
  [oid.mlKem1024]: { kind: "ml-kem", parameterSet: "ML-KEM-1024" },
  [oid.slhDsaSha2_128s]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHA2-128s" },
  [oid.slhDsaSha2_128f]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHA2-128f" },
  [oid.slhDsaSha2_192s]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHA2-192s" },
  [oid.slhDsaSha2_192f]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHA2-192f" },
  [oid.slhDsaSha2_256s]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHA2-256s" },
  [oid.slhDsaSha2_256f]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHA2-256f" },
  [oid.slhDsaShake_128s]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHAKE-128s" },
  [oid.slhDsaShake_128f]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHAKE-128f" },
  [oid.slhDsaShake_192s]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHAKE-192s" },
  [oid.slhDsaShake_192f]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHAKE-192f" },
  [oid.slhDsaShake_256s]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHAKE-256s" },
  [oid.slhDsaShake_256f]: { kind: "slh-dsa", parameterSet: "SLH-DSA-SHAKE-256f" },
};

/** For identifiers that say it all: what kind of key they mean, public or private; null for the others. */
export function bareKind(algorithm: string): PublicKeyKind | null {
  if (algorithm === oid.ed25519) return { kind: "ed25519" };
  return bareKinds[algorithm] ?? null;
}

/** Of certificates that are met again and again. */
const kinds = new WeakMap<SubjectPublicKeyInfo, PublicKeyKind>();

/** @throws MalformedError */
export function publicKeyKind(info: SubjectPublicKeyInfo): PublicKeyKind {
  const known = kinds.get(info);
  if (known !== undefined) return known;
  const kind = readKind(info);
  kinds.set(info, kind);
  return kind;
}

function readKind({ algorithm, publicKey }: SubjectPublicKeyInfo): PublicKeyKind {
  switch (algorithm.algorithm) {
    case oid.rsaEncryption:
    case oid.rsassaPss:
      return rsaKind(algorithm.algorithm, publicKey);
    case oid.ecPublicKey: {
      const curve = namedCurves[curveName(algorithm.parameters)];
      return curve === undefined || !isPoint(publicKey, coordinateLengths[curve])
        ? { kind: "other", algorithm: algorithm.algorithm }
        : { kind: "ec", curve };
    }
    default: {
      const known = algorithm.parameters === null ? bareKind(algorithm.algorithm) : null;
      const fits =
        known !== null && publicKey.length === publicKeyLength(known) && !isForAnybody(known, publicKey);
      return fits ? known : { kind: "other", algorithm: algorithm.algorithm };
    }
  }
}

/** SEC 1 §2.3.3, RFC 5480 §2.2: uncompressed or compressed; the point at infinity and the hybrid form are no keys. */
function isPoint(publicKey: Bytes, length: number): boolean {
  const [form] = publicKey;
  if (form === 4) return publicKey.length === 2 * length + 1;
  return (form === 2 || form === 3) && publicKey.length === length + 1;
}

const publicKeyLengths: Readonly<Record<string, number>> = {
  ed25519: 32,
  ed448: 57,
  x25519: 32,
  x448: 56,
  "ML-DSA-44": 1312,
  "ML-DSA-65": 1952,
  "ML-DSA-87": 2592,
  "ML-KEM-512": 800,
  "ML-KEM-768": 1184,
  "ML-KEM-1024": 1568,
};

/** FIPS 203 §8, FIPS 204 §4, FIPS 205 §11, RFC 8032 §5, RFC 7748 §5. */
function publicKeyLength(key: PublicKeyKind): number | undefined {
  // SLH-DSA: PK.seed and PK.root, of as many bits as the set's name says.
  if (key.kind === "slh-dsa") return Number(/\d{3}/.exec(key.parameterSet)![0]) / 4;
  return publicKeyLengths["parameterSet" in key ? key.parameterSet : key.kind];
}

/** Curves are named; explicit parameters let an attacker choose the generator (CVE-2020-0601). */
function curveName(parameters: Bytes | null): string {
  const element = parameters === null ? null : readWhole(parameters, "der");
  return element?.tag === tags.objectIdentifier ? readObjectIdentifier(element) : "";
}

function rsaKind(algorithm: string, publicKey: Bytes): PublicKeyKind {
  const reader = new SequenceReader(readWhole(publicKey, "der"));
  const modulus = readUnsignedInteger(reader.next(tags.integer));
  const exponent = readUnsignedInteger(reader.next(tags.integer));
  reader.finish();
  // With an exponent of 1 everybody signs, and everybody reads: such a key is nobody's.
  const isKey = isOdd(modulus) && isOdd(exponent) && !(exponent.length === 1 && exponent[0]! < 3);
  if (!isKey) return { kind: "other", algorithm };
  const modulusBits = (modulus.length - 1) * 8 + (32 - Math.clz32(modulus[0]!));
  return { kind: "rsa", modulusBits, pss: algorithm === oid.rsassaPss };
}

function isOdd(magnitude: Bytes): boolean {
  return (magnitude.at(-1)! & 1) === 1;
}

/**
 * y coordinates of the points of small order and their other encodings, little-endian (RFC 7748 §7 tells
 * why): first those of Ed25519, then 0, 1, -1 and their like of Ed448.
 */
const smallOrder = (): ReadonlySet<string> =>
  new Set([
    "00".repeat(32),
    `01${"00".repeat(31)}`,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    `ec${"ff".repeat(30)}7f`,
    `ed${"ff".repeat(30)}7f`,
    `ee${"ff".repeat(30)}7f`,
    "00".repeat(57),
    `01${"00".repeat(56)}`,
    `fe${"ff".repeat(27)}fe${"ff".repeat(27)}00`,
    `${"ff".repeat(28)}fe${"ff".repeat(27)}00`,
    `00${"00".repeat(27)}${"ff".repeat(28)}00`,
  ]);

/** Under such a key one signature fits many messages: whoever has it can deny, or claim, any. */
function isForAnybody({ kind }: PublicKeyKind, publicKey: Bytes): boolean {
  if (kind !== "ed25519" && kind !== "ed448") return false;
  const withoutSign = publicKey.slice();
  withoutSign[publicKey.length - 1]! &= 0x7f;
  return smallOrder().has(toHex(withoutSign));
}

/** E.g. "RSA 3072", "P-256", "Ed25519"; the object identifier of what we do not know. @throws MalformedError */
export function describeKey(info: SubjectPublicKeyInfo): string {
  const key = publicKeyKind(info);
  switch (key.kind) {
    case "rsa":
      return `RSA ${key.modulusBits}`;
    case "ec":
      return key.curve;
    case "ed25519":
    case "ed448":
    case "x25519":
    case "x448":
      return `${key.kind[0]!.toUpperCase()}${key.kind.slice(1)}`;
    case "ml-dsa":
    case "slh-dsa":
    case "ml-kem":
      return key.parameterSet;
    case "other":
      return key.algorithm;
  }
}
