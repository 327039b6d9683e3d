/** Does text survive the mail's way unchanged? One pass over every octet, so in a wasm kernel. */
import type { Bytes } from "../base/bytes.js";
import { linesWasm } from "./generated/lines.js";
import { type Kernel, loadKernel } from "./load-kernel.js";
import { scanLinesTwin } from "./scan-lines-twin.js";

export interface LineFacts {
  readonly nonAscii: boolean;
  readonly nul: boolean;
  readonly bareCarriageReturn: boolean;
  readonly bareLineFeed: boolean;
  /** above 998 octets without its line end (RFC 5322 §2.1.1) */
  readonly longLine: boolean;
  /** a line that begins with "From ", which mailbox files change (RFC 8551 §3.1.3) */
  readonly fromLine: boolean;
  /** a line that ends in a blank, which some servers cut */
  readonly trailingBlank: boolean;
}

// The layout of lines.as.ts.
const inputAt = 1024;
const chunkLength = 131_072;

let kernel: Kernel | null | undefined;

export function scanLines(input: Bytes): LineFacts {
  kernel ??= loadKernel(linesWasm);
  const found = kernel === null ? scanLinesTwin(input) : scanByKernel(kernel, input);
  const has = (bit: number): boolean => (found & bit) !== 0;
  return {
    nonAscii: has(1),
    nul: has(2),
    bareCarriageReturn: has(4),
    bareLineFeed: has(8),
    longLine: has(16),
    fromLine: has(32),
    trailingBlank: has(64),
  };
}

function scanByKernel(wasm: Kernel, input: Bytes): number {
  wasm.call("reset");
  for (let at = 0; at < input.length; at += chunkLength) {
    const chunk = input.subarray(at, at + chunkLength);
    wasm.memory.set(chunk, inputAt);
    wasm.call("scan", chunk.length);
  }
  return wasm.call("finish");
}
