/**
 * The content-encryption key out of a recipientInfo, by the private key that it names. Here: which kind goes
 * with which key, and key transport (RFC 3370 §4.2.1, RFC 3560). A key that comes out wrong is told from a
 * right one only by the content.
 */
import type { CertificateRecipient, KeyTransportRecipient } from "../cms-syntax/recipient-info.js";
import type { Bytes } from "../base/bytes.js";
import { SequenceReader, context, readWhole, tags } from "../base/der-reader.js";
import { readOctetString } from "../base/der-values.js";
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, parseAlgorithmIdentifier } from "../cms-syntax/algorithm-identifier.js";
import { unwrapExplicit } from "../cms-syntax/content-info.js";
import type { OaepParameters, PrivateKey, RsaPrivateKey } from "../keys/private-key.js";
import { digestName } from "../x509/digest-algorithm.js";
import { type KeyUnwrapping, ofLength } from "./key-unwrapping.js";
import { keyAgreement } from "./unwrap-agreed-key.js";
import { keyEncapsulation } from "./unwrap-kem-key.js";

/**
 * Looks at the algorithms only; nothing secret is done before `unwrap`.
 * @param length of the key that the content cipher needs, octets
 * @throws UnsupportedError | MalformedError
 */
export function keyUnwrapping(
  recipient: CertificateRecipient,
  key: PrivateKey,
  length: number,
): KeyUnwrapping {
  switch (recipient.kind) {
    case "keyTransport":
      if (key.kind === "rsa") return keyTransport(recipient, key, length);
      throw new UnsupportedError("algorithm-unsupported", recipient.keyEncryptionAlgorithm.algorithm);
    case "keyAgreement":
      if (key.kind === "ec" || key.kind === "x25519" || key.kind === "x448") {
        return keyAgreement(recipient, key, length);
      }
      throw new UnsupportedError("algorithm-unsupported", recipient.keyEncryptionAlgorithm.algorithm);
    case "kem":
      if (key.kind === "ml-kem") return keyEncapsulation(recipient, key, length);
      throw new UnsupportedError("algorithm-unsupported", recipient.kem.algorithm);
  }
}

function keyTransport(
  { keyEncryptionAlgorithm, encryptedKey }: KeyTransportRecipient,
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
