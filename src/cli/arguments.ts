/**
 * The command line, read in its order: a password belongs to the identity before it. What we do not know
 * is refused with a sentence; nothing is guessed.
 */

/** The person can put it right: shown as one sentence, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Option {
  readonly name: string;
  readonly value: string;
}

export interface Arguments {
  /** `-` is standard input */
  readonly file: string;
  /** in their order; a flag's value is "" */
  readonly options: readonly Option[];
}

export interface Grammar {
  /** what the file is called in sentences: FILE, DRAFT */
  readonly file: string;
  /** without a value */
  readonly flags: readonly string[];
  /** with one value each */
  readonly values: readonly string[];
  /** with one value or more: `--anchor a.pem b.pem`, once the file has been named */
  readonly lists: readonly string[];
  /** the option that may name the file in place of the bare word */
  readonly fileOption?: string;
}

/** @throws UsageError */
export function parseArguments(words: readonly string[], grammar: Grammar): Arguments {
  let file: string | null = null;
  let list: string | null = null;
  const options: Option[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word.startsWith("--")) {
      const option = readOption(word, words[i + 1], grammar);
      if (option.tookNext) i++;
      if (option.name === grammar.fileOption && file === null) file = option.value;
      else options.push({ name: option.name, value: option.value });
      list = grammar.lists.includes(option.name) ? option.name : null;
    } else if (word.startsWith("-") && word !== "-") {
      throw new UsageError(`There is no option ${word}.`);
    } else if (file === null) {
      file = word;
      list = null;
    } else if (list !== null) {
      options.push({ name: list, value: word });
    } else {
      throw new UsageError(`One ${grammar.file} at a time: "${word}" is one too many.`);
    }
  }
  if (file === null) throw new UsageError(`Which ${grammar.file}? Name one, or - for standard input.`);
  return { file, options };
}

interface ReadOption extends Option {
  readonly tookNext: boolean;
}

function readOption(word: string, next: string | undefined, grammar: Grammar): ReadOption {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  if (grammar.flags.includes(name)) {
    if (equals >= 0) throw new UsageError(`${name} takes no value.`);
    return { name, value: "", tookNext: false };
  }
  if (!grammar.values.includes(name) && !grammar.lists.includes(name)) {
    throw new UsageError(`There is no option ${name}.`);
  }
  if (equals >= 0) return { name, value: word.slice(equals + 1), tookNext: false };
  // A password may begin with hyphens, or be empty.
  const missing = next === undefined || (next.startsWith("--") && name !== "--password");
  if (missing) throw new UsageError(`${name} needs a value after it.`);
  return { name, value: next, tookNext: true };
}

export function hasFlag({ options }: Arguments, name: string): boolean {
  return options.some((option) => option.name === name);
}

/** `--public-roots`: the built-in authorities count beside those given. Without it, those given alone. */
export function publicRootsOf(given: Arguments): { publicRoots?: { switchedOff: readonly string[] } } {
  return hasFlag(given, "--public-roots") ? { publicRoots: { switchedOff: [] } } : {};
}

export function valuesOf({ options }: Arguments, name: string): readonly string[] {
  return options.filter((option) => option.name === name).map(({ value }) => value);
}

/** For what may be said once. @throws UsageError */
export function singleValue(given: Arguments, name: string): string | null {
  const values = valuesOf(given, name);
  if (values.length > 1) throw new UsageError(`${name} may be given once.`);
  return values[0] ?? null;
}

export interface IdentityFile {
  readonly path: string;
  readonly password: string;
}

/** @throws UsageError for a password without its identity, or two for one */
export function identityFiles({ options }: Arguments): readonly IdentityFile[] {
  const files: { path: string; password: string | null }[] = [];
  for (const { name, value } of options) {
    if (name === "--identity") files.push({ path: value, password: null });
    if (name !== "--password") continue;
    const last = files.at(-1);
    if (last === undefined) throw new UsageError("--password belongs after the --identity that it opens.");
    if (last.password !== null) throw new UsageError(`There are two passwords for ${last.path}.`);
    last.password = value;
  }
  return files.map(({ path, password }) => ({ path, password: password ?? "" }));
}

const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** `--at`, or now; without a zone it is UTC. @throws UsageError where it is no ISO 8601 time, or no real day */
export function timeOf(given: Arguments): Date {
  const text = singleValue(given, "--at");
  if (text === null) return new Date();
  const parts = isoTime.exec(text);
  // JavaScript takes a time without zone for local, a day without time for UTC.
  const time = new Date(parts !== null && text.includes("T") && parts[1] === undefined ? `${text}Z` : text);
  const isReal = parts !== null && !Number.isNaN(time.getTime()) && isCalendarDay(text.slice(0, 10));
  if (!isReal) throw new UsageError(`--at wants a time like 2026-11-22T12:00:00Z, not "${text}".`);
  return time;
}

/** JavaScript turns 31 February into 3 March. */
function isCalendarDay(day: string): boolean {
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}
