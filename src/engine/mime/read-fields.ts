/**
 * Header fields by name, as they stand in the outer header of a message: for mail that a program reads
 * before a person does (RFC 8823). Proves nothing.
 */
import { Budget } from "../base/budget.js";
import type { Bytes, EmailAddress } from "../base/bytes.js";
import { BudgetExceededError } from "../base/errors.js";
import { decodeEncodedWords } from "./encoded-word.js";
import { fieldTexts, parseEntity } from "./entity.js";
import { mailboxesOf } from "./read-recipients.js";

export interface HeaderFields {
  /** unfolded, every field of this name in order, topmost first. @param name lower case */
  all(name: string): readonly string[];
  /** RFC 2047 decoded; null where there is none, or more than one: then readers differ */
  only(name: string): string | null;
  /** null where one of them is no address */
  addresses(name: string): readonly EmailAddress[] | null;
}

/** @returns null where the header cannot be read, or could be read differently */
export function readFields(raw: Bytes): HeaderFields | null {
  try {
    const entity = parseEntity(raw, new Budget());
    if (!entity.regular) return null;
    const all = (name: string): readonly string[] => fieldTexts(entity, name);
    return {
      all,
      only(name) {
        const [text, ...more] = all(name);
        return text === undefined || more.length > 0 ? null : decodeEncodedWords(text);
      },
      addresses(name) {
        const list = mailboxesOf(entity, name).map(({ address }) => address);
        return list.every((address) => address !== null) ? list : null;
      },
    };
  } catch (error) {
    if (error instanceof BudgetExceededError) return null;
    throw error;
  }
}
