/**
 * What Thunderbird shows in the place of an encrypted or opaque-signed part: the innermost MIME entity,
 * or a notice. Only the message's own envelope is filled in; a part that merely lies in the message is
 * not, so clear and encrypted parts are never merged (EFAIL, "direct exfiltration").
 */
import type { Bytes, CryptographicLayer, MessageVerdict } from "../../engine/index.js";
import { BudgetExceededError, MalformedError, rewriteEntity } from "../../engine/index.js";
import { text } from "../../ui/text.js";
import type { Judged } from "./display-judgements.js";
import { neutralHtml } from "./neutral-html.js";
import { notice, noticeFor } from "./part-notice.js";

const nothing: SignetPartContent = { mime: new Uint8Array(0), keep: true, blockRemote: false };

/** @param neutral takes out of HTML whatever could fetch; another one in tests without a DOM */
export function partContent(
  judged: Judged,
  part: Pick<SignetEncryptedPart, "mimePart">,
  neutral: (html: string) => string = neutralHtml,
): SignetPartContent {
  const { verdict, payload } = judged;
  if (part.mimePart !== envelopePart(verdict)) return nothing;
  if (payload === null || isClosed(verdict))
    return { mime: noticeFor(verdict), keep: false, blockRemote: true };
  const blockRemote = verdict.layers.some((layer) => layer.kind === "encrypted");
  if (!mayBeForged(verdict.layers)) return { mime: payload, keep: true, blockRemote };
  const mime = rewritten(payload, neutral);
  return mime === null
    ? { mime: notice([text("incoming_unreadable"), text("fault_mime_malformed")]), keep: false, blockRemote }
    : { mime, keep: true, blockRemote };
}

/**
 * Thunderbird's number of the part that holds the outermost CMS layer: "1" for the message's body, one level
 * down inside each clear signature around it. Where no layer was recognised, the body itself: it gets a notice.
 */
function envelopePart({ layers }: MessageVerdict): string {
  const first = layers.findIndex((layer) => layer.kind !== "signed" || layer.form === "opaque-signed");
  if (first < 0) return layers.length === 0 ? "1" : "none";
  return `1${".1".repeat(first)}`;
}

function isClosed({ layers }: MessageVerdict): boolean {
  return layers.some((layer) => layer.kind !== "signed" && layer.status !== "opened");
}

/**
 * Was the plain text decrypted in a mode that anybody can change on the way, and does no intact signature
 * inside that layer cover it? Then nobody vouches for it: it may hold a stranger's HTML around a secret. A
 * signature *around* such a layer says nothing: whoever changed the ciphertext could have made it.
 */
export function mayBeForged(layers: readonly CryptographicLayer[]): boolean {
  const weakest = layers.findLastIndex(
    (layer) => layer.kind === "encrypted" && layer.status === "opened" && !layer.authenticated,
  );
  if (weakest < 0) return false;
  return !layers.slice(weakest + 1).some((layer) => {
    if (layer.kind !== "signed" || layer.signatures.length === 0) return false;
    return layer.signatures.every(({ status }) => status === "valid");
  });
}

function rewritten(payload: Bytes, neutral: (html: string) => string): Bytes | null {
  try {
    return rewriteEntity(payload, neutral);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof BudgetExceededError) return null;
    throw error;
  }
}
