/** What kind of key a SubjectPublicKeyInfo holds (RFC 3279 §2.3, RFC 5480 §2, RFC 8410 §3). */
import { type Bytes } from "../base/bytes.js";
import { SequenceReader, readWhole, tags } from "../base/der-reader.js";
import { readObjectIdentifier, readUnsignedInteger } from "../base/der-values.js";
import { oid } from "../base/oid.js";
import type { SubjectPublicKeyInfo } from "./certificate.js";

export type PublicKeyKind =
  /** `pss`: bound to RSASSA-PSS by its own identifier */
  | { readonly kind: "rsa"; readonly modulusBits: number; readonly pss: boolean }
  | { readonly kind: "ec"; readonly curve: "P-256" | "P-384" | "P-521" }
  | { readonly kind: "ed25519" }
  | { readonly kind: "other"; readonly algorithm: string };

/** A longer modulus costs every reader, and protects nobody. */
export const maximumRsaBits = 16_384;

const curves: Readonly<Record<string, "P-256" | "P-384" | "P-521">> = {
  [oid.secp256r1]: "P-256",
  [oid.secp384r1]: "P-384",
  [oid.secp521r1]: "P-521",
};

/** @throws MalformedError */
export function publicKeyKind({ algorithm, publicKey }: SubjectPublicKeyInfo): PublicKeyKind {
  switch (algorithm.algorithm) {
    case oid.rsaEncryption:
    case oid.rsassaPss:
      return { kind: "rsa", modulusBits: modulusBits(publicKey), pss: algorithm.algorithm === oid.rsassaPss };
    case oid.ecPublicKey: {
      const curve = curves[curveName(algorithm.parameters)];
      return curve === undefined ? { kind: "other", algorithm: algorithm.algorithm } : { kind: "ec", curve };
    }
    case oid.ed25519:
      return { kind: "ed25519" };
    default:
      return { kind: "other", algorithm: algorithm.algorithm };
  }
}

/** Curves are named; explicit parameters let an attacker choose the generator (CVE-2020-0601). */
function curveName(parameters: Bytes | null): string {
  const element = parameters === null ? null : readWhole(parameters, "der");
  return element?.tag === tags.objectIdentifier ? readObjectIdentifier(element) : "";
}

function modulusBits(publicKey: Bytes): number {
  const reader = new SequenceReader(readWhole(publicKey, "der"));
  const modulus = readUnsignedInteger(reader.next(tags.integer));
  readUnsignedInteger(reader.next(tags.integer));
  reader.finish();
  return (modulus.length - 1) * 8 + (32 - Math.clz32(modulus[0]!));
}

/** E.g. "RSA 3072", "P-256", "Ed25519"; the object identifier of what we do not know. @throws MalformedError */
export function describeKey(info: SubjectPublicKeyInfo): string {
  const key = publicKeyKind(info);
  switch (key.kind) {
    case "rsa":
      return `RSA ${key.modulusBits}`;
    case "ec":
      return key.curve;
    case "ed25519":
      return "Ed25519";
    case "other":
      return key.algorithm;
  }
}
