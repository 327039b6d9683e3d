/**
 * HTML without a way out: nothing in it makes the reader's program ask anybody for anything. For plain
 * text that nobody vouches for (EFAIL: a changed ciphertext wraps the secret into an image's address).
 * A list of what may stay, not of what must go; what is not on it is taken out, its text left in place.
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
  textContent: string | null;
  removeAttribute(name: string): void;
  replaceWith(...nodes: readonly HtmlNode[]): void;
  readonly outerHTML: string;
}
export interface HtmlParser {
  parseFromString(html: string, type: "text/html"): { readonly documentElement: HtmlElement };
}

const elementNode = 1;
const textNode = 3;

const keptElements = new Set(
  `a abbr acronym address article aside b basefont bdi bdo big blockquote body br caption center cite code col
   colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr
   html i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike strong style sub
   summary sup table tbody td tfoot th thead time tr tt u ul var wbr`.split(/\s+/),
);
/** Taken out with everything in them: their content is not text for a reader, or is parsed by other rules. */
const droppedWhole = new Set(
  `script noscript template iframe frame frameset noframes object embed applet param audio video source track
   canvas svg math portal base link meta title textarea select option xmp plaintext noembed listing
   fencedframe map area bgsound`.split(/\s+/),
);
const keptAttributes = new Set(
  `abbr align alt axis bgcolor border cellpadding cellspacing char charoff class clear color cols colspan
   compact datetime dir face frame headers height hspace id lang noshade nowrap rows rowspan rules scope size
   span start style summary title type valign value vspace width`.split(/\s+/),
);

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
    else if (element.localName === "style") cleanStyleElement(element);
    else cleanAttributes(element);
  }
}

/** SVG and MathML have their own ways to name addresses, and their own rules of parsing. */
function isForeign(element: HtmlElement): boolean {
  return element.namespaceURI !== "http://www.w3.org/1999/xhtml";
}

function cleanStyleElement(element: HtmlElement): void {
  for (const { name } of [...element.attributes]) element.removeAttribute(name);
  // Comments go, and Outlook's "<!--" around the whole; what is judged then is what is left standing.
  const css = (element.textContent ?? "").replace(/\/\*[^]*?\*\//g, " ").replace(/^\s*<!--|-->\s*$/g, "");
  if (isStillCss(css)) element.textContent = css;
  else element.remove();
}

function cleanAttributes(element: HtmlElement): void {
  for (const { name, value } of [...element.attributes]) {
    if (!mayStay(element.localName, name, value)) element.removeAttribute(name);
  }
}

function mayStay(element: string, name: string, value: string): boolean {
  if (name === "style") return isStillCss(value);
  if (element === "img" && name === "src") return isEnclosed(value);
  if (element === "a" && name === "href") return isPlainLink(value);
  return keptAttributes.has(name);
}

/** Another part of the same message, or a picture in the address itself. */
function isEnclosed(address: string): boolean {
  return /^(cid:[!-~]+|data:image\/(png|gif|jpe?g|webp|bmp);base64,[A-Za-z0-9+/=\s]*)$/i.test(address);
}

/**
 * A link is followed by a person's click only. One that swallowed a piece of the message shows it by blanks,
 * quotes, angle brackets or length, which no honest link has; the address parser would quietly repair them.
 */
function isPlainLink(address: string): boolean {
  return /^(https?:\/\/|mailto:|tel:|#)[^\s"'<>\\^`{|}\p{Cc}]{0,1000}$/iu.test(address);
}

/**
 * CSS that can name no address. Escapes could spell a name that we do not see, so with a backslash all goes;
 * so does an unfinished comment, which could begin elsewhere for another reader.
 */
function isStillCss(css: string): boolean {
  return !/\\|<|\/\*|\/\/|url|src\s*[(:]|image\s*\(|image-set|@\s*(import|namespace|document)|expression|behaviou?r|binding/i.test(
    css,
  );
}
