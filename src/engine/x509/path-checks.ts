/**
 * The rules that each certificate of a path keeps by itself and at its place (RFC 5280 §6.1.3 (a),
 * §6.1.4 (k)–(o), §6.1.5 (f); for mail RFC 8550 §4.4), one function a rule. They are cheap: signatures are
 * `certificate-signature.ts`, names `name-constraints.ts`, policies `policy-graph.ts`.
 */
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Fault } from "../fault/faults.js";
import type { Certificate } from "./certificate.js";
import { isSelfIssued, sameName } from "./distinguished-name.js";
import { basicConstraints, extendedKeyUsage, keyUsage } from "./extensions.js";
import { parseGeneralNames } from "./general-name.js";
import { maximumRsaBits, publicKeyKind } from "./public-key.js";
import type { PathConditions } from "./path-conditions.js";

export interface Place {
  /** end entity first, anchor last */
  readonly path: readonly Certificate[];
  /** 0 is the end entity */
  readonly index: number;
  readonly conditions: PathConditions;
}

type Check = (certificate: Certificate, place: Place) => Fault | undefined;

const ofEach: readonly Check[] = [
  checkValidity,
  checkIssuerName,
  checkNameChaining,
  checkCriticalExtensions,
  checkKeyStrength,
  checkExtendedKeyUsage,
];
const ofEndEntity: readonly Check[] = [
  ...ofEach,
  checkEndEntityKeyUsage,
  checkAlternativeNames,
  checkClaimsNoAuthority,
];
const ofAuthority: readonly Check[] = [...ofEach, checkIsAuthority, checkPathLength, checkAuthorityKeyUsage];

/** @returns every fault, each once; what does not parse is a fault of this certificate, never a pass */
export function checkCertificateAt(certificate: Certificate, place: Place): readonly Fault[] {
  const faults: Fault[] = [];
  for (const check of place.index === 0 ? ofEndEntity : ofAuthority) {
    const fault = guarded(() => check(certificate, place));
    if (fault === undefined) continue;
    if (!faults.some(({ code, detail }) => code === fault.code && detail === fault.detail))
      faults.push(fault);
  }
  return faults;
}

function guarded(check: () => Fault | undefined): Fault | undefined {
  try {
    return check();
  } catch (error) {
    return asPathFault(error);
  }
}

/** What does not parse, or is nothing that we implement, as a fault; anything else is thrown on. */
export function asPathFault(error: unknown): Fault {
  if (error instanceof MalformedError) return { code: "certificate-malformed", detail: error.detail };
  if (error instanceof UnsupportedError) return { code: error.code, detail: error.detail };
  throw error;
}

/** RFC 5280 §6.1.3 (a)(2); both ends belong to the time. The anchor's own validity counts for us too. */
function checkValidity(certificate: Certificate, { conditions: { time } }: Place): Fault | undefined {
  if (time < certificate.notBefore) {
    return { code: "certificate-not-yet-valid", detail: new Date(certificate.notBefore).toISOString() };
  }
  // A certificate's times have whole seconds: the last one is valid to its end.
  if (time >= certificate.notAfter + 1000) {
    return { code: "certificate-expired", detail: new Date(certificate.notAfter).toISOString() };
  }
  return undefined;
}

/** RFC 5280 §4.1.2.4: who issued is named. An empty SEQUENCE is two octets. */
function checkIssuerName({ issuer }: Certificate): Fault | undefined {
  return issuer.length > 2 ? undefined : { code: "certificate-malformed", detail: "no issuer" };
}

/** RFC 5280 §6.1.3 (a)(4). */
function checkNameChaining(certificate: Certificate, { path, index }: Place): Fault | undefined {
  const issuer = path[index + 1];
  return issuer === undefined || sameName(certificate.issuer, issuer.subject)
    ? undefined
    : { code: "path-not-found" };
}

/** Those that this validator processes: RFC 5280 §4.2 has two more that are never critical. */
const understood: ReadonlySet<string> = new Set([
  oid.basicConstraints,
  oid.keyUsage,
  oid.extendedKeyUsage,
  oid.subjectAltName,
  oid.nameConstraints,
  oid.certificatePolicies,
  oid.policyMappings,
  oid.inhibitAnyPolicy,
  oid.policyConstraints,
  // Where to ask for a revocation; that it is critical demands that we read it (RFC 5280 §4.2.1.13).
  oid.crlDistributionPoints,
]);

/** RFC 5280 §6.1.4 (o), §6.1.5 (f). */
function checkCriticalExtensions(certificate: Certificate): Fault | undefined {
  for (const [name, { critical }] of certificate.extensions) {
    if (critical && !understood.has(name)) return { code: "critical-extension-unknown", detail: name };
  }
  return undefined;
}

/** RFC 8550 §4.3: of RSA by policy; of the others only strong ones are read at all (`key-unsupported`). */
function checkKeyStrength(certificate: Certificate, { conditions: { policy } }: Place): Fault | undefined {
  const key = publicKeyKind(certificate.subjectPublicKeyInfo);
  if (key.kind === "other") {
    const isDsa = policy.dsa === "verify" && key.algorithm === oid.dsa;
    return isDsa ? undefined : { code: "key-unsupported", detail: key.algorithm };
  }
  if (key.kind !== "rsa") return undefined;
  const detail = `RSA ${key.modulusBits}`;
  if (key.modulusBits < policy.minimumRsaBits) return { code: "key-weak", detail };
  return key.modulusBits > maximumRsaBits ? { code: "key-unsupported", detail } : undefined;
}

/** RFC 8550 §4.4.4; of authorities too, where they say what they may issue for. */
function checkExtendedKeyUsage(
  certificate: Certificate,
  { index, conditions: { purpose, extendedKeyUsage: asked } }: Place,
): Fault | undefined {
  // Who answers for others (CRLs, OCSP) need not be fit for mail.
  if (index === 0 && purpose === "status") return undefined;
  if (index === 0 && purpose === "timestamp") return checkTimeStamping(certificate);
  const purposes = extendedKeyUsage(certificate);
  const wanted = asked ?? (purpose === "timestamp" ? oid.timeStamping : oid.emailProtection);
  if (purposes === null || purposes.includes(wanted)) return undefined;
  if (purposes.includes(oid.anyExtendedKeyUsage)) return undefined;
  return { code: "extended-key-usage-unsuitable", detail: purposes.join(" ") };
}

/** RFC 3161 §2.3: critical, and nothing else, so that no key for anything else can date what others signed. */
function checkTimeStamping(certificate: Certificate): Fault | undefined {
  const purposes = extendedKeyUsage(certificate) ?? [];
  const alone = purposes.length === 1 && purposes[0] === oid.timeStamping;
  if (alone && certificate.extensions.get(oid.extendedKeyUsage)?.critical === true) return undefined;
  return { code: "extended-key-usage-unsuitable", detail: purposes.join(" ") };
}

/** RFC 8550 §4.4.2. Absent means any use. */
function checkEndEntityKeyUsage(certificate: Certificate, { conditions }: Place): Fault | undefined {
  const usage = keyUsage(certificate);
  if (usage === null || conditions.purpose === "status") return undefined;
  const detail = [...usage].join(" ");
  if (conditions.purpose === "sign" || conditions.purpose === "timestamp") {
    return usage.has("digitalSignature") || usage.has("nonRepudiation")
      ? undefined
      : { code: "key-usage-unsuitable", detail };
  }
  const { kind } = publicKeyKind(certificate.subjectPublicKeyInfo);
  // RFC 9935 §5: a KEM's ciphertext is a key enciphered.
  const needed = kind === "rsa" || kind === "ml-kem" ? "keyEncipherment" : "keyAgreement";
  return usage.has(needed) ? undefined : { code: "key-usage-unsuitable", detail };
}

/** RFC 5280 §4.2.1.6: whom it speaks for must be readable, or two readers find two persons. */
function checkAlternativeNames({ extensions }: Certificate): Fault | undefined {
  const alternative = extensions.get(oid.subjectAltName);
  if (alternative === undefined || parseGeneralNames(alternative.value).length > 0) return undefined;
  return { code: "certificate-malformed", detail: "no subjectAltName" };
}

/**
 * RFC 5280 §4.2.1.9 (keyCertSign), §4.2.1.10 (name constraints): for authorities alone. Who has them and is none
 * is an authority to one reader and none to the other.
 */
function checkClaimsNoAuthority(certificate: Certificate): Fault | undefined {
  const signsCertificates = keyUsage(certificate)?.has("keyCertSign") === true;
  if (!signsCertificates && !certificate.extensions.has(oid.nameConstraints)) return undefined;
  if (basicConstraints(certificate)?.certificateAuthority === true) return undefined;
  return {
    code: "basic-constraints-violated",
    detail: signsCertificates ? "keyCertSign" : "nameConstraints",
  };
}

/** RFC 5280 §6.1.4 (k). */
function checkIsAuthority(certificate: Certificate, { path, index }: Place): Fault | undefined {
  const constraints = basicConstraints(certificate);
  // An anchor of version 1 has no extensions; that it is an authority is what "anchor" says.
  const isOldAnchor = index === path.length - 1 && certificate.extensions.size === 0;
  const isAuthority = constraints === null ? isOldAnchor : constraints.certificateAuthority;
  return isAuthority ? undefined : { code: "basic-constraints-violated" };
}

/** RFC 5280 §6.1.4 (l), (m): how many intermediates may follow (§4.2.1.9), self-issued ones not counted. */
function checkPathLength(certificate: Certificate, { path, index }: Place): Fault | undefined {
  const limit = basicConstraints(certificate)?.pathLength ?? null;
  if (limit === null) return undefined;
  const following = path.slice(1, index).filter((other) => !isSelfIssued(other)).length;
  return following > limit ? { code: "path-length-exceeded" } : undefined;
}

/** RFC 5280 §6.1.4 (n). */
function checkAuthorityKeyUsage(certificate: Certificate): Fault | undefined {
  return keyUsage(certificate)?.has("keyCertSign") === false ? { code: "key-usage-unsuitable" } : undefined;
}
