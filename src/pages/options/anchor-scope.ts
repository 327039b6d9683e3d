/** For which addresses an authority may vouch, in words: before it counts, and for as long as it does. */
import type { AnchorScope } from "../../protocol/anchors.js";
import { harmless, text } from "../../ui/text.js";
import type { DetailRow } from "../../ui/verdict-details.js";

export function scopeRows({ permitted, excluded }: AnchorScope): readonly DetailRow[] {
  const label = text("anchors_scope");
  const scope: DetailRow =
    permitted === null
      ? { label, values: [text("anchors_scope_all")] }
      : permitted.length === 0
        ? { label, values: [text("anchors_scope_none")] }
        : { label, values: permitted.map(written), exact: true };
  if (excluded.length === 0) return [scope];
  return [scope, { label: text("anchors_scope_not"), values: excluded.map(written), exact: true }];
}

/** RFC 5280 §4.2.1.10: a mailbox, a host, or with a leading dot whatever is below it. */
function written(base: string): string {
  // Longer than any mailbox (RFC 5321 §4.5.3.1): the end of a domain says most, and must not be cut away.
  const shown = harmless(base, 400);
  if (shown.includes("@")) return shown;
  return shown.startsWith(".") ? `@*${shown}` : `@${shown}`;
}
