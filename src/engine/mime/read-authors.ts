/** Whom a message names as its authors, and what it calls itself, before anything is judged: to look up what is known. */
import { Budget } from "../base/budget.js";
import type { Bytes, EmailAddress } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { endLines } from "./canonical.js";
import { type Entity, fieldText, parseEntity } from "./entity.js";
import { readArrival } from "./mailing-list.js";
import { readSender, readSenderAndTaken } from "./sender.js";

/** What the outer header says. Proves nothing. */
export interface Origin {
  /** every address of From; none where the header cannot be read */
  readonly authors: readonly EmailAddress[];
  /** whom a reader may take for the author; the same where From is clear */
  readonly named: readonly EmailAddress[];
  /** what tells this message from others of the author's: Message-ID, Date and Subject, as they stand */
  readonly message: string;
  /** by the server that took it in, milliseconds since the epoch; null where that is not told */
  readonly arrival: number | null;
}

/** Of each field; what is beyond tells no messages apart. */
const maximumLength = 500;

export async function readOrigin(raw: Bytes): Promise<Origin> {
  const entity = entityOf(raw);
  if (entity === null) return { authors: [], named: [], message: "", arrival: null };
  const names = ["message-id", "date", "subject"].map((name) => fieldText(entity, name) ?? "");
  const message = names.map((text) => text.slice(0, maximumLength)).join("\n");
  const { from: authors, named } = await readSenderAndTaken(entity);
  return { authors, named, message, arrival: readArrival(entity) };
}

/** Addresses of From, in their order; none where the header cannot be read. */
export function readAuthors(raw: Bytes): readonly EmailAddress[] {
  const entity = entityOf(raw);
  return entity === null ? [] : readSender(entity).from;
}

function entityOf(raw: Bytes): Entity | null {
  try {
    // As the engine reads it, so that both read the same.
    return parseEntity(endLines(raw), new Budget());
  } catch (error) {
    if (error instanceof MalformedError || error instanceof BudgetExceededError) return null;
    throw error;
  }
}
