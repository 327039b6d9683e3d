/**
 * CBC ciphers that WebCrypto lacks: DES, three-key 3DES and RC2 everywhere, AES-192 in Chromium. Old key
 * files and old mail need them for reading. One thing is written, with 3DES: a key file for systems that
 * read no other. Libraries are loaded when the first of them turns up.
 */
/// <reference path="./node-forge.d.ts" />
import type { Bytes } from "../base/bytes.js";
import { DecryptionError } from "../base/errors.js";

export type LegacyCipher =
  | { readonly name: "des" | "3des" }
  | { readonly name: "aes-192" }
  /** RFC 2268 §6 */
  | { readonly name: "rc2"; readonly effectiveBits: number };

export interface CbcInput {
  readonly key: Bytes;
  readonly iv: Bytes;
  readonly ciphertext: Bytes;
}

/**
 * @returns the plain text without its padding (RFC 5652 §6.3)
 * @throws DecryptionError
 */
export async function decryptLegacyCbc(cipher: LegacyCipher, input: CbcInput): Promise<Bytes> {
  return unpad(await decryptLegacyBlocks(cipher, input), blockLengthOf(cipher));
}

/**
 * The blocks as they are, padding and all: key wraps have none.
 * @throws DecryptionError where it is not whole blocks
 */
export async function decryptLegacyBlocks(cipher: LegacyCipher, input: CbcInput): Promise<Bytes> {
  const blockLength = blockLengthOf(cipher);
  const { ciphertext, iv } = input;
  if (ciphertext.length === 0 || ciphertext.length % blockLength !== 0 || iv.length !== blockLength) {
    throw new DecryptionError();
  }
  if (cipher.name === "aes-192") {
    const { cbc } = await import("@noble/ciphers/aes.js");
    return cbc(input.key, iv, { disablePadding: true }).decrypt(ciphertext) as Bytes;
  }
  const decryption = await createCipher(cipher, binary(input.key));
  const { default: util } = await import("node-forge/lib/util.js");
  decryption.start(binary(iv));
  const plain = new Uint8Array(ciphertext.length);
  let length = 0;
  const drain = (): void => {
    const piece = fromBinary(decryption.output.getBytes());
    plain.set(piece, length);
    length += piece.length;
  };
  // Piece by piece: forge works on strings, and no string shall ever hold a message.
  for (let at = 0; at < ciphertext.length; at += pieceLength) {
    decryption.update(util.createBuffer(binary(ciphertext.subarray(at, at + pieceLength))));
    drain();
  }
  // forge believes any padding; ours is looked at above.
  decryption.finish(() => true);
  drain();
  return plain;
}

const pieceLength = 65_536;

function blockLengthOf({ name }: LegacyCipher): number {
  return name === "aes-192" ? 16 : 8;
}

async function createCipher(
  cipher: Exclude<LegacyCipher, { name: "aes-192" }>,
  key: string,
): Promise<ForgeCipher> {
  switch (cipher.name) {
    case "des":
    case "3des":
      // forge tells the two apart by the key's length.
      return (await import("node-forge/lib/des.js")).default.createDecryptionCipher(key, "CBC");
    case "rc2":
      return (await import("node-forge/lib/rc2.js")).default.createDecryptionCipher(
        key,
        cipher.effectiveBits,
      );
  }
}

/** 3DES with padding (RFC 5652 §6.3), for key files that old systems have to read. */
export async function encrypt3Des(input: {
  readonly key: Bytes;
  readonly iv: Bytes;
  readonly plain: Bytes;
}): Promise<Bytes> {
  const { default: des } = await import("node-forge/lib/des.js");
  const { default: util } = await import("node-forge/lib/util.js");
  const encryption = des.createEncryptionCipher(binary(input.key), "CBC");
  encryption.start(binary(input.iv));
  encryption.update(util.createBuffer(binary(input.plain)));
  encryption.finish();
  return fromBinary(encryption.output.getBytes());
}

function unpad(padded: Bytes, blockLength: number): Bytes {
  const count = padded.at(-1) ?? 0;
  if (count === 0 || count > blockLength || count > padded.length) throw new DecryptionError();
  const end = padded.length - count;
  if (padded.subarray(end).some((octet) => octet !== count)) throw new DecryptionError();
  return padded.subarray(0, end);
}

/** forge's own currency: one character for each octet. */
function binary(bytes: Bytes): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return pieces.join("");
}

function fromBinary(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
