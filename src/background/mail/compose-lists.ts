/**
 * Mailing lists of the address books. In the composer a list stands as one recipient without an address;
 * Thunderbird turns it into people only after the check before sending.
 */
interface Contact {
  readonly vCard?: string;
  readonly properties?: { readonly vCard?: string };
}

interface MailingList {
  readonly id: string;
  readonly name: string;
}

/** Manifest V3 keeps them below `addressBooks`; the types that we have are older. */
interface AddressBooks {
  list(complete: boolean): Promise<readonly { readonly id: string }[]>;
  readonly mailingLists: {
    list(parentId: string): Promise<readonly MailingList[]>;
    listMembers(id: string): Promise<readonly Contact[]>;
  };
}

/** @returns null where no address book has a list of that name, or a member of it has no address */
export async function addressesOfList(name: string): Promise<readonly string[] | null> {
  const books = browser.addressBooks as unknown as AddressBooks;
  for (const { id } of await books.list(false)) {
    const lists = await books.mailingLists.list(id);
    const found = lists.find((list) => list.name.toLowerCase() === name.toLowerCase());
    if (found) return addressesOf(await books.mailingLists.listMembers(found.id));
  }
  return null;
}

function addressesOf(members: readonly Contact[]): readonly string[] | null {
  const addresses = members.map((member) => firstEmail(member.vCard ?? member.properties?.vCard ?? ""));
  return addresses.length > 0 && addresses.every((address) => address !== null) ? addresses : null;
}

/** RFC 6350 §6.4.2, §5.3: the address with the lowest PREF, else the first; Thunderbird does the same. */
export function firstEmail(vCard: string): string | null {
  const found = readEmails(vCard);
  found.sort((a, b) => a.preference - b.preference);
  return found[0]?.address ?? null;
}

export function emailsOf(vCard: string): readonly string[] {
  return readEmails(vCard).map(({ address }) => address);
}

function readEmails(vCard: string): { readonly preference: number; readonly address: string }[] {
  const unfolded = vCard.replace(/\r?\n[ \t]/g, "");
  return [...unfolded.matchAll(/^(?:[\w-]+\.)?EMAIL((?:;[^:\r\n]*)?):([^\r\n]+)/gim)].map(
    ([, parameters = "", value = ""]) => ({
      preference: Number(/;PREF=(\d+)/i.exec(parameters)?.[1] ?? 101),
      address: value.trim(),
    }),
  );
}
