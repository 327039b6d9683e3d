/**
 * Keys that are octets: Ed25519, Ed448, X25519, X448 (RFC 8410 §7), SLH-DSA (RFC 9909 §5), and the lattice
 * keys ML-DSA (RFC 9881 §6) and ML-KEM (RFC 9935 §6), which stand as a seed, as their expanded form, or as
 * both. Lengths are checked here; whether the parts belong together, in `resolve-lattice-key.ts`.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { SequenceReader, contents, context, readWhole, tags } from "../base/der-reader.js";
import { readOctetString } from "../base/der-values.js";
import { encode, objectIdentifier, octetString, sequence } from "../base/der-writer.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { mlKemLengths } from "../primitives/ml-kem.js";
import type { MlDsaSet, MlKemSet, SlhDsaSet } from "../primitives/names.js";
import { type PublicKeyKind, bareKind } from "../x509/public-key.js";
import { privateKeyInfo } from "./private-key-info.js";

export interface CurveOctetKey {
  readonly kind: "ed25519" | "ed448" | "x25519" | "x448";
  /** a copy */
  readonly secret: Bytes;
  /** as the file claims it (RFC 5958 §2) */
  readonly publicKey: Bytes | null;
}

export interface SlhDsaKey {
  readonly kind: "slh-dsa";
  readonly parameterSet: SlhDsaSet;
  /** SK.seed, SK.prf, PK.seed, PK.root (FIPS 205 §9.1); a copy */
  readonly secret: Bytes;
}

/** At least one of the two is there; copies. */
interface LatticeParts {
  readonly seed: Bytes | null;
  readonly expanded: Bytes | null;
}

export type MlDsaKey = LatticeParts & { readonly kind: "ml-dsa"; readonly parameterSet: MlDsaSet };
export type MlKemKey = LatticeParts & { readonly kind: "ml-kem"; readonly parameterSet: MlKemSet };
export type LatticeKey = MlDsaKey | MlKemKey;
export type OctetKey = CurveOctetKey | SlhDsaKey | LatticeKey;

const curveLengths = { ed25519: 32, ed448: 57, x25519: 32, x448: 56 } as const;
const curveOids = { ed25519: oid.ed25519, ed448: oid.ed448, x25519: oid.x25519, x448: oid.x448 } as const;
/** octets of seed and expanded key (FIPS 204 §4, table 2) */
const mlDsaLengths: Readonly<Record<MlDsaSet, number>> = {
  "ML-DSA-44": 2560,
  "ML-DSA-65": 4032,
  "ML-DSA-87": 4896,
};

/**
 * @param privateKey contents of the OneAsymmetricKey's OCTET STRING
 * @param publicKey what stands beside it
 * @returns null where the algorithm is none of these
 * @throws MalformedError("key-malformed")
 */
export function parseOctetKey(
  algorithm: string,
  privateKey: Bytes,
  publicKey: Bytes | null,
): OctetKey | null {
  const known: PublicKeyKind | null = bareKind(algorithm);
  switch (known?.kind) {
    case "ed25519":
    case "ed448":
    case "x25519":
    case "x448":
      // RFC 8410 §7: CurvePrivateKey is an OCTET STRING inside the OCTET STRING.
      return {
        kind: known.kind,
        secret: ofLength(readOctetString(readWhole(privateKey, "ber")), curveLengths[known.kind]),
        publicKey: publicKey?.slice() ?? null,
      };
    case "slh-dsa": {
      const { parameterSet } = known;
      // RFC 9909 §5: the octets themselves, without an OCTET STRING of their own.
      return { kind: "slh-dsa", parameterSet, secret: ofLength(privateKey, slhDsaLength(parameterSet)) };
    }
    case "ml-dsa": {
      const { parameterSet } = known;
      const lengths = { seed: 32, expanded: mlDsaLengths[parameterSet] };
      return { kind: "ml-dsa", parameterSet, ...latticeParts(privateKey, lengths) };
    }
    case "ml-kem": {
      const { parameterSet } = known;
      const lengths = { seed: 64, expanded: mlKemLengths[parameterSet].secretKey };
      return { kind: "ml-kem", parameterSet, ...latticeParts(privateKey, lengths) };
    }
    default:
      return null;
  }
}

/** Four numbers of n octets (FIPS 205 §9.1, table 2). */
function slhDsaLength(parameterSet: SlhDsaSet): number {
  return (4 * Number(/\d{3}/.exec(parameterSet)![0])) / 8;
}

function ofLength(octets: Bytes, length: number): Bytes {
  if (octets.length !== length) throw new MalformedError("key-malformed", "length of the private key");
  return octets.slice();
}

interface LatticeLengths {
  readonly seed: number;
  readonly expanded: number;
}

/** CHOICE { seed [0], expandedKey OCTET STRING, both SEQUENCE } (RFC 9881 §6, RFC 9935 §6). */
function latticeParts(privateKey: Bytes, lengths: LatticeLengths): LatticeParts {
  const element = readWhole(privateKey, "ber");
  switch (element.tag) {
    case context(0, "primitive"):
      return { seed: ofLength(contents(element), lengths.seed), expanded: null };
    case tags.octetString:
      return { seed: null, expanded: ofLength(contents(element), lengths.expanded) };
    case tags.sequence: {
      const reader = new SequenceReader(element);
      const seed = ofLength(readOctetString(reader.any()), lengths.seed);
      const expanded = ofLength(readOctetString(reader.any()), lengths.expanded);
      reader.finish();
      return { seed, expanded };
    }
    default:
      throw new MalformedError("key-malformed", "neither seed nor expanded key");
  }
}

/** RFC 8410 §7, version 1, without the public key: the form that every WebCrypto imports. */
export function curveOctetPkcs8({ kind, secret }: CurveOctetKey): Der {
  return privateKeyInfo(sequence(objectIdentifier(curveOids[kind])), octetString(secret));
}

/** RFC 9881 §6, RFC 9935 §6: as it was, in DER. */
export function latticePkcs8(algorithm: string, { seed, expanded }: LatticeParts): Der {
  const identifier = sequence(objectIdentifier(algorithm));
  if (expanded === null) return privateKeyInfo(identifier, encode(context(0, "primitive"), seed!));
  if (seed === null) return privateKeyInfo(identifier, octetString(expanded));
  return privateKeyInfo(identifier, sequence(octetString(seed), octetString(expanded)));
}
