/**
 * What was typed, as octets, and what may be spent on it. RFC 7292 §B.1 and RFC 8018 §3 say how a password
 * becomes octets; programs have their own ways: no octets at all for the empty one, UTF-8 taken for
 * Latin-1 (OpenSSL before 1.1), UTF-16 for PBKDF2 (NSS before 3.31). The defined form comes first.
 */
import { type Bytes, equal, fromUtf8 } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";

/** One way to turn what was typed into octets; programs differ where it is empty or not ASCII. */
export interface PasswordForm {
  /** for the derivation of RFC 7292 §B.2 */
  readonly bmp: Bytes;
  /** for PBKDF2 */
  readonly octets: Bytes;
}

/** Rounds of key derivation that one file may cost, and one of its keys. */
const maximumRounds = { inAll: 10_000_000, atOnce: 5_000_000 };

/**
 * What scrypt may cost: memory in octets (128 r N), that times its parallel runs, and the blocks (r p) that PBKDF2
 * fills before and after: few in earnest, and its slowest part where they are many.
 */
const maximumScrypt = { memory: 256_000_000, work: 1_000_000_000, blocks: 1_024 };

export class RoundCounter {
  #spent = 0;
  #scryptWork = 0;

  /**
   * @param weight how often the rounds are gone through, or how much slower than the platform's they are
   * @throws BudgetExceededError, MalformedError for none
   */
  spend(iterations: number, weight = 1): void {
    const rounds = iterations * weight;
    this.#spent += rounds;
    if (iterations < 1) throw new MalformedError("pkcs12-malformed", "iteration count");
    if (rounds > maximumRounds.atOnce || this.#spent > maximumRounds.inAll) {
      throw new BudgetExceededError("password iterations");
    }
  }

  /** @throws BudgetExceededError, MalformedError for parameters that are none (RFC 7914 §2) */
  spendScrypt({ costFactor, blockSize, parallelism }: ScryptCost): void {
    const isPowerOfTwo = costFactor > 1 && (costFactor & (costFactor - 1)) === 0;
    if (!isPowerOfTwo || blockSize < 1 || parallelism < 1) {
      throw new MalformedError("pkcs12-malformed", "scrypt parameters");
    }
    const memory = 128 * costFactor * blockSize;
    this.#scryptWork += memory * parallelism;
    const { work, blocks } = maximumScrypt;
    if (memory > maximumScrypt.memory || this.#scryptWork > work || blockSize * parallelism > blocks) {
      throw new BudgetExceededError("password iterations");
    }
  }
}

/** N, r and p of RFC 7914 §2 */
export interface ScryptCost {
  readonly costFactor: number;
  readonly blockSize: number;
  readonly parallelism: number;
}

export interface Secret {
  readonly form: PasswordForm;
  readonly rounds: RoundCounter;
}

/** The defined form, then those of programs that have another. @param password any UTF-16, lone surrogates too */
export function passwordForms(password: string): readonly PasswordForm[] {
  const utf8 = fromUtf8(password);
  const bmp = bmpPassword(password);
  const forms: PasswordForm[] = [{ bmp, octets: utf8 }];
  if (password === "") forms.push({ bmp: new Uint8Array(0), octets: utf8 });
  const asLatin1 = Array.from(utf8, (octet) => String.fromCharCode(octet)).join("");
  if (asLatin1 !== password) forms.push({ bmp: bmpPassword(asLatin1), octets: utf8 });
  const latin1 = Uint8Array.from(password, (character) => character.charCodeAt(0));
  const fitsLatin1 = /^[\0-\xff]*$/.test(password) && !equal(latin1, utf8);
  if (fitsLatin1) forms.push({ bmp, octets: latin1 });
  forms.push({ bmp, octets: bmp });
  return forms;
}

/** RFC 7292 §B.1: UTF-16BE, surrogate pairs where they are needed, and two zero octets. */
export function bmpPassword(text: string): Bytes {
  return utf16(`${text}\0`);
}

export function utf16(text: string): Bytes {
  const octets = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    octets[2 * i] = unit >> 8;
    octets[2 * i + 1] = unit & 0xff;
  }
  return octets;
}
