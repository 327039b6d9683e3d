/**
 * What becomes of certificates when addresses change: which speak for an address that no account has any more, which
 * addresses have none yet, and what a person does before the old one ends. In a browser nobody knows the accounts.
 */
import type { IdentityView } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { harmless, text } from "../../ui/text.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { openPage } from "../parts/host.js";
import { notice } from "../parts/notice.js";

/** as many as fit without crowding out the certificates */
const offered = 4;

/** @param own of every account; empty where nobody knows */
export function addressGone({ certificate }: IdentityView, own: readonly string[]): HTMLElement | null {
  const { addresses } = certificate;
  if (!isElsewhere(addresses, own)) return null;
  return notice(
    "caution",
    element("p", { class: "small" }, text("identity_address_gone", shortList(addresses))),
    wholeList(addresses),
  );
}

/** The person's addresses that nothing signs for, each with the way to a certificate. */
export function addressesWithout(
  identities: readonly IdentityView[],
  own: readonly string[],
): HTMLElement | null {
  const usable = identities.filter(({ problem, canSign }) => problem === null && canSign);
  const covered = usable.flatMap(({ certificate }) => certificate.addresses);
  const missing = own.filter((address) => !has(covered, address));
  if (usable.length === 0 || missing.length === 0) return null;
  return element(
    "div",
    { class: "stack tight", id: "addresses-without" },
    element("p", { class: "small soft" }, text("identity_address_without", shortList(missing))),
    wholeList(missing),
    element("div", { class: "row" }, ...missing.slice(0, offered).map(getButton)),
  );
}

function getButton(address: string): HTMLElement {
  const click = (): void => void openPage(welcomeFor(address));
  return element("button", { type: "button", click }, text("identity_address_get", harmless(address)));
}

const welcomeFor = (address: string): string =>
  `/pages/welcome/welcome.html?address=${encodeURIComponent(address)}#get`;

/** In the order in which a person does it. */
export function addressChange(): HTMLElement {
  const steps = ["identity_address_changed", "address_change_both", "address_change_letter"] as const;
  const click = (): void => void openPage("/pages/welcome/welcome.html#get");
  return element(
    "details",
    { id: "address-change" },
    element("summary", {}, text("address_change")),
    element(
      "div",
      { class: "stack tight folded" },
      ...steps.map((step) => element("p", {}, text(step))),
      element("div", { class: "row" }, element("button", { type: "button", click }, text("request_new"))),
    ),
  );
}

/** Local parts differ by their case nowhere that anybody knows of. */
function has(list: readonly string[], address: string): boolean {
  const wanted = address.toLowerCase();
  return list.some((one) => one.toLowerCase() === wanted);
}

/** None of the person's accounts has what this certificate speaks for, or a part of it: said where it comes in. */
export function speaksElsewhere({ certificate }: IdentityView, own: readonly string[]): string | null {
  const { addresses } = certificate;
  if (isElsewhere(addresses, own)) return text("imported_other_address", shortList(addresses));
  const others = own.length === 0 ? [] : addresses.filter((address) => !has(own, address));
  return others.length === 0 ? null : text("imported_more_addresses", shortList(others));
}

function isElsewhere(addresses: readonly string[], own: readonly string[]): boolean {
  return own.length > 0 && addresses.length > 0 && !addresses.some((address) => has(own, address));
}
