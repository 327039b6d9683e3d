/**
 * A path that is not complete, and a certificate that says where its issuer's is. The address was chosen by
 * whoever made the certificate, so asking there can tell them that the message is being read: it is done by a
 * click only, and the button says whom it tells.
 */
import { ask } from "../../protocol/ask.js";
import { startJob } from "../../protocol/job.js";
import type { HandoverId, Reply } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { errorText, harmless, listText, text } from "../../ui/text.js";
import { problemLine } from "./fields.js";
import { working } from "./working.js";

/** Certificates name one or two; nobody reads twenty. */
const mostNamed = 3;

/**
 * @param find asks them; what is shown afterwards is for the caller to draw
 * @returns null where there is nobody to ask
 */
export function missingIssuers(
  hosts: readonly string[],
  find: () => Promise<Reply<unknown>>,
): HTMLElement | null {
  if (hosts.length === 0) return null;
  const names = listText(hosts.slice(0, mostNamed).map((host) => harmless(host)));
  const problem = problemLine();
  const button = element(
    "button",
    { type: "button", id: "find-issuers", "aria-describedby": "find-issuers-tells", click: () => void run() },
    text("issuers_find"),
  );
  const node = element(
    "div",
    { class: "stack tight" },
    element("div", { class: "row" }, button),
    element("p", { class: "small soft", id: "find-issuers-tells" }, text("issuers_tells", names)),
    problem,
  );
  return node;

  async function run(): Promise<void> {
    const reply = await working(node, text("issuers_asking"), find);
    problem.textContent = reply.ok ? text("issuers_not_found") : errorText(reply.code);
  }
}

/** @param again draws the file anew, judged with what came */
export async function findIssuersOf(
  file: HandoverId,
  again: (file: HandoverId) => Promise<void>,
): Promise<Reply<unknown>> {
  const job = startJob();
  const reply = await ask("file:find-issuers", { file, job: job.id });
  job.stop();
  if (reply.ok) await again(file);
  return reply;
}
