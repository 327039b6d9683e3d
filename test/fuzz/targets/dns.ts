/**
 * Fuzz target: DNS messages and the records in them (RFC 1035, RFC 4034, RFC 5155, RFC 8162). Any octets are a
 * message or a named fault, and what is read of a name can be written and read again.
 */
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { parseMessage, readPlainName } from "../../../src/engine/dns/dns-message.js";
import { nameOctets, sameName } from "../../../src/engine/dns/dns-name.js";
import {
  parseDelegationSigner,
  parseDnsKey,
  parseNsec,
  parseNsec3,
  parseSignature,
} from "../../../src/engine/dns/dnssec-records.js";
import { parseSmimea } from "../../../src/engine/dns/smimea.js";
import { insist, parsed } from "./oracle.js";

const readers = [parseDelegationSigner, parseDnsKey, parseNsec, parseNsec3, parseSignature] as const;

export function fuzz(data: Uint8Array): void {
  const bytes: Bytes = new Uint8Array(data);
  const message = parsed(() => parseMessage(bytes));
  for (const record of [...(message?.answer ?? []), ...(message?.authority ?? [])]) {
    const octets = nameOctets(record.name);
    insist(sameName(readPlainName(octets, 0).name, record.name), "a name is read as it was written");
    for (const read of readers) parsed(() => read(record));
    parsed(() => parseSmimea(record.rdata));
  }
}
