/**
 * May this URL be asked? It stands in a certificate, so it was chosen by whoever made the certificate, and
 * for a certificate in a message that may be its sender. Only plain web addresses of public hosts are asked;
 * the person's own authorities, and nobody else, may name hosts of a private network.
 */

/** `own`: the path ends at an authority that the person added · `public`: all others, and where no path is known */
export type Authority = "own" | "public";

const longestUrl = 2048;

/** Names that no public DNS answers for, and that local networks do (RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal). */
const localDomains = [
  ...["localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan"],
  ...["arpa", "onion", "alt", "test", "example", "invalid"],
];

/** @returns the URL as it is to be asked, or null where it must not be */
export function evidenceUrl(text: string, authority: Authority): URL | null {
  if (text.length > longestUrl || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (url.username !== "" || url.password !== "") return null;
  url.hash = "";
  const host = hostOf(url);
  // The parser turns 0x7f.1, 2130706433 and 0177.0.0.1 into 127.0.0.1; who writes so has something to hide.
  const written = /^[a-z]+:\/\/\[?([^/?#\]]*)/i.exec(text)?.[1] ?? "";
  if (isAddress(host) && written !== host && !written.startsWith(`${host}:`)) return null;
  if (authority === "own") return url;
  // A public authority has a name; ports other than the web's are other people's services.
  return url.port === "" && !isAddress(host) && isPublicName(host) ? url : null;
}

/** Without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

/** After URL parsing: whatever is an IPv4 address is written with dots, and IPv6 has its colons. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+(\.\d+){3}$/.test(host);
}

function isPublicName(host: string): boolean {
  const labels = host.split(".");
  return labels.length > 1 && labels.every((label) => label !== "") && !localDomains.includes(labels.at(-1)!);
}
