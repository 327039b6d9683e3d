/**
 * What the engine throws inside itself. `inspect.ts` and `protect.ts` catch these and turn them into
 * faults; anything else that is thrown is our own bug. The codes are keys of the fault table.
 */

export type MalformedCode =
  | "asn1-malformed"
  | "asn1-not-der"
  | "mime-malformed"
  | "cms-malformed"
  | "certificate-malformed"
  | "key-malformed"
  | "pkcs12-malformed"
  | "dns-malformed"
  | "crl-malformed"
  | "ocsp-malformed";

export type UnsupportedCode =
  "algorithm-unsupported" | "content-type-unsupported" | "key-unsupported" | "version-unsupported";

/** The bytes do not parse. `detail` is for logs and the details pane: never a secret, never translated. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
  readonly code: MalformedCode;
  readonly detail: string;
  constructor(code: MalformedCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }
}

/** Well-formed, but nothing we implement. `detail` names the OID or type. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
  readonly code: UnsupportedCode;
  readonly detail: string;
  constructor(code: UnsupportedCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
  }
}

/** A bound of `Budget` was reached; the search stops here. */
export class BudgetExceededError extends Error {
  override readonly name = "BudgetExceededError";
  readonly code = "budget-exceeded";
  readonly detail: string;
  constructor(detail: string) {
    super(`budget-exceeded: ${detail}`);
    this.detail = detail;
  }
}

/**
 * Wrong password, wrong key, wrong padding, wrong tag: one error for all of them, so that no caller
 * can tell an attacker which (RFC 3218, EFAIL).
 */
export class DecryptionError extends Error {
  override readonly name = "DecryptionError";
  readonly code = "decryption-failed";
  constructor() {
    super("decryption-failed");
  }
}
