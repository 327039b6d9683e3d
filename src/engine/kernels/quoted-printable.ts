/**
 * Quoted-printable bodies from bytes to bytes (RFC 2045 §6.7), through a wasm kernel a chunk at a time:
 * where JavaScript is interpreted, the same loop takes a quarter of a second for each megabyte of escapes.
 */
import type { Bytes } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { quotedPrintableWasm } from "./generated/quoted-printable.js";
import { type Kernel, loadKernel } from "./load-kernel.js";
import { decodeQuotedPrintableTwin } from "./quoted-printable-twin.js";

// The layout of quoted-printable.as.ts.
const inputAt = 1024;
const outputAt = inputAt + 65536;
const chunkOctets = 65536;

/** Without wasm only: whatever is larger is written as base64 by every program. */
const maximumWithoutWasm = 16 * 1024 * 1024;

let kernel: Kernel | null | undefined;

/**
 * What is not an escape stays as it is; nothing is refused for what it holds.
 * @returns a view of a new array
 * @throws MalformedError where wasm is blocked and the loop would take too long
 */
export function decodeQuotedPrintable(encoded: Bytes): Bytes {
  kernel ??= loadKernel(quotedPrintableWasm);
  if (kernel !== null) return decodeByKernel(kernel, encoded);
  if (encoded.length > maximumWithoutWasm)
    throw new MalformedError("mime-malformed", "too large for quoted-printable");
  return decodeQuotedPrintableTwin(encoded);
}

function decodeByKernel(wasm: Kernel, encoded: Bytes): Bytes {
  const decoded = new Uint8Array(encoded.length);
  let length = 0;
  let at = 0;
  while (at < encoded.length) {
    const chunk = encoded.subarray(at, at + chunkOctets);
    wasm.memory.set(chunk, inputAt);
    const written = wasm.call("decode", chunk.length, at + chunk.length === encoded.length ? 1 : 0);
    decoded.set(wasm.memory.subarray(outputAt, outputAt + written), length);
    length += written;
    at += wasm.call("consumed");
  }
  return decoded.subarray(0, length);
}
