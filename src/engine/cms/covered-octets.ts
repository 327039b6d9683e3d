/**
 * What a signature covers, in one form whoever wrote it: the hash of these octets is what our own record of a
 * message is kept under. Not the value of the signature: ECDSA has a second value for the same letter, and
 * whoever makes a key can make one value hold for two letters.
 */
import type { Bytes } from "../base/bytes.js";
import { children, encoded, readWhole } from "../base/der-reader.js";
import { setOf } from "../base/der-writer.js";
import type { SignerInfo } from "../cms-syntax/signed-data.js";
import { digest } from "../primitives/digest.js";
import type { SignedContent } from "./signed-content.js";

/**
 * The signed attributes as a DER set, the digest of the content among them; without attributes the SHA-256 of
 * the content. A copy: a view would carry the whole message with it.
 */
export async function coveredOctets(
  { signedAttrs }: Pick<SignerInfo, "signedAttrs">,
  content: SignedContent,
): Promise<Bytes> {
  // Some sign the order that they send, others the sorted one: for both it is the same letter.
  if (signedAttrs !== null) return setOf(children(readWhole(signedAttrs.der, "der")).map(encoded)).slice();
  return digest("SHA-256", content.canonical());
}
