/**
 * A fingerprint for two people who compare it: twelve words to read aloud, a QR code to hold up, and the number
 * itself. The words carry its first 132 bits, which nobody finds a second certificate for; list and code are loaded
 * when somebody opens this.
 */
import { element, uniqueId } from "../../ui/dom.js";
import { text } from "../../ui/text.js";

const wordCount = 12;
/** BIP-39: 2,048 words */
const bitsOfWord = 11;

/** @param fingerprint hexadecimal SHA-256 */
export async function fingerprintWords(fingerprint: string): Promise<readonly string[]> {
  const { wordlist } = await import("@scure/bip39/wordlists/english.js");
  const number = BigInt(`0x${fingerprint}`);
  const bits = BigInt(fingerprint.length * 4);
  return Array.from({ length: wordCount }, (_, i) => {
    const shift = bits - BigInt((i + 1) * bitsOfWord);
    return wordlist[Number((number >> shift) & 0x7ffn)]!;
  });
}

export function compareFingerprint(fingerprint: string, opened = false): HTMLElement {
  const body = element("div", { class: "stack tight compare" });
  const node = element(
    "details",
    { id: uniqueId("compare"), toggle: () => void draw() },
    element("summary", {}, text("compare_summary")),
    body,
  );
  if (opened) node.open = true;
  return node;

  async function draw(): Promise<void> {
    if (!node.open || body.hasChildNodes()) return;
    const [words, code] = await Promise.all([fingerprintWords(fingerprint), qrCode(fingerprint)]);
    if (body.hasChildNodes()) return;
    body.append(
      element("p", { class: "small soft" }, text("compare_how")),
      element("div", { class: "compare-both" }, wordList(words), code),
      element("p", { class: "small" }, text("compare_fingerprint")),
      element("p", { class: "exact small", dir: "ltr" }, grouped(fingerprint)),
    );
  }
}

function wordList(words: readonly string[]): HTMLElement {
  return element(
    "ol",
    { class: "compare-words", lang: "en", dir: "ltr", "aria-label": text("compare_words") },
    ...words.map((word) => element("li", {}, word)),
  );
}

const grouped = (fingerprint: string): string => fingerprint.toUpperCase().match(/.{4}/g)!.join(" ");

/** Dark on light whatever the scheme: cameras want it so. */
async function qrCode(fingerprint: string): Promise<SVGElement> {
  const { default: encodeQR } = await import("qr");
  const rows = encodeQR(fingerprint.toUpperCase(), "raw", { ecc: "medium", border: 4 });
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute("class", "compare-code");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", text("compare_qr"));
  const dots = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const squares = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  dots.setAttribute("d", squares.join(""));
  svg.append(dots);
  return svg;
}
