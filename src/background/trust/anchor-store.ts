/**
 * The person's own trust anchors: authorities whose word counts. Nothing gets in here but by an act on
 * the options page, and nothing that is not a certificate authority (RFC 5280 §4.2.1.9).
 */
import type { Certificate, CertificateSummary } from "../../engine/index.js";
import { describeCertificate } from "../../engine/index.js";
import { durable } from "../database.js";
import type { StoreHost } from "./certificate-store.js";

export class AnchorStore {
  readonly #host: StoreHost;

  constructor(host: StoreHost) {
    this.#host = host;
  }

  /** @returns those that were new */
  async add(anchors: readonly Certificate[]): Promise<readonly CertificateSummary[]> {
    const since = this.#host.now().toISOString();
    const added: CertificateSummary[] = [];
    const transaction = (await this.#host.database()).transaction("anchors", "readwrite", durable);
    for (const anchor of anchors) {
      if ((await transaction.store.getKey(anchor.fingerprint)) !== undefined) continue;
      const summary = describeCertificate(anchor);
      await transaction.store.put({
        fingerprint: anchor.fingerprint,
        der: anchor.der.slice(),
        summary,
        since,
      });
      added.push(summary);
    }
    await transaction.done;
    if (added.length > 0) this.#host.onChanged();
    return added;
  }

  async all(): Promise<readonly Certificate[]> {
    return this.#host.parsed.parseAll(await (await this.#host.database()).getAll("anchors"));
  }

  async list(): Promise<readonly CertificateSummary[]> {
    return (await (await this.#host.database()).getAll("anchors")).map(({ summary }) => summary);
  }

  async remove(fingerprint: string): Promise<void> {
    await (await this.#host.database()).delete("anchors", fingerprint);
    this.#host.onChanged();
  }
}
