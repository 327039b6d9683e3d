/** Your certificates: the list, and the way in for a `.p12` file. */
import { ask } from "../../protocol/ask.js";
import type { IdentityView, VaultStatus } from "../../protocol/messages.js";
import { element } from "../../ui/dom.js";
import { ownerOf, signerCard } from "../../ui/signer-card.js";
import { errorText, certificateProblemText, text } from "../../ui/text.js";
import { confirmed } from "../parts/confirm.js";
import { problemLine } from "../parts/fields.js";
import { notice } from "../parts/notice.js";
import { redraw } from "../parts/page.js";
import { importIdentity } from "./import-identity.js";
import { entry, listOr, section } from "./section.js";

export interface IdentitiesSection {
  readonly node: HTMLElement;
  draw(identities: readonly IdentityView[], vault: VaultStatus): void;
}

export function identitiesSection(changed: () => Promise<void>): IdentitiesSection {
  const { node, body } = section("identities");
  const problem = problemLine();
  const way = importIdentity(changed);
  return {
    node,
    draw(identities, vault) {
      way.know(vault, identities.length > 0);
      const rows = identities.map((identity) =>
        identityRow(identity, (words) => (problem.textContent = words), changed),
      );
      redraw(body, rows.length === 0 ? null : listOr("", rows), problem, way.node);
    },
  };
}

function identityRow(
  identity: IdentityView,
  fail: (words: string) => void,
  changed: () => Promise<void>,
): HTMLElement {
  const { certificate, problem } = identity;
  const remove = element(
    "button",
    {
      type: "button",
      class: "danger",
      "aria-label": text("identity_remove_named", ownerOf(certificate)),
      click: () => void removal(),
    },
    text("remove"),
  );
  return entry(
    element(
      "div",
      { class: "stack tight" },
      signerCard(certificate),
      element("p", { class: "small soft" }, abilities(identity)),
      problem === null
        ? null
        : notice("caution", element("p", { class: "small" }, certificateProblemText(problem))),
    ),
    remove,
  );

  async function removal(): Promise<void> {
    if (!(await agreesToRemoval(identity))) return;
    const reply = await ask("identity:remove", { fingerprint: certificate.fingerprint });
    fail(reply.ok ? "" : errorText(reply.code));
    await changed();
  }
}

function abilities({ canSign, canDecrypt }: IdentityView): string {
  if (canSign && canDecrypt) return text("identity_signs_and_decrypts");
  if (canSign) return text("identity_signs");
  return text(canDecrypt ? "identity_decrypts" : "identity_unusable");
}

/** Says what becomes unreadable: a removed key does not come back. */
function agreesToRemoval({ certificate, canDecrypt }: IdentityView): Promise<boolean> {
  return confirmed({
    title: text("identity_remove_title", ownerOf(certificate)),
    sentences: [...(canDecrypt ? [text("identity_remove_unreadable")] : []), text("identity_remove_keep")],
    yes: text("remove"),
    no: text("keep"),
    kind: "danger",
  });
}
