/** What a path is validated for (RFC 5280 §6.1.1), and what comes of it (§6.1.6). */
import type { Budget } from "../base/budget.js";
import type { Branded } from "../base/bytes.js";
import type { Fault } from "../fault/faults.js";
import type { ReadPolicy } from "../policy/policy.js";
import type { Certificate } from "./certificate.js";

/** `status`: signs CRLs or OCSP answers; whether it may is `revocation-signer.ts` to say */
export type Purpose = "sign" | "encrypt" | "status" | "timestamp";

/** RFC 5280 §6.1.1. */
export interface PathConditions {
  readonly purpose: Purpose;
  /** milliseconds since the epoch */
  readonly time: number;
  readonly policy: ReadPolicy;
  /** OID: must be among the purposes, wherever some are stated (RFC 5280 §4.2.1.12); absent: emailProtection */
  readonly extendedKeyUsage?: string;
  readonly budget: Budget;
  // (c), (e), (f), (g): absent is any-policy and false
  readonly userInitialPolicySet?: ReadonlySet<string>;
  readonly requireExplicitPolicy?: boolean;
  readonly inhibitPolicyMapping?: boolean;
  readonly inhibitAnyPolicy?: boolean;
  /** asked of each path that holds (revocation, …): what it finds fails that path, and the search goes on */
  readonly judge?: (path: ValidatedPath) => Promise<readonly Fault[]>;
}

/** RFC 5280 §6.1.5 (g), §6.1.6; dotted OIDs, anyPolicy among them where it stands for every other. */
export interface ValidPolicies {
  readonly authorityConstrained: readonly string[];
  readonly userConstrained: readonly string[];
}

/** End entity first, trust anchor last. Only `validatePath` makes one. */
export type ValidatedPath = Branded<readonly Certificate[], "ValidatedPath">;

export type PathResult =
  | {
      readonly kind: "valid";
      readonly path: ValidatedPath;
      /** only where policies were asked for, or an authority demands one: nobody else pays for them */
      readonly policies?: ValidPolicies;
    }
  /** never empty */
  | { readonly kind: "failed"; readonly faults: readonly Fault[] };
