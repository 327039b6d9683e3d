/**
 * A-labels of internationalised domain names as people see them (RFC 3492 §6.2). For comparing by looks
 * only: addresses are compared as A-labels, and nothing that comes out of here is ever looked up.
 */
const base = 36;
const tMin = 1;
const tMax = 26;
const skew = 38;
const damp = 700;
const initialBias = 72;
const initialPoint = 0x80;
/** RFC 5890 §2.3.1: a label has no more. */
const longestLabel = 63;

/** @param domain lower-case A-labels; @returns labels that do not decode stay as they are */
export function toUnicodeDomain(domain: string): string {
  if (!domain.includes("xn--")) return domain;
  const decode = (label: string): string => (label.startsWith("xn--") ? decodeLabel(label) : label);
  return domain.split(".").map(decode).join(".");
}

function decodeLabel(label: string): string {
  const points = label.length > longestLabel ? null : decodePoints(label.slice(4));
  return points === null ? label : String.fromCodePoint(...points);
}

function decodePoints(text: string): readonly number[] | null {
  if (text === "") return null;
  const hyphen = text.lastIndexOf("-");
  const points = [...text.slice(0, Math.max(hyphen, 0))].map((sign) => sign.charCodeAt(0));
  let [at, point, bias, position] = [hyphen < 0 ? 0 : hyphen + 1, initialPoint, initialBias, 0];
  while (at < text.length) {
    const before = position;
    let weight = 1;
    for (let k = base; ; k += base) {
      const digit = digitOf(text.charCodeAt(at++));
      if (digit < 0) return null;
      position += digit * weight;
      const threshold = Math.min(Math.max(k - bias, tMin), tMax);
      if (digit < threshold) break;
      weight *= base - threshold;
    }
    const length = points.length + 1;
    bias = adapt(position - before, length, before === 0);
    point += Math.floor(position / length);
    position %= length;
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null;
    points.splice(position++, 0, point);
  }
  return points;
}

/** @returns −1 where it is none, or the text is at its end */
function digitOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26;
  return -1;
}

function adapt(delta: number, length: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? damp : 2));
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > ((base - tMin) * tMax) / 2; k += base) rest = Math.floor(rest / (base - tMin));
  return k + Math.floor(((base - tMin + 1) * rest) / (rest + skew));
}
