/** What a person typed to get a certificate, from words to values that may stand in one. */
import { normalizeAddress } from "../../engine/index.js";
import type { NewCertificate } from "../../protocol/messages.js";
import { Refusal } from "../refusal.js";

/** X.520 allows 64 characters in a common name (RFC 5280, Appendix A.1: ub-common-name). */
export const longestName = 64;

export interface Wanted {
  readonly commonName: string;
  /** normalised, each once */
  readonly addresses: readonly string[];
}

/** @throws Refusal `address-missing`, `address-malformed` (with the words) */
export function wanted({ commonName, addresses }: Omit<NewCertificate, "kind">): Wanted {
  const typed = addresses.map((address) => address.trim()).filter((address) => address !== "");
  const normalised = typed.map((address) => {
    const value = normalizeAddress(address);
    if (value === null) throw new Refusal("address-malformed", address);
    return value;
  });
  const [first] = normalised;
  if (first === undefined) throw new Refusal("address-missing");
  const name = [...commonName.trim()].slice(0, longestName).join("");
  return { commonName: name === "" ? first : name, addresses: [...new Set(normalised)] };
}
