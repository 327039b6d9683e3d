/**
 * What else stands in and beside a signature, as rows: somebody else's signatures over it, time stamps,
 * labels and requests. All of it is claimed, and none of it changed the result; each row says so.
 */
import type {
  CounterSignature,
  SecurityLabel,
  SignatureVerdict,
  SignedStatements,
  TimeStamp,
} from "../protocol/verdict.js";
import { faultText, harmless, numberText, text, timeText } from "./text.js";

/** As `verdict-details.ts` has them. */
interface ClaimRow {
  readonly label: string;
  readonly values: readonly string[];
  readonly remark?: string;
}

export function claimRows(signature: SignatureVerdict): readonly ClaimRow[] {
  return [
    ...(signature.timeStamps ?? []).map(timeStampRow),
    ...(signature.counterSignatures ?? []).map(counterSignatureRow),
    ...beyondRows(signature.attachedBeyond),
    ...(signature.statements === undefined ? [] : statementRows(signature.statements)),
  ];
}

// ------------------------------------------------------------------ other people's signatures

function timeStampRow(stamp: TimeStamp): ClaimRow {
  const when = stamp.time === null ? text("detail_time_missing") : timeText(stamp.time);
  const values = [text("detail_time_stamp_by", when, whose(stamp)), ...mathematics(stamp)];
  const remark = { true: "detail_time_stamp_proves", false: "detail_time_stamp_claims" } as const;
  const key = stamp.proves === undefined ? "detail_attached_unjudged" : remark[`${stamp.proves}`];
  return { label: text("detail_time_stamp"), values, remark: text(key) };
}

function counterSignatureRow(signature: CounterSignature): ClaimRow {
  const values = [whose(signature), ...mathematics(signature)];
  return { label: text("detail_counter_signature"), values, remark: text("detail_attached_unjudged") };
}

function beyondRows(more: number | undefined): readonly ClaimRow[] {
  if (more === undefined) return [];
  const label = text("detail_counter_signature");
  return [{ label, values: [text("detail_attached_beyond", numberText(more))] }];
}

function whose({ signer }: TimeStamp | CounterSignature): string {
  if (signer === null) return text("detail_attached_nobody");
  return harmless(
    signer.commonName ?? signer.addresses[0] ?? signer.organization ?? (signer.subject || signer.fingerprint),
  );
}

function mathematics({ mathematics: result, faults }: TimeStamp | CounterSignature): readonly string[] {
  return [text(`detail_attached_${result}`), ...faults.map(faultText)];
}

// ------------------------------------------------------------------ the signer's statements

function statementRows(statements: SignedStatements): readonly ClaimRow[] {
  const { receiptRequest, securityLabel, equivalentLabels = [], contentHint, mailLists } = statements;
  const labels = [...(securityLabel === undefined ? [] : [securityLabel]), ...equivalentLabels];
  return [
    ...labels.map((label) => row("detail_label", labelLines(label), "detail_label_remark")),
    ...optionalRow("detail_receipt", receiptLines(receiptRequest), "detail_receipt_remark"),
    ...optionalRow("detail_content_hint", contentHint?.description == null ? [] : [contentHint.description]),
    ...optionalRow(
      "detail_mail_lists",
      mailLists?.map(({ list, time }) => `${list}, ${timeText(time)}`),
    ),
    ...optionalRow("detail_location", statements.location),
    ...optionalRow("detail_commitments", statements.commitments?.map(commitmentText)),
    ...optionalRow("detail_signature_policy", policyLines(statements.signaturePolicy)),
    ...optionalRow("detail_content_identifier", lines(statements.contentIdentifier)),
    ...optionalRow("detail_content_reference", lines(statements.contentReference)),
    ...optionalRow("detail_statements_unreadable", statements.unreadable),
  ];
}

function lines(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

function row(label: string, values: readonly string[], remark?: string): ClaimRow {
  const drawn = { label: text(label), values: values.map((value) => harmless(value)) };
  return remark === undefined ? drawn : { ...drawn, remark: text(remark) };
}

function optionalRow(
  label: string,
  values: readonly string[] | undefined,
  remark?: string,
): readonly ClaimRow[] {
  return values === undefined || values.length === 0 ? [] : [row(label, values, remark)];
}

const knownClassifications: ReadonlySet<string> = new Set([
  "unmarked",
  "unclassified",
  "restricted",
  "confidential",
  "secret",
  "top-secret",
]);

function labelLines({ classification, privacyMark, policy }: SecurityLabel): readonly string[] {
  const named =
    classification !== null && knownClassifications.has(classification)
      ? text(`detail_label_${classification.replace("-", "_")}`)
      : classification;
  return [named, privacyMark, text("detail_label_policy", policy)].filter((line) => line !== null);
}

function receiptLines(request: SignedStatements["receiptRequest"]): readonly string[] {
  if (request === undefined) return [];
  return request.to.map((address) => text("detail_receipt_to", address));
}

/** RFC 5126 §5.11.1: the six that everybody knows. */
const commitments: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.9.16.6.1": "detail_commitment_origin",
  "1.2.840.113549.1.9.16.6.2": "detail_commitment_receipt",
  "1.2.840.113549.1.9.16.6.3": "detail_commitment_delivery",
  "1.2.840.113549.1.9.16.6.4": "detail_commitment_sender",
  "1.2.840.113549.1.9.16.6.5": "detail_commitment_approval",
  "1.2.840.113549.1.9.16.6.6": "detail_commitment_creation",
};

function commitmentText(type: string): string {
  const key = commitments[type];
  return key === undefined ? type : text(key);
}

function policyLines(policy: string | undefined): readonly string[] {
  if (policy === undefined) return [];
  return [policy === "implied" ? text("detail_signature_policy_implied") : policy];
}
