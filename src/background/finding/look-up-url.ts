/**
 * The two addresses that a person may name for finding certificates: a resolver that speaks DNS-over-HTTPS
 * (RFC 8484), and a directory by a template (RFC 4387). Both are the person's own choice, so they may lie in a
 * private network; without TLS only on this computer, because the questions say whom one writes to.
 */

const longestUrl = 2048;
const placeholders = ["address", "local", "domain", "sha1", "sha256"];

/** "": nobody is asked */
export function isResolver(value: unknown): value is string {
  return value === "" || (typeof value === "string" && readUrl(value) !== null && !value.includes("{"));
}

/** "": nobody is asked */
export function isDirectory(value: unknown): value is string {
  if (value === "") return true;
  return typeof value === "string" && /\{(address|local|sha1|sha256)\}/.test(value) && origin(value) !== null;
}

/** What a template's names stand for, encoded so that each stays the piece of the address that it was put into. */
function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? encodeURIComponent(values[name]!) : whole,
  );
}

/**
 * What is put in must not choose the server: a recipient picks the own domain. Which piece of an address a browser
 * takes for the host is for its own reader to say (WHATWG URL §4.4: blanks before it, capitals, `https:\`, `https:/`).
 *
 * @returns the one origin that is asked whoever is looked for; null where there is none
 */
function origin(template: string): string | null {
  const [one, other] = ["a.test", "b.test"].map((domain) => {
    const values = Object.fromEntries(placeholders.map((name) => [name, domain]));
    return readUrl(fillIn(template, values));
  });
  if (one == null || other == null || one.origin !== other.origin) return null;
  return one.host.includes("{") ? null : one.origin;
}

/** @returns null where a template's answer lies elsewhere than the template itself, or must not be asked */
export function filledUrl(template: string, values: Readonly<Record<string, string>>): URL | null {
  const url = readUrl(fillIn(template, values));
  return url !== null && url.origin === origin(template) ? url : null;
}

/** @returns null where it must not be asked */
export function readUrl(text: string): URL | null {
  if (text.length > longestUrl || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isHere = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isHere)) return null;
  if (url.username !== "" || url.password !== "" || url.hash !== "") return null;
  return url;
}

/** What the browser calls the host when it asks the person: without a port, which its patterns do not know. */
export function hostPattern({ protocol, hostname }: URL): string {
  return `${protocol}//${hostname}/*`;
}
