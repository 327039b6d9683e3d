/**
 * The content-encryption key out of a recipientInfo: key transport (RFC 3370 §4.2.1, RFC 3560) and key
 * agreement (RFC 5753). A key that comes out wrong is told from a right one only by the content.
 */
import type { RecipientInfo } from "../cms-syntax/recipient-info.js";
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, context, encoded, readWhole, tags } from "../base/der-reader.js";
import { readOctetString } from "../base/der-values.js";
import { encode, nullValue, objectIdentifier, octetString, sequence } from "../base/der-writer.js";
import { DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import {
  type AlgorithmIdentifier,
  hasNoParameters,
  parseAlgorithmIdentifier,
} from "../cms-syntax/algorithm-identifier.js";
import { unwrapExplicit } from "../cms-syntax/content-info.js";
import type { DigestName } from "../primitives/digest.js";
import type { EcPrivateKey, OaepParameters, PrivateKey, RsaPrivateKey } from "../keys/private-key.js";
import { coordinateLengths } from "../primitives/names.js";
import { digestName } from "../x509/digest-algorithm.js";
import { unwrapAesKey } from "./aes-key-wrap.js";
import { deriveX963 } from "./x963-kdf.js";

export interface KeyUnwrapping {
  /** e.g. "RSAES-OAEP", "ECDH P-256" */
  readonly label: string;
  /** @throws DecryptionError */
  unwrap(): Promise<Bytes>;
}

/**
 * Looks at the algorithms only; nothing secret is done before `unwrap`.
 * @param length of the key that the content cipher needs, octets
 * @throws UnsupportedError | MalformedError
 */
export function keyUnwrapping(recipient: RecipientInfo, key: PrivateKey, length: number): KeyUnwrapping {
  if (recipient.kind === "keyTransport" && key.kind === "rsa") return keyTransport(recipient, key, length);
  if (recipient.kind === "keyAgreement" && key.kind === "ec") return keyAgreement(recipient, key, length);
  throw new UnsupportedError("algorithm-unsupported", recipient.keyEncryptionAlgorithm.algorithm);
}

// ------------------------------------------------------------------ RSA

function keyTransport(
  { keyEncryptionAlgorithm, encryptedKey }: RecipientInfo,
  key: RsaPrivateKey,
  length: number,
): KeyUnwrapping {
  switch (keyEncryptionAlgorithm.algorithm) {
    case oid.rsaEncryption:
      return { label: "RSAES-PKCS1-v1_5", unwrap: () => key.decryptPkcs1(encryptedKey, length) };
    case oid.rsaesOaep: {
      const parameters = oaepParameters(keyEncryptionAlgorithm.parameters);
      const unwrap = async (): Promise<Bytes> =>
        ofLength(await key.decryptOaep(encryptedKey, parameters), length);
      return { label: "RSAES-OAEP", unwrap };
    }
    default:
      throw new UnsupportedError("algorithm-unsupported", keyEncryptionAlgorithm.algorithm);
  }
}

function ofLength(key: Bytes, length: number): Bytes {
  if (key.length !== length) throw new DecryptionError();
  return key;
}

/** RSAES-OAEP-params (RFC 4055 §4.1). */
function oaepParameters(parameters: Bytes | null): OaepParameters {
  const reader = new SequenceReader(readWhole(parameters ?? Uint8Array.of(tags.sequence, 0), "ber"));
  const hash = explicitAlgorithm(reader, 0);
  const mask = explicitAlgorithm(reader, 1);
  const source = explicitAlgorithm(reader, 2);
  reader.finish();
  if (mask !== null && mask.algorithm !== oid.mgf1) {
    throw new UnsupportedError("algorithm-unsupported", mask.algorithm);
  }
  if (source !== null && source.algorithm !== oid.pSpecified) {
    throw new UnsupportedError("algorithm-unsupported", source.algorithm);
  }
  const maskHash =
    mask?.parameters == null ? null : parseAlgorithmIdentifier(readWhole(mask.parameters, "ber"));
  return {
    hash: digestName(hash?.algorithm ?? oid.sha1),
    mgfHash: digestName(maskHash?.algorithm ?? oid.sha1),
    label:
      source?.parameters == null ? new Uint8Array(0) : readOctetString(readWhole(source.parameters, "ber")),
  };
}

function explicitAlgorithm(reader: SequenceReader, tag: number): AlgorithmIdentifier | null {
  const explicit = reader.optional(context(tag));
  return explicit === null ? null : parseAlgorithmIdentifier(unwrapExplicit(explicit, context(tag)));
}

// ------------------------------------------------------------------ ECDH

const agreementDigests: Readonly<Record<string, DigestName>> = {
  [oid.dhSinglePassStdDhSha1]: "SHA-1",
  [oid.dhSinglePassStdDhSha224]: "SHA-224",
  [oid.dhSinglePassStdDhSha256]: "SHA-256",
  [oid.dhSinglePassStdDhSha384]: "SHA-384",
  [oid.dhSinglePassStdDhSha512]: "SHA-512",
};

const wrapLengths: Readonly<Record<string, number>> = {
  [oid.aes128Wrap]: 16,
  [oid.aes192Wrap]: 24,
  [oid.aes256Wrap]: 32,
};

function keyAgreement(
  recipient: Extract<RecipientInfo, { kind: "keyAgreement" }>,
  key: EcPrivateKey,
  length: number,
): KeyUnwrapping {
  const { algorithm, parameters } = recipient.keyEncryptionAlgorithm;
  const digest = agreementDigests[algorithm];
  if (digest === undefined) throw new UnsupportedError("algorithm-unsupported", algorithm);
  if (parameters === null) throw new MalformedError("cms-malformed", "key wrap algorithm absent");
  const wrapElement = readWhole(parameters, "ber");
  const wrap = parseAlgorithmIdentifier(wrapElement);
  const wrapLength = wrapLengths[wrap.algorithm];
  if (wrapLength === undefined) throw new UnsupportedError("algorithm-unsupported", wrap.algorithm);
  const { originator } = recipient;
  if (originator === null) throw new UnsupportedError("algorithm-unsupported", "static-static ECDH");
  const unwrap = async (): Promise<Bytes> => {
    const point = uncompressedPoint(originator.publicKey, coordinateLengths[key.curve]);
    const secret = await key.agree(point);
    for (const keyInfo of keyInfos(wrap, encoded(wrapElement))) {
      const sharedInfo = eccCmsSharedInfo(keyInfo, recipient.ukm, wrapLength);
      const wrappingKey = await deriveX963(digest, { secret, sharedInfo, length: wrapLength });
      const unwrapped = await unwrapAesKey(wrappingKey, recipient.encryptedKey);
      if (unwrapped !== null) return ofLength(unwrapped, length);
    }
    throw new DecryptionError();
  };
  return { label: `ECDH ${key.curve}`, unwrap };
}

/** RFC 5753 §7.1.1: only the uncompressed form must be understood. */
function uncompressedPoint(point: Bytes, fieldLength: number): Bytes {
  if (point[0] !== 0x04 || point.length !== 1 + 2 * fieldLength) throw new DecryptionError();
  return point;
}

/**
 * RFC 5753 §7.2 has no parameters for AES key wrap, some programs write NULL, and of those some derive
 * with it and some without. What was sent first, then the other; the wrap's own check tells which is right.
 */
function keyInfos(wrap: AlgorithmIdentifier, sent: Bytes): readonly Bytes[] {
  const identifier = objectIdentifier(wrap.algorithm);
  const forms = wrap.parameters === null ? [sequence(identifier, nullValue)] : [sequence(identifier)];
  return hasNoParameters(wrap) ? [sent, ...forms] : [sent];
}

/** ECC-CMS-SharedInfo (RFC 5753 §7.2). */
function eccCmsSharedInfo(keyInfo: Bytes, ukm: Bytes | null, wrapLength: number): Bytes {
  const bits = new Uint8Array(4);
  new DataView(bits.buffer).setUint32(0, wrapLength * 8);
  // An absent ukm leaves entityUInfo out; an empty one would be another key.
  const entity = ukm === null ? [] : [encode(context(0), octetString(ukm))];
  return sequence(keyInfo, ...entity, encode(context(2), octetString(bits)));
}
