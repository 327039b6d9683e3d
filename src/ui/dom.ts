/**
 * Elements made by hand: a tag, its attributes, its children. Children are nodes or text, never markup, so
 * that nothing a stranger wrote can become an element.
 */
export type Child = Node | string | null;

/** `true` is an attribute without value, `false` none at all; a function is a listener ("click": …). */
export type Attributes = Readonly<Record<string, string | boolean | EventListener>>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (typeof value === "string") made.setAttribute(name, value);
    else made.toggleAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A mark from icons/. The words beside it say the same, so screen readers pass over it. */
export function icon(name: string, size: number): HTMLImageElement {
  const pixels = String(size);
  return element("img", { class: "icon", src: `/icons/${name}.svg`, alt: "", width: pixels, height: pixels });
}

let counted = 0;

/** An id for aria-labelledby and label/for, unlike every other in this document. */
export function uniqueId(stem: string): string {
  counted += 1;
  return `${stem}-${counted}`;
}
