/**
 * Buffers that the engine has filled for itself and has given to nobody yet: what stands in them may be
 * moved. Of a message of 36 MB that saves a copy, and a copy is mostly the time until memory is there.
 */
import type { Bytes } from "./bytes.js";

const own = new WeakSet<Bytes>();

/**
 * @param bytes a view of a buffer just made, that nobody else has seen; with what lies behind it in the
 *   buffer. Another view of the same octets is not claimed by this.
 */
export function claimBytes(bytes: Bytes): Bytes {
  own.add(bytes);
  return bytes;
}

export function isOwn(bytes: Bytes): boolean {
  return own.has(bytes);
}

/** `head` with `tail` after it: in the room behind it where that is ours, else as a copy. What stood there is lost. */
export function append(head: Bytes, tail: Bytes): Bytes {
  const end = head.byteOffset + head.length;
  const inPlace = isOwn(head) && end + tail.length <= head.buffer.byteLength;
  const joined = inPlace
    ? new Uint8Array(head.buffer, head.byteOffset, head.length + tail.length)
    : new Uint8Array(head.length + tail.length);
  // The tail may stand a little behind the head, and would be written over by itself: `set` minds that.
  joined.set(tail, head.length);
  if (!inPlace) joined.set(head);
  return joined;
}
