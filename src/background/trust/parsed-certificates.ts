/**
 * Certificates of the stores as structures, parsed once for each life of the background. A record that
 * no longer parses (a stricter reader after an update) is left out, never guessed at.
 */
import { type Bytes, type Certificate, parseCertificateOrNull } from "../../engine/index.js";

const keptAtMost = 2_000;

interface Stored {
  readonly fingerprint: string;
  readonly der: Bytes;
}

export class ParsedCertificates {
  readonly #parsed = new Map<string, Promise<Certificate | null>>();

  parse({ fingerprint, der }: Stored): Promise<Certificate | null> {
    const known = this.#parsed.get(fingerprint);
    if (known !== undefined) return known;
    if (this.#parsed.size >= keptAtMost) this.#parsed.clear();
    const parsing = parseCertificateOrNull(der);
    this.#parsed.set(fingerprint, parsing);
    return parsing;
  }

  async parseAll(records: readonly Stored[]): Promise<readonly Certificate[]> {
    const parsed = await Promise.all(records.map((record) => this.parse(record)));
    return parsed.filter((certificate) => certificate !== null);
  }
}
