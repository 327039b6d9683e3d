/**
 * What key usage says under the S/MIME Baseline Requirements (§7.1.2.3 e): what a key is for, and what may stand
 * beside it.
 */
import { oid } from "../base/oid.js";
import { type Rule, has, isCritical, isNotStrict, isStrict } from "./baseline-rule.js";
import { keyUsageBits } from "./baseline-facts.js";
import type { Certificate } from "./certificate.js";
import { publicKeyKind } from "./public-key.js";

const digitalSignature = 0;
const contentCommitment = 1;
const keyEncipherment = 2;
const dataEncipherment = 3;
const keyAgreement = 4;
const encipherOnly = 7;
const decipherOnly = 8;

const rsa: readonly string[] = ["rsa"];
const ec: readonly string[] = ["ec"];
const edwards: readonly string[] = ["ed25519", "ed448"];

const isKey = ({ subjectPublicKeyInfo }: Certificate, kinds: readonly string[]): boolean =>
  kinds.includes(publicKeyKind(subjectPublicKeyInfo).kind);

const uses = (certificate: Certificate, ...bits: readonly number[]): boolean =>
  bits.some((bit) => keyUsageBits(certificate)?.has(bit) === true);

/** For each bit that says what the key is for, those that may stand beside it. */
function keepsTo(certificate: Certificate, beside: Readonly<Record<number, readonly number[]>>): boolean {
  const bits = keyUsageBits(certificate) ?? new Set<number>();
  const purposes = Object.keys(beside).map(Number);
  const allowed = purposes.filter((bit) => bits.has(bit)).flatMap((bit) => [bit, ...beside[bit]!]);
  return allowed.length > 0 && [...bits].every((bit) => allowed.includes(bit));
}

/** @param purposes bits of which one must be there */
function purposeRule(kinds: readonly string[], ...purposes: readonly number[]): Rule {
  return {
    finding: "key-usage-without-purpose",
    applies: (certificate) => (keyUsageBits(certificate)?.size ?? 0) > 0 && isKey(certificate, kinds),
    holds: (certificate) => uses(certificate, ...purposes),
  };
}

export const keyUsageRules = {
  "key-usage-presence": { finding: "key-usage-missing", holds: has(oid.keyUsage) },
  "key-usage-criticality": {
    finding: "key-usage-not-critical",
    applies: has(oid.keyUsage),
    holds: (certificate) => isCritical(certificate, oid.keyUsage),
  },
  "rsa-key-usage": {
    finding: "key-usage-mixed",
    applies: (certificate, claim) =>
      isNotStrict(certificate, claim) &&
      isKey(certificate, rsa) &&
      uses(certificate, digitalSignature, keyEncipherment),
    holds: (certificate) =>
      keepsTo(certificate, {
        [digitalSignature]: [contentCommitment],
        [keyEncipherment]: [dataEncipherment],
      }),
  },
  "rsa-key-usage-strict": {
    finding: "key-usage-mixed",
    applies: (certificate, claim) =>
      isStrict(certificate, claim) &&
      isKey(certificate, rsa) &&
      uses(certificate, digitalSignature, keyEncipherment),
    holds: (certificate) =>
      keepsTo(certificate, { [digitalSignature]: [contentCommitment], [keyEncipherment]: [] }),
  },
  "rsa-purpose": purposeRule(rsa, digitalSignature, keyEncipherment),
  "ec-key-usage": {
    finding: "key-usage-mixed",
    applies: (certificate) => isKey(certificate, ec) && uses(certificate, digitalSignature, keyAgreement),
    holds: (certificate) =>
      keepsTo(certificate, {
        [digitalSignature]: [contentCommitment],
        [keyAgreement]: [encipherOnly, decipherOnly],
      }),
  },
  "ec-purpose": purposeRule(ec, digitalSignature, keyAgreement),
  "edwards-key-usage": {
    finding: "key-usage-mixed",
    applies: (certificate) => isKey(certificate, edwards) && has(oid.keyUsage)(certificate),
    holds: (certificate) => keepsTo(certificate, { [digitalSignature]: [contentCommitment] }),
  },
} as const satisfies Record<string, Rule>;
