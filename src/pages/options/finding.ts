/**
 * Whom Signet asks for a recipient's certificate: nobody, until a resolver or a directory is named here. What each
 * of them learns stands beside the choice; the browser's permission is for that host alone, asked for by a click.
 */
import { ask } from "../../protocol/ask.js";
import type { Settings } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, text } from "../../ui/text.js";
import { choiceField, localForm, problemLine } from "../parts/fields.js";
import { mayAskHost, requestHost } from "../parts/host.js";
import { isManaged, managedNote } from "../parts/managed.js";
import { notice } from "../parts/notice.js";
import { redraw } from "../parts/page.js";
import type { DrawnSection } from "./people.js";
import { section } from "./section.js";

/** Public resolvers that answer over HTTPS to everybody, by the name of who runs them. */
const wellKnown: readonly { readonly label: string; readonly value: string }[] = [
  { label: "Quad9 (dns.quad9.net)", value: "https://dns.quad9.net/dns-query" },
  { label: "Cloudflare (cloudflare-dns.com)", value: "https://cloudflare-dns.com/dns-query" },
  { label: "Google (dns.google)", value: "https://dns.google/dns-query" },
];

type Name = "resolver" | "directory";

export function findingSection(): DrawnSection {
  const { node, body } = section("finding");
  const said = element("p", { class: "small soft status", role: "status" });
  let ownResolver = false;
  return { node, draw };

  async function draw(): Promise<void> {
    const reply = await ask("settings:get", {});
    if (!reply.ok) return redraw(body, element("p", { class: "problem" }, errorText(reply.code)));
    const { resolver, directory } = reply.answer;
    const isOwn = ownResolver || (resolver !== "" && wellKnown.every(({ value }) => value !== resolver));
    redraw(
      body,
      resolverField(resolver, isOwn),
      isOwn ? urlForm("resolver", resolver, keep) : null,
      urlForm("directory", directory, keep),
      ...(await Promise.all([resolver, directory].filter(Boolean).map((url) => missing(url, draw)))),
      said,
      element("p", { class: "small soft" }, text("finding_ldap")),
    );
  }

  function resolverField(resolver: string, isOwn: boolean): HTMLElement {
    const list = [
      { value: "", label: text("finding_dns_off") },
      ...wellKnown,
      { value: "own", label: text("finding_dns_own") },
    ];
    const words = { id: "finding-dns", label: text("finding_dns"), hint: text("finding_dns_why") };
    return choiceField(words, { list, current: isOwn ? "own" : resolver }, (value) => void choose(value));
  }

  async function choose(value: string): Promise<void> {
    ownResolver = value === "own";
    if (!ownResolver) await keep({ resolver: value });
    else await draw();
    document.getElementById(ownResolver ? "finding-resolver" : "finding-dns")?.focus();
  }

  /** @returns the change was taken */
  async function keep(change: Partial<Pick<Settings, Name>>): Promise<boolean> {
    const reply = await ask("settings:set", { change });
    if (!reply.ok) return false;
    ownResolver = false;
    said.textContent = text("settings_kept");
    await draw();
    return true;
  }
}

function urlForm(
  name: Name,
  current: string,
  keep: (change: Partial<Pick<Settings, Name>>) => Promise<boolean>,
): HTMLElement {
  const id = `finding-${name}`;
  const problem = problemLine();
  const input = element("input", {
    ...{ id, type: "text", inputmode: "url", autocomplete: "off", spellcheck: "false", dir: "ltr" },
    ...{ value: current, "aria-describedby": `${id}-hint`, disabled: isManaged(id) },
  });
  return localForm(
    async () => {
      const kept = await keep({ [name]: input.value.trim() });
      problem.textContent = kept ? "" : text(`finding_${name}_wrong`);
    },
    element(
      "div",
      { class: "field" },
      element("label", { for: id }, text(`finding_${name}`)),
      element("p", { class: "hint", id: `${id}-hint` }, text(`finding_${name}_why`)),
      input,
      managedNote(id),
      problem,
    ),
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", id: `${id}-keep`, disabled: isManaged(id) }, text("finding_keep")),
    ),
  );
}

/** The browser has to allow the host, and asks only in a click. */
async function missing(url: string, changed: () => Promise<void>): Promise<HTMLElement | null> {
  if (await mayAskHost(url)) return null;
  const { host } = new URL(url);
  const problem = problemLine();
  const allow = element(
    "button",
    { type: "button", class: "primary allow-finding", click: () => void run() },
    text("finding_allow"),
  );
  return notice(
    "caution",
    element(
      "div",
      { class: "stack tight" },
      element("p", {}, text("finding_missing", host)),
      element("div", { class: "row" }, allow),
      problem,
    ),
  );

  async function run(): Promise<void> {
    // First thing in the click: the browser asks only while a person acts.
    if (await requestHost(url)) await changed();
    else problem.textContent = text("finding_refused");
  }
}
