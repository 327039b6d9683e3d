/** What we accept and what we write, as data. */
import type { Limits } from "../base/budget.js";
import { defaultLimits } from "../base/budget.js";

export interface ReadPolicy {
  readonly limits: Limits;
  /** RSA moduli below this cannot be good (RFC 8551 §4.1) */
  readonly minimumRsaBits: number;
  /** digests under which nothing is proven, because collisions can be made (RFC 8551 §2.1) */
  readonly weakDigests: readonly string[];
  /** FIPS 186-5 withdrew DSA; `verify` judges old certificates and CRLs as they were judged in their time */
  readonly dsa: "refuse" | "verify";
  /**
   * Is `Alice@a.example` the mailbox of `alice@a.example`? RFC 5321 §2.4 leaves it to the host, so that
   * only `exact` is proven; nearly all hosts take them for one.
   */
  readonly localPart: "exact" | "any-case";
}

export const defaultReadPolicy: ReadPolicy = {
  limits: defaultLimits,
  minimumRsaBits: 2048,
  weakDigests: ["MD5", "SHA-1"],
  dsa: "refuse",
  localPart: "exact",
};

export interface WritePolicy {
  readonly sign: boolean;
  readonly encrypt: boolean;
  readonly form: "clear-signed" | "opaque-signed";
  /**
   * `submit`: for a mail client that sends it and takes Bcc out itself (Thunderbird, its Outbox too) ·
   * `store`: a draft or template, encrypted to its writer alone; Bcc stays inside
   */
  readonly purpose: "send" | "submit" | "store";
  /** AES-GCM: only where every recipient's capabilities name it, or always */
  readonly authenticatedEncryption: "when-all-can" | "always";
  /** RSA signatures */
  readonly rsaSignature: "pkcs1" | "pss";
  readonly time: Date;
}
