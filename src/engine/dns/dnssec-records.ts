/** The records that DNSSEC is made of (RFC 4034, RFC 5155 §3): structure only. */
import { type Bytes } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { type ResourceRecord, readPlainName } from "./dns-message.js";
import { type DnsName, nameOctets } from "./dns-name.js";

/** RFC 4034 §2 */
export interface DnsKey {
  readonly flags: number;
  readonly protocol: number;
  readonly algorithm: number;
  readonly publicKey: Bytes;
  readonly keyTag: number;
  readonly rdata: Bytes;
}

/** RFC 4034 §5 */
export interface DelegationSigner {
  readonly keyTag: number;
  readonly algorithm: number;
  readonly digestType: number;
  readonly digest: Bytes;
}

/** RFC 4034 §3 */
export interface RrSignature {
  readonly typeCovered: number;
  readonly algorithm: number;
  readonly labels: number;
  readonly originalTtl: number;
  /** seconds since 1970, modulo 2³² */
  readonly expiration: number;
  readonly inception: number;
  readonly keyTag: number;
  readonly signer: DnsName;
  readonly signature: Bytes;
  /** RDATA without the signature, the signer's name in lower case: what is signed first */
  readonly signedHead: Bytes;
}

/** RFC 4034 §4 */
export interface Nsec {
  readonly owner: DnsName;
  readonly next: DnsName;
  readonly types: ReadonlySet<number>;
}

/** RFC 5155 §3 */
export interface Nsec3 {
  readonly owner: DnsName;
  readonly optOut: boolean;
  readonly hashAlgorithm: number;
  readonly iterations: number;
  readonly salt: Bytes;
  readonly nextHash: Bytes;
  readonly types: ReadonlySet<number>;
}

export function parseDnsKey({ rdata }: ResourceRecord): DnsKey {
  require(rdata, 5);
  const view = viewOf(rdata);
  return {
    flags: view.getUint16(0),
    protocol: rdata[2]!,
    algorithm: rdata[3]!,
    publicKey: rdata.subarray(4),
    keyTag: keyTagOf(rdata),
    rdata,
  };
}

/** RFC 4034 §B */
function keyTagOf(rdata: Bytes): number {
  let sum = 0;
  for (const [index, octet] of rdata.entries()) sum += index & 1 ? octet : octet << 8;
  return (sum + (sum >>> 16)) & 0xffff;
}

export function parseDelegationSigner({ rdata }: ResourceRecord): DelegationSigner {
  require(rdata, 5);
  return {
    keyTag: viewOf(rdata).getUint16(0),
    algorithm: rdata[2]!,
    digestType: rdata[3]!,
    digest: rdata.subarray(4),
  };
}

export function parseSignature({ rdata }: ResourceRecord): RrSignature {
  require(rdata, 20);
  const view = viewOf(rdata);
  const { name: signer, end } = readPlainName(rdata, 18);
  const signedHead = new Uint8Array(end);
  signedHead.set(rdata.subarray(0, 18));
  signedHead.set(nameOctets(signer), 18);
  return {
    typeCovered: view.getUint16(0),
    algorithm: rdata[2]!,
    labels: rdata[3]!,
    originalTtl: view.getUint32(4),
    expiration: view.getUint32(8),
    inception: view.getUint32(12),
    keyTag: view.getUint16(16),
    signer,
    signature: rdata.subarray(end),
    signedHead,
  };
}

export function parseNsec({ name: owner, rdata }: ResourceRecord): Nsec {
  const { name: next, end } = readPlainName(rdata, 0);
  return { owner, next, types: typeBitmap(rdata.subarray(end)) };
}

export function parseNsec3({ name: owner, rdata }: ResourceRecord): Nsec3 {
  require(rdata, 6);
  const saltEnd = 5 + rdata[4]!;
  require(rdata, saltEnd + 1);
  const hashEnd = saltEnd + 1 + rdata[saltEnd]!;
  require(rdata, hashEnd);
  return {
    owner,
    hashAlgorithm: rdata[0]!,
    optOut: (rdata[1]! & 1) === 1,
    iterations: viewOf(rdata).getUint16(2),
    salt: rdata.subarray(5, saltEnd),
    nextHash: rdata.subarray(saltEnd + 1, hashEnd),
    types: typeBitmap(rdata.subarray(hashEnd)),
  };
}

/** RFC 4034 §4.1.2 */
function typeBitmap(octets: Bytes): ReadonlySet<number> {
  const types = new Set<number>();
  let previous = -1;
  for (let at = 0; at < octets.length;) {
    const [window, length] = [octets[at]!, octets[at + 1]];
    if (length === undefined || length < 1 || length > 32 || window <= previous)
      throw malformed("type bitmap");
    const block = octets.subarray(at + 2, at + 2 + length);
    if (block.length !== length) throw malformed("type bitmap");
    for (const [index, octet] of block.entries()) {
      for (let bit = 0; bit < 8; bit++) if (octet & (0x80 >> bit)) types.add(window * 256 + index * 8 + bit);
    }
    previous = window;
    at += 2 + length;
  }
  return types;
}

function viewOf(octets: Bytes): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}

function require(octets: Bytes, length: number): void {
  if (octets.length < length) throw malformed("record data");
}

function malformed(detail: string): MalformedError {
  return new MalformedError("dns-malformed", detail);
}
