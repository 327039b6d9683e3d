/** What a certificate authority said no with (RFC 8555 §6.7, RFC 9457), or how it could not be understood. */
import { isRecord } from "../../protocol/wire.js";
import { isAllowedUrl } from "./allowed-url.js";

export type AcmeFault =
  /** it answered with a problem document, or a status that says no */
  | "server-refused"
  /** nothing came, or not in time */
  | "server-unreachable"
  /** what came is not what RFC 8555 says */
  | "server-malformed"
  /** it does not offer what is needed: certificates by mail, revoking */
  | "server-cannot"
  /** no challenge mail came, or the authority never made up its mind */
  | "took-too-long"
  /** what was issued is not for this key, or not for this address */
  | "certificate-wrong"
  /** the vault was made anew, and the new key's seal went with it */
  | "key-lost"
  /** the mail client did not take the answer */
  | "mail-not-sent";

const prefix = "urn:ietf:params:acme:error:";

export class AcmeProblem extends Error {
  override readonly name = "AcmeProblem";
  readonly code: AcmeFault;
  /** the authority's own words, for the details; never ours, never believed */
  readonly detail: string;
  /** "rejectedIdentifier", "rateLimited", …: of the authority's names those that RFC 8555 gives */
  readonly type: string | null;
  /** a page of the authority for the person to go to (RFC 8555 §7.3.3); only ever opened by a click */
  readonly page: string | null;

  constructor(code: AcmeFault, detail: string, { type, page }: Said = {}) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.type = type ?? null;
    this.page = page ?? null;
  }
}

interface Said {
  readonly type?: string | null;
  readonly page?: string | null;
}

/** @returns null where it is no problem document */
export function problemOf(value: unknown): AcmeProblem | null {
  if (!isRecord(value) || typeof value["type"] !== "string") return null;
  // RFC 8555 §6.7.1: several at once; the first tells more than that there are several.
  const [first] = Array.isArray(value["subproblems"]) ? (value["subproblems"] as unknown[]) : [];
  const told = nameIn(value) === "compound" && isRecord(first) && nameIn(first) !== null ? first : value;
  const { detail, instance } = told;
  const page = typeof instance === "string" && isAllowedUrl(instance) ? instance : null;
  const words = typeof detail === "string" ? detail.slice(0, 500) : "";
  return new AcmeProblem("server-refused", words, { type: nameIn(told), page });
}

function nameIn({ type }: Readonly<Record<string, unknown>>): string | null {
  return typeof type === "string" && type.startsWith(prefix) ? type.slice(prefix.length) : null;
}
