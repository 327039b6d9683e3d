/**
 * Every word a person reads comes through here, from `_locales`. What we insert (addresses, names from
 * certificates) was written by others: control and direction characters are taken out of it, so that it
 * cannot turn the sentence around it (Unicode UAX #9, "Trojan Source"). No DOM: the background uses it too.
 */
import type { Fault } from "../protocol/verdict.js";
import type { Blocker } from "../protocol/verdict.js";
import type { ComposeNotice, ErrorCode } from "../protocol/messages.js";

/** A name or an address; whoever shows more (a list of recipients) says how much. */
const longest = 300;

/** The words for a key. A missing key is drawn as itself, in brackets, so that nobody overlooks it. */
export function text(key: string, ...inserted: readonly string[]): string {
  return find(key, inserted) ?? `⟦${key}⟧`;
}

/** The words for a key that may be missing: the answer is null, and nothing is drawn. */
export function optionalText(key: string, ...inserted: readonly string[]): string | null {
  return find(key, inserted);
}

/** "1 certificate", "3 certificates": `key_one` and `key_other`, as the language counts. */
export function countedText(key: string, count: number, ...inserted: readonly string[]): string {
  const form = new Intl.PluralRules(language()).select(count);
  const number = new Intl.NumberFormat(language()).format(count);
  return find(`${key}_${form}`, [number, ...inserted]) ?? text(`${key}_other`, number, ...inserted);
}

/** Somebody else's words as one harmless line. */
export function harmless(value: string, limit = longest): string {
  // Line ends, NUL and blanks of any width: one space, so that nothing is pushed out of sight.
  const line = value.replace(/[\p{Cc}\p{Z}\u2800]+/gu, (blank) => (blank === "\u00a0" ? blank : " "));
  const seen = line
    .replace(invisible, "")
    .replace(tooManyMarks, "$1")
    .replace(/\p{Cs}/gu, "\ufffd");
  const short = seen.length > limit ? `${seen.slice(0, limit)}…` : seen;
  return needsIsolation(short) ? isolated(short) : short;
}

function isolated(line: string): string {
  // An address is read from left to right, whatever letters it has: its domain must not change its side.
  return `${/^[^\s@]+@[^\s@]+$/.test(line) ? "\u2066" : "\u2068"}${line}\u2069`;
}

/** Bidirectional overrides, zero-width characters, fillers, selectors, tags: all that a font draws as nothing. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** No language stacks more marks on one letter; forgers paint over other lines with hundreds. */
const tooManyMarks = /(\p{M}{4})\p{M}+/gu;

/** The language of the words, not of the program around us: what is not translated is English. */
export function language(): string {
  return find("locale_code", []) ?? "en";
}

export function direction(): "ltr" | "rtl" {
  return find("locale_direction", []) === "rtl" ? "rtl" : "ltr";
}

/** @param iso ISO 8601 in UTC. @returns in the reader's own time zone */
export function dateText(iso: string): string {
  // A line may break before a date, not within it.
  return format(iso, { dateStyle: "medium" }).replaceAll(" ", "\u00A0");
}

export function timeText(iso: string): string {
  return format(iso, { dateStyle: "long", timeStyle: "short" });
}

/** "a, b, c", as the language puts things side by side */
export function listText(items: readonly string[]): string {
  return new Intl.ListFormat(language(), { type: "conjunction", style: "narrow" }).format(items);
}

export function numberText(value: number): string {
  return new Intl.NumberFormat(language()).format(value);
}

export function sizeText(octets: number): string {
  const steps = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let value = octets;
  let step = 0;
  while (value >= 1000 && step < steps.length - 1) {
    value /= 1000;
    step += 1;
  }
  const digits = step === 0 || value >= 100 ? 0 : 1;
  return new Intl.NumberFormat(language(), {
    style: "unit",
    unit: steps[step]!,
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: digits,
  }).format(value);
}

/** What happened, why, and what to do next. The variant with the detail where there is one and the words want it. */
export function faultText(fault: Fault): string {
  const key = `fault_${underscored(fault.code)}`;
  const inserted = fault.code === "budget-exceeded" ? boundText(fault.detail) : fault.detail;
  const detail = inserted === undefined ? null : find(`${key}_detail`, [readable(inserted)]);
  return detail ?? text(key);
}

/**
 * Which bound of the engine's was reached, in a sentence. @param bound as the engine names it: `mimeDepth`
 * @returns undefined where there are no words for it
 */
export function boundText(bound: string | undefined): string | undefined {
  if (bound === undefined) return undefined;
  const name = bound.replaceAll(" ", "_").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return find(`bound_${name}`, []) ?? undefined;
}

/** Why a certificate cannot be used for sending: nobody signed with it, so the reader's words do not fit. */
export function certificateProblemText(fault: Fault): string {
  const inserted = fault.detail === undefined ? [] : [readable(fault.detail)];
  const key = `problem_${underscored(fault.code)}${inserted.length === 0 ? "" : "_detail"}`;
  return find(key, inserted) ?? faultText(fault);
}

export function blockerText(blocker: Blocker): string {
  const key = `blocker_${underscored(blocker.code)}`;
  const address = blocker.address ?? text("this_address");
  const detail =
    blocker.detail === undefined ? null : find(`${key}_detail`, [address, readable(blocker.detail)]);
  return detail ?? text(key, address);
}

export function noticeText(notice: ComposeNotice): string {
  return text(`notice_${underscored(notice)}`);
}

/** @param detail for the sentence's placeholder, where it has one */
export function errorText(code: ErrorCode, detail?: string): string {
  return text(`error_${underscored(code)}`, ...(detail === undefined ? [] : [detail]));
}

export function underscored(code: string): string {
  return code.replaceAll("-", "_");
}

/** A detail is an OID, an address or a time; a time is told as people tell it. */
function readable(detail: string): string {
  return /^\d{4}-\d\d-\d\dT/.test(detail) ? dateText(detail) : detail;
}

function format(iso: string, options: Intl.DateTimeFormatOptions): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime())
    ? harmless(iso)
    : new Intl.DateTimeFormat(language(), options).format(time);
}

interface Host {
  readonly browser?: { readonly i18n: Words };
  readonly chrome?: { readonly i18n: Words };
}
interface Words {
  getMessage(key: string, inserted: string[]): string;
}

function find(key: string, inserted: readonly string[]): string | null {
  const host = globalThis as Host;
  const words = (host.browser ?? host.chrome)?.i18n;
  if (words === undefined) throw new Error("not in an extension");
  // In an Arabic sentence two addresses side by side would change places, and brackets their side.
  const turned = inserted.length > 0 && direction() === "rtl";
  const found = words.getMessage(
    key,
    inserted.map((value) => {
      const line = harmless(value);
      return turned && !/^(?:[\u2066\u2068]|$)/.test(line) ? isolated(line) : line;
    }),
  );
  return found === "" ? null : found;
}

/** Only where directions may mix: elsewhere the invisible marks would only spoil copying and searching. */
function needsIsolation(value: string): boolean {
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u.test(
    value,
  );
}
