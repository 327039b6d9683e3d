/** Certificate extensions (RFC 5280 §4.2.1) as values. Each answers null where the extension is absent. */
import type { Bytes } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  children,
  context,
  expectTag,
  readWhole,
  tags,
} from "../base/der-reader.js";
import {
  readBitString,
  readBoolean,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
} from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Certificate, Extension } from "./certificate.js";

export type KeyUsage =
  | "digitalSignature"
  | "nonRepudiation"
  | "keyEncipherment"
  | "dataEncipherment"
  | "keyAgreement"
  | "keyCertSign"
  | "cRLSign";

const keyUsages: readonly KeyUsage[] = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
];

export interface BasicConstraints {
  readonly certificateAuthority: boolean;
  readonly pathLength: number | null;
}

/** Every path that a certificate stands in asks the same; one function reads each extension. */
const values = new WeakMap<Extension, unknown>();

function read<T>(certificate: Certificate, name: string, parse: (value: Element) => T): T | null {
  const extension = certificate.extensions.get(name);
  if (extension === undefined) return null;
  if (values.has(extension)) return values.get(extension) as T;
  try {
    const value = parse(readWhole(extension.value, "der"));
    values.set(extension, value);
    return value;
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause;
    throw new MalformedError("certificate-malformed", `extension ${name}: ${cause.detail}`, { cause });
  }
}

/** @throws MalformedError */
export function keyUsage(certificate: Certificate): ReadonlySet<KeyUsage> | null {
  return read(certificate, oid.keyUsage, (element) => {
    const { octets } = readBitString(element);
    return new Set(keyUsages.filter((_, bit) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0));
  });
}

/** @throws MalformedError */
export function basicConstraints(certificate: Certificate): BasicConstraints | null {
  return read(certificate, oid.basicConstraints, (element) => {
    const reader = new SequenceReader(element);
    const flag = reader.optional(tags.boolean);
    const length = reader.optional(tags.integer);
    reader.finish();
    return {
      certificateAuthority: flag !== null && readBoolean(flag),
      pathLength: length === null ? null : readSmallInteger(length),
    };
  });
}

/** @throws MalformedError */
export function extendedKeyUsage(certificate: Certificate): readonly string[] | null {
  return read(certificate, oid.extendedKeyUsage, (element) =>
    children(expectTag(element, tags.sequence)).map(readObjectIdentifier),
  );
}

/** @throws MalformedError */
export function subjectKeyIdentifier(certificate: Certificate): Bytes | null {
  return read(certificate, oid.subjectKeyIdentifier, (element) => readOctetString(element));
}

/** The key identifier alone; issuer and serial number of the issuer are not looked at. @throws MalformedError */
export function authorityKeyIdentifier(certificate: Certificate): Bytes | null {
  return read(certificate, oid.authorityKeyIdentifier, (element) => {
    const identifier = new SequenceReader(element).optional(context(0, "primitive"));
    return identifier === null ? null : readOctetString(identifier, context(0, "primitive"));
  });
}
