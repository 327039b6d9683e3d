/**
 * PKCS #8 private keys (RFC 5208, RFC 5958) as structures: RSA (RFC 8017 §A.1.2), elliptic curves
 * (RFC 5915), Ed25519 (RFC 8410). Each also comes back in the one spelling that every WebCrypto imports:
 * attributes dropped, optional parts where they belong.
 */
import { type Bytes, type Der, concat } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  contents,
  context,
  encoded,
  readWhole,
  tags,
} from "../base/der-reader.js";
import {
  readBitStringOctets,
  readInteger,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
} from "../base/der-values.js";
import {
  bitString,
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
  unsignedInteger,
} from "../base/der-writer.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { toBigInt } from "../kernels/big-integers.js";
import type { RsaNumbers } from "../kernels/rsa-crt-twin.js";
import { type NistCurve, coordinateLengths } from "../primitives/names.js";

export type Pkcs8Key =
  | { readonly kind: "rsa"; readonly pkcs8: Der; readonly numbers: RsaNumbers }
  | {
      readonly kind: "ec";
      readonly curve: NistCurve;
      readonly privateKey: Bytes;
      /** uncompressed public point; null where the file does not say it */
      readonly point: Bytes | null;
    }
  | { readonly kind: "ed25519"; readonly pkcs8: Der };

const curves: Readonly<Record<string, NistCurve>> = {
  [oid.secp256r1]: "P-256",
  [oid.secp384r1]: "P-384",
  [oid.secp521r1]: "P-521",
};

const curveOids: Readonly<Record<NistCurve, string>> = {
  "P-256": oid.secp256r1,
  "P-384": oid.secp384r1,
  "P-521": oid.secp521r1,
};

const rsaAlgorithms: readonly string[] = [oid.rsaEncryption, oid.rsassaPss, oid.rsaesOaep];

/**
 * @param pkcs8 complete PrivateKeyInfo or OneAsymmetricKey; BER is accepted, old exporters wrote it
 * @throws MalformedError("key-malformed") also where the numbers do not belong together
 * @throws UnsupportedError("key-unsupported") with the algorithm's OID
 */
export function parsePkcs8(pkcs8: Bytes): Pkcs8Key {
  try {
    return parse(pkcs8);
  } catch (cause) {
    if (!(cause instanceof MalformedError) || cause.code === "key-malformed") throw cause;
    throw new MalformedError("key-malformed", cause.detail, { cause });
  }
}

function parse(pkcs8: Bytes): Pkcs8Key {
  const info = new SequenceReader(readWhole(pkcs8, "ber"));
  const version = readSmallInteger(info.next(tags.integer));
  if (version > 1) throw new UnsupportedError("key-unsupported", `PKCS #8 version ${version}`);
  const algorithmIdentifier = new SequenceReader(info.next(tags.sequence));
  const algorithm = readObjectIdentifier(algorithmIdentifier.any());
  const parameters = algorithmIdentifier.peek();
  const privateKey = readOctetString(info.any());
  // What follows, attributes [0] and publicKey [1] (RFC 5958 §2), adds nothing that we use.
  if (rsaAlgorithms.includes(algorithm)) return parseRsa(privateKey);
  if (algorithm === oid.ecPublicKey) return parseEc(privateKey, parameters);
  if (algorithm === oid.ed25519) return parseEd25519(privateKey);
  throw new UnsupportedError("key-unsupported", algorithm);
}

function parseRsa(privateKey: Bytes): Pkcs8Key {
  const reader = new SequenceReader(readWhole(privateKey, "ber"));
  if (readSmallInteger(reader.next(tags.integer)) !== 0) {
    throw new UnsupportedError("key-unsupported", "multi-prime RSA");
  }
  const number = (): Bytes => magnitude(reader.next(tags.integer));
  const [modulus, publicExponent, privateExponent] = [number(), number(), number()];
  const rest = { prime1: number(), prime2: number(), exponent1: number(), exponent2: number() };
  const numbers = { modulus, publicExponent, ...rest, coefficient: number() };
  requireConsistent(numbers);
  const algorithm = sequence(objectIdentifier(oid.rsaEncryption), nullValue);
  const ordered = [modulus, publicExponent, privateExponent, ...Object.values(rest), numbers.coefficient];
  const inner = sequence(smallInteger(0), ...ordered.map(unsignedInteger));
  privateExponent.fill(0);
  return { kind: "rsa", numbers, pkcs8: privateKeyInfo(algorithm, inner) };
}

/** A copy, so that wiping a key's numbers leaves the file alone. */
function magnitude(element: Element): Bytes {
  const octets = readInteger(element);
  if (octets[0]! >= 0x80) throw new MalformedError("key-malformed", "negative number");
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  return octets.slice(start);
}

/**
 * Numbers that do not belong together would make wrong results, or results that give the key away.
 * BigInt's time depends on the numbers: once, at import, on the owner's own machine.
 */
function requireConsistent(numbers: RsaNumbers): void {
  const [n, e] = [toBigInt(numbers.modulus), toBigInt(numbers.publicExponent)];
  const [p, q] = [toBigInt(numbers.prime1), toBigInt(numbers.prime2)];
  const bits = n.toString(2).length;
  if (bits < 512 || bits > 16_384) throw new UnsupportedError("key-unsupported", `RSA ${bits}`);
  const fits =
    n === p * q &&
    p > 2n &&
    q > 2n &&
    p !== q &&
    (n & 1n) === 1n &&
    e > 2n &&
    (e & 1n) === 1n &&
    (toBigInt(numbers.exponent1) * e) % (p - 1n) === 1n &&
    toBigInt(numbers.exponent1) < p &&
    (toBigInt(numbers.exponent2) * e) % (q - 1n) === 1n &&
    toBigInt(numbers.exponent2) < q &&
    (toBigInt(numbers.coefficient) * q) % p === 1n &&
    toBigInt(numbers.coefficient) < p;
  if (!fits) throw new MalformedError("key-malformed", "RSA numbers do not belong together");
}

function parseEc(privateKey: Bytes, parameters: Element | null): Pkcs8Key {
  const reader = new SequenceReader(readWhole(privateKey, "ber"));
  if (readSmallInteger(reader.next(tags.integer)) !== 1) {
    throw new MalformedError("key-malformed", "ECPrivateKey version");
  }
  const secret = readOctetString(reader.any());
  const inner = reader.optional(context(0));
  const publicKey = reader.optional(context(1));
  const named = parameters ?? (inner === null ? null : readWhole(contents(inner), "ber"));
  const curve = named?.tag === tags.objectIdentifier ? curves[readObjectIdentifier(named)] : undefined;
  if (curve === undefined) {
    const name = named?.tag === tags.objectIdentifier ? readObjectIdentifier(named) : "explicit curve";
    throw new UnsupportedError("key-unsupported", name);
  }
  const point = publicKey === null ? null : readBitStringOctets(readWhole(contents(publicKey), "ber"));
  return { kind: "ec", curve, privateKey: fixedLength(secret, coordinateLengths[curve]), point };
}

/** RFC 5915 §3 fixes the length; some writers drop or add zeros. */
function fixedLength(number: Bytes, length: number): Bytes {
  const surplus = number.length - length;
  if (surplus <= 0) return concat([new Uint8Array(-surplus), number]);
  if (number.subarray(0, surplus).some((octet) => octet !== 0)) {
    throw new MalformedError("key-malformed", "EC private key too long");
  }
  return number.subarray(surplus);
}

/** The spelling that Firefox wants too: curve outside, public point inside. */
export function ecPkcs8(curve: NistCurve, privateKey: Bytes, point: Bytes): Der {
  const algorithm = sequence(objectIdentifier(oid.ecPublicKey), objectIdentifier(curveOids[curve]));
  const publicKey = encode(context(1), bitString(point));
  return privateKeyInfo(algorithm, sequence(smallInteger(1), octetString(privateKey), publicKey));
}

function parseEd25519(privateKey: Bytes): Pkcs8Key {
  const inner = readWhole(privateKey, "ber");
  // RFC 8410 §7: CurvePrivateKey is an OCTET STRING of 32 octets inside the OCTET STRING.
  if (readOctetString(inner).length !== 32) throw new MalformedError("key-malformed", "Ed25519 key");
  const algorithm = sequence(objectIdentifier(oid.ed25519));
  return { kind: "ed25519", pkcs8: privateKeyInfo(algorithm, encoded(inner)) };
}

function privateKeyInfo(algorithm: Der, privateKey: Bytes): Der {
  return sequence(smallInteger(0), algorithm, octetString(privateKey));
}
