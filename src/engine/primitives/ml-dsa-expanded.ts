/**
 * Are the parts of an expanded ML-DSA private key (FIPS 204, algorithm 24) one key? Without its seed the
 * key can only be computed forward: t = A s1 + s2 must give the t0 that it carries, and the public key
 * whose hash is its tr (RFC 9881 §8.1). A key that fails makes signatures that nobody can verify, or
 * that give it away. The library has the arithmetic, and no such check.
 */
import { type Bytes, equal } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { digest } from "./digest.js";
import type { MlDsaSet } from "./names.js";
import { publicKeyByLibrary } from "./signatures.js";

/** FIPS 204 §4, table 1: rows and columns of A, bits of a coefficient of s1 and s2, and their bound */
const shapes = {
  "ML-DSA-44": { k: 4, l: 4, bits: 3, eta: 2 },
  "ML-DSA-65": { k: 6, l: 5, bits: 4, eta: 4 },
  "ML-DSA-87": { k: 8, l: 7, bits: 3, eta: 2 },
} as const;

const degree = 256;
const q = 8_380_417;
/** rho, K, tr */
const headLength = 128;

/**
 * @param secretKey of the right length
 * @returns the public key
 * @throws MalformedError("key-malformed") where a part does not belong to the others
 */
export async function publicKeyOfExpanded(set: MlDsaSet, secretKey: Bytes): Promise<Bytes> {
  const publicKey = await publicKeyOf(set, secretKey);
  const tr = await digest("SHAKE256", publicKey);
  const fits = equal(tr, secretKey.subarray(64, headLength)) && (await hasItsLowBits(set, secretKey));
  if (!fits) throw new MalformedError("key-malformed", `${set}: the parts are not of one key`);
  return publicKey;
}

async function publicKeyOf(set: MlDsaSet, secretKey: Bytes): Promise<Bytes> {
  try {
    return await publicKeyByLibrary({ name: "ML-DSA", parameterSet: set }, secretKey);
  } catch (cause) {
    // The library throws for coefficients beyond their bound, in an Error of no kind.
    throw new MalformedError("key-malformed", `${set}: coefficients out of range`, { cause });
  }
}

async function hasItsLowBits(set: MlDsaSet, secretKey: Bytes): Promise<boolean> {
  // Half private by its name: the package exports it, and our version of it is pinned.
  const { XOF128, genCrystals } = await import("@noble/post-quantum/_crystals.js");
  const { NTT } = genCrystals({
    newPoly: (length) => new Int32Array(length),
    N: degree,
    Q: q,
    F: 8_347_681,
    ROOT_OF_UNITY: 1753,
    brvBits: 8,
    isKyber: false,
  });
  const { k, l, bits, eta } = shapes[set];
  const small = polynomials(secretKey.subarray(headLength), { count: l + k, bits, centre: eta });
  const transformed = small.slice(0, l).map((one) => NTT.encode(one.slice()));
  const smallLength = ((l + k) * degree * bits) / 8;
  const low = polynomials(secretKey.subarray(headLength + smallLength), { count: k, bits: 13, centre: 4096 });
  const matrix = XOF128(secretKey.subarray(0, 32));
  let differences = 0;
  for (let row = 0; row < k; row++) {
    const t = new Int32Array(degree);
    for (let column = 0; column < l; column++) {
      const entry = sampleUniform(matrix.get(column, row));
      for (let i = 0; i < degree; i++) t[i] = (t[i]! + entry[i]! * modulo(transformed[column]![i]!)) % q;
    }
    NTT.decode(t);
    for (let i = 0; i < degree; i++) {
      differences |= lowBits(modulo(t[i]! + small[l + row]![i]!)) ^ low[row]![i]!;
    }
  }
  for (const one of [...small, ...transformed, ...low]) one.fill(0);
  return differences === 0;
}

function modulo(value: number): number {
  return ((value % q) + q) % q;
}

/** Power2Round (FIPS 204, algorithm 35): the remainder by 2^13, in −4095 … 4096. */
function lowBits(value: number): number {
  const remainder = value & 8191;
  return remainder > 4096 ? remainder - 8192 : remainder;
}

/** BitUnpack (FIPS 204, algorithm 19): little-endian bits, each number counted down from `centre`. */
function polynomials(
  octets: Bytes,
  { count, bits, centre }: { readonly count: number; readonly bits: number; readonly centre: number },
): readonly Int32Array[] {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++, at++) value |= ((octets[at >> 3]! >> (at & 7)) & 1) << bit;
    return centre - value;
  };
  return Array.from({ length: count }, () => Int32Array.from({ length: degree }, next));
}

/** RejNTTPoly (FIPS 204, algorithm 30): 23 bits at a time, those below q. */
function sampleUniform(nextBlock: () => Uint8Array): Int32Array {
  const coefficients = new Int32Array(degree);
  for (let filled = 0; filled < degree;) {
    const block = nextBlock();
    for (let i = 0; i + 3 <= block.length && filled < degree; i += 3) {
      const candidate = block[i]! | (block[i + 1]! << 8) | ((block[i + 2]! & 0x7f) << 16);
      if (candidate < q) coefficients[filled++] = candidate;
    }
  }
  return coefficients;
}
