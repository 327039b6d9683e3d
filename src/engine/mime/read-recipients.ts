/** To whom the header of a message says it goes (RFC 5322 §3.6.3). */
import { Budget } from "../base/budget.js";
import type { Bytes, EmailAddress } from "../base/bytes.js";
import { BudgetExceededError } from "../base/errors.js";
import { type Mailbox, parseAddressList } from "./address.js";
import { type Entity, fieldTexts, parseEntity } from "./entity.js";

export interface Addressee {
  readonly address: EmailAddress;
  readonly field: "to" | "cc" | "bcc";
}

const fields = ["to", "cc", "bcc"] as const;

/** @returns those that are clearly addresses, members of groups too; none where the header cannot be read */
export function readRecipients(raw: Bytes): readonly Addressee[] {
  try {
    const message = parseEntity(raw, new Budget());
    return fields.flatMap((field) =>
      mailboxesOf(message, field).flatMap(({ address }) => (address === null ? [] : [{ address, field }])),
    );
  } catch (error) {
    if (error instanceof BudgetExceededError) return [];
    throw error;
  }
}

/** Mailboxes of every field of this name, those in groups too. */
export function mailboxesOf(message: Entity, name: string): readonly Mailbox[] {
  const list = fieldTexts(message, name).flatMap(parseAddressList);
  return list.flatMap((entry) => (entry.kind === "group" ? entry.members : [entry]));
}
