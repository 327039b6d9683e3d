/**
 * What an authority says that it checked, in words: one line beside the verdict, and rows in the details. It is
 * the authority's word, so it is told as that.
 */
import type { CertificateSummary, CertificateValidation } from "../protocol/verdict.js";
import { harmless, text, underscored } from "./text.js";

/** A row of the details (`verdict-details.ts`). */
interface CheckedRow {
  readonly label: string;
  readonly values: readonly string[];
  readonly remark: string;
}

/** "Example CA says that it checked the organisation: Example GmbH (DE)."; null where it checked the mailbox alone */
export function identityLine(signer: CertificateSummary | null): string | null {
  const validation = signer?.validation;
  if (validation === undefined) return null;
  const issuer = signer!.issuerName || text("unknown_issuer");
  const { organization, person } = validation;
  if (organization !== null && person !== null)
    return text("identity_sponsor", issuer, placed(organization, validation), person);
  if (organization !== null) return text("identity_organization", issuer, placed(organization, validation));
  return person === null ? null : text("identity_individual", issuer, placed(person, validation));
}

function placed(name: string, { country }: CertificateValidation): string {
  return country === null ? name : `${name} (${country})`;
}

export function validationRows(validation: CertificateValidation | undefined): readonly CheckedRow[] {
  if (validation === undefined) return [];
  const { level, generation, organization, country, organizationIdentifier, person, findings } = validation;
  const names = [person, organization, country, organizationIdentifier].filter((name) => name !== null);
  const checked = {
    label: text("detail_checked"),
    values: [text(`detail_checked_${level}`), ...names.map((name) => harmless(name))],
    remark: text(`detail_checked_remark_${generation}`),
  };
  if (findings.length === 0) return [checked];
  const broken = {
    label: text("detail_baseline"),
    values: findings.map((finding) => text(`baseline_${underscored(finding)}`)),
    remark: text("detail_baseline_remark"),
  };
  return [checked, broken];
}
