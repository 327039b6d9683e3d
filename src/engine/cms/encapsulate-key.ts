/**
 * KEMRecipientInfo (RFC 9629 §3) to an ML-KEM key (RFC 9936): HKDF with SHA-256 and AES-256 key wrap, as
 * strong as the largest of the parameter sets.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import { encode, objectIdentifier, octetString, sequence, smallInteger } from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import { hkdf } from "../primitives/hkdf.js";
import { encapsulate } from "../primitives/ml-kem.js";
import type { MlKemSet } from "../primitives/names.js";
import type { Certificate } from "../x509/certificate.js";
import { wrapAesKey } from "./aes-key-wrap.js";
import { kemIdentifiers, kemOtherInfo } from "./kem-identifiers.js";
import { issuerAndSerialNumber } from "./sign.js";

const wrapAlgorithm = sequence(objectIdentifier(oid.aes256Wrap));
/** octets of the key-encryption key */
const length = 32;

/** @throws MalformedError where the certificate's key is none of its parameter set */
export async function sealByEncapsulation(
  contentKey: Bytes,
  certificate: Certificate,
  set: MlKemSet,
): Promise<Der> {
  const { ciphertext, sharedSecret } = await encapsulate(set, certificate.subjectPublicKeyInfo.publicKey);
  const info = kemOtherInfo(wrapAlgorithm, length, null);
  const derivation = { secret: sharedSecret, salt: new Uint8Array(0), info, length };
  const wrapped = await wrapAesKey(await hkdf("SHA-256", derivation), contentKey);
  sharedSecret.fill(0);
  const kemRecipientInfo = sequence(
    smallInteger(0),
    issuerAndSerialNumber(certificate),
    sequence(objectIdentifier(kemIdentifiers[set])),
    octetString(ciphertext),
    sequence(objectIdentifier(oid.hkdfWithSha256)),
    smallInteger(length),
    wrapAlgorithm,
    octetString(wrapped),
  );
  return encode(context(4), objectIdentifier(oid.oriKem), kemRecipientInfo);
}
