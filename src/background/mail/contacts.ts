/**
 * The address books as a list of people whom the person knows, for the look-alike warning. Read when it is
 * first asked for, and again after a change; nothing of them is kept but in memory.
 */
import type { Finder } from "../finding/finder.js";
import type { Correspondents } from "../trust/correspondents.js";
import { contactKeys } from "./contact-keys.js";
import { emailsOf } from "./compose-lists.js";

interface Contact {
  readonly vCard?: string;
  readonly properties?: { readonly vCard?: string };
}

interface Listened {
  addListener(listener: () => void): void;
}

/** Manifest V3 keeps them below `addressBooks`; the types that we have are older. */
interface AddressBooks {
  list(complete: boolean): Promise<readonly { readonly id: string; readonly remote?: boolean }[]>;
  readonly contacts: {
    list(parentId: string): Promise<readonly Contact[]>;
    readonly onCreated: Listened;
    readonly onUpdated: Listened;
    readonly onDeleted: Listened;
  };
}

export function watchContacts(correspondents: Correspondents, finder: Finder): void {
  const books = (browser as { addressBooks?: unknown }).addressBooks as AddressBooks | undefined;
  if (books === undefined) return;
  const { contacts } = books;
  const forget = (): void => {
    correspondents.forget();
    finder.forgetContacts();
  };
  for (const event of [contacts.onCreated, contacts.onUpdated, contacts.onDeleted]) event.addListener(forget);
  correspondents.useContacts(() => addressesIn(books));
  correspondents.warm();
  finder.useContacts(contactKeys(() => cardsIn(books)));
}

async function addressesIn(books: AddressBooks): Promise<readonly string[]> {
  return (await cardsIn(books)).flatMap(emailsOf);
}

async function cardsIn(books: AddressBooks): Promise<readonly string[]> {
  // Those on a server would be asked over the network, and answer only to a search.
  const local = (await books.list(false)).filter(({ remote }) => remote !== true);
  const lists = await Promise.all(local.map(({ id }) => books.contacts.list(id)));
  return lists.flat().map(({ vCard, properties }) => vCard ?? properties?.vCard ?? "");
}
