/**
 * KEMRecipientInfo (RFC 9629) with ML-KEM (RFC 9936): a shared secret out of the ciphertext, a key-encryption
 * key out of that, and the content-encryption key by AES key wrap.
 */
import type { Bytes } from "../base/bytes.js";
import { nullValue, objectIdentifier, sequence } from "../base/der-writer.js";
import { DecryptionError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type AlgorithmIdentifier, hasNoParameters } from "../cms-syntax/algorithm-identifier.js";
import { cmsMalformed } from "../cms-syntax/content-info.js";
import type { KemRecipient } from "../cms-syntax/recipient-info.js";
import type { MlKemPrivateKey } from "../keys/private-key.js";
import { type HkdfHash, hkdf } from "../primitives/hkdf.js";
import { kemIdentifiers, kemOtherInfo } from "./kem-identifiers.js";
import { type KeyUnwrapping, ofLength } from "./key-unwrapping.js";
import { keyWrap } from "./key-wrap.js";

const derivations: Readonly<Record<string, HkdfHash>> = {
  [oid.hkdfWithSha256]: "SHA-256",
  [oid.hkdfWithSha384]: "SHA-384",
  [oid.hkdfWithSha512]: "SHA-512",
};

/** @throws UnsupportedError | MalformedError */
export function keyEncapsulation(
  recipient: KemRecipient,
  key: MlKemPrivateKey,
  length: number,
): KeyUnwrapping {
  const { kem, kdf, wrap: wrapAlgorithm, kekLength, ciphertext, encryptedKey } = recipient;
  if (kem.algorithm !== kemIdentifiers[key.parameterSet]) {
    throw new UnsupportedError("algorithm-unsupported", kem.algorithm);
  }
  const hash = derivations[kdf.algorithm];
  if (hash === undefined) throw new UnsupportedError("algorithm-unsupported", kdf.algorithm);
  const wrap = keyWrap(wrapAlgorithm);
  // RFC 9629 §3: kekLength is that of the wrap's key.
  if (kekLength !== wrap.keyLength) throw cmsMalformed("kekLength");
  const unwrap = async (): Promise<Bytes> => {
    const secret = await key.decapsulate(ciphertext);
    for (const info of otherInfos(recipient)) {
      const wrappingKey = await hkdf(hash, { secret, salt: new Uint8Array(0), info, length: kekLength });
      const unwrapped = await wrap.unwrap(wrappingKey, encryptedKey);
      if (unwrapped !== null) return ofLength(unwrapped, length);
    }
    throw new DecryptionError();
  };
  return { label: key.parameterSet, unwrap };
}

/** With the wrap's parameters as sent, then as they might have been meant: absent and NULL are mixed up. */
function otherInfos({ wrap, kekLength, ukm }: KemRecipient): readonly Bytes[] {
  const sent = identifierOf(wrap);
  const identifier = objectIdentifier(wrap.algorithm);
  const other = wrap.parameters === null ? sequence(identifier, nullValue) : sequence(identifier);
  const forms = hasNoParameters(wrap) ? [sent, other] : [sent];
  return forms.map((form) => kemOtherInfo(form, kekLength, ukm));
}

function identifierOf({ algorithm, parameters }: AlgorithmIdentifier): Bytes {
  return sequence(objectIdentifier(algorithm), ...(parameters === null ? [] : [parameters]));
}
