/** Cuts an address field into tokens (RFC 5322 §3.2), in one pass and without recursion. */

export interface Token {
  /**
   * `quoted` and `literal` keep their quotes and brackets, `angle` and `comment` lose theirs.
   * `broken`: an unclosed quote, bracket or comment, or a sign that has no place here.
   */
  readonly kind: "atom" | "quoted" | "literal" | "angle" | "comment" | "separator" | "broken";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const atom = /[^\s()<>[\]:;@\\,"]+/y;
const blank = /\s+/y;

export function tokenizeAddresses(value: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < value.length) {
    blank.lastIndex = at;
    if (blank.test(value)) {
      at = blank.lastIndex;
      continue;
    }
    const token = tokenAt(value, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function tokenAt(value: string, start: number): Token {
  switch (value[start]) {
    case '"':
      return bracketed(value, start, "quoted");
    case "[":
      return bracketed(value, start, "literal");
    case "<":
      return bracketed(value, start, "angle");
    case "(":
      return comment(value, start);
    case "@":
    case ",":
    case ":":
    case ";":
      return { kind: "separator", text: value[start]!, start, end: start + 1 };
    default:
  }
  atom.lastIndex = start;
  if (atom.test(value))
    return { kind: "atom", text: value.slice(start, atom.lastIndex), start, end: atom.lastIndex };
  return { kind: "broken", text: value[start]!, start, end: start + 1 };
}

const closing = { quoted: '"', literal: "]", angle: ">" } as const;

function bracketed(value: string, start: number, kind: keyof typeof closing): Token {
  let quoted = false;
  for (let at = start + 1; at < value.length; at++) {
    const sign = value[at]!;
    if (sign === "\\") at++;
    else if (kind === "angle" && sign === '"') quoted = !quoted;
    else if (sign === closing[kind] && !quoted) {
      const text = kind === "angle" ? value.slice(start + 1, at) : value.slice(start, at + 1);
      return { kind, text, start, end: at + 1 };
    }
  }
  return { kind: "broken", text: value.slice(start), start, end: value.length };
}

function comment(value: string, start: number): Token {
  let depth = 0;
  for (let at = start; at < value.length; at++) {
    const sign = value[at]!;
    if (sign === "\\") at++;
    else if (sign === "(") depth++;
    else if (sign === ")" && --depth === 0) {
      return { kind: "comment", text: value.slice(start + 1, at), start, end: at + 1 };
    }
  }
  return { kind: "broken", text: value.slice(start), start, end: value.length };
}
