/**
 * "Could you send me your certificate?": a letter to somebody whose certificate is missing, opened for the
 * person to change and send. Signed where that is possible, because the other side then has a certificate to
 * answer with.
 */
import { normalizeAddress } from "../../engine/index.js";
import { harmless, text } from "../../ui/text.js";
import type { Services } from "../services.js";
import type { ComposeClient } from "./compose-client.js";
import { mailboxesOf } from "./compose-recipients.js";

export interface BegunRequest {
  readonly tabId: number;
  /** the sender has a certificate that can sign now */
  readonly canSign: boolean;
}

/** @returns null where no window could be opened, or the address is none */
export async function beginRequest(
  client: Pick<ComposeClient, "draft" | "beginLetter">,
  services: Pick<Services, "identitiesFor" | "identityView">,
  { tabId, address }: { readonly tabId: number; readonly address: string },
): Promise<BegunRequest | null> {
  const to = normalizeAddress(address);
  if (to === null) return null;
  const { identityId, from } = await client.draft(tabId);
  const [author] = mailboxesOf(from);
  const [identity] = author?.address == null ? [] : await services.identitiesFor(author.address);
  const view = identity === undefined ? null : await services.identityView(identity);
  const canSign = view !== null && view.canSign && view.problem === null;
  const name = harmless(author?.displayName ?? author?.address ?? "");
  const words = text(canSign ? "request_letter_signed" : "request_letter", name);
  const letter = { identityId, to, subject: text("request_subject"), text: words };
  const begun = await client.beginLetter(letter);
  return begun === null ? null : { tabId: begun, canSign };
}
