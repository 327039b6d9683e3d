/** Domain names cut where their owners own them, and compared letter by letter. */

export interface Domain {
  /** lower-case A-labels */
  readonly whole: string;
  readonly labels: readonly string[];
  /** the label that somebody registered: "example" of mail.example.co.uk */
  readonly name: string;
  /** what it was registered under: "co.uk" */
  readonly ending: string;
  /** what it looks like (`skeleton.ts`) */
  readonly skeleton: string;
}

/** Second labels under which countries register; a list of all (publicsuffix.org) would be larger than the engine. */
const secondLevel = new Set(
  "ac co com edu gov gob gv ltd me mil ne net nhs nom or org sch go gouv".split(" "),
);

export function readDomain(whole: string, skeleton: string): Domain {
  const labels = whole.split(".");
  const isDeep = labels.length > 2 && labels.at(-1)!.length === 2 && secondLevel.has(labels.at(-2)!);
  const at = Math.max(labels.length - (isDeep ? 3 : 2), 0);
  return { whole, labels, name: labels[at]!, ending: labels.slice(at + 1).join("."), skeleton };
}

/** The name with two neighbours exchanged, under its own ending. */
export function swapAt({ name, ending }: Domain, at: number): string {
  return `${name.slice(0, at)}${name[at + 1] ?? ""}${name[at] ?? ""}${name.slice(at + 2)}.${ending}`;
}

export function crossesMiddle({ name }: Domain): boolean {
  return name.length >= 4;
}

/**
 * Are they one letter apart, or two neighbours exchanged, inside of a piece that is long enough for the eye to
 * read over it? Short pieces differ by one letter all the time ("tu-berlin", "fu-berlin"), and a first letter
 * or a digit is seen.
 */
export function closeEdit(a: string, b: string, shortest: number): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [was, is] = [b.slice(start, b.length - end), a.slice(start, a.length - end)];
  const isSwap = was.length === 2 && is.length === 2 && was[0] === is[1] && was[1] === is[0];
  if ((was.length > 1 || is.length > 1) && !isSwap) return false;
  if (start === 0 || /[^a-z]/.test(was + is)) return false;
  return pieceAround(b, start).length >= shortest;
}

/** Between hyphens and dots. */
function pieceAround(name: string, at: number): string {
  const before = name.slice(0, at).split(/[-._]/).at(-1)!;
  return before + name.slice(at).split(/[-._]/, 1)[0]!;
}
