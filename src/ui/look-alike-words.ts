/** The words of the look-alike warning: a flag of its own, beside whatever the state says. */
import type { CryptographicSummary } from "../protocol/verdict.js";
import { text, underscored } from "./text.js";

/** @returns null where the sender's address looks like no other */
export function lookAlikeWarning({ lookAlike }: CryptographicSummary): string | null {
  if (lookAlike === undefined) return null;
  const { address, resembles, why } = lookAlike;
  return resembles === null
    ? text("look_alike_odd", address)
    : text(`look_alike_${underscored(why)}`, address, resembles);
}
