/**
 * What of a message between background and engine worker is moved instead of copied: every large buffer
 * in it. Small ones are copied, which costs as little and leaves whoever kept a view of one unharmed.
 */

/** Octets. Below that, moving is not worth losing the buffer. */
const worthMoving = 64 * 1024;

/** @param except buffers that the sender still needs */
export function buffersIn(value: unknown, except: ReadonlySet<ArrayBufferLike> = new Set()): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  collect(value, found);
  return [...found].filter((buffer) => buffer.byteLength >= worthMoving && !except.has(buffer));
}

function collect(value: unknown, found: Set<ArrayBuffer>): void {
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (value instanceof Map) {
    for (const one of value.values()) collect(one, found);
  } else {
    for (const one of Object.values(value)) collect(one, found);
  }
}
