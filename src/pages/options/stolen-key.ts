/**
 * "My key was stolen", at a certificate: first what will happen and what only the person can do, then one click,
 * then what became of it. Where the authority does not speak ACME, all that the certificate tells about it.
 */
import { ask } from "../../protocol/ask.js";
import type { IdentityView, Reply } from "../../protocol/messages.js";
import type { OrderProblem, StolenView, StolenWays } from "../../protocol/orders.js";
import { element, type Child } from "../../ui/dom.js";
import { ownerOf } from "../../ui/signer-card.js";
import { dateText, errorText, harmless, text, underscored } from "../../ui/text.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { localForm, problemLine } from "../parts/fields.js";
import { openPage, requestHost } from "../parts/host.js";
import { notice } from "../parts/notice.js";
import { unlockForm } from "../parts/unlock-form.js";
import { working } from "../parts/working.js";

export interface StolenKey {
  /** null: it was said before */
  readonly button: HTMLElement | null;
  readonly place: HTMLElement;
}

type Changed = () => Promise<void>;

export function stolenKey(identity: IdentityView, changed: Changed): StolenKey {
  const place = element("div", { class: "stack tight stolen" });
  if (identity.stolen !== undefined) {
    place.append(afterwards(identity, identity.stolen, changed));
    return { button: null, place };
  }
  const click = async (): Promise<void> => {
    const close = (): void => {
      place.replaceChildren();
      button.focus();
    };
    const reply = await ask("stolen:ways", { fingerprint: identity.certificate.fingerprint });
    if (!reply.ok) return place.replaceChildren(element("p", { class: "problem" }, errorText(reply.code)));
    place.replaceChildren(question({ identity, ways: reply.answer, changed, close }));
    place.querySelector<HTMLElement>("h3")?.focus();
  };
  const named = text("stolen_button_named", ownerOf(identity.certificate));
  const attributes = { type: "button", class: "quiet", "data-does": "stolen", "aria-label": named };
  const button = element("button", { ...attributes, click: () => void click() }, text("stolen_button"));
  return { button, place };
}

interface Asked {
  readonly identity: IdentityView;
  readonly ways: StolenWays;
  readonly changed: Changed;
  readonly close: () => void;
}

function question({ identity, ways, changed, close }: Asked): HTMLElement {
  const { directory } = ways;
  const typed = directoryField(identity);
  const problem = problemLine();
  const form = localForm(
    () => reporting({ place: form, problem, identity, changed }, directory ?? (typed.value() || null)),
    element("h3", { tabindex: "-1" }, text("stolen_title", ownerOf(identity.certificate))),
    element("p", {}, text("stolen_what")),
    element("p", {}, text("stolen_stops")),
    ...(directory === null
      ? [...byHand(identity, ways), isOwn(identity) ? null : typed.node]
      : [element("p", {}, text("stolen_tells", new URL(directory).host))]),
    element("p", {}, text("stolen_next")),
    problem,
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "danger", "data-does": "stolen-yes" }, text("stolen_yes")),
      element("button", { type: "button", class: "quiet", click: close }, text("cancel")),
    ),
  );
  return form;
}

interface Reporting {
  readonly place: HTMLElement;
  readonly problem: HTMLElement;
  readonly identity: IdentityView;
  readonly changed: Changed;
}

async function reporting(on: Reporting, directory: string | null): Promise<void> {
  const { place, problem, identity, changed } = on;
  problem.textContent = "";
  // First thing in the click. Refused, or no click at all: what is done here is done anyway.
  if (directory !== null && URL.canParse(directory)) await requestHost(directory).catch(() => false);
  const { fingerprint } = identity.certificate;
  const reply = await working(place, text("stolen_working"), () =>
    ask("stolen:report", { fingerprint, directory }),
  );
  if (reply.ok) return changed();
  problem.textContent = errorText(reply.code);
}

/** Nobody else issued it, so nobody else can revoke it. */
function isOwn({ certificate }: IdentityView): boolean {
  return certificate.issuer === certificate.subject;
}

function byHand(identity: IdentityView, { contact }: StolenWays): readonly Child[] {
  if (isOwn(identity)) return [element("p", {}, text("stolen_self_made"))];
  const { serialNumber, issuerName } = identity.certificate;
  const { statements, email, hosts } = contact;
  const ways = [
    ...statements.map((url) => element("li", {}, link(url))),
    ...(email === null ? [] : [element("li", {}, element("bdi", {}, email))]),
    ...(hosts.length === 0
      ? []
      : [element("li", {}, text("stolen_hosts", shortList(hosts)), wholeList(hosts))]),
  ];
  return [
    element("p", {}, text("stolen_by_hand", harmless(issuerName), serialNumber)),
    element("p", {}, text(ways.length === 0 ? "stolen_no_contact" : "stolen_contact")),
    ways.length === 0 ? null : element("ul", {}, ...ways),
  ];
}

function link(url: string): HTMLElement {
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, url);
}

function directoryField({ certificate }: IdentityView): { readonly node: HTMLElement; value(): string } {
  const id = `stolen-directory-${certificate.fingerprint}`;
  const input = element("input", { id, type: "url", autocomplete: "off", spellcheck: "false" });
  const node = element(
    "details",
    { id: `stolen-more-${certificate.fingerprint}` },
    element("summary", {}, text("stolen_acme")),
    element("p", { class: "hint" }, text("stolen_acme_why")),
    element("label", { for: id }, text("order_directory")),
    input,
  );
  return { node, value: () => input.value.trim() };
}

function afterwards(identity: IdentityView, stolen: StolenView, changed: Changed): HTMLElement {
  const { directory, revokedAt, problem } = stolen;
  const failure = problemLine();
  const place = element("div", { class: "stack tight" });
  const run = async (act: () => Promise<Reply<unknown>>): Promise<void> => {
    const reply = await working(place, text("order_working"), act);
    failure.textContent = reply.ok ? "" : errorText(reply.code);
    if (reply.ok) await changed();
  };
  const { fingerprint } = identity.certificate;
  const openNew = (): void => void openPage("/pages/welcome/welcome.html#get");
  const takeBack = (): void => void run(() => ask("stolen:take-back", { fingerprint }));
  const again = (): Promise<void> => reporting({ place, problem: failure, identity, changed }, directory);
  const children: readonly Child[] = [
    element("p", {}, text("stolen_since", dateText(stolen.since))),
    ...outcome(identity, stolen),
    element("p", { class: "small" }, text("stolen_next")),
    failure,
    element(
      "div",
      { class: "row" },
      directory !== null && revokedAt === null && problem !== null
        ? element(
            "button",
            { type: "button", class: "primary", "data-does": "stolen-again", click: () => void again() },
            text("stolen_again"),
          )
        : null,
      element("button", { type: "button", click: openNew }, text("stolen_new")),
      revokedAt === null
        ? element(
            "button",
            { type: "button", class: "quiet", "data-does": "stolen-back", click: takeBack },
            text("stolen_take_back"),
          )
        : null,
    ),
    problem === "vault-locked" ? unlockForm(again, `unlock-${fingerprint}`) : null,
  ];
  place.append(...children.filter((child) => child !== null));
  return notice("bad", place);
}

function outcome(identity: IdentityView, { directory, revokedAt, problem }: StolenView): readonly Child[] {
  const host = directory === null ? null : new URL(directory).host;
  if (revokedAt !== null) return [element("p", {}, text("stolen_revoked", host ?? "", dateText(revokedAt)))];
  if (Date.parse(identity.certificate.notAfter) < Date.now())
    return [element("p", {}, text("stolen_expired"))];
  if (host === null) {
    const { issuerName, serialNumber } = identity.certificate;
    const words = isOwn(identity)
      ? text("stolen_self_made")
      : text("stolen_by_hand", harmless(issuerName), serialNumber);
    return [element("p", {}, words)];
  }
  return [
    element("p", {}, text("stolen_not_revoked", host)),
    problem === null ? null : element("p", { class: "problem" }, problemText(problem)),
  ];
}

/** Of an order it is said that it goes on by itself; this does not. */
function problemText(problem: OrderProblem): string {
  return problem === "server-unreachable"
    ? text("stolen_unreachable")
    : text(`order_problem_${underscored(problem)}`);
}
