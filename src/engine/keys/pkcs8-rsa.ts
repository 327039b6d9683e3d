/** RSAPrivateKey (RFC 8017 §A.1.2), alone as in "RSA PRIVATE KEY" files or inside PKCS #8. */
import type { Bytes, Der } from "../base/bytes.js";
import { type Element, SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readInteger, readSmallInteger } from "../base/der-values.js";
import { sequence, smallInteger, unsignedInteger } from "../base/der-writer.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { toBigInt } from "../kernels/big-integers.js";
import type { RsaNumbers } from "../kernels/rsa-crt-twin.js";
import { maximumRsaBits } from "../x509/public-key.js";
import { privateKeyInfo, rsaAlgorithm } from "./private-key-info.js";

/** FIPS 186-5 §5.1: shorter than 256 bits. Every use of the key is as long as this number. */
const mostExponentBits = 256;

export interface RsaKey {
  readonly kind: "rsa";
  readonly numbers: RsaNumbers;
  /** the same key as every WebCrypto imports it */
  readonly pkcs8: Der;
}

/**
 * @param privateKey complete RSAPrivateKey, DER or BER
 * @throws MalformedError("key-malformed") also where the numbers do not belong together
 */
export function parseRsaKey(privateKey: Bytes): RsaKey {
  const reader = new SequenceReader(readWhole(privateKey, "ber"));
  if (readSmallInteger(reader.next(tags.integer)) !== 0) {
    throw new UnsupportedError("key-unsupported", "multi-prime RSA");
  }
  const number = (): Bytes => magnitude(reader.next(tags.integer));
  const [modulus, publicExponent, privateExponent] = [number(), number(), number()];
  const rest = { prime1: number(), prime2: number(), exponent1: number(), exponent2: number() };
  const numbers = { modulus, publicExponent, ...rest, coefficient: number() };
  requireOfLength(privateExponent, numbers);
  requireConsistent(numbers);
  const ordered = [modulus, publicExponent, privateExponent, ...Object.values(rest), numbers.coefficient];
  const inner = sequence(smallInteger(0), ...ordered.map(unsignedInteger));
  privateExponent.fill(0);
  const pkcs8 = privateKeyInfo(rsaAlgorithm, inner);
  inner.fill(0);
  return { kind: "rsa", numbers, pkcs8 };
}

/** A copy, so that wiping a key's numbers leaves the file alone. */
function magnitude(element: Element): Bytes {
  const octets = readInteger(element);
  if (octets[0]! >= 0x80) throw new MalformedError("key-malformed", "negative number");
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  return octets.slice(start);
}

/** Looked at before anything is computed: with numbers of megabytes that takes minutes. */
function requireOfLength(privateExponent: Bytes, { modulus, publicExponent, ...rest }: RsaNumbers): void {
  const bits = bitLength(modulus);
  if (bits < 512 || bits > maximumRsaBits) throw new UnsupportedError("key-unsupported", `RSA ${bits}`);
  // RFC 8017 §3.1, §3.2: each of them is smaller than the modulus.
  const others: readonly Bytes[] = [publicExponent, privateExponent, ...Object.values(rest)];
  if (others.some(({ length }) => length > modulus.length))
    throw new MalformedError("key-malformed", "RSA number longer than its modulus");
  const exponentBits = bitLength(publicExponent);
  if (exponentBits > mostExponentBits)
    throw new UnsupportedError("key-unsupported", `RSA with an exponent of ${exponentBits} bits`);
}

/** @param magnitude without leading zeros */
const bitLength = (magnitude: Bytes): number => magnitude.length * 8 - Math.clz32(magnitude[0]!) + 24;

/**
 * Numbers that do not belong together would make wrong results, or results that give the key away.
 * BigInt's time depends on the numbers: once, at import, on the owner's own machine.
 */
function requireConsistent(numbers: RsaNumbers): void {
  const [n, e] = [toBigInt(numbers.modulus), toBigInt(numbers.publicExponent)];
  const [p, q] = [toBigInt(numbers.prime1), toBigInt(numbers.prime2)];
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
