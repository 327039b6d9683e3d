/**
 * HTML without a way out: nothing in it makes the reader's program ask anybody for anything. For plain
 * text that nobody vouches for (EFAIL: a changed ciphertext wraps the secret into an image's address).
 * A list of what may stay, not of what must go; what is not on it is taken out, its text left in place.
 * Nothing says how anything looks: text that nobody sees would be quoted into a reply ("covert content attack").
 * The document is parsed without a window, so nothing is fetched here either.
 */

/** As much of the DOM as is needed: the background has no document of its own to speak of. */
interface HtmlNode {
  readonly nodeType: number;
  readonly parentNode: HtmlElement | null;
  readonly childNodes: Iterable<HtmlNode>;
  remove(): void;
}
interface HtmlElement extends HtmlNode {
  readonly localName: string;
  readonly namespaceURI: string | null;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  removeAttribute(name: string): void;
  replaceWith(...nodes: readonly HtmlNode[]): void;
  readonly outerHTML: string;
}
export interface HtmlParser {
  parseFromString(html: string, type: "text/html"): { readonly documentElement: HtmlElement };
}

const elementNode = 1;
const textNode = 3;

/** None that a reader's own style sheet hides or makes smaller: nested, it would be too small to see. */
const keptElements = new Set(
  `a abbr acronym address b blockquote body br caption center cite code col colgroup dd del dfn div dl dt em
   figcaption figure footer h1 h2 h3 head header hr html i ins kbd li main mark ol p pre q s samp span strike
   strong table tbody td tfoot th thead time tr tt u ul var wbr`.split(/\s+/),
);
/** Taken out with everything in them: their content is not text for a reader, or is parsed by other rules. */
const droppedWhole = new Set(
  `script noscript template iframe frame frameset noframes object embed applet param audio video source track
   canvas svg math portal style base link meta title textarea select option xmp plaintext noembed listing
   fencedframe map area bgsound img image`.split(/\s+/),
);
/** By their whole values: any other could have swallowed a piece of the message, to be quoted unseen. */
const keptAttributes: Readonly<Record<string, RegExp>> = {
  align: /^(left|right|center|justify)$/i,
  valign: /^(top|middle|bottom|baseline)$/i,
  dir: /^(ltr|rtl|auto)$/i,
  colspan: /^[0-9]{1,3}$/,
  rowspan: /^[0-9]{1,3}$/,
  start: /^[0-9]{1,5}$/,
};

export function neutralHtml(html: string, parser: HtmlParser = pageParser()): string {
  const root = parser.parseFromString(html, "text/html").documentElement;
  clean(root);
  return `<!DOCTYPE html>\n${root.outerHTML}`;
}

function pageParser(): HtmlParser {
  const { DOMParser } = globalThis as unknown as { DOMParser: new () => HtmlParser };
  return new DOMParser();
}

/** Iterative: nesting is the sender's choice, and the stack is ours. */
function clean(root: HtmlElement): void {
  const waiting: HtmlNode[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.nodeType === textNode) continue;
    if (node.nodeType !== elementNode) {
      node.remove();
      continue;
    }
    const element = node as HtmlElement;
    const children = [...element.childNodes];
    if (isForeign(element) || droppedWhole.has(element.localName)) {
      element.remove();
      continue;
    }
    waiting.push(...children);
    if (!keptElements.has(element.localName)) element.replaceWith(...children);
    else cleanAttributes(element);
  }
}

/** SVG and MathML have their own ways to name addresses, and their own rules of parsing. */
function isForeign(element: HtmlElement): boolean {
  return element.namespaceURI !== "http://www.w3.org/1999/xhtml";
}

function cleanAttributes(element: HtmlElement): void {
  for (const { name, value } of [...element.attributes]) {
    if (!Object.hasOwn(keptAttributes, name) || !keptAttributes[name]!.test(value))
      element.removeAttribute(name);
  }
}
