/**
 * What a name looks like: two that have one skeleton can be taken for each other (UTS #39 §4, in lower case
 * and without marks). On top of Unicode's table stand the pairs that forgers use in plain ASCII.
 */
import { lookAlikes } from "./generated/confusables.js";

const looks = new Map<string, string>();
for (const [look, signs] of Object.entries(lookAlikes)) for (const sign of signs) looks.set(sign, look);

/** In this order; what a pair becomes is not looked at again. */
const pairs: readonly (readonly [RegExp, string])[] = [
  [/rn/g, "m"],
  [/vv/g, "w"],
  [/[1i|]/g, "l"],
  [/0/g, "o"],
  [/5/g, "s"],
  [/3/g, "e"],
];

export function skeletonOf(text: string): string {
  return pairs.reduce((name, [from, to]) => name.replace(from, to), plain(text.toLowerCase()));
}

function plain(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text;
  let name = "";
  for (const sign of text.normalize("NFKD")) name += looks.get(sign) ?? sign;
  return name.normalize("NFKD").replace(/[\p{M}\p{C}]/gu, "");
}

/** Scripts that a word may be written in; what belongs to none of them (digits, marks) fits all. */
const scripts = ["Latin", "Greek", "Cyrillic", "Armenian", "Georgian", "Hebrew", "Arabic", "Cherokee"].map(
  (name) => new RegExp(`\\p{Script=${name}}`, "u"),
);

/** UTS #39 §5.1: nobody writes one word in two of these; Han, Kana and Hangul go with Latin, and are not asked. */
export function mixesScripts(label: string): boolean {
  return /[^\0-\x7f]/.test(label) && scripts.filter((script) => script.test(label)).length > 1;
}
