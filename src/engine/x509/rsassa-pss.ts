/** RSASSA-PSS-params (RFC 4055 §3.1), and what a key that is bound to PSS allows (§3.3). */
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, context, readWhole, tags } from "../base/der-reader.js";
import { readSmallInteger } from "../base/der-values.js";
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import {
  type AlgorithmIdentifier,
  hasNoParameters,
  parseAlgorithmIdentifier,
} from "../cms-syntax/algorithm-identifier.js";
import { unwrapExplicit } from "../cms-syntax/content-info.js";
import type { DigestName } from "../primitives/digest.js";
import { digestName } from "./digest-algorithm.js";

export interface PssScheme {
  readonly name: "RSASSA-PSS";
  readonly digest: DigestName;
  /** of MGF1; where it is one of SHAKE, the mask is its output itself (RFC 8702 §2.2.1) */
  readonly maskDigest: DigestName;
  /** octets */
  readonly saltLength: number;
}

const shakes: Readonly<Record<string, PssScheme>> = {
  [oid.rsassaPssShake128]: {
    name: "RSASSA-PSS",
    digest: "SHAKE128",
    maskDigest: "SHAKE128",
    saltLength: 32,
  },
  [oid.rsassaPssShake256]: {
    name: "RSASSA-PSS",
    digest: "SHAKE256",
    maskDigest: "SHAKE256",
    saltLength: 64,
  },
};

/** @returns null where the identifier is none of PSS. @throws UnsupportedError | MalformedError */
export function pssScheme(identifier: AlgorithmIdentifier): PssScheme | null {
  if (identifier.algorithm === oid.rsassaPss) return parsePssParameters(identifier.parameters);
  const shake = shakes[identifier.algorithm];
  // RFC 8702 §3.2.1: the parameters must be absent, everything is said by the identifier.
  return shake !== undefined && identifier.parameters === null ? shake : null;
}

function parsePssParameters(parameters: Bytes | null): PssScheme {
  const reader = new SequenceReader(readWhole(parameters ?? Uint8Array.of(tags.sequence, 0), "der"));
  const hash = optionalAlgorithm(reader, 0);
  const mask = optionalAlgorithm(reader, 1);
  const salt = reader.optional(context(2));
  const trailer = reader.optional(context(3));
  reader.finish();
  const trailerField = trailer === null ? 1 : readSmallInteger(unwrapExplicit(trailer, context(3)));
  if (trailerField !== 1) throw unsupported(`trailerField ${trailerField}`);
  return {
    name: "RSASSA-PSS",
    digest: hash === null ? "SHA-1" : fixedDigest(hash),
    maskDigest: mask === null ? "SHA-1" : maskGenerationDigest(mask),
    saltLength: salt === null ? 20 : readSmallInteger(unwrapExplicit(salt, context(2))),
  };
}

function optionalAlgorithm(reader: SequenceReader, tag: number): AlgorithmIdentifier | null {
  const explicit = reader.optional(context(tag));
  return explicit === null ? null : parseAlgorithmIdentifier(unwrapExplicit(explicit, context(tag)));
}

function maskGenerationDigest(mask: AlgorithmIdentifier): DigestName {
  if (mask.algorithm !== oid.mgf1 || mask.parameters === null) throw unsupported(mask.algorithm);
  return fixedDigest(parseAlgorithmIdentifier(readWhole(mask.parameters, "der")));
}

/** RFC 8702 gives SHAKE identifiers of its own; here, and under MGF1, nobody has said how long its output is. */
function fixedDigest(identifier: AlgorithmIdentifier): DigestName {
  const name = digestName(identifier.algorithm);
  if (name.startsWith("SHAKE") || !hasNoParameters(identifier)) throw unsupported(identifier.algorithm);
  return name;
}

function unsupported(detail: string): UnsupportedError {
  return new UnsupportedError("algorithm-unsupported", `RSASSA-PSS with ${detail}`);
}

/**
 * @param bound parameters of a key that its certificate binds to PSS
 * @param scheme null for a signature that is none of PSS
 * @throws UnsupportedError where the signature is not one that such a key makes
 */
export function requireBoundKey(bound: Bytes | null, scheme: PssScheme | null): void {
  const limits = bound === null ? null : parsePssParameters(bound);
  const fits =
    scheme !== null &&
    (limits === null ||
      (limits.digest === scheme.digest &&
        limits.maskDigest === scheme.maskDigest &&
        limits.saltLength <= scheme.saltLength));
  if (!fits) throw new UnsupportedError("algorithm-unsupported", "key bound to RSASSA-PSS");
}
