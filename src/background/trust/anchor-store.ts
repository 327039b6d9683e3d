/**
 * The person's own trust anchors, and the organisation's: authorities whose word counts. Nothing gets in here
 * but by an act on the options page or by the machine's administrator (`policy/`), and nothing that is not a
 * certificate authority (RFC 5280 §4.2.1.9).
 */
import type { Certificate, CertificateSummary } from "../../engine/index.js";
import { describeCertificate, loadMailScope } from "../../engine/index.js";
import { durable, removeDurably } from "../database.js";
import type { AnchorView } from "../../protocol/anchors.js";
import { Refusal } from "../refusal.js";
import type { StoreHost } from "./certificate-store.js";

type Managed = () => Promise<readonly Certificate[]>;

export class AnchorStore {
  readonly #host: StoreHost;
  readonly #managed: Managed;

  /** @param managed the organisation's, which nobody can remove here */
  constructor(host: StoreHost, managed: Managed = () => Promise.resolve([])) {
    this.#host = host;
    this.#managed = managed;
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
    const [managed, own] = await Promise.all([this.#managed(), this.#own()]);
    if (managed.length === 0) return own;
    return [...new Map([...own, ...managed].map((anchor) => [anchor.fingerprint, anchor])).values()];
  }

  /** The organisation's first; one that a person added too is the organisation's. */
  async list(): Promise<readonly AnchorView[]> {
    const { mailScope } = await loadMailScope();
    const seen = (anchor: Certificate): AnchorView => ({
      ...describeCertificate(anchor),
      ...mailScope(anchor),
    });
    const managed = await this.#managed();
    const theirs = new Set(managed.map(({ fingerprint }) => fingerprint));
    const own = (await this.#own()).filter(({ fingerprint }) => !theirs.has(fingerprint));
    return [
      ...managed.map((anchor) => ({ ...seen(anchor), setBy: "organisation" as const })),
      ...own.map(seen),
    ];
  }

  async #own(): Promise<readonly Certificate[]> {
    return this.#host.parsed.parseAll(await (await this.#host.database()).getAll("anchors"));
  }

  /** @throws Refusal for one of the organisation's */
  async remove(fingerprint: string): Promise<void> {
    if ((await this.#managed()).some((anchor) => anchor.fingerprint === fingerprint))
      throw new Refusal("set-by-organisation");
    await removeDurably(await this.#host.database(), "anchors", fingerprint);
    this.#host.onChanged();
  }
}
