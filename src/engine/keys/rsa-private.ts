/**
 * Decryption with raw RSA numbers, where WebCrypto cannot: RSAES-PKCS1-v1_5 (RFC 8017 §7.2), and OAEP
 * whose mask hash is not its label hash (§7.1; Java and Bouncy Castle write SHA-256 with MGF1-SHA-1).
 * An attacker sends us ciphertexts at will and watches the clock (Bleichenbacher 1998, Manger 2001,
 * Marvin 2023): nothing below branches on, or is indexed by, what was decrypted.
 */
import { type Bytes, concat, fromUtf8 } from "../base/bytes.js";
import { DecryptionError } from "../base/errors.js";
import { toBigInt } from "../kernels/big-integers.js";
import { type CrtKey, crtPower } from "../kernels/rsa-crt.js";
import { type DigestName, digest } from "../primitives/digest.js";
import type { OaepParameters } from "./private-key.js";

/** Public: the ciphertext's length and whether it is below the modulus. */
function fits(key: CrtKey, ciphertext: Bytes): boolean {
  const { modulus } = key.numbers;
  return ciphertext.length === modulus.length && toBigInt(ciphertext) < toBigInt(modulus);
}

/**
 * The secret from which the answers to wrong paddings are drawn. Not extractable; it says nothing of
 * the key to those who learn it.
 */
export async function importRejectionKey(key: CrtKey): Promise<CryptoKey> {
  const { exponent1, exponent2 } = key.numbers;
  const label = fromUtf8("signet implicit rejection");
  const secret = concat([label, exponent1, exponent2]);
  const digest = await crypto.subtle.digest("SHA-256", secret);
  secret.fill(0);
  return importHmacKey(digest);
}

async function importHmacKey(secret: BufferSource): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** What a wrong padding decrypts to: it depends on key and ciphertext alone, and looks like any key. */
async function syntheticMessage(rejectionKey: CryptoKey, ciphertext: Bytes, length: number): Promise<Bytes> {
  const derived = await importHmacKey(await crypto.subtle.sign("HMAC", rejectionKey, ciphertext));
  const message = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    const block = await crypto.subtle.sign("HMAC", derived, Uint8Array.of(at / 32, length & 0xff));
    message.set(new Uint8Array(block).subarray(0, length - at), at);
  }
  return message;
}

/**
 * RSAES-PKCS1-v1_5 for a message of known length, with implicit rejection (RFC 3218 §2.3.2): right and
 * wrong paddings take the same steps.
 *
 * @param length octets of the message that is expected: that of the content-encryption key
 * @throws DecryptionError only where the arithmetic itself failed, never for the ciphertext's sake
 */
export async function decryptPkcs1(
  key: CrtKey,
  rejectionKey: CryptoKey,
  { ciphertext, length }: { readonly ciphertext: Bytes; readonly length: number },
): Promise<Bytes> {
  const synthetic = await syntheticMessage(rejectionKey, ciphertext, length);
  const size = key.numbers.modulus.length;
  // RFC 8017 §7.2.2 step 1; both conditions are public.
  if (!fits(key, ciphertext) || length > size - 11) return synthetic;
  const padded = crtPower(key, ciphertext);
  if (padded === null) throw new DecryptionError();
  // EM = 00 02 PS 00 M: with M's length known, the zero that ends PS has one place.
  const separator = size - length - 1;
  let wrong = padded[0]! | (padded[1]! ^ 2) | padded[separator]!;
  for (let i = 2; i < separator; i++) wrong |= ((padded[i]! - 1) >> 31) & 1;
  // -1 (take the message) where wrong is 0; 0 (take the synthetic one) where it is 1 … 255.
  const right = (wrong - 1) >> 31;
  const message = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    message[i] = (padded[separator + 1 + i]! & right) | (synthetic[i]! & ~right);
  }
  padded.fill(0);
  return message;
}

/**
 * RSAES-OAEP with any mask hash (RFC 8017 §7.1.2).
 * @throws DecryptionError one for everything that can be wrong, after all of it has been looked at
 */
export async function decryptOaep(
  key: CrtKey,
  ciphertext: Bytes,
  parameters: OaepParameters,
): Promise<Bytes> {
  const labelHash = await digest(parameters.hash, parameters.label);
  const size = key.numbers.modulus.length;
  const h = labelHash.length;
  if (!fits(key, ciphertext) || size < 2 * h + 2) throw new DecryptionError();
  const padded = crtPower(key, ciphertext);
  if (padded === null) throw new DecryptionError();
  const seed = padded.subarray(1, 1 + h);
  const block = padded.subarray(1 + h);
  await unmask(parameters.mgfHash, seed, block);
  await unmask(parameters.mgfHash, block, seed);
  let wrong = padded[0]!;
  for (let i = 0; i < h; i++) wrong |= block[i]! ^ labelHash[i]!;
  const start = messageStart(block, h);
  wrong |= (start - 1) >> 31;
  if (wrong !== 0) throw new DecryptionError();
  return block.slice(start);
}

/** Where M begins in lHash 00… 01 M; 0 where there is no such place. The whole block is read. */
function messageStart(block: Bytes, h: number): number {
  let searching = -1;
  let start = 0;
  let wrong = 0;
  for (let i = h; i < block.length; i++) {
    const octet = block[i]!;
    const isOne = ((octet ^ 1) - 1) >> 31;
    const isZero = (octet - 1) >> 31;
    start |= (i + 1) & isOne & searching;
    wrong |= ~isOne & ~isZero & searching;
    searching &= ~isOne;
  }
  return start & ~wrong;
}

/** target ^= MGF1(seed) (RFC 8017 §B.2.1). */
async function unmask(hash: DigestName, target: Bytes, seed: Bytes): Promise<void> {
  for (let at = 0, counter = 0; at < target.length; counter++) {
    const input = concat([seed, Uint8Array.of(0, 0, counter >> 8, counter)]);
    const mask = await digest(hash, input);
    for (let i = 0; i < mask.length && at < target.length; i++, at++) target[at]! ^= mask[i]!;
  }
}
