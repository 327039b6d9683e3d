/**
 * Base64 in plain TypeScript: the oracle of the wasm kernel in tests, and the fall-back where wasm is
 * blocked. Same answers for every input, octet by octet.
 */
import type { Bytes } from "../base/bytes.js";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const skip = 64;
const pad = 65;
const bad = 66;

const values = new Uint8Array(256).fill(bad);
for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;
for (const blank of [9, 10, 13, 32]) values[blank] = skip;
values[61] = pad;

/** @returns null for what is no base64 */
export function decodeBase64Twin(input: Bytes): Bytes | null {
  const output = new Uint8Array(Math.ceil((input.length * 3) / 4) + 3);
  let out = 0;
  let group = 0;
  let sextets = 0;
  let padding = 0;
  for (const octet of input) {
    const value = values[octet]!;
    if (value === skip) continue;
    if (value === bad) return null;
    if (value === pad) {
      if (++padding > 2) return null;
      continue;
    }
    if (padding > 0) return null;
    group = (group << 6) | value;
    if (++sextets < 4) continue;
    output[out++] = group >> 16;
    output[out++] = group >> 8;
    output[out++] = group;
    sextets = 0;
    group = 0;
  }
  if (sextets === 1 || (sextets === 0 ? padding > 0 : sextets + padding > 4)) return null;
  if (sextets === 2) output[out++] = group >> 4;
  if (sextets === 3) {
    output[out++] = group >> 10;
    output[out++] = group >> 2;
  }
  return output.subarray(0, out);
}

/** For what is shown: passes over what is outside the alphabet, and ends at the first padding. */
export function decodeAnyBase64Twin(input: Bytes): Bytes {
  const kept: number[] = [];
  for (const octet of input) {
    const value = values[octet]!;
    if (value === pad && kept.length % 4 >= 2) break;
    if (value < 64) kept.push(octet);
  }
  if (kept.length % 4 === 1) kept.pop();
  return decodeBase64Twin(Uint8Array.from(kept))!;
}

/** Lines of 76 characters, each ended by CRLF. */
export function encodeBase64LinesTwin(input: Bytes): Bytes {
  const groups = Math.ceil(input.length / 3);
  const output = new Uint8Array(groups * 4 + 2 * Math.ceil(input.length / 57));
  let out = 0;
  for (let at = 0; at < input.length; at += 3) {
    const left = input.length - at;
    const bits = (input[at]! << 16) | ((input[at + 1] ?? 0) << 8) | (input[at + 2] ?? 0);
    output[out++] = alphabet.charCodeAt(bits >> 18);
    output[out++] = alphabet.charCodeAt((bits >> 12) & 63);
    output[out++] = left > 1 ? alphabet.charCodeAt((bits >> 6) & 63) : 61;
    output[out++] = left > 2 ? alphabet.charCodeAt(bits & 63) : 61;
    if ((at + 3) % 57 !== 0 && left > 3) continue;
    output[out++] = 13;
    output[out++] = 10;
  }
  return output;
}
