/**
 * The evidence behind the headline, layer by layer, as titled rows: who signed, who vouches, what is
 * covered, when by whose clock, which algorithms, which path, why not. Pure: `verdict-view.ts` draws them.
 */
import type {
  CertificateSummary,
  CryptographicLayer,
  JudgedAt,
  RecipientHint,
  SignatureVerdict,
} from "../protocol/verdict.js";
import { revocationRows } from "./revocation-rows.js";
import { claimRows } from "./signature-claims.js";
import { validationRows } from "./validation-words.js";
import { dateText, faultText, harmless, text, timeText, underscored } from "./text.js";

export interface DetailRow {
  readonly label: string;
  /** one line each */
  readonly values: readonly string[];
  /** fingerprints, numbers: drawn in a fixed width, to be compared */
  readonly exact?: boolean;
  /** a smaller line below: what the value does not promise */
  readonly remark?: string;
}

export interface DetailGroup {
  readonly title: string;
  readonly rows: readonly DetailRow[];
}

export function detailGroups(layers: readonly CryptographicLayer[]): readonly DetailGroup[] {
  return layers.flatMap((layer) => {
    if (layer.kind === "encrypted") return [encryptionGroup(layer)];
    if (layer.kind === "compressed") return [];
    return layer.signatures.map((signature, index) => signatureGroup(signature, layer, index));
  });
}

type SignedLayer = Extract<CryptographicLayer, { kind: "signed" }>;
type EncryptedLayer = Extract<CryptographicLayer, { kind: "encrypted" }>;

function signatureGroup(signature: SignatureVerdict, layer: SignedLayer, index: number): DetailGroup {
  const several = layer.signatures.length > 1;
  return {
    title: several ? text("detail_signature_number", String(index + 1)) : text("detail_signature"),
    rows: [
      { label: text("detail_result"), values: [text(`detail_result_${signature.status}`)] },
      ...(signature.status === "valid"
        ? []
        : [{ label: text("detail_why_not"), values: signature.faults.map(faultText) }]),
      ...(signature.signer === null ? [] : certificateRows(signature.signer)),
      ...(signature.status === "invalid" ? [] : coverageRows()),
      ...timeRows(signature.claimedTime),
      ...(signature.status === "valid" ? judgedRows(signature.judgedAt) : []),
      ...algorithmRows(signature),
      ...(signature.status === "valid" ? pathRows(signature.path) : []),
      ...revocationRows(signature),
      ...claimRows(signature),
      { label: text("detail_form"), values: [text(`detail_form_${layer.form.replace("-", "_")}`)] },
    ],
  };
}

/** Who the certificate names, who vouches, how long; the fingerprint to compare by telephone. */
export function certificateRows(certificate: CertificateSummary): readonly DetailRow[] {
  const names = [certificate.commonName, certificate.organization]
    .filter((name) => name !== null)
    .map(harmless);
  const isOldPlace = certificate.addressSource === "subject";
  const addresses = text(isOldPlace ? "detail_addresses_in_name" : "detail_addresses");
  return [
    ...(names.length === 0 ? [] : [{ label: text("detail_name"), values: names }]),
    ...(certificate.addresses.length === 0
      ? []
      : [{ label: addresses, values: certificate.addresses.map(harmless) }]),
    { label: text("detail_vouches"), values: [harmless(certificate.issuerName || certificate.issuer)] },
    ...validationRows(certificate.validation),
    {
      label: text("detail_valid"),
      values: [text("detail_valid_span", dateText(certificate.notBefore), dateText(certificate.notAfter))],
    },
    { label: text("detail_key"), values: [harmless(certificate.key)] },
    { label: text("detail_fingerprint"), values: [grouped(certificate.fingerprint)], exact: true },
  ];
}

/** RFC 8551 §3.1: what is signed is the MIME entity; the message's own header stands outside of it. */
function coverageRows(): readonly DetailRow[] {
  return [
    { label: text("detail_covered"), values: [text("detail_covered_content")] },
    { label: text("detail_not_covered"), values: [text("detail_not_covered_header")] },
  ];
}

function timeRows(claimedTime: string | null): readonly DetailRow[] {
  if (claimedTime === null) return [{ label: text("detail_time"), values: [text("detail_time_missing")] }];
  return [
    { label: text("detail_time"), values: [timeText(claimedTime)], remark: text("detail_time_claimed") },
  ];
}

/** Where the time comes from at which the certificate counts: not from the signer. */
function judgedRows(judgedAt: JudgedAt | undefined): readonly DetailRow[] {
  if (judgedAt === undefined) return [];
  const remark = text(`detail_judged_${underscored(judgedAt.source)}`);
  return [{ label: text("detail_judged"), values: [timeText(judgedAt.time)], remark }];
}

function algorithmRows({ algorithms }: SignatureVerdict): readonly DetailRow[] {
  if (algorithms === null) return [];
  return [
    {
      label: text("detail_algorithms"),
      values: [`${harmless(algorithms.signature)}, ${harmless(algorithms.digest)}`],
    },
  ];
}

function pathRows(path: readonly CertificateSummary[]): readonly DetailRow[] {
  const names = [...path]
    .reverse()
    .map((certificate) =>
      harmless(certificate.commonName ?? certificate.organization ?? certificate.subject),
    );
  return [{ label: text("detail_path"), values: names, remark: text("detail_path_order") }];
}

function encryptionGroup(layer: EncryptedLayer): DetailGroup {
  return { title: text("detail_encryption"), rows: encryptionRows(layer) };
}

function encryptionRows(layer: EncryptedLayer): readonly DetailRow[] {
  switch (layer.status) {
    case "opened":
      return [
        { label: text("detail_result"), values: [openedText(layer.openedWith)] },
        {
          label: text("detail_content_encryption"),
          values: [harmless(layer.contentEncryption)],
          ...(layer.legacy ? { remark: faultText({ code: "encryption-weak" }) } : {}),
        },
        {
          label: text("detail_tampering"),
          values: [text(layer.authenticated ? "detail_tampering_noticed" : "detail_tampering_unnoticed")],
        },
        { label: text("detail_key_management"), values: [harmless(layer.keyManagement)] },
        ...(layer.openedWith === null
          ? []
          : [{ label: text("detail_opened_with"), values: [grouped(layer.openedWith)], exact: true }]),
      ];
    case "locked":
      return [
        { label: text("detail_result"), values: [text(`detail_result_${layer.reason.replace("-", "_")}`)] },
        { label: text("detail_recipients"), values: layer.recipients.map(recipientText) },
      ];
    case "damaged":
      return [
        { label: text("detail_result"), values: [text("detail_result_damaged")] },
        { label: text("detail_why_not"), values: layer.faults.map(faultText) },
      ];
  }
}

function openedText(openedWith: string | null): string {
  return text(openedWith === null ? "detail_result_opened_by_password" : "detail_result_opened");
}

/** Which key is needed, as far as the message tells. */
function recipientText(hint: RecipientHint): string {
  if (hint.issuer !== null && hint.serialNumber !== null)
    return text("detail_recipient_issuer", hint.issuer, hint.serialNumber);
  if (hint.subjectKeyIdentifier !== null) return text("detail_recipient_key", hint.subjectKeyIdentifier);
  return text("detail_recipient_unnamed");
}

/** Sixty-four digits in groups of four: a person compares them aloud. */
export function grouped(fingerprint: string): string {
  return (fingerprint.match(/.{1,4}/g) ?? []).join(" ");
}
