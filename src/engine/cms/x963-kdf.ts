/** The key derivation of X9.63 (SEC 1 §3.6.1), as RFC 5753 §7.2 uses it. */
import { type Bytes, concat } from "../base/bytes.js";
import { type DigestName, digest as hash } from "../primitives/digest.js";

export interface Derivation {
  readonly secret: Bytes;
  readonly sharedInfo: Bytes;
  /** octets */
  readonly length: number;
}

export async function deriveX963(
  digest: DigestName,
  { secret, sharedInfo, length }: Derivation,
): Promise<Bytes> {
  const blocks: Bytes[] = [];
  let derived = 0;
  for (let counter = 1; derived < length; counter++) {
    const counterOctets = new Uint8Array(4);
    new DataView(counterOctets.buffer).setUint32(0, counter);
    const block = await hash(digest, concat([secret, counterOctets, sharedInfo]));
    blocks.push(block);
    derived += block.length;
  }
  return concat(blocks).slice(0, length);
}
