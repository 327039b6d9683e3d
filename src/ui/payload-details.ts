/**
 * What lies inside of the envelope and is no part of the verdict: S/MIME of single parts or of forwarded
 * letters (RFC 9787 §4.5), and header fields that travel with the content (RFC 9788). Told, so that nobody
 * has to guess what the mail program shows there; nothing here makes a headline.
 */
import type { ErrantPart, MessageVerdict, ProtectedField, ProtectedHeader } from "../protocol/verdict.js";
import { boundText, harmless, text, underscored } from "./text.js";
import type { DetailGroup, DetailRow } from "./verdict-details.js";

/** As the reader's page draws the fields of a header. */
const longestField = 2000;

export function payloadGroups(
  verdict: Pick<MessageVerdict, "errant" | "errantBeyond" | "protectedHeader">,
): readonly DetailGroup[] {
  const { errant = [], errantBeyond, protectedHeader } = verdict;
  const rows = [...errant.map(errantRow), ...beyondRows(errantBeyond)];
  return [
    ...(protectedHeader === undefined
      ? []
      : [{ title: text("detail_header_inside"), rows: headerRows(protectedHeader) }]),
    ...(rows.length === 0 ? [] : [{ title: text("detail_errant"), rows }]),
  ];
}

function errantRow({ part, form, forwarded }: ErrantPart): DetailRow {
  return {
    label: text("detail_errant_part", part),
    values: [text(`detail_errant_${underscored(form)}`)],
    remark: text(forwarded ? "detail_errant_forwarded_remark" : "detail_errant_remark"),
  };
}

/** Nobody is to take what was not looked at for what is not there. */
function beyondRows(bound: string | undefined): readonly DetailRow[] {
  if (bound === undefined) return [];
  const label = text("detail_errant_beyond");
  return [{ label, values: [boundText(bound) ?? bound], remark: text("detail_errant_beyond_remark") }];
}

function headerRows(header: ProtectedHeader): readonly DetailRow[] {
  const { from, to, cc, subject, date } = header;
  const fields: readonly (readonly [ProtectedField, string])[] = [
    ["from", from.map((address) => harmless(address)).join(", ")],
    ["to", to.map((address) => harmless(address)).join(", ")],
    ["cc", cc.map((address) => harmless(address)).join(", ")],
    ["subject", harmless(subject ?? "", longestField)],
    ["date", harmless(date ?? "")],
  ];
  return fields
    .filter(([, value]) => value !== "")
    .map(([field, value]) => ({
      label: text(`detail_header_${field}`),
      values: [value],
      ...(header.differing.includes(field) ? { remark: text("detail_header_differs") } : {}),
    }));
}
