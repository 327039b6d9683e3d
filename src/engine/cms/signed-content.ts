/**
 * What a signature covers, and its digests, each computed once. Detached content is hashed as it was
 * received; where that does not match, as canonical text, because servers and disks turn CRLF into LF
 * (RFC 8551 §3.1.1, §3.4.3.3).
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, equal } from "../base/bytes.js";
import { canonicalize } from "../mime/canonical.js";
import { type DigestName, digest as computeDigest, hashingCost } from "../primitives/digest.js";

export class SignedContent {
  readonly #received: Bytes;
  readonly #detached: boolean;
  readonly #budget: Budget;
  readonly #digests = new Map<string, Promise<Bytes>>();
  #canonical: Bytes | null = null;

  /** @param detached false: octets out of the CMS itself, which nobody may have touched */
  constructor(received: Bytes, { detached, budget }: { detached: boolean; budget: Budget }) {
    this.#received = received;
    this.#detached = detached;
    this.#budget = budget;
  }

  /** @throws BudgetExceededError: signatures may name a dozen digests, and some of them are slow */
  async hasDigest(name: DigestName, expected: Bytes): Promise<boolean> {
    if (equal(await this.#digest(name, "received"), expected)) return true;
    if (this.canonical() === this.#received) return false;
    return equal(await this.#digest(name, "canonical"), expected);
  }

  /** For signatures without signed attributes: the forms that may have been signed, as received first. */
  forms(): readonly Bytes[] {
    const canonical = this.canonical();
    return canonical === this.#received ? [canonical] : [this.#received, canonical];
  }

  canonical(): Bytes {
    this.#canonical ??= this.#detached ? canonicalize(this.#received) : this.#received;
    return this.#canonical;
  }

  #digest(name: DigestName, form: "received" | "canonical"): Promise<Bytes> {
    const key = `${form} ${name}`;
    let digest = this.#digests.get(key);
    if (digest === undefined) {
      const octets = form === "received" ? this.#received : this.canonical();
      this.#budget.spend("hashedBytes", octets.length * hashingCost(name));
      digest = computeDigest(name, octets);
      this.#digests.set(key, digest);
    }
    return digest;
  }
}
