/**
 * A person's own word on a certificate: they compare its fingerprint with what its owner tells them, by
 * telephone or face to face. Offered where nobody vouches (5), where the signer changed (3), and where it was
 * done already, to take it back; and the way to expect no signature any more (8).
 */
import { ask } from "../../protocol/ask.js";
import type { PageRequests } from "../../protocol/messages.js";
import type { CryptographicSummary } from "../../protocol/verdict.js";
import { element } from "../../ui/dom.js";
import { dateText, errorText, text } from "../../ui/text.js";
import { grouped } from "../../ui/verdict-details.js";
import { problemLine } from "../parts/fields.js";

type Change = Exclude<Extract<keyof PageRequests, `memory:${string}`>, "memory:list" | "memory:clear">;

/** @returns null where there is nothing to say about this signer */
export function confirmSigner(
  summary: CryptographicSummary,
  changed: () => Promise<void>,
): HTMLElement | null {
  const { state, author, signer, memory } = summary;
  const { address } = author;
  // Nothing is decided about somebody from a message that does not clearly name them.
  if (address === null || memory === undefined || memory.address !== undefined) return null;
  if (state === "8" || ((state === "6" || state === "7") && memory.expectsSignature)) {
    return declining(address, changed);
  }
  // Who signs for somebody else's address is not helped by a fingerprint.
  if (signer === null || !signer.addresses.includes(address)) return null;
  const asked = { address, fingerprint: signer.fingerprint };
  if (memory.confirmed !== null) {
    const words = text("confirmed_signer", address, dateText(memory.confirmed));
    return part([words], actionButton("memory:unconfirm", asked, { key: "unconfirm_signer", changed }));
  }
  if (state !== "3" && state !== "5") return null;
  return element(
    "section",
    { class: "stack tight confirm-signer" },
    element("h2", {}, text("confirm_signer_title")),
    element("p", {}, text("confirm_signer_why", address)),
    element("p", { class: "exact", id: "fingerprint" }, grouped(signer.fingerprint)),
    ...actionButton("memory:confirm", asked, { key: "confirm_signer", changed }),
  );
}

function declining(address: string, changed: () => Promise<void>): HTMLElement {
  const asked = { address, expects: false };
  const button = actionButton("memory:expect", asked, {
    key: "decline_signature",
    changed,
    inserted: address,
  });
  return part([text("decline_signature_why")], button);
}

function part(sentences: readonly string[], action: readonly HTMLElement[]): HTMLElement {
  return element(
    "section",
    { class: "stack tight confirm-signer" },
    ...sentences.map((sentence) => element("p", { class: "small soft" }, sentence)),
    ...action,
  );
}

interface Doing {
  readonly key: string;
  readonly inserted?: string;
  readonly changed: () => Promise<void>;
}

function actionButton<Name extends Change>(
  name: Name,
  params: PageRequests[Name]["ask"],
  { key, inserted = "", changed }: Doing,
): readonly HTMLElement[] {
  const problem = problemLine();
  const click = async (): Promise<void> => {
    const reply = await ask(name, params);
    if (reply.ok) await changed();
    else problem.textContent = errorText(reply.code);
  };
  const button = element(
    "button",
    { type: "button", id: key, click: () => void click() },
    text(key, inserted),
  );
  return [element("div", { class: "row" }, button), problem];
}
