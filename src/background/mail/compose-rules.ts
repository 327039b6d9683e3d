/**
 * The organisation's rules over one message: below which position the lock cannot stand, whether it must be
 * encrypted, who else reads it, and what keeps it here. Whatever is not known counts as inside: more is
 * encrypted, or stays, and nothing leaves in clear by mistake.
 */
import type { Blocker, Recipient } from "../../engine/index.js";
import { describeCertificate, emailAddresses, ownCapabilities } from "../../engine/index.js";
import type { ComposeMode, ComposeOrganisation } from "../../protocol/messages.js";
import type { OutgoingRules } from "../policy/policy.js";
import type { ResolvedRecipients } from "./compose-recipients.js";

/** Is there anything that a message with an open lock must be held against? */
export function asksSomething({ alwaysSign, encryptInside, unreadable }: OutgoingRules): boolean {
  return alwaysSign || encryptInside.length > 0 || unreadable.length > 0;
}

/** The mode, raised to what is asked. `automatic` signs always; that it encrypts is the plan's business. */
export function atLeast(
  mode: ComposeMode,
  { alwaysSign, mustEncrypt }: Pick<ComposeOrganisation, "alwaysSign" | "mustEncrypt">,
): ComposeMode {
  if (mustEncrypt && (mode === "off" || mode === "sign")) return "sign-and-encrypt";
  if (alwaysSign && mode === "off") return "sign";
  return alwaysSign && mode === "encrypt" ? "sign-and-encrypt" : mode;
}

/** @param author the sender's address, who is inside and does not decide */
export function mustEncrypt(
  { encryptInside, mixedRecipients }: OutgoingRules,
  { people, unresolved }: ResolvedRecipients,
  author: string | null,
): boolean {
  if (encryptInside.length === 0) return false;
  // A list that nobody can expand may have the whole house in it.
  if (unresolved.length > 0) return true;
  const others = people.filter(({ address }) => address !== author);
  const counted = others.length > 0 ? others : people;
  const inside = counted.filter(({ address }) => isInside(address, encryptInside));
  return mixedRecipients === "encrypt"
    ? inside.length > 0
    : inside.length > 0 && inside.length === counted.length;
}

function isInside(address: string, domains: readonly string[]): boolean {
  return domains.includes(address.slice(address.lastIndexOf("@") + 1));
}

interface Leaving {
  readonly encrypt: boolean;
  /** what stands in the way of the identity */
  readonly identity: readonly Blocker[];
  readonly time: Date;
}

export function ruleBlockers(rules: OutgoingRules, { encrypt, identity, time }: Leaving): readonly Blocker[] {
  const { alwaysSign, escrow, unreadable } = rules;
  const stopping = unreadable.filter((name) => encrypt || name !== "escrowCertificate");
  const expired = encrypt && escrow !== null && time.getTime() > escrow.notAfter;
  return [
    ...stopping.map((name): Blocker => ({ code: "organisation-rule-unreadable", detail: name })),
    ...(alwaysSign && identity.length > 0 ? [{ code: "organisation-signs" } as const] : []),
    ...(expired
      ? [{ code: "organisation-escrow-expired", detail: new Date(escrow.notAfter).toISOString() } as const]
      : []),
  ];
}

/** One more reader of what is encrypted. The composer shows who (`ComposeOrganisation.escrow`). */
export function escrowRecipients({ escrow }: OutgoingRules, encrypt: boolean): readonly Recipient[] {
  const [address] = escrow === null ? [] : emailAddresses(escrow);
  if (!encrypt || escrow === null || address === undefined) return [];
  // As for our own certificate: an escrow that reads less would take good ciphers away from everybody.
  return [{ address, field: "to", certificate: escrow, capabilities: ownCapabilities(escrow) }];
}

export function describeRules(
  rules: OutgoingRules,
  message: { readonly mustEncrypt: boolean; readonly encrypt: boolean },
): ComposeOrganisation | null {
  const { alwaysSign, escrow } = rules;
  const reader = message.encrypt && escrow !== null ? describeCertificate(escrow) : null;
  if (!alwaysSign && !message.mustEncrypt && reader === null) return null;
  return { alwaysSign, mustEncrypt: message.mustEncrypt, escrow: reader };
}
