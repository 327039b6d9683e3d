/**
 * How the background's own parts say no: a code that has a sentence in `_locales`. The router turns it
 * into a reply; any other exception is our bug and crosses as nothing but that word.
 */
import type { ErrorCode } from "../protocol/messages.js";

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ErrorCode;
  /** for the sentence's placeholder: a name, a date. Never a secret. */
  readonly detail: string | undefined;

  constructor(code: ErrorCode, detail?: string) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}
