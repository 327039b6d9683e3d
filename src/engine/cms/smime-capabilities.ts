/**
 * SMIMECapabilities (RFC 8551 §2.5.2): what a signer says of his own program. Ours are written into each
 * signature; others' decide how a message to them is encrypted. They are a wish list of whoever signed:
 * they can choose among good algorithms here, and never lead to a bad one.
 */
import { type Bytes, type Der } from "../base/bytes.js";
import { SequenceReader, context, readWhole, tags } from "../base/der-reader.js";
import { readObjectIdentifier } from "../base/der-values.js";
import { encode, nullValue, objectIdentifier, sequence } from "../base/der-writer.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { parseAlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import type { HashName } from "../keys/private-key.js";
import type { Certificate } from "../x509/certificate.js";
import { type PublicKeyKind, publicKeyKind } from "../x509/public-key.js";
import { kemIdentifiers } from "./kem-identifiers.js";

export interface Capabilities {
  /** dotted OIDs, as listed */
  readonly algorithms: ReadonlySet<string>;
  /** the hash for RSAES-OAEP; null where OAEP is not offered, or only with parameters that we do not write */
  readonly oaepHash: HashName | null;
}

const nothing: Capabilities = { algorithms: new Set(), oaepHash: null };

const oaepHashes: Readonly<Record<string, HashName>> = {
  [oid.sha1]: "SHA-1",
  [oid.sha256]: "SHA-256",
  [oid.sha384]: "SHA-384",
  [oid.sha512]: "SHA-512",
};

/** @param der SMIMECapabilities; null or malformed is "unknown", the same as empty */
export function parseCapabilities(der: Bytes | null): Capabilities {
  if (der === null) return nothing;
  try {
    return parse(der);
  } catch (error) {
    if (error instanceof MalformedError) return nothing;
    throw error;
  }
}

function parse(der: Bytes): Capabilities {
  const algorithms = new Set<string>();
  let oaepHash: HashName | null = null;
  const list = new SequenceReader(readWhole(der, "ber"));
  while (!list.done) {
    const { algorithm, parameters } = parseAlgorithmIdentifier(list.next(tags.sequence));
    algorithms.add(algorithm);
    if (algorithm === oid.rsaesOaep) oaepHash ??= parseOaepHash(parameters);
  }
  return { algorithms, oaepHash };
}

/** RSAES-OAEP-params (RFC 4055 §4.1): only where the mask hash is the same one and the label is empty. */
function parseOaepHash(parameters: Bytes | null): HashName | null {
  if (parameters === null) return "SHA-1";
  const reader = new SequenceReader(readWhole(parameters, "ber"));
  const hash = reader.optional(context(0));
  const mask = reader.optional(context(1));
  if (!reader.done) return null;
  const hashOid = hash === null ? oid.sha1 : algorithmInside(hash, context(0)).algorithm;
  return maskHash(mask) === hashOid ? (oaepHashes[hashOid] ?? null) : null;
}

function maskHash(mask: Parameters<typeof algorithmInside>[0] | null): string | null {
  if (mask === null) return oid.sha1;
  const { algorithm, parameters } = algorithmInside(mask, context(1));
  if (algorithm !== oid.mgf1 || parameters === null) return null;
  return readObjectIdentifier(new SequenceReader(readWhole(parameters, "ber")).any());
}

function algorithmInside(element: ConstructorParameters<typeof SequenceReader>[0], tag: number) {
  return parseAlgorithmIdentifier(new SequenceReader(element, tag).any());
}

/** Complete parameters of RSAES-OAEP for one hash throughout (RFC 4055 §4.1). */
export function oaepParameters(hash: HashName): Der {
  const hashOid = Object.keys(oaepHashes).find((name) => oaepHashes[name] === hash)!;
  if (hash === "SHA-1") return sequence();
  const algorithm = sequence(objectIdentifier(hashOid), nullValue);
  return sequence(
    encode(context(0), algorithm),
    encode(context(1), sequence(objectIdentifier(oid.mgf1), algorithm)),
  );
}

const capability = (name: string): Der => sequence(objectIdentifier(name));
const contentCiphers = [oid.aes256Gcm, oid.aes128Gcm, oid.aes256Cbc, oid.aes128Cbc].map(capability);
/** Read too, but by libraries: who has a choice should not take them. */
const slowCiphers = [oid.aes192Gcm, oid.aes192Cbc, oid.chacha20Poly1305].map(capability);

/**
 * For the copy that the writer keeps. Without OAEP: the same mailbox may be read by another program too
 * (a telephone, NSS 3.87), and RSAES-PKCS1-v1_5 is what all of them open.
 */
export const keepersCapabilities: Der = sequence(...contentCiphers);

/** What we can read with this certificate's key, best first (RFC 8551 §2.7.1). */
export function ownCapabilities(certificate: Certificate): Der {
  const key = publicKeyKind(certificate.subjectPublicKeyInfo);
  return sequence(...contentCiphers, ...slowCiphers, ...keyCapabilities(key));
}

function keyCapabilities(key: PublicKeyKind): readonly Der[] {
  switch (key.kind) {
    case "rsa":
      return key.pss ? [] : [sequence(objectIdentifier(oid.rsaesOaep), oaepParameters("SHA-256"))];
    case "ec":
      return [agreementWithWrap(oid.dhSinglePassStdDhSha256)];
    case "x25519":
      return [agreementWithWrap(oid.stdDhHkdfSha256)];
    case "x448":
      return [agreementWithWrap(oid.stdDhHkdfSha512)];
    case "ml-kem":
      return [capability(kemIdentifiers[key.parameterSet])];
    default:
      return [];
  }
}

/** RFC 5753 §8, RFC 8418 §6: the scheme, with the key wrap that goes with it. */
function agreementWithWrap(scheme: string): Der {
  return sequence(objectIdentifier(scheme), sequence(objectIdentifier(oid.aes256Wrap)));
}
