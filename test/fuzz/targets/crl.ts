/**
 * Fuzz target: CRLs (RFC 5280 §5). Any octets are a list or a named fault; the kernel finds what its twin
 * finds; and a list that nobody signed proves nothing about anybody.
 */
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { crlEntriesTwin } from "../../../src/engine/kernels/crl-entries-twin.js";
import { findCrlEntries } from "../../../src/engine/kernels/crl-entries.js";
import { lookUp, parseCrl } from "../../../src/engine/x509/crl.js";
import { insist, parsed } from "./oracle.js";

const serials: readonly Bytes[] = [Uint8Array.of(1), Uint8Array.of(0x10, 0x01), Uint8Array.of(0x55)];

export function fuzz(data: Uint8Array): void {
  const bytes: Bytes = new Uint8Array(data);
  for (const serial of serials) same(bytes, serial);
  const list = parsed(() => parseCrl(bytes));
  if (list === undefined) return;
  for (const serial of serials) {
    same(list.entries, serial);
    const found = parsed(() => lookUp(list, serial));
    insist((found?.entries.length ?? 0) <= list.entries.length / 18, "no more entries than fit");
  }
}

function same(octets: Bytes, serial: Bytes): void {
  const [kernel, twin] = [findCrlEntries(octets, serial), crlEntriesTwin(octets, serial)];
  insist(JSON.stringify(kernel) === JSON.stringify(twin), "kernel and twin agree");
}
