/** Writing PrivateKeyInfo (RFC 5208 §5; RFC 5958 §2 as version 1), the way every reader takes it. */
import type { Bytes, Der } from "../base/bytes.js";
import { nullValue, objectIdentifier, octetString, sequence, smallInteger } from "../base/der-writer.js";
import { oid } from "../base/oid.js";

/** @param algorithm complete AlgorithmIdentifier */
export function privateKeyInfo(algorithm: Der, privateKey: Bytes): Der {
  return sequence(smallInteger(0), algorithm, octetString(privateKey));
}

export const rsaAlgorithm: Der = sequence(objectIdentifier(oid.rsaEncryption), nullValue);
