/**
 * PKCS #8 private keys (RFC 5208, RFC 5958) as structures. What is inside is read, kind by kind, by
 * `pkcs8-rsa.ts`, `pkcs8-ec.ts` and `pkcs8-octets.ts`; whether seed and expanded form of a lattice key
 * belong together takes the arithmetic of `resolve-lattice-key.ts`. Each kind also has a writer of the one
 * spelling that every WebCrypto and every other program reads: attributes dropped, optional parts where
 * they belong.
 */
import type { Bytes } from "../base/bytes.js";
import { type Element, SequenceReader, contents, context, readWhole, tags } from "../base/der-reader.js";
import {
  readBitStringOctets,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
} from "../base/der-values.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type EcKey, parseEcKey } from "./pkcs8-ec.js";
import { type OctetKey, parseOctetKey } from "./pkcs8-octets.js";
import { type RsaKey, parseRsaKey } from "./pkcs8-rsa.js";

export type Pkcs8Key = RsaKey | EcKey | OctetKey;

/** A key marked for PSS or OAEP alone does the same arithmetic; its certificate says what it is for. */
const rsaAlgorithms: readonly string[] = [oid.rsaEncryption, oid.rsassaPss, oid.rsaesOaep];

/**
 * @param pkcs8 unencrypted OneAsymmetricKey, DER or BER
 * @throws MalformedError("key-malformed"); UnsupportedError("key-unsupported") with the algorithm's OID
 */
export function parsePkcs8(pkcs8: Bytes): Pkcs8Key {
  return asKeyFault(() => parse(pkcs8));
}

/** Whatever is malformed inside a key is a malformed key. */
export function asKeyFault<Key>(read: () => Key): Key {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof MalformedError) || cause.code === "key-malformed") throw cause;
    throw new MalformedError("key-malformed", cause.detail, { cause });
  }
}

/** GnuPG (2.4.9) calls the string around an elliptic key constructed, and puts the key in as it is. */
function privateKeyOctets(element: Element): Bytes {
  const inside = contents(element);
  const isGnupgs = element.tag === (tags.octetString | 0x20) && inside[0] === tags.sequence;
  return isGnupgs ? inside : readOctetString(element);
}

function parse(pkcs8: Bytes): Pkcs8Key {
  const info = new SequenceReader(readWhole(pkcs8, "ber"));
  const version = readSmallInteger(info.next(tags.integer));
  if (version > 1) throw new UnsupportedError("key-unsupported", `PKCS #8 version ${version}`);
  const algorithmIdentifier = new SequenceReader(info.next(tags.sequence));
  const algorithm = readObjectIdentifier(algorithmIdentifier.any());
  const parameters = algorithmIdentifier.peek();
  const privateKey = privateKeyOctets(info.any());
  // Attributes, which say nothing that we use; then the public key (RFC 5958 §2).
  info.optional(context(0));
  const publicKey = info.optional(context(1, "primitive"));
  const claimed = publicKey === null ? null : readBitStringOctets(publicKey, context(1, "primitive"));
  if (rsaAlgorithms.includes(algorithm)) return parseRsaKey(privateKey);
  if (algorithm === oid.ecPublicKey) return parseEcKey(privateKey, { parameters, publicKey: claimed });
  const key = parseOctetKey(algorithm, privateKey, claimed);
  if (key === null) throw new UnsupportedError("key-unsupported", algorithm);
  return key;
}
