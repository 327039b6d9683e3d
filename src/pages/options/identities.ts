/** Your certificates: the list, and the way in for a `.p12` file. */
import { ask } from "../../protocol/ask.js";
import type { IdentityView, VaultStatus } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { ownerOf, signerCard } from "../../ui/signer-card.js";
import { certificateProblemText, dateText, errorText, harmless, text } from "../../ui/text.js";
import { shortList, wholeList } from "../../ui/whole-list.js";
import { compareFingerprint } from "../parts/compare-fingerprint.js";
import { problemLine } from "../parts/fields.js";
import { openPage } from "../parts/host.js";
import { notice } from "../parts/notice.js";
import { redraw } from "../parts/page.js";
import { addressChange, addressGone, addressesWithout } from "./address-change.js";
import { isOld } from "./old-keys.js";
import { importIdentity } from "./import-identity.js";
import { removeButton } from "./remove-button.js";
import { entry, listOr, section } from "./section.js";
import { stolenKey } from "./stolen-key.js";

export interface IdentitiesSection {
  readonly node: HTMLElement;
  /** @param own addresses of every account; empty where nobody knows them */
  draw(identities: readonly IdentityView[], vault: VaultStatus, own: readonly string[]): void;
}

export function identitiesSection(changed: () => Promise<void>): IdentitiesSection {
  const { node, body } = section("identities");
  const problem = problemLine();
  const way = importIdentity(changed);
  return {
    node,
    draw(identities, vault, own) {
      way.know(vault, identities.length > 0);
      const fail = (words: string): void => void (problem.textContent = words);
      const rowsOf = (some: readonly IdentityView[], addresses: readonly string[]): readonly HTMLElement[] =>
        some.map((identity) => identityRow(identity, { fail, changed, own: addresses }));
      const old = identities.filter((identity) => isOld(identity, identities, Date.now()));
      const current = identities.filter((identity) => !old.includes(identity));
      const rows = rowsOf(current, own);
      redraw(
        body,
        rows.length === 0 ? null : listOr("", rows),
        addressesWithout(identities, own),
        oldKeys(rowsOf(old, [])),
        problem,
        way.node,
        getLink(),
        identities.length === 0 ? null : addressChange(),
      );
    },
  };
}

/** The first-run page, whenever somebody wants another certificate. */
function getLink(): HTMLElement {
  const click = (): void => void openPage("/pages/welcome/welcome.html#get");
  const button = element("button", { type: "button", class: "quiet", click }, text("options_welcome"));
  return element("div", { class: "row" }, button);
}

/** Not hidden away: whoever looks for an old key finds it, and why it stays. */
function oldKeys(rows: readonly HTMLElement[]): HTMLElement | null {
  if (rows.length === 0) return null;
  return element(
    "section",
    { class: "stack tight", id: "old-keys", "aria-labelledby": "old-keys-title" },
    element("h3", { id: "old-keys-title" }, text("old_keys")),
    element("p", { class: "small soft" }, text("old_keys_why")),
    listOr("", rows),
  );
}

interface Around {
  readonly fail: (words: string) => void;
  readonly changed: () => Promise<void>;
  readonly own: readonly string[];
}

function identityRow(identity: IdentityView, { fail, changed, own }: Around): HTMLElement {
  const { certificate, problem } = identity;
  const stolen = stolenKey(identity, changed);
  const named = text("identity_remove_named", ownerOf(certificate));
  const remove = removeButton(
    named,
    () => whatIsLost(identity),
    async () => {
      const reply = await ask("identity:remove", { fingerprint: certificate.fingerprint });
      fail(reply.ok ? "" : errorText(reply.code));
      await changed();
    },
  );
  return entry(
    element(
      "div",
      { class: "stack tight" },
      signerCard(certificate),
      speaksFor(identity),
      element("p", { class: "small soft" }, abilities(identity)),
      expiry(identity),
      addressGone(identity, own),
      problem === null
        ? null
        : notice("caution", element("p", { class: "small" }, certificateProblemText(problem))),
      compareFingerprint(certificate.fingerprint),
      stolen.place,
    ),
    stolen.button,
    remove,
  );
}

/** The card names the first address; whoever has aliases wants to see that they are in it. */
function speaksFor({ certificate }: IdentityView): HTMLElement | null {
  const { addresses } = certificate;
  if (addresses.length < 2) return null;
  return element(
    "div",
    { class: "small" },
    element("p", {}, text("identity_speaks_for", shortList(addresses))),
    wholeList(addresses),
  );
}

const oneDay = 24 * 60 * 60_000;
/** days in which the end is told before it comes */
const told = 30;

/** Calmly and in time; where the certificate cannot be used any more, its problem says so. */
function expiry({ certificate, problem, stolen }: IdentityView): HTMLElement | null {
  const days = Math.floor((Date.parse(certificate.notAfter) - Date.now()) / oneDay);
  if (problem !== null || stolen !== undefined || days > told || days < 0) return null;
  const words =
    days === 0
      ? text("identity_expires_today")
      : text("identity_expires", dateText(certificate.notAfter), String(days));
  const click = (): void => void openPage("/pages/welcome/welcome.html#get");
  return notice(
    "caution",
    element("p", { class: "small" }, words),
    element("div", { class: "row" }, element("button", { type: "button", click }, text("identity_renew"))),
  );
}

function abilities({ canSign, canDecrypt }: IdentityView): string {
  if (canSign && canDecrypt) return text("identity_signs_and_decrypts");
  if (canSign) return text("identity_signs");
  return text(canDecrypt ? "identity_decrypts" : "identity_unusable");
}

function unreadable({ notBefore, notAfter, issuerName }: IdentityView["certificate"]): string {
  return text("identity_remove_unreadable", dateText(notBefore), dateText(notAfter), harmless(issuerName));
}

/** Says what becomes unreadable: a removed key does not come back. Where mail depends on it, that has to be ticked. */
async function whatIsLost({ certificate, canDecrypt }: IdentityView) {
  const lost = canDecrypt ? [unreadable(certificate), text("identity_remove_uncounted")] : [];
  return {
    title: text("identity_remove_title", ownerOf(certificate)),
    sentences: [...lost, ...(await backupOf(certificate.fingerprint)), text("identity_remove_keep")],
    ...(canDecrypt && { understood: text("identity_remove_understood") }),
  };
}

/** Is there another way back than a file that we know nothing of? */
async function backupOf(fingerprint: string): Promise<readonly string[]> {
  const reply = await ask("backup:status", {});
  if (!reply.ok) return [];
  const { since, missing = [] } = reply.answer;
  const isKept = since !== null && !missing.includes(fingerprint);
  return [isKept ? text("identity_remove_in_backup", dateText(since)) : text("identity_remove_no_backup")];
}
