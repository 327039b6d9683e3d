/** Whom a message names as its authors, before anything is judged: to look up what is known of them. */
import { Budget } from "../base/budget.js";
import type { Bytes, EmailAddress } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";
import { parseEntity } from "./entity.js";
import { readSender } from "./sender.js";

/** @returns every address of From; none where the header cannot be read. Proves nothing. */
export function readAuthors(raw: Bytes): readonly EmailAddress[] {
  try {
    return readSender(parseEntity(raw, new Budget())).from;
  } catch (error) {
    if (error instanceof MalformedError || error instanceof BudgetExceededError) return [];
    throw error;
  }
}
