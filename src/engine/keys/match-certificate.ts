/** Does a private key belong to a certificate, or a public key? Decided by the numbers, never by a label in a file. */
import { type Bytes, concat, equal } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readUnsignedInteger } from "../base/der-values.js";
import { sequence, unsignedInteger } from "../base/der-writer.js";
import { publicKeyOf } from "../primitives/key-agreement.js";
import { keysFromSeed, publicKeyByLibrary } from "../primitives/signatures.js";
import type { Certificate, SubjectPublicKeyInfo } from "../x509/certificate.js";
import { type PublicKeyKind, publicKeyKind } from "../x509/public-key.js";
import type { EcKey } from "./pkcs8-ec.js";
import type { CurveOctetKey, SlhDsaKey } from "./pkcs8-octets.js";
import { type Pkcs8Key, parsePkcs8 } from "./pkcs8.js";
import { resolveLatticeKey } from "./resolve-lattice-key.js";

/**
 * @param pkcs8 unencrypted DER
 * @throws MalformedError, UnsupportedError where the key is none that we use
 */
export async function keyBelongsTo(
  pkcs8: Bytes,
  { subjectPublicKeyInfo: info }: Pick<Certificate, "subjectPublicKeyInfo">,
): Promise<boolean> {
  const key = new ComparedKey(pkcs8);
  try {
    return key.isOfKind(publicKeyKind(info)) && isAmong(await key.publicHalf(), publicOctets(info));
  } finally {
    key.wipe();
  }
}

/**
 * A private key that is compared with certificates, however many: read once, and its public half made once, for with
 * some kinds that takes a hundredth of a second. A half that cannot be made is not tried again either.
 */
export class ComparedKey {
  readonly #key: Pkcs8Key;
  #half: Promise<readonly Bytes[]> | null = null;

  /** @param pkcs8 unencrypted DER. @throws MalformedError, UnsupportedError where the key is none that we use */
  constructor(pkcs8: Bytes) {
    this.#key = parsePkcs8(pkcs8);
  }

  /** Costs nothing: ask it first. */
  isOfKind(kind: PublicKeyKind): boolean {
    const key = this.#key;
    if (key.kind === "ec") return kind.kind === "ec" && kind.curve === key.curve;
    if (!("parameterSet" in key)) return kind.kind === key.kind;
    return "parameterSet" in kind && kind.kind === key.kind && kind.parameterSet === key.parameterSet;
  }

  /**
   * @returns it as certificates may spell it, see `publicOctets`; nothing where the file claims another
   * @throws MalformedError for a key whose parts do not belong together, each time the same
   */
  publicHalf(): Promise<readonly Bytes[]> {
    return (this.#half ??= publicHalfOf(this.#key));
  }

  /** Its public half takes a second, in which nothing else runs: the "s" stands for small signatures. */
  get isSlow(): boolean {
    return this.#key.kind === "slh-dsa" && this.#key.parameterSet.endsWith("s");
  }

  wipe(): void {
    wipeParsed(this.#key);
  }
}

function wipeParsed(key: Pkcs8Key): void {
  switch (key.kind) {
    case "rsa":
      key.pkcs8.fill(0);
      for (const number of Object.values(key.numbers) as readonly Bytes[]) number.fill(0);
      break;
    case "ec":
      key.privateKey.fill(0);
      break;
    case "ml-dsa":
    case "ml-kem":
      key.seed?.fill(0);
      key.expanded?.fill(0);
      break;
    default:
      key.secret.fill(0);
  }
}

async function publicHalfOf(key: Pkcs8Key): Promise<readonly Bytes[]> {
  switch (key.kind) {
    case "rsa":
      return [rsaPublicKey(key.numbers.modulus, key.numbers.publicExponent)];
    case "ec":
      return pointOf(key);
    case "ed25519":
    case "ed448":
    case "x25519":
    case "x448":
      return [await curvePublicKey(key)];
    case "slh-dsa":
      return [await slhDsaPublicKey(key)];
    case "ml-dsa":
    case "ml-kem":
      return [await latticePublicKey(key)];
  }
}

/** PK.root stands in the private key, too, but anybody can write it there: it is computed anew (FIPS 205 §9.1). */
async function slhDsaPublicKey({ parameterSet, secret }: SlhDsaKey): Promise<Bytes> {
  const seeds = secret.slice(0, (3 * secret.length) / 4);
  const { publicKey, secretKey } = await keysFromSeed({ name: "SLH-DSA", parameterSet }, seeds);
  const isWhole = equal(secretKey, secret);
  seeds.fill(0);
  secretKey.fill(0);
  if (isWhole) return publicKey;
  throw new MalformedError("key-malformed", `${parameterSet}: the root is another key's`);
}

async function latticePublicKey(key: Parameters<typeof resolveLatticeKey>[0]): Promise<Bytes> {
  const { publicKey, secretKey } = await resolveLatticeKey(key);
  secretKey.fill(0);
  return publicKey;
}

function curvePublicKey({ kind, secret }: CurveOctetKey): Promise<Bytes> {
  if (kind === "x25519") return publicKeyOf("X25519", secret);
  if (kind === "x448") return publicKeyOf("X448", secret);
  return publicKeyByLibrary({ name: kind === "ed25519" ? "Ed25519" : "Ed448" }, secret);
}

/** RSAPublicKey (RFC 8017 §A.1.1) */
const rsaPublicKey = (modulus: Bytes, exponent: Bytes): Bytes =>
  sequence(unsignedInteger(modulus), unsignedInteger(exponent));

/** A certificate's public key, to be looked for in a key's public half. @throws MalformedError */
export function publicOctets(info: SubjectPublicKeyInfo): Bytes {
  const { publicKey } = info;
  if (publicKeyKind(info).kind !== "rsa") return publicKey;
  const reader = new SequenceReader(readWhole(publicKey, "der"));
  const modulus = readUnsignedInteger(reader.next(tags.integer));
  return rsaPublicKey(modulus, readUnsignedInteger(reader.next(tags.integer)));
}

export function isAmong(half: readonly Bytes[], publicKey: Bytes): boolean {
  return half.some((spelling) => equal(spelling, publicKey));
}

/** RFC 5915 §3: the point is optional, and where it stands it is a claim: with another's, the key is nobody's. */
async function pointOf({ curve, privateKey, point: claimed }: EcKey): Promise<readonly Bytes[]> {
  const point = await publicKeyOf(curve, privateKey);
  return claimed === null || equal(claimed, point) ? spellingsOf(point) : [];
}

/** Uncompressed and compressed (SEC 1 §2.3.3), so that no certificate's point need be decompressed. */
function spellingsOf(point: Bytes): readonly Bytes[] {
  const x = point.subarray(1, (point.length + 1) / 2);
  return [point, concat([Uint8Array.of(2 | (point.at(-1)! & 1)), x])];
}
