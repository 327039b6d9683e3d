/** The message's own words: as text with its form kept, or as cleaned HTML in a frame that can do nothing. */
import type { CryptographicSummary } from "../../protocol/verdict.js";
import type { InspectedMessage } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { countedText, harmless, text } from "../../ui/text.js";
import { sanitize, type Link } from "./sanitize.js";

type Content = NonNullable<InspectedMessage["content"]>;

/** Characters of a link: its host is at the front, but where it ends is the reader's to see. */
const addressLength = 2000;

/** Characters drawn at once: the layout of a book takes seconds, and few read on. */
const textAtOnce = 200_000;

/** Characters of HTML cleaned without asking: more keeps an interpreted JavaScript busy for seconds. */
const htmlAtOnce = 1_000_000;

/** Nobody reads more, and a list of a million is a way to freeze this page. */
const linksShown = 300;

export function contentView(content: Content, summary: CryptographicSummary): HTMLElement {
  if (content.html === null) return textView(content.text ?? "");
  const { html } = content;
  const withLinks = summary.encryption !== "encrypted-unauthenticated";
  const shown =
    html.length > htmlAtOnce ? largeHtml(() => htmlView(html, withLinks)) : htmlView(html, withLinks);
  return content.text === null ? shown : withPlainText(shown, textView(content.text));
}

/** Both forms of the same words; which one is shown, the reader chooses. */
function withPlainText(html: HTMLElement, plain: HTMLElement): HTMLElement {
  plain.hidden = true;
  const toggle = element(
    "button",
    { type: "button", class: "quiet", "aria-pressed": "false", click: () => swap() },
    text("reader_as_text"),
  );
  return element("div", { class: "stack tight" }, html, plain, element("div", { class: "row" }, toggle));

  function swap(): void {
    plain.hidden = !plain.hidden;
    html.hidden = !plain.hidden;
    toggle.setAttribute("aria-pressed", String(!plain.hidden));
  }
}

function largeHtml(show: () => HTMLElement): HTMLElement {
  const place = element("div", { class: "stack tight" }, element("p", {}, text("reader_large")));
  const anyway = element(
    "button",
    { type: "button", click: () => place.replaceChildren(show()) },
    text("reader_large_show"),
  );
  place.append(element("div", { class: "row" }, anyway));
  return place;
}

function textView(words: string): HTMLElement {
  if (words.trim() === "") return element("p", { class: "soft" }, text("reader_empty"));
  let drawn = textAtOnce;
  const shown = element("div", { class: "letter" }, words.slice(0, drawn));
  if (words.length <= drawn) return shown;
  const more = element("button", { type: "button", click: () => append() }, text("reader_more"));
  return element("div", { class: "stack tight" }, shown, element("div", { class: "row" }, more));

  function append(): void {
    shown.append(words.slice(drawn, drawn + textAtOnce));
    drawn += textAtOnce;
    if (drawn >= words.length) more.remove();
  }
}

/** @param withLinks not where somebody may have written them into the encrypted text (EFAIL) */
function htmlView(html: string, withLinks: boolean): HTMLElement {
  const { source, links, removedPictures } = sanitize(html);
  const frame = element("iframe", {
    class: "letter-frame",
    sandbox: "",
    referrerpolicy: "no-referrer",
    title: text("reader_frame"),
  });
  frame.srcdoc = source;
  return element(
    "div",
    { class: "stack tight" },
    frame,
    removedPictures === 0
      ? null
      : element("p", { class: "small soft" }, countedText("reader_pictures", removedPictures)),
    withLinks ? linkList(links) : null,
  );
}

/** Every link with its whole target, opened by a person who has read it. */
function linkList(links: readonly Link[]): HTMLElement | null {
  if (links.length === 0) return null;
  return element(
    "details",
    { id: "links" },
    element("summary", {}, countedText("reader_links", links.length)),
    element("p", { class: "small soft" }, text("reader_links_why")),
    element("ul", { class: "links" }, ...links.slice(0, linksShown).map(linkRow)),
  );
}

function linkRow({ words, target }: Link): HTMLElement {
  return element(
    "li",
    {},
    words === "" || words === target ? null : element("p", { class: "small" }, harmless(words)),
    element(
      "a",
      { href: target, target: "_blank", rel: "noopener noreferrer", dir: "ltr" },
      harmless(target, addressLength),
    ),
  );
}
