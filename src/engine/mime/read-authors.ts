/** Whom a message names as its authors, and what it calls itself, before anything is judged: to look up what is known. */
import { Budget } from "../base/budget.js";
import type { Bytes, EmailAddress } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { endLines } from "./canonical.js";
import { fieldText, parseEntity } from "./entity.js";
import { readArrival } from "./mailing-list.js";
import { readSender } from "./sender.js";

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

export function readOrigin(raw: Bytes): Origin {
  try {
    // As the engine reads it, so that both read the same.
    const entity = parseEntity(endLines(raw), new Budget());
    const names = ["message-id", "date", "subject"].map((name) => fieldText(entity, name) ?? "");
    const message = names.map((text) => text.slice(0, maximumLength)).join("\n");
    const { from: authors, named } = readSender(entity);
    return { authors, named, message, arrival: readArrival(entity) };
  } catch (error) {
    if (error instanceof MalformedError || error instanceof BudgetExceededError) {
      return { authors: [], named: [], message: "", arrival: null };
    }
    throw error;
  }
}

/** @returns every address of From; none where the header cannot be read. Proves nothing. */
export function readAuthors(raw: Bytes): readonly EmailAddress[] {
  return readOrigin(raw).authors;
}
