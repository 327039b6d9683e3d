/** Who a message goes to: header values and mailing lists as single addresses, each once. */
import type { Group, Mailbox } from "../../engine/index.js";
import { normalizeAddress, parseAddressList } from "../../engine/index.js";

export type RecipientField = "to" | "cc" | "bcc";
export type Fields = Readonly<Record<RecipientField, readonly string[]>>;

export interface ResolvedRecipient {
  /** normalised */
  readonly address: string;
  readonly displayName: string | null;
  readonly field: RecipientField;
  /** as it stands in the composer: the address, or the name of the list that it comes from */
  readonly entry: string;
}

export interface ResolvedRecipients {
  readonly people: readonly ResolvedRecipient[];
  /** what could not be turned into addresses, as it stands in the composer */
  readonly unresolved: readonly string[];
  /** all that stands in the composer */
  readonly entries: readonly string[];
}

type ExpandList = (name: string) => Promise<readonly string[] | null>;

/** A header value's mailboxes, those of groups included. */
export function mailboxesOf(value: string): readonly Mailbox[] {
  return parseAddressList(value).flatMap((entry: Mailbox | Group) =>
    entry.kind === "group" ? entry.members : [entry],
  );
}

export async function resolveRecipients(fields: Fields, expandList: ExpandList): Promise<ResolvedRecipients> {
  const people = new Map<string, ResolvedRecipient>();
  const unresolved: string[] = [];
  const entries: string[] = [];
  // Bcc first: whoever is named there too must count as hidden.
  for (const field of ["bcc", "to", "cc"] as const) {
    for (const mailbox of fields[field].flatMap(mailboxesOf)) {
      const { displayName } = mailbox;
      const entry = mailbox.address ?? displayName ?? mailbox.text;
      const found = await addressesOf(mailbox, expandList);
      entries.push(entry);
      if (found.length === 0) unresolved.push(entry);
      for (const address of found)
        if (!people.has(address)) people.set(address, { address, displayName, field, entry });
    }
  }
  return { people: [...people.values()], unresolved, entries };
}

async function addressesOf(mailbox: Mailbox, expandList: ExpandList): Promise<readonly string[]> {
  if (mailbox.address !== null) return [mailbox.address];
  const members = (await expandList(mailbox.displayName ?? mailbox.text)) ?? [];
  const addresses = members.map(normalizeAddress);
  return addresses.every((address) => address !== null) ? addresses : [];
}
