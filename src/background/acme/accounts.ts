/**
 * Accounts at authorities: one key for each directory, made before the authority hears of it, and the client that
 * speaks to it. A key's private half lies in IndexedDB and cannot be read out.
 */
import { type Database, durable } from "../database.js";
import { Refusal } from "../refusal.js";
import { AcmeClient, type Fetch } from "./acme-client.js";
import { type Contract, bindAccount, contractKey } from "./external-account.js";
import { type AccountKey, newAccountKey } from "./jws.js";

export interface AccountsHost {
  readonly database: () => Promise<Database>;
  readonly fetch: Fetch;
}

export class Accounts {
  readonly #host: AccountsHost;
  readonly #clients = new Map<string, AcmeClient>();

  constructor(host: AccountsHost) {
    this.#host = host;
  }

  client(directory: string): AcmeClient {
    const client = this.#clients.get(directory) ?? new AcmeClient(this.#host.fetch, directory);
    this.#clients.set(directory, client);
    return client;
  }

  /** @returns null where this profile never had one */
  async known(directory: string): Promise<AccountKey | null> {
    return (await (await this.#host.database()).get("accounts", directory)) ?? null;
  }

  /** The account's key is on the disk before the authority hears of it. */
  async key(directory: string): Promise<AccountKey> {
    const known = await this.known(directory);
    if (known !== null) return known;
    const made = { directory, ...(await newAccountKey()) };
    const transaction = (await this.#host.database()).transaction("accounts", "readwrite", durable);
    const other = await transaction.store.get(directory);
    if (other === undefined) await transaction.store.put(made);
    await transaction.done;
    return other ?? made;
  }

  /**
   * RFC 8555 §7.3.4, and the account made at once: whoever typed a wrong key hears of it while it is on the screen.
   * @throws AcmeProblem; Refusal `contract-malformed`
   */
  async open(directory: string, { keyId, key: text }: Contract): Promise<void> {
    const macKey = contractKey(text);
    if (macKey === null || keyId.trim() === "") throw new Refusal("contract-malformed");
    const client = this.client(directory);
    const { newAccount } = await client.directory();
    const key = await this.key(directory);
    const bound = { ...key, binding: await bindAccount({ keyId: keyId.trim(), macKey }, key, newAccount) };
    await client.account(bound);
    await (await this.#host.database()).put("accounts", { ...bound, directory });
  }
}
