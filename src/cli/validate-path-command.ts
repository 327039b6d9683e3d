/**
 * `signet validate-path`: does a path lead from a certificate to an anchor (RFC 5280 §6), for mail, at a
 * time? With the evidence that the files hold and no other: nothing is fetched.
 */
import {
  type Bytes,
  type Certificate,
  type CertificateRevocation,
  type EvidenceSource,
  type Fault,
  type PathPolicies,
  type RevocationPolicy,
  describeCertificate,
  normalizeAddress,
  validateCertificatePath,
} from "../engine/index.js";
import {
  type Arguments,
  type Grammar,
  UsageError,
  hasFlag,
  publicRootsOf,
  singleValue,
  timeOf,
  valuesOf,
} from "./arguments.js";
import { readCertificateFiles, readCrlFiles, readInput } from "./input.js";
import { printable } from "./words.js";

export const validatePathGrammar: Grammar = {
  file: "LEAF",
  flags: [
    "--public-roots",
    "--require-explicit-policy",
    "--inhibit-policy-mapping",
    "--inhibit-any-policy",
    "--json",
  ],
  values: ["--leaf", "--at", "--address", "--purpose", "--revocation"],
  lists: ["--intermediate", "--anchor", "--crl", "--ocsp", "--policy"],
  fileOption: "--leaf",
};

/** Stable: programs read it. Codes are those of docs/verdict.md; times are ISO 8601. */
interface Report {
  readonly result: "valid" | "failed";
  /** end entity first, anchor last; empty where none holds */
  readonly path: readonly {
    readonly fingerprint: string;
    readonly subject: string;
    readonly issuer: string;
    readonly notBefore: string;
    readonly notAfter: string;
  }[];
  /** of the path that came nearest, the most telling first */
  readonly faults: readonly Fault[];
  /** RFC 5280 §6.1.6: the user-constrained set; "2.5.29.32.0" stands for any */
  readonly policies: readonly string[];
  /** for each certificate of the path but the anchor; empty where nothing was asked */
  readonly revocation: readonly CertificateRevocation[];
}

/** @returns exit code: 0 where a path holds, else 1 */
export async function validatePathCommand(given: Arguments): Promise<number> {
  const time = timeOf(given);
  const [leaf] = await readCertificateFiles([given.file]);
  const anchors = await readCertificateFiles(valuesOf(given, "--anchor"));
  const candidates = await readCertificateFiles(valuesOf(given, "--intermediate"));
  const crls = await readCrlFiles(valuesOf(given, "--crl"));
  const ocspResponses = await Promise.all(valuesOf(given, "--ocsp").map(readInput));
  const judged = await validateCertificatePath(leaf!, {
    anchors,
    ...publicRootsOf(given),
    candidates,
    time,
    purpose: purposeOf(given),
    address: addressOf(given),
    policies: policiesOf(given),
    revocation: revocationOf(given, crls.length + ocspResponses.length > 0),
    evidence: asEvidence(crls, ocspResponses, time),
  });
  const report: Report = { ...judged, path: judged.path.map(inReport) };
  process.stdout.write(hasFlag(given, "--json") ? `${JSON.stringify(report, null, 2)}\n` : asText(report));
  return report.result === "valid" ? 0 : 1;
}

function inReport(certificate: Certificate): Report["path"][number] {
  const { fingerprint, subject, issuer, notBefore, notAfter } = describeCertificate(certificate);
  return { fingerprint, subject, issuer, notBefore, notAfter };
}

/** @throws UsageError */
function purposeOf(given: Arguments): "sign" | "encrypt" {
  const purpose = singleValue(given, "--purpose") ?? "sign";
  if (purpose === "sign" || purpose === "encrypt") return purpose;
  throw new UsageError(`--purpose is sign or encrypt, not "${purpose}".`);
}

/** @throws UsageError */
function addressOf(given: Arguments): ReturnType<typeof normalizeAddress> {
  const text = singleValue(given, "--address");
  if (text === null) return null;
  const address = normalizeAddress(text);
  if (address === null) throw new UsageError(`"${text}" is no e-mail address.`);
  return address;
}

const objectIdentifier = /^[0-2](?:\.\d+)+$/;

/** @throws UsageError */
function policiesOf(given: Arguments): PathPolicies {
  const wanted = valuesOf(given, "--policy");
  const wrong = wanted.find((policy) => !objectIdentifier.test(policy));
  if (wrong !== undefined)
    throw new UsageError(`--policy wants an OID like 2.23.140.1.5.1.1, not "${wrong}".`);
  return {
    requireExplicitPolicy: hasFlag(given, "--require-explicit-policy"),
    inhibitPolicyMapping: hasFlag(given, "--inhibit-policy-mapping"),
    inhibitAnyPolicy: hasFlag(given, "--inhibit-any-policy"),
    // Without a wish every policy is acceptable; the answer tells which are valid all the same.
    userInitialPolicySet: new Set(wanted.length > 0 ? wanted : ["2.5.29.32.0"]),
  };
}

/** Who gives CRLs or OCSP responses wants an answer. @throws UsageError */
function revocationOf(given: Arguments, hasEvidence: boolean): RevocationPolicy {
  const word = singleValue(given, "--revocation") ?? (hasEvidence ? "required" : "off");
  if (word === "off" || word === "when-available" || word === "required") return word;
  throw new UsageError(`--revocation is off, when-available or required, not "${word}".`);
}

function asEvidence(crls: readonly Bytes[], ocspResponses: readonly Bytes[], time: Date): EvidenceSource {
  const answer = (list: readonly Bytes[]): ReturnType<EvidenceSource["crls"]> =>
    Promise.resolve(
      list.length === 0
        ? { kind: "not-asked" }
        : { kind: "found", evidence: list.map((bytes) => ({ bytes, fetchedAt: time.getTime() })) },
    );
  return {
    crls: () => answer(crls),
    ocspResponse: () => answer(ocspResponses),
    issuers: () => answer([]),
  };
}

function asText({ result, path, faults, policies, revocation }: Report): string {
  const lines = [
    result === "valid" ? "A path holds." : "No path holds.",
    ...path.map(({ subject, notAfter }, i) => `${i + 1}. ${subject || "(no name)"}, until ${notAfter}`),
    ...faults.map(({ code, detail }) => `Why: ${code}${detail === undefined ? "" : ` (${detail})`}`),
    ...(policies.length > 0 ? [`Policies: ${policies.join(", ")}`] : []),
    ...revocation.map(({ fingerprint, status, source }) => {
      return `Revocation of ${fingerprint.slice(0, 16)}…: ${status}${source === null ? "" : ` (${source})`}`;
    }),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}
