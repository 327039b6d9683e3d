/**
 * Base64 bodies from bytes to bytes (RFC 2045 §6.8), through a wasm kernel a chunk at a time. Built-ins
 * want strings, and no string ever holds a message; a JavaScript loop is forty times slower where
 * JavaScript is interpreted.
 */
import { type Bytes, concat } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { claimBytes } from "../base/own-bytes.js";
import { base64Wasm } from "./generated/base64.js";
import { decodeAnyBase64Twin, decodeBase64Twin, encodeBase64LinesTwin } from "./base64-twin.js";
import { type Kernel, loadKernel } from "./load-kernel.js";

// The layout of base64.as.ts.
const inputAt = 1024;
const outputAt = inputAt + 65536;
const decodeChunk = 65536;
/** whole lines, so that the kernel keeps no state between chunks */
const lineOctets = 57;
const encodeChunk = 1149 * lineOctets;

let kernel: Kernel | null | undefined;

function base64Kernel(): Kernel | null {
  kernel ??= loadKernel(base64Wasm);
  return kernel;
}

/**
 * Line ends, spaces and tabs are skipped, missing padding is forgiven; anything else outside the
 * alphabet, and whatever follows the padding, is not.
 *
 * @returns a new array, or a view of one
 * @throws MalformedError("mime-malformed")
 */
export function decodeBase64(input: Bytes): Bytes {
  const wasm = base64Kernel();
  const output = wasm === null ? decodeBase64Twin(input) : decodeByKernel(wasm, input);
  if (output === null) throw new MalformedError("mime-malformed", "not base64");
  return claimBytes(output);
}

/**
 * What most readers make of base64 that is none, for showing it: what is outside the alphabet is passed
 * over, and padding ends it. Never for text that is judged as it stands: readers differ. CMS may come this
 * way, for it must parse to its last octet.
 */
export function decodeAnyBase64(input: Bytes): Bytes {
  const wasm = base64Kernel();
  return wasm === null ? decodeAnyBase64Twin(input) : decodeByKernel(wasm, input, "Any")!;
}

function decodeByKernel(wasm: Kernel, input: Bytes, kind: "" | "Any" = ""): Bytes | null {
  const output = new Uint8Array(Math.ceil((input.length * 3) / 4) + 3);
  let out = 0;
  wasm.call("reset");
  for (let at = 0; at < input.length; at += decodeChunk) {
    const chunk = input.subarray(at, at + decodeChunk);
    wasm.memory.set(chunk, inputAt);
    const length = wasm.call(`decode${kind}`, chunk.length);
    if (length < 0) return null;
    output.set(wasm.memory.subarray(outputAt, outputAt + length), out);
    out += length;
  }
  const rest = wasm.call(`finish${kind}`);
  if (rest < 0) return null;
  output.set(wasm.memory.subarray(outputAt, outputAt + rest), out);
  return output.subarray(0, out + rest);
}

/** Octets of `encodeBase64Lines` for an input of `length` octets. */
export function base64LinesLength(length: number): number {
  return Math.ceil(length / 3) * 4 + 2 * Math.ceil(length / lineOctets);
}

/** Lines of 76 characters, each ended by CRLF; nothing for nothing. */
export function encodeBase64Lines(input: Bytes): Bytes {
  const output = new Uint8Array(base64LinesLength(input.length));
  encodeBase64LinesInto([input], output);
  return output;
}

/**
 * As `encodeBase64Lines`, into the beginning of `output`: one allocation for a whole message.
 * @param parts encoded as if they stood behind each other
 */
export function encodeBase64LinesInto(parts: readonly Bytes[], output: Bytes): void {
  const wasm = base64Kernel();
  if (wasm === null) {
    output.set(encodeBase64LinesTwin(concat(parts)));
    return;
  }
  let [waiting, out] = [0, 0];
  const encodeWaiting = (): void => {
    const length = wasm.call("encode", waiting);
    output.set(wasm.memory.subarray(outputAt, outputAt + length), out);
    out += length;
    waiting = 0;
  };
  wasm.call("reset");
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const piece = part.subarray(at, at + encodeChunk - waiting);
      wasm.memory.set(piece, inputAt + waiting);
      at += piece.length;
      waiting += piece.length;
      if (waiting === encodeChunk) encodeWaiting();
    }
  }
  encodeWaiting();
}
