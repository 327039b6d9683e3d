/**
 * Is one name within one subtree (RFC 5280 §4.2.1.10, RFC 9549 §2, RFC 9598 §6)? Mailboxes, hosts, URIs,
 * addresses and directory names; of every other kind we only know that we cannot tell.
 */
import { type Bytes, toHex } from "../base/bytes.js";
import { domainOf, normalizeAddress, normalizeDomain } from "../mime/address.js";
import { isWithin } from "./distinguished-name.js";
import type { GeneralName } from "./general-name.js";

/** "unknown" is neither: it satisfies no permission and escapes no exclusion. */
export type Match = "within" | "outside" | "unknown";

/** RFC 9598 §6: constraints on rfc822Name bind SmtpUTF8Mailbox too. */
export function isSameForm(name: GeneralName, base: GeneralName): boolean {
  if (name.kind === "other" && base.kind === "other") {
    return name.tag === base.tag && name.typeId === base.typeId;
  }
  return isMailbox(name) ? isMailbox(base) : name.kind === base.kind;
}

function isMailbox(
  name: GeneralName,
): name is Extract<GeneralName, { kind: "rfc822Name" | "smtpUtf8Mailbox" }> {
  return name.kind === "rfc822Name" || name.kind === "smtpUtf8Mailbox";
}

/** @param base of the same form. @throws MalformedError */
export function matchName(name: GeneralName, base: GeneralName): Match {
  if (isMailbox(name) && isMailbox(base)) return matchMailbox(name.text, base.text);
  switch (name.kind) {
    case "directoryName":
      if (base.kind !== name.kind) return "unknown";
      return isWithin(name.name, base.name) ? "within" : "outside";
    case "dNSName":
      return base.kind === name.kind ? matchHost(name.text, base.text) : "unknown";
    case "uniformResourceIdentifier":
      return base.kind === name.kind ? matchUri(name.text, base.text) : "unknown";
    case "iPAddress":
      return base.kind === name.kind ? matchIpAddress(name.octets, base.octets) : "unknown";
    default:
      return "unknown";
  }
}

/** A mailbox, a host, or a domain with a leading dot. */
function matchMailbox(text: string, base: string): Match {
  const address = normalizeAddress(text);
  if (address === null) return "unknown";
  if (base.includes("@")) {
    const particular = normalizeAddress(base);
    return particular === null ? "unknown" : address === particular ? "within" : "outside";
  }
  // An empty base is all mailboxes; some CAs exclude every address so.
  return base === "" ? "within" : matchHostOrDomain(domainOf(address), base);
}

/** `host` exactly, or with a leading dot what is below it. */
function matchHostOrDomain(host: string, base: string): Match {
  const isDomain = base.startsWith(".");
  const domain = normalizeDomain(isDomain ? base.slice(1) : base);
  if (domain === null) return "unknown";
  return (isDomain ? host.endsWith(`.${domain}`) : host === domain) ? "within" : "outside";
}

/** Labels may be added on the left; a leading dot has no meaning here, so it satisfies nobody. */
function matchHost(text: string, base: string): Match {
  const isWildcard = text.startsWith("*.");
  const host = hostName(isWildcard ? text.slice(2) : text);
  if (host === null) return "unknown";
  if (base === "") return "within";
  const domain = hostName(base);
  if (domain === null) return "unknown";
  if (host === domain || host.endsWith(`.${domain}`)) return "within";
  // A wildcard stands for names on both sides of a narrower base.
  return isWildcard && domain.endsWith(`.${host}`) ? "unknown" : "outside";
}

/** Some write a last dot for the root. What looks like an IP address is none. */
function hostName(text: string): string | null {
  const host = normalizeDomain(text.replace(/\.$/, ""));
  return host === null || host.startsWith("[") || /(?:^|\.)\d+$/.test(host) ? null : host;
}

/** RFC 5280 §4.2.1.10: only of URIs whose host is a name. RFC 3986 §3.2. */
const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@:[\]]+)(?::\d*)?(?:[/?#]|$)/i;

function matchUri(text: string, base: string): Match {
  const host = hostName(authority.exec(text)?.[1] ?? "");
  return host === null ? "unknown" : base === "" ? "within" : matchHostOrDomain(host, base);
}

/** @param base address and mask */
function matchIpAddress(address: Bytes, base: Bytes): Match {
  if (address.length !== 4 && address.length !== 16) return "unknown";
  if (!isAddressRange(base)) return "unknown";
  if (base.length !== 2 * address.length) return "outside";
  const mask = base.subarray(address.length);
  return address.every((octet, i) => (octet & mask[i]!) === (base[i]! & mask[i]!)) ? "within" : "outside";
}

/** RFC 4632 §3.1: a mask is ones, then zeros; of another one two readers make two ranges. */
function isAddressRange(base: Bytes): boolean {
  if (base.length !== 8 && base.length !== 32) return false;
  return /^f*[ec8]?0*$/.test(toHex(base.subarray(base.length / 2)));
}
