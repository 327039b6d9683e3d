/**
 * Loads a wasm kernel once, at its first use. Synchronously: kernels are a few hundred octets to a few
 * thousand, and their callers should not become asynchronous for their sake.
 */
import { fromUtf8 } from "../base/bytes.js";
import { decodeBase64Twin } from "./base64-twin.js";

export interface Kernel {
  /** the whole fixed memory; it never grows, so the view stays valid */
  readonly memory: Uint8Array<ArrayBuffer>;
  call(name: string, ...parameters: number[]): number;
}

/** @returns null where the host's policy blocks wasm: the caller then uses its twin. */
export function loadKernel(base64: string): Kernel | null {
  try {
    const module = new WebAssembly.Module(decodeBase64Twin(fromUtf8(base64))!);
    const exports = new WebAssembly.Instance(module).exports;
    const memory = new Uint8Array((exports["memory"] as WebAssembly.Memory).buffer as ArrayBuffer);
    return {
      memory,
      call: (name, ...parameters) => (exports[name] as (...values: number[]) => number)(...parameters),
    };
  } catch (error) {
    // CompileError is what a content security policy without 'wasm-unsafe-eval' throws; a host
    // without WebAssembly has no such name.
    if (error instanceof ReferenceError || error instanceof WebAssembly.CompileError) return null;
    throw error;
  }
}
