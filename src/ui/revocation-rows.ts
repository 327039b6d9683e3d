/** Whether the certificates behind a signature were withdrawn, one line each, and who says so. */
import type { SignatureVerdict } from "../protocol/verdict.js";
import { dateText, faultText, harmless, text } from "./text.js";

interface RevocationRow {
  readonly label: string;
  readonly values: readonly string[];
  readonly remark?: string;
}

type Found = NonNullable<SignatureVerdict["revocation"]>[number];

export function revocationRows(signature: SignatureVerdict): readonly RevocationRow[] {
  const { revocation = [] } = signature;
  if (revocation.length === 0) return [];
  const sources = new Set(revocation.map(({ source }) => source).filter((source) => source !== null));
  const told = [...sources].map((source) => text(`detail_revocation_source_${source}`));
  const values = revocation.flatMap((found, index) => [
    lineOf(found, nameOf(signature, found, index)),
    ...found.faults.map(faultText),
  ]);
  return [
    {
      label: text("detail_revocation"),
      values,
      ...(told.length === 0 ? {} : { remark: told.join(" ") }),
    },
  ];
}

function lineOf({ status, thisUpdate, revokedAt }: Found, name: string): string {
  switch (status) {
    case "good":
      // Withdrawn, but after the signature is proven to have been there.
      if (revokedAt !== undefined) return text("detail_revocation_later", name, dateText(revokedAt));
      return text("detail_revocation_good", name, dateText(thisUpdate!));
    case "revoked":
      return text("detail_revocation_revoked", name, dateText(revokedAt!));
    case "unknown":
      return text("detail_revocation_unknown", name);
    case "not-checked":
      return text("detail_revocation_not_checked", name);
  }
}

function nameOf(signature: SignatureVerdict, { fingerprint }: Found, index: number): string {
  const path = signature.status === "valid" ? signature.path : [];
  const known = [...path, ...(signature.signer === null ? [] : [signature.signer])];
  const certificate = known.find((one) => one.fingerprint === fingerprint);
  if (certificate === undefined) return text(`detail_revocation_${index === 0 ? "signer" : "authority"}`);
  return harmless(certificate.commonName ?? certificate.organization ?? certificate.subject);
}
