/**
 * The two addresses that a person may name for finding certificates: a resolver that speaks DNS-over-HTTPS
 * (RFC 8484), and a directory by a template (RFC 4387). Both are the person's own choice, so they may lie in a
 * private network; without TLS only on this computer, because the questions say whom one writes to.
 */

const longestUrl = 2048;

/** "": nobody is asked */
export function isResolver(value: unknown): value is string {
  return value === "" || (typeof value === "string" && readUrl(value) !== null && !value.includes("{"));
}

/** "": nobody is asked */
export function isDirectory(value: unknown): value is string {
  if (value === "") return true;
  if (typeof value !== "string" || !/\{(address|local|sha1|sha256)\}/.test(value)) return false;
  // What is put in must not choose the host.
  const [, host = ""] = /^[a-z]+:\/\/([^/?#]*)/.exec(value) ?? [];
  return !host.includes("{") && readUrl(value.replace(/[{}]/g, "")) !== null;
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
