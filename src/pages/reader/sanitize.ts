/**
 * A stranger's HTML, made fit for the reader's frame. Three walls, each of which would do: DOMPurify takes
 * out scripts, forms and whatever loads; the document carries a policy that allows no source at all; the
 * frame's empty `sandbox` runs no script, sends no form and opens nothing.
 * Links lose their target (a click inside would load it) and are listed beside the message instead.
 */
import DOMPurify from "dompurify";

export interface Link {
  readonly words: string;
  readonly target: string;
}

export interface CleanDocument {
  /** for `srcdoc` */
  readonly source: string;
  readonly links: readonly Link[];
  /** pictures that would have been fetched from somewhere */
  readonly removedPictures: number;
}

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

/** Mail is written for white paper; what it does not colour itself shall be readable on it. */
const paper =
  "html{color-scheme:light;background:#fff;color:#1b2023;font:15px/1.5 system-ui,sans-serif}body{margin:16px;overflow-wrap:anywhere}img{max-width:100%;height:auto}";

const ownPictures = /^data:image\/(png|jpeg|gif|webp|avif|bmp);base64,/i;

export function sanitize(html: string): CleanDocument {
  const root = DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true },
    WHOLE_DOCUMENT: true,
    RETURN_DOM: true,
    FORBID_TAGS: [
      "form",
      "input",
      "button",
      "textarea",
      "select",
      "video",
      "audio",
      "picture",
      "source",
      "track",
      "map",
      "area",
      "dialog",
    ],
    FORBID_ATTR: [
      "srcset",
      "background",
      "poster",
      "ping",
      "autofocus",
      "tabindex",
      "accesskey",
      "popover",
      "popovertarget",
    ],
    ALLOW_DATA_ATTR: false,
    ALLOW_UNKNOWN_PROTOCOLS: false,
  });
  if (!(root instanceof HTMLElement)) throw new Error("DOMPurify gives an html element for a whole document");
  const links = takeLinks(root);
  const removedPictures = takePictures(root);
  const head =
    root.querySelector("head") ?? root.insertBefore(document.createElement("head"), root.firstChild);
  head.prepend(
    meta({ charset: "utf-8" }),
    meta({ "http-equiv": "Content-Security-Policy", content: policy }),
    paperStyle(),
  );
  return { source: `<!doctype html>${root.outerHTML}`, links, removedPictures };
}

function takeLinks(root: HTMLElement): readonly Link[] {
  const links: Link[] = [];
  for (const anchor of root.querySelectorAll("a[href]")) {
    const target = anchor.getAttribute("href") ?? "";
    anchor.removeAttribute("href");
    anchor.removeAttribute("target");
    // Still looks like a link, and says on hovering where it would have led.
    anchor.setAttribute("style", `${anchor.getAttribute("style") ?? ""};text-decoration:underline`);
    anchor.setAttribute("title", target);
    if (/^(https?|mailto):/i.test(target)) links.push({ words: anchor.textContent.trim(), target });
  }
  return links;
}

function takePictures(root: HTMLElement): number {
  let removed = 0;
  for (const picture of root.querySelectorAll("img")) {
    if (ownPictures.test(picture.getAttribute("src") ?? "")) continue;
    picture.removeAttribute("src");
    removed += 1;
  }
  return removed;
}

function meta(attributes: Readonly<Record<string, string>>): HTMLMetaElement {
  const made = document.createElement("meta");
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function paperStyle(): HTMLStyleElement {
  const style = document.createElement("style");
  style.textContent = paper;
  return style;
}
