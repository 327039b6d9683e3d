/**
 * The first-run page: three ways to a certificate, each of which ends with one that works. It is opened once by the
 * background, and from the settings whenever somebody wants another certificate.
 */
import { ask, onPageEvent } from "../../protocol/ask.js";
import type { HostCapabilities, IdentityView, VaultStatus } from "../../protocol/messages.js";
import { element, icon } from "../../ui/dom.js";
import { ownerOf, signerCard } from "../../ui/signer-card.js";
import { errorText, text } from "../../ui/text.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { importIdentity, remarksOn } from "../options/import-identity.js";
import { requestParts } from "../options/requests.js";
import { compareFingerprint } from "../parts/compare-fingerprint.js";
import { openPage } from "../parts/host.js";
import { newCertificateForm, singleKinds } from "../parts/new-certificate.js";
import { notice } from "../parts/notice.js";
import { orderCertificate } from "../parts/order-certificate.js";
import { ownAddresses } from "../parts/own-addresses.js";
import { startPage } from "../parts/page.js";
import { nativeStore } from "./native-store.js";

const ways = ["have", "get", "try"] as const;
type Way = (typeof ways)[number];
const marks: Readonly<Record<Way, string>> = { have: "icon", get: "icon-certificate", try: "icon-letter" };

interface Shown {
  readonly vault: VaultStatus;
  readonly host: HostCapabilities;
  readonly identities: readonly IdentityView[];
}

const main = startPage("welcome_title");
const panel = element("section", { class: "card panel", id: "panel", tabindex: "-1", hidden: true });
const problem = element("p", { class: "problem", role: "alert" });
const buttons = new Map<Way, HTMLButtonElement>();
const requests = requestParts("welcome", refreshRequests);
const order = orderCertificate("welcome", refreshRequests);
let before = new Set<string>();

const first = await load();
if (typeof first === "string") {
  problem.textContent = first;
  main.append(hero(), problem);
} else begin(first);

function begin({ host, identities }: Shown): void {
  before = new Set(identities.map(({ certificate }) => certificate.fingerprint));
  main.replaceChildren(hero(), problem, choices(host), panel, later());
  const named = ways.find((way) => location.hash === `#${way}`);
  if (named !== undefined) void open(named);
}

// What another window, or a mail that came, brought about.
onPageEvent((event) => {
  if (event.event === "store-changed") void refreshRequests();
});

async function load(): Promise<Shown | string> {
  const [vault, host, identities] = await Promise.all([
    ask("vault:status", {}),
    ask("host:capabilities", {}),
    ask("identity:list", {}),
  ]);
  if (!vault.ok) return errorText(vault.code);
  if (!host.ok) return errorText(host.code);
  if (!identities.ok) return errorText(identities.code);
  return { vault: vault.answer, host: host.answer, identities: identities.answer };
}

function hero(): HTMLElement {
  return element(
    "header",
    { class: "hero" },
    icon("icon", 88),
    element("h1", {}, text("welcome_heading")),
    element("p", { class: "lead soft" }, text("welcome_lead")),
  );
}

function choices(host: HostCapabilities): HTMLElement {
  const made = ways.map((way) => {
    const what = way === "have" && host.inPlace ? "welcome_have_native_what" : `welcome_${way}_what`;
    const button = element(
      "button",
      {
        ...{ type: "button", id: `way-${way}`, "aria-expanded": "false", "aria-controls": "panel" },
        click: () => void open(way),
      },
      icon(marks[way], 40),
      element("span", { class: "way-title" }, text(`welcome_${way}`)),
      element("span", { class: "way-what" }, text(what)),
    );
    buttons.set(way, button);
    return button;
  });
  return element("div", { class: "ways", role: "group", "aria-label": text("welcome_ways") }, ...made);
}

async function open(way: Way): Promise<void> {
  const shown = await load();
  problem.textContent = typeof shown === "string" ? shown : "";
  if (typeof shown === "string") return;
  for (const [name, button] of buttons) button.setAttribute("aria-expanded", String(name === way));
  const content = await contentOf(way, shown);
  panel.replaceChildren(
    element("div", { class: "stack" }, element("h2", {}, text(`welcome_${way}`)), ...content),
  );
  panel.hidden = false;
  panel.querySelector<HTMLElement>("input:not([hidden]), textarea, summary, button")?.focus();
}

async function contentOf(way: Way, shown: Shown): Promise<readonly HTMLElement[]> {
  switch (way) {
    case "have":
      return haveOne(shown);
    case "get":
      return getOne(shown);
    case "try":
      return [honestly(), tryOut(shown)];
  }
}

async function haveOne({ vault, host }: Shown): Promise<readonly HTMLElement[]> {
  const way = importIdentity(finish);
  way.know(vault, host.inPlace);
  const file = element("div", { class: "stack tight" }, element("h3", {}, text("have_file_title")), way.node);
  return host.inPlace ? [await nativeStore(vault, finish), file] : [way.node];
}

async function getOne({ vault }: Shown): Promise<readonly HTMLElement[]> {
  await requests.draw(vault);
  const explained = element(
    "div",
    { class: "stack tight" },
    element("h3", {}, text("welcome_get_hand")),
    element("p", { class: "soft" }, text("welcome_get_hand_what")),
  );
  await order.draw(vault);
  const byMail = element("h3", {}, text("welcome_get_mail"));
  return [byMail, order.node, explained, requests.make, requests.list, requests.answer];
}

function honestly(): HTMLElement {
  return notice(
    "caution",
    element("h3", {}, text("welcome_try_honest")),
    element("p", {}, text("welcome_try_sees")),
  );
}

function tryOut({ vault }: Shown): HTMLElement {
  const button = text("welcome_try_button");
  return newCertificateForm(
    { id: "try", button, kinds: singleKinds, make: (wish) => ask("identity:make", wish), done: finish },
    vault,
  );
}

async function refreshRequests(): Promise<void> {
  const shown = await load();
  if (typeof shown === "string") return;
  await requests.draw(shown.vault);
  if (buttons.get("get")?.getAttribute("aria-expanded") === "true" && newest(shown) !== null) await finish();
}

/** One that can be used before one that only opens old mail. */
function newest({ identities }: Shown): IdentityView | null {
  const made = identities.filter(({ certificate }) => !before.has(certificate.fingerprint));
  return made.find(({ problem, canSign }) => problem === null && canSign) ?? made[0] ?? null;
}

/** There is one more than before: what it is good for, and what comes next. */
async function finish(): Promise<void> {
  const shown = await load();
  if (typeof shown === "string") return void (problem.textContent = shown);
  const made = newest(shown);
  // Known before: the form says so itself.
  if (made === null) return;
  const isReady = made.problem === null && made.stolen === undefined;
  const done = isReady ? "welcome_done" : "welcome_done_problem";
  const title = element("h1", { tabindex: "-1" }, text(done, ownerOf(made.certificate)));
  const next = shown.host.host === "thunderbird" ? "welcome_done_write" : "welcome_done_browser";
  const remarks = remarksOn(made, (await ownAddresses()).addresses);
  const { addresses } = made.certificate;
  main.replaceChildren(
    element("header", { class: "hero" }, icon(isReady ? "state-good" : "state-caution", 72), title),
    element(
      "section",
      { class: "card stack" },
      signerCard(made.certificate),
      addresses.length > 1 ? element("p", {}, text("identity_speaks_for", shortList(addresses))) : null,
      wholeList(addresses),
      ...(remarks.length === 0
        ? []
        : [notice("caution", ...remarks.map((words) => element("p", {}, words)))]),
      compareFingerprint(made.certificate.fingerprint),
    ),
    element(
      "section",
      { class: "card stack tight" },
      isReady ? element("p", {}, text(next)) : null,
      element("p", { class: "soft" }, text("welcome_done_backup")),
      links(),
    ),
  );
  title.focus();
}

function links(): HTMLElement {
  const settings = element(
    "button",
    { type: "button", class: "primary", click: () => void openPage("/pages/options/options.html") },
    text("welcome_settings"),
  );
  const another = element(
    "button",
    { type: "button", class: "quiet", click: () => location.reload() },
    text("welcome_another"),
  );
  return element("div", { class: "row" }, settings, another);
}

function later(): HTMLElement {
  return element("footer", { class: "soft small later" }, element("p", {}, text("welcome_later")));
}
