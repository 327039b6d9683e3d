/** The bench's results as text: what was run, who took how long, which goals hold, and what got worse since the last time. */
import type { Cold, Peak } from "./fresh.js";
import type { Goal, Measured } from "./goals.js";
import type { ContestantName, Result } from "./race.js";

const columns: readonly (readonly [ContestantName, string])[] = [
  ["signet", "Signet ms"],
  ["host", "× host"],
  ["operations", "× operations"],
  ["libcrypto", "× libcrypto"],
  ["libcrypto-cms", "× libcrypto, CMS only"],
  ["openssl", "× openssl process"],
  ["pkijs", "× PKI.js"],
  ["forge", "× forge"],
];

const number = (value: number): string =>
  value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);

function cell(result: Result, who: ContestantName): string {
  if (who === "signet") return result.times.signet === undefined ? "–" : number(result.times.signet.median);
  const ratio = result.ratios[who];
  if (ratio !== undefined) return number(ratio.median);
  const why = result.cannot[who];
  return why === undefined ? "" : why === "skipped" ? "skipped" : "cannot";
}

/** A Markdown table whose columns stand under each other in a terminal, too. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join("\n");
}

export function resultTable(results: readonly Result[]): string {
  const used = columns.filter(([who]) => results.some(({ times, cannot }) => who in times || who in cannot));
  const head = ["what", "size", ...used.map(([, title]) => title)];
  return table([head, ...results.map((one) => [one.what, one.size, ...used.map(([who]) => cell(one, who))])]);
}

export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ name, value, limit, unit, holds }) => [
    name,
    value === null ? "–" : number(value),
    `≤ ${number(limit)}`,
    unit,
    holds === null ? "not run" : holds ? "yes" : "NO",
  ]);
  return table([["goal", "value", "limit", "unit", "holds"], ...rows]);
}

export function coldTable({ importing, anchors, first, second, floor }: Cold): string {
  const row = (what: string, { median, low, high }: Cold["first"]): string[] => [
    what,
    ...[median, low, high].map(number),
  ];
  const head = ["fresh process, ms", "median", "a quarter below", "a quarter above"];
  return table([
    head,
    row("import of the engine", importing),
    row("anchors read", anchors),
    row("first inspection, 10 KB signed", first),
    row("second", second),
    row("the platform's own part of the first", floor),
  ]);
}

export function peakTable(peaks: readonly Peak[]): string {
  const rows = peaks.map(({ what, ratio, inner }) => [what, number(ratio), number(inner)]);
  return table([["memory above the input, 25 MB", "× message or draft", "× MIME inside"], ...rows]);
}

export function weightTable({ weights }: Measured): string {
  const rows = weights.largest.map(({ file, octets }) => [`– ${file}`, number(octets / 1000)]);
  return table([
    ["min+gzip", "KB"],
    ["what a badge needs", number(weights.badge / 1000)],
    ["all the rest", number(weights.lazy / 1000)],
    ["built-in authorities and Unicode's tables", number(weights.data / 1000)],
    ...rows,
  ]);
}

// ------------------------------------------------------------------ regressions

/** What is kept beside docs/performance.md: ratios of Signet's time to others', with their spread. */
export interface Kept {
  readonly machine: string;
  readonly date: string;
  readonly ratios: Readonly<Record<string, readonly [low: number, median: number, high: number]>>;
  readonly goals: Readonly<Record<string, number>>;
}

/** Ratios against those who do the same work natively; absolute times say little from one day to the next. */
export function ratiosToKeep(results: readonly Result[]): Kept["ratios"] {
  const kept: Record<string, readonly [number, number, number]> = {};
  const rounded = (value: number): number => Number(value.toPrecision(4));
  for (const { id, ratios } of results) {
    for (const who of ["host", "operations", "libcrypto"] as const) {
      const ratio = ratios[who];
      if (ratio) kept[`${id} × ${who}`] = [rounded(ratio.low), rounded(ratio.median), rounded(ratio.high)];
    }
  }
  return kept;
}

/** Worse by more than noise: today's better quarter above the worse quarter of then, by a fifth. */
export function regressions(now: Kept["ratios"], then: Kept["ratios"]): readonly string[] {
  return Object.entries(now).flatMap(([name, [low, median]]) => {
    const before = then[name];
    if (before === undefined || low <= before[2] * 1.2) return [];
    return [`${name}: ${number(before[1])} then, ${number(median)} now`];
  });
}
