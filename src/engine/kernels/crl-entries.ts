/**
 * The entries of a CRL that bear a serial number, found in one pass without an object for each of the
 * million others. Octets only: what an entry says is read by `x509/crl.ts`.
 */
import type { Bytes } from "../base/bytes.js";
import {
  type BrokenAt,
  type CrlEntries,
  type FoundEntry,
  crlEntriesTwin,
  maximumFound,
} from "./crl-entries-twin.js";
import { crlEntriesWasm } from "./generated/crl-entries.js";
import { type Kernel, loadKernel } from "./load-kernel.js";

// The layout of crl-entries.as.ts.
const serialAt = 64;
const inputAt = 1024;
const chunkLength = 131_072;
/** RFC 5280 §4.1.2.2 allows twenty octets. */
export const maximumSerialOctets = 128;

export type { BrokenAt, CrlEntries, FoundEntry };

let kernel: Kernel | null | undefined;

/**
 * @param list contents of revokedCertificates
 * @param serial contents of the INTEGER, at most `maximumSerialOctets`
 */
export function findCrlEntries(list: Bytes, serial: Bytes): CrlEntries | BrokenAt {
  kernel ??= loadKernel(crlEntriesWasm);
  return kernel === null ? crlEntriesTwin(list, serial) : findByKernel(kernel, list, serial);
}

// What `outcome` says; the third is "broken".
const more = 0;
const found = 1;

function findByKernel(wasm: Kernel, list: Bytes, serial: Bytes): CrlEntries | BrokenAt {
  wasm.memory.set(serial, serialAt);
  wasm.call("start", serial.length);
  const entries: FoundEntry[] = [];
  let issuerAt = -1;
  for (let base = 0; base < list.length;) {
    const chunk = list.subarray(base, base + chunkLength);
    wasm.memory.set(chunk, inputAt);
    let end = 0;
    let outcome = found;
    while (outcome === found) {
      end = wasm.call("scan", end, chunk.length);
      outcome = wasm.call("outcome");
      const named = wasm.call("issuerAt");
      if (named >= 0) issuerAt = base + named;
      if (outcome !== found) break;
      const entry = list.subarray(base + wasm.call("foundAt"), base + end);
      entries.push({ entry, issuer: issuerAt < 0 ? null : list.subarray(issuerAt) });
      if (entries.length > maximumFound) return { brokenAt: base + end };
    }
    // An entry that no chunk holds, or that the list ends in.
    const isStuck = end === 0 || (base + chunk.length === list.length && end < chunk.length);
    if (outcome !== more || isStuck) return { brokenAt: base + end };
    base += end;
  }
  const unknownCritical = wasm.call("hasUnknownCritical") !== 0;
  return { found: entries, unknownCritical, namesIssuers: issuerAt >= 0 };
}
