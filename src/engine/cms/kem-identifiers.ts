/** What writing and reading a KEMRecipientInfo have in common (RFC 9629, RFC 9936). */
import type { Bytes } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import { encode, octetString, sequence, smallInteger } from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import type { MlKemSet } from "../primitives/names.js";

export const kemIdentifiers: Readonly<Record<MlKemSet, string>> = {
  "ML-KEM-512": oid.mlKem512,
  "ML-KEM-768": oid.mlKem768,
  "ML-KEM-1024": oid.mlKem1024,
};

/** CMSORIforKEMOtherInfo (RFC 9629 §5). @param kekLength octets */
export function kemOtherInfo(wrap: Bytes, kekLength: number, ukm: Bytes | null): Bytes {
  const keyingMaterial = ukm === null ? [] : [encode(context(0), octetString(ukm))];
  return sequence(wrap, smallInteger(kekLength), ...keyingMaterial);
}
