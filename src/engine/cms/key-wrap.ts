/**
 * Key wrap by whichever algorithm the message names: AES (RFC 3394), or 3DES of old mail (RFC 3217). Programs
 * differ on absent and NULL parameters, and derive from what they wrote; hence `keyInfos`.
 */
import type { Bytes } from "../base/bytes.js";
import { encoded, readWhole } from "../base/der-reader.js";
import { nullValue, objectIdentifier, sequence } from "../base/der-writer.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import {
  type AlgorithmIdentifier,
  hasNoParameters,
  parseAlgorithmIdentifier,
} from "../cms-syntax/algorithm-identifier.js";
import { unwrapAesKey } from "./aes-key-wrap.js";

export interface KeyWrap {
  /** octets of the key-encryption key */
  readonly keyLength: number;
  /** @returns the key; null where the check value inside does not match */
  unwrap(wrappingKey: Bytes, wrapped: Bytes): Promise<Bytes | null>;
}

const unwrapTripleDes: KeyWrap["unwrap"] = async (wrappingKey, wrapped) =>
  (await import("./des-key-wrap.js")).unwrapDesKey(wrappingKey, wrapped);

const wraps: Readonly<Record<string, KeyWrap>> = {
  [oid.aes128Wrap]: { keyLength: 16, unwrap: unwrapAesKey },
  [oid.aes192Wrap]: { keyLength: 24, unwrap: unwrapAesKey },
  [oid.aes256Wrap]: { keyLength: 32, unwrap: unwrapAesKey },
  [oid.desEde3Wrap]: { keyLength: 24, unwrap: unwrapTripleDes },
};

/** @throws UnsupportedError */
export function keyWrap({ algorithm }: AlgorithmIdentifier): KeyWrap {
  const wrap = wraps[algorithm];
  if (wrap === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm);
  return wrap;
}

export interface NamedKeyWrap extends KeyWrap {
  /** the encodings of the wrap's identifier that the sender may have derived from, as sent first */
  readonly keyInfos: readonly Bytes[];
}

/**
 * The wrap that stands as parameter of another algorithm (RFC 5753 §7.1.4, RFC 5652 §6.2.2). RFC 5753 §7.2
 * has no parameters for AES key wrap, some programs write NULL, and of those some derive with it and some
 * without. What was sent first, then the other; the wrap's own check tells which is right.
 *
 * @throws UnsupportedError | MalformedError
 */
export function keyWrapInside({ parameters }: AlgorithmIdentifier): NamedKeyWrap {
  if (parameters === null) throw new MalformedError("cms-malformed", "key wrap algorithm absent");
  const element = readWhole(parameters, "ber");
  const algorithm = parseAlgorithmIdentifier(element);
  const identifier = objectIdentifier(algorithm.algorithm);
  const other = algorithm.parameters === null ? sequence(identifier, nullValue) : sequence(identifier);
  const sent = encoded(element);
  return { ...keyWrap(algorithm), keyInfos: hasNoParameters(algorithm) ? [sent, other] : [sent] };
}
