/**
 * Certification path validation (RFC 5280 §6.1) for mail (RFC 8550 §4): from a trust anchor down to an
 * end entity, at a given time and for a given use. Fails closed: what we do not understand and is
 * critical ends the path. Building is `build-path.ts`; revocation and policy trees are not done here.
 */
import type { Branded } from "../base/bytes.js";
import { type Budget } from "../base/budget.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Fault } from "../fault/faults.js";
import type { ReadPolicy } from "../policy/policy.js";
import type { Certificate } from "./certificate.js";
import { isWeakDigest } from "./digest-algorithm.js";
import { sameName } from "./distinguished-name.js";
import { basicConstraints, extendedKeyUsage, keyUsage, requiresExplicitPolicy } from "./extensions.js";
import { type NameConstraints, nameConstraints, satisfiesNameConstraints } from "./name-constraints.js";
import { maximumRsaBits, publicKeyKind } from "./public-key.js";
import { signatureScheme } from "./signature-scheme.js";
import { verificationCost, verifySignedBytes } from "./verify-signed-bytes.js";

export type Purpose = "sign" | "encrypt";

export interface PathConditions {
  readonly purpose: Purpose;
  /** milliseconds since the epoch */
  readonly time: number;
  readonly policy: ReadPolicy;
  readonly budget: Budget;
  // RFC 5280 §6.1.1 (c), (e), (f), (g): absent is any-policy and false
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

/**
 * @param path end entity first; the last is an anchor that the caller has been given as trusted
 * @returns every fault that was found, not only the first
 * @throws BudgetExceededError
 */
export async function validatePath(
  path: readonly Certificate[],
  conditions: PathConditions,
): Promise<PathResult> {
  conditions.budget.require("pathLength", path.length);
  // Side by side: the platform verifies on several threads.
  const signatures = await Promise.all(
    path.slice(1).map((issuer, index) => checkCertificateSignature(path[index]!, issuer, conditions.budget)),
  );
  const faults: Fault[] = [];
  for (const [index, certificate] of path.entries()) {
    faults.push(...guarded(() => staticFaults(certificate, { path, index, conditions })));
    const fault = signatures[index];
    if (fault !== undefined) faults.push(fault);
  }
  if (path.length === 0) faults.push({ code: "path-not-found" });
  return faults.length > 0 ? { kind: "failed", faults } : { kind: "valid", path: path as ValidatedPath };
}

interface Place {
  readonly path: readonly Certificate[];
  /** 0 is the end entity */
  readonly index: number;
  readonly conditions: PathConditions;
}

/** What does not parse is a fault of this certificate, never a pass. */
function guarded(check: () => readonly Fault[]): readonly Fault[] {
  try {
    return check();
  } catch (error) {
    if (error instanceof MalformedError) return [{ code: "certificate-malformed", detail: error.detail }];
    if (error instanceof UnsupportedError) return [{ code: error.code, detail: error.detail }];
    throw error;
  }
}

function staticFaults(certificate: Certificate, place: Place): readonly Fault[] {
  const { index, conditions } = place;
  const faults = [
    checkValidity(certificate, conditions.time),
    checkCriticalExtensions(certificate),
    checkPolicyConstraints(certificate),
    checkKeyStrength(certificate, conditions.policy),
    checkExtendedKeyUsage(certificate),
    index === 0
      ? checkEndEntityKeyUsage(certificate, conditions.purpose)
      : checkAuthority(certificate, place),
    checkNameChaining(certificate, place),
    checkNameConstraints(certificate, place),
  ];
  return faults.filter((fault) => fault !== undefined);
}

/** RFC 5280 §6.1.3 (a)(2); both ends belong to the time. The anchor's own validity counts for us too. */
export function checkValidity(certificate: Certificate, time: number): Fault | undefined {
  // A certificate's times have whole seconds: the last one is valid to its end.
  if (time < certificate.notBefore) {
    return { code: "certificate-not-yet-valid", detail: new Date(certificate.notBefore).toISOString() };
  }
  if (time >= certificate.notAfter + 1000) {
    return { code: "certificate-expired", detail: new Date(certificate.notAfter).toISOString() };
  }
  return undefined;
}

const understood: ReadonlySet<string> = new Set([
  oid.basicConstraints,
  oid.keyUsage,
  oid.extendedKeyUsage,
  oid.subjectAltName,
  oid.nameConstraints,
  // Without a demand for an explicit policy these three change nothing (RFC 5280 §6.1.5 (g)).
  oid.certificatePolicies,
  oid.policyMappings,
  oid.inhibitAnyPolicy,
  oid.policyConstraints,
  // never critical by the RFC; read or without meaning here
  oid.subjectKeyIdentifier,
  oid.authorityKeyIdentifier,
]);

/** RFC 5280 §6.1.4 (o), §6.1.5 (f). */
function checkCriticalExtensions(certificate: Certificate): Fault | undefined {
  for (const [name, { critical }] of certificate.extensions) {
    if (critical && !understood.has(name)) return { code: "critical-extension-unknown", detail: name };
  }
  return undefined;
}

/** We have no policy tree yet, so we cannot say that one demanded is there. */
function checkPolicyConstraints(certificate: Certificate): Fault | undefined {
  return requiresExplicitPolicy(certificate)
    ? { code: "critical-extension-unknown", detail: oid.policyConstraints }
    : undefined;
}

function checkKeyStrength(certificate: Certificate, policy: ReadPolicy): Fault | undefined {
  const key = publicKeyKind(certificate.subjectPublicKeyInfo);
  if (key.kind !== "rsa") return undefined;
  const detail = `RSA ${key.modulusBits}`;
  if (key.modulusBits < policy.minimumRsaBits) return { code: "key-weak", detail };
  return key.modulusBits > maximumRsaBits ? { code: "key-unsupported", detail } : undefined;
}

/** RFC 8550 §4.4.4; of authorities too, where they say what they may issue for. */
function checkExtendedKeyUsage(certificate: Certificate): Fault | undefined {
  const purposes = extendedKeyUsage(certificate);
  if (purposes === null || purposes.includes(oid.emailProtection)) return undefined;
  if (purposes.includes(oid.anyExtendedKeyUsage)) return undefined;
  return { code: "extended-key-usage-unsuitable", detail: purposes.join(" ") };
}

/** RFC 8550 §4.4.2. Absent means any use. */
function checkEndEntityKeyUsage(certificate: Certificate, purpose: Purpose): Fault | undefined {
  const usage = keyUsage(certificate);
  if (usage === null) return undefined;
  const detail = [...usage].join(" ");
  if (purpose === "sign") {
    return usage.has("digitalSignature") || usage.has("nonRepudiation")
      ? undefined
      : { code: "key-usage-unsuitable", detail };
  }
  const { kind } = publicKeyKind(certificate.subjectPublicKeyInfo);
  // RFC 9935 §5: a KEM's ciphertext is a key enciphered.
  const needed = kind === "rsa" || kind === "ml-kem" ? "keyEncipherment" : "keyAgreement";
  return usage.has(needed) ? undefined : { code: "key-usage-unsuitable", detail };
}

/** RFC 5280 §6.1.4 (k)–(n). */
function checkAuthority(certificate: Certificate, { path, index }: Place): Fault | undefined {
  const constraints = basicConstraints(certificate);
  const isAnchor = index === path.length - 1;
  // An anchor of version 1 has no extensions; that it is an authority is what "anchor" says.
  if (
    constraints === null ? !isAnchor || certificate.extensions.size > 0 : !constraints.certificateAuthority
  ) {
    return { code: "basic-constraints-violated" };
  }
  if (keyUsage(certificate)?.has("keyCertSign") === false) return { code: "key-usage-unsuitable" };
  // RFC 5280 §4.2.1.9: how many intermediates may follow, self-issued ones not counted.
  const following = path.slice(1, index).filter((other) => !isSelfIssued(other)).length;
  const limit = constraints?.pathLength ?? null;
  return limit !== null && following > limit ? { code: "path-length-exceeded" } : undefined;
}

function isSelfIssued(certificate: Certificate): boolean {
  return sameName(certificate.subject, certificate.issuer);
}

/** RFC 5280 §6.1.3 (a)(4). */
function checkNameChaining(certificate: Certificate, { path, index }: Place): Fault | undefined {
  const issuer = path[index + 1];
  return issuer === undefined || sameName(certificate.issuer, issuer.subject)
    ? undefined
    : { code: "path-not-found" };
}

/** RFC 5280 §6.1.3 (b), (c): the constraints of every authority above bind this one. */
function checkNameConstraints(certificate: Certificate, { path, index }: Place): Fault | undefined {
  // Self-issued intermediates are exempt, end entities never.
  if (index > 0 && isSelfIssued(certificate)) return undefined;
  const above = path.slice(index + 1).map((authority) => nameConstraints(authority));
  const violated = above.some(
    (constraints: NameConstraints | null) =>
      constraints !== null && !satisfiesNameConstraints(certificate, constraints),
  );
  return violated ? { code: "name-constraints-violated" } : undefined;
}

/**
 * Who has signed whom, where that was verified: mathematics, which neither time nor policy nor revocation
 * changes. Everything else is judged anew for each message.
 */
const held = new WeakMap<Certificate, WeakSet<Certificate>>();

/** RFC 5280 §6.1.3 (a)(1). @throws BudgetExceededError */
async function checkCertificateSignature(
  certificate: Certificate,
  issuer: Certificate,
  budget: Budget,
): Promise<Fault | undefined> {
  const { signatureAlgorithm, tbsCertificate, signatureValue } = certificate;
  const key = issuer.subjectPublicKeyInfo;
  try {
    const scheme = signatureScheme(signatureAlgorithm, key, null);
    // Collisions let one certificate be swapped for another that its authority never saw.
    if (scheme.digest !== null && isWeakDigest(scheme.digest)) {
      return { code: "algorithm-weak", detail: signatureAlgorithm.algorithm };
    }
    if (held.get(certificate)?.has(issuer) === true) return undefined;
    budget.spend("signatures", verificationCost(scheme));
    const signed = { data: tbsCertificate, signature: signatureValue };
    if (!(await verifySignedBytes(key, scheme, signed))) return { code: "certificate-signature-mismatch" };
    if (!held.has(certificate)) held.set(certificate, new WeakSet());
    held.get(certificate)!.add(issuer);
    return undefined;
  } catch (error) {
    if (error instanceof MalformedError) return { code: "certificate-malformed", detail: error.detail };
    if (error instanceof UnsupportedError) return { code: error.code, detail: error.detail };
    throw error;
  }
}
