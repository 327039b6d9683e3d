/**
 * The goals, as data and arithmetic: each is a value that has to stay at or below a limit. "At least six
 * times faster" is a share of the other's time of at most a sixth.
 */
import { existsSync, readFileSync } from "node:fs";
import type { Cold, Peak } from "./fresh.js";
import { scratch } from "./places.js";
import type { ContestantName, Result } from "./race.js";
import type { Weights } from "./sizes.js";

export interface Goal {
  readonly name: string;
  /** null: not measured; `unit` says why */
  readonly value: number | null;
  readonly limit: number;
  readonly unit: string;
  readonly holds: boolean | null;
}

export interface Measured {
  readonly results: readonly Result[];
  readonly cold: Cold;
  readonly peaks: readonly Peak[];
  readonly weights: Weights;
}

export function judge(measured: Measured): readonly Goal[] {
  return [
    ...badgeGoals(measured),
    ...pathGoals(measured),
    ...contentGoals(measured),
    ...keyGoals(measured),
    ...memoryGoals(measured),
    ...thunderbirdGoals(),
    ...sizeGoals(measured),
  ];
}

function goal(name: string, value: number | null, limit: number, unit: string): Goal {
  const known = value !== null && Number.isFinite(value);
  return { name, value: known ? value : null, limit, unit, holds: known ? value <= limit : null };
}

const find = ({ results }: Measured, id: string): Result => {
  const found = results.find((result) => result.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
};

const time = (result: Result, who: ContestantName = "signet"): number | null =>
  result.times[who]?.median ?? null;
const ratio = (result: Result, to: ContestantName): number | null => result.ratios[to]?.median ?? null;

/** The worst of several, null where one is missing. */
function worst(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : Math.max(...(values as number[]));
}

function badgeGoals(measured: Measured): readonly Goal[] {
  const both = (memory: string): readonly Result[] =>
    ["P-256", "RSA"].map((keys) => find(measured, `badge-${keys}-authorities-${memory}-signer-10KB`));
  const unknown = both("unknown");
  const known = both("known");
  const over = (list: readonly Result[], to: ContestantName): number | null =>
    worst(list.map((one) => ratio(one, to)));
  return [
    goal("badge 10 KB, path of 3, warm: time", worst(unknown.map((one) => time(one))), 2, "ms"),
    goal("badge 10 KB, path of 3, warm: against libcrypto", over(unknown, "libcrypto"), 5, "× libcrypto"),
    goal(
      "badge 10 KB, path of 3, warm: against PKI.js (6 times faster)",
      over(unknown, "pkijs"),
      1 / 6,
      "× PKI.js",
    ),
    goal("badge 10 KB, known signer: against libcrypto", over(known, "libcrypto"), 2, "× libcrypto"),
    goal("badge 10 KB, first call of a process", measured.cold.first.median, 8, "ms"),
  ];
}

function pathGoals(measured: Measured): readonly Goal[] {
  const [three, hostile] = [
    find(measured, "path-of-3-1KB"),
    find(measured, "path-among-10000-hostile-candidates-1KB"),
  ];
  return [
    goal("path of 3, warm: time", time(three), 0.5, "ms"),
    goal("path of 3, warm: against X509_verify_cert", ratio(three, "libcrypto"), 1, "× libcrypto"),
    goal("10,000 hostile candidates end on the budget of 200 signatures", time(hostile), 200, "ms"),
  ];
}

function contentGoals(measured: Measured): readonly Goal[] {
  const clear = find(measured, "inspect-clear-signed-25MB");
  const digest = time(clear, "host");
  // The message as it lies in the mailbox; bare CMS is in the raw table.
  const open = (mode: string): number | null =>
    worst(["", "-chunked"].map((form) => ratio(find(measured, `open-${mode}${form}-25MB`), "libcrypto")));
  const encrypt = ["CBC", "GCM"].map((mode) => ratio(find(measured, `encrypt-${mode}-25MB`), "libcrypto"));
  return [
    goal("inspect clear-signed 25 MB: 1.15 × digest + 25 ms", time(clear), 1.15 * (digest ?? NaN) + 25, "ms"),
    goal(
      "inspect clear-signed 25 MB: against the openssl process (8 times faster)",
      ratio(clear, "openssl"),
      1 / 8,
      "× openssl cms -verify",
    ),
    goal("open 25 MB, CBC, any chunking", open("CBC"), 0.7, "× libcrypto"),
    goal("open 25 MB, GCM, any chunking", open("GCM"), 0.6, "× libcrypto"),
    goal("encrypt 25 MB", worst(encrypt), 1.1, "× libcrypto"),
  ];
}

function keyGoals(measured: Measured): readonly Goal[] {
  const crowd = (kind: string): number | null =>
    ratio(find(measured, `encrypt-to-500-${kind}-1KB`), "operations");
  const growth = (kind: string): number | null => {
    const [hundred, all] = [100, 500].map((count) => time(find(measured, `encrypt-to-${count}-${kind}-1KB`)));
    return hundred == null || all == null ? null : all / hundred / 5;
  };
  return [
    goal("open RSA PKCS #1 v1.5, 1 KB, 2048 bits", time(find(measured, "open-RSA-2048-1KB")), 8, "ms"),
    goal("open RSA PKCS #1 v1.5, 1 KB, 4096 bits", time(find(measured, "open-RSA-4096-1KB")), 50, "ms"),
    goal("500 recipients: against their public-key operations, P-256", crowd("p256"), 1.2, "× operations"),
    goal("500 recipients: against their public-key operations, RSA", crowd("rsa"), 1.2, "× operations"),
    goal(
      "500 recipients: linear, against five times 100",
      worst([growth("p256"), growth("rsa")]),
      1.2,
      "× linear",
    ),
  ];
}

function memoryGoals({ peaks }: Measured): readonly Goal[] {
  const highest = (word: string): number | null =>
    worst(peaks.filter(({ what }) => what.startsWith(word)).map(({ ratio }) => ratio));
  const clear = peaks.find(({ what }) => what === "inspect clear-signed")!.ratio;
  return [
    goal("memory at 25 MB above the input: verify", clear, 1.1, "× message"),
    goal("memory at 25 MB above the input: open", highest("open"), 4, "× message"),
    goal("memory at 25 MB above the input: encrypt", highest("encrypt"), 4, "× message"),
  ];
}

function sizeGoals({ weights, cold }: Measured): readonly Goal[] {
  return [
    goal("size, min+gzip: what a badge needs", weights.badge / 1000, 40, "KB"),
    goal("size, min+gzip: all lazy parts", weights.lazy / 1000, 300, "KB"),
    goal("import", cold.importing.median, 5, "ms"),
  ];
}

// ------------------------------------------------------------------ Thunderbird

/** What `thunderbird.json` may hold, by the names below; milliseconds, but for ratios and the count of passes. */
const thunderbirdLimits: readonly (readonly [key: string, name: string, limit: number, unit: string])[] = [
  ["badge10KBAboveNative", "Thunderbird: badge 10 KB, above native", 60, "ms"],
  ["badge25MBAgainstNative", "Thunderbird: badge 25 MB, against native", 1.5, "× native"],
  ["body10KBAboveNative", "Thunderbird: decrypted body 10 KB, above native", 80, "ms"],
  ["body25MBAgainstNative", "Thunderbird: decrypted body 25 MB, against native", 1.5, "× native"],
  ["longestStall", "Thunderbird: longest stall of the window by our part", 50, "ms"],
  ["javaScriptPasses", "Thunderbird: JavaScript passes over the content", 0, "passes"],
];

/** Measured by another program, in a real Thunderbird; see docs/performance.md. */
function thunderbirdGoals(): readonly Goal[] {
  const file = `${scratch}thunderbird.json`;
  const found = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, number>) : {};
  return thunderbirdLimits.map(([key, name, limit, unit]) => {
    const value = found[key];
    return value === undefined ? goal(name, null, limit, `${unit}, not run`) : goal(name, value, limit, unit);
  });
}
