/**
 * PasswordRecipientInfo (RFC 5652 §6.2.4): the content-encryption key, sealed by what a person can say over
 * the telephone. PBKDF2 makes each guess cost; nothing makes a bad password good.
 */
import { type Bytes, type Der, fromUtf8 } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import { wrapByPassword } from "./password-key-wrap.js";

/** OWASP's number for PBKDF2 with HMAC-SHA-256, 2023; half a second on a slow machine. */
const iterations = 600_000;
/** octets */
const length = 32;

/** @param password taken as UTF-8, as it was typed */
export async function sealByPassword(contentKey: Bytes, password: string): Promise<Der> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const imported = await crypto.subtle.importKey("raw", fromUtf8(password), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  const key = new Uint8Array(await crypto.subtle.deriveBits(parameters, imported, length * 8));
  const wrapped = await wrapByPassword({ name: "aes", key, iv }, contentKey);
  key.fill(0);
  const prf = sequence(objectIdentifier(oid.hmacWithSha256), nullValue);
  const derivation = sequence(octetString(salt), smallInteger(iterations), smallInteger(length), prf);
  const inner = sequence(objectIdentifier(oid.aes256Cbc), octetString(iv));
  return encode(
    context(3),
    smallInteger(0),
    encode(context(0), objectIdentifier(oid.pbkdf2), derivation),
    sequence(objectIdentifier(oid.pwriKek), inner),
    octetString(wrapped),
  );
}
