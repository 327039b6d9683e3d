/**
 * Domain names as DNS has them (RFC 1035 §3.1): labels of octets, not text. Compared and ordered in the
 * canonical form of RFC 4034 §6, where only ASCII letters lose their case.
 */
import { type Bytes, concat } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";

/** Labels, the leftmost first, in lower case; each character is one octet. The root has none. */
export type DnsName = readonly string[];

export const root: DnsName = [];

const maximumLabel = 63;
const maximumName = 255;

/** @param text "example.org", A-labels only; a dot at the end changes nothing @throws MalformedError */
export function parseName(text: string): DnsName {
  const bare = text.endsWith(".") ? text.slice(0, -1) : text;
  if (bare === "") return root;
  // Escapes are for zone files; no address and no setting has them.
  if (!/^[\x21-\x5b\x5d-\x7e]+$/.test(bare)) throw new MalformedError("dns-malformed", "name");
  return checkName(bare.toLowerCase().split("."));
}

/** @throws MalformedError where a label or the whole is too long (RFC 1035 §2.3.4) */
export function checkName(labels: DnsName): DnsName {
  const length = labels.reduce((sum, label) => sum + label.length + 1, 1);
  if (length > maximumName || labels.some((label) => label.length === 0 || label.length > maximumLabel))
    throw new MalformedError("dns-malformed", "name");
  return labels;
}

/** For details and logs: what is not plain is written as RFC 1035 §5.1 does. */
export function nameText(name: DnsName): string {
  const label = (octets: string): string =>
    octets.replace(/[^\x21-\x2d\x2f-\x5b\x5d-\x7e]/g, (octet) => {
      return `\\${octet.charCodeAt(0).toString().padStart(3, "0")}`;
    });
  return `${name.map(label).join(".")}.`;
}

/** Canonical wire form: uncompressed, lower case (RFC 4034 §6.2). */
export function nameOctets(name: DnsName): Bytes {
  return concat([...name.map(labelOctets), new Uint8Array(1)]);
}

function labelOctets(label: string): Bytes {
  const octets = new Uint8Array(label.length + 1);
  octets[0] = label.length;
  for (let i = 0; i < label.length; i++) octets[i + 1] = label.charCodeAt(i);
  return octets;
}

export function lowerCase(label: string): string {
  return label.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

export function sameName(a: DnsName, b: DnsName): boolean {
  return a.length === b.length && isWithin(a, b);
}

/** Is `name` the domain itself, or below it? */
export function isWithin(name: DnsName, domain: DnsName): boolean {
  const offset = name.length - domain.length;
  return offset >= 0 && domain.every((label, index) => name[offset + index] === label);
}

/** RFC 4034 §6.1: by labels from the right, each as octets. */
export function compareNames(a: DnsName, b: DnsName): number {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    const [x, y] = [a.at(-i)!, b.at(-i)!];
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

/** The longest name that both are within. */
export function commonAncestor(a: DnsName, b: DnsName): DnsName {
  let count = 0;
  while (count < Math.min(a.length, b.length) && a.at(-1 - count) === b.at(-1 - count)) count++;
  return a.slice(a.length - count);
}
