/**
 * Orders of certificates (RFC 8555, RFC 8823): begun by a person, carried on by alarms, mail and unlocks, for
 * days if need be. Each step is written to the disk before the next begins, so the background may die at any
 * of them. The new key is sealed before the first request leaves.
 */
import type { Identity } from "../../engine/index.js";
import type { Database } from "../database.js";
import { durable } from "../database.js";
import { nameOfError } from "../name-of-error.js";
import { Refusal } from "../refusal.js";
import type { IdentityStore } from "../vault/identity-store.js";
import type { PendingKeys } from "../vault/pending-keys.js";
import type { Vault } from "../vault/vault.js";
import { Accounts } from "./accounts.js";
import { AcmeClient, type Fetch } from "./acme-client.js";
import { AcmeProblem } from "./acme-problem.js";
import type { ChallengeMailbox } from "./challenge-mailbox.js";
import { type ChallengeAnswer, challengeAnswer, challengeToken } from "./email-challenge.js";
import type { Contract } from "./external-account.js";
import { installCertificate } from "./install-certificate.js";
import { advanced, postponed } from "./challenge-steps.js";
import { afterFailure, stoppedHere } from "./order-failure.js";
import { newKey, sameKey } from "./order-key.js";
import { takeStep } from "./order-steps.js";
import { isDue, isRunning, longestOrder, minute, renewalOf } from "./order-times.js";
import type { NewOrder, OrderRecord, OrderStep, OrderedKey } from "./records.js";
import { revokeStolen } from "./revoke-stolen.js";

export interface OrdersHost {
  readonly database: () => Promise<Database>;
  readonly vault: Vault;
  readonly identities: IdentityStore;
  readonly pendingKeys: PendingKeys;
  readonly fetch: Fetch;
  /** null where no mail client is: the person answers by hand */
  readonly mailbox: ChallengeMailbox | null;
  readonly now: () => Date;
  /** Wake us then. @param when milliseconds since the epoch; null: nothing to wake for */
  readonly schedule: (when: number | null) => void;
  readonly onChanged: () => void;
  /** An order got where a person may want to know of it, or has something to do. */
  readonly onNews: (order: OrderRecord) => void;
}

/** Where a wake at once would find the same: what is due cannot be read, or not be written down. */
const later = 30 * minute;
/** milliseconds: an order whose authority takes longer lets others go before, and is due again at once */
const longestTurn = 30_000;
/** More steps than an order has: a server that sends us round and round is left. */
const mostStepsAtOnce = 15;

export class Orders {
  readonly #host: OrdersHost;
  readonly #accounts: Accounts;
  /** One after the other: nonces are one account's, and no step is taken twice at once. */
  #last: Promise<unknown> = Promise.resolve();
  /** What stopped an order and could not be written down: the disk is full. Gone with this life of the background. */
  readonly #unwritten = new Map<string, Pick<OrderRecord, "problem" | "nextTry">>();

  constructor(host: OrdersHost) {
    this.#host = host;
    this.#accounts = new Accounts(host);
    host.vault.onChanged((event) => {
      if (event === "unlocked") this.carryOn((order) => order.step === "install");
    });
  }

  async all(): Promise<readonly OrderRecord[]> {
    const orders = await (await this.#host.database()).getAll("orders");
    const told = orders.map((order) => ({ ...order, ...this.#unwritten.get(order.id) }));
    return told.sort((a, b) => b.createdAt - a.createdAt);
  }

  /** @throws Refusal `vault-locked`; one for the same address that is under way already goes on instead */
  async begin(wish: NewOrder): Promise<OrderRecord> {
    const running = (await this.all()).find(
      (order) => order.directory === wish.directory && order.address === wish.address && isRunning(order),
    );
    if (running !== undefined) return running;
    const id = crypto.randomUUID();
    const key = await this.#keyFor(wish);
    const createdAt = this.#host.now().getTime();
    const { directory, address, kind } = wish;
    const order: OrderRecord = {
      ...{ version: 1, id, directory, address, kind, step: "account", failedAt: null },
      ...{ key, url: null, challenge: null, doubtful: null, chain: null, fingerprint: null, problem: null },
      ...{ tries: 0, rounds: 0, nextTry: createdAt, createdAt, endsAt: createdAt + longestOrder },
      ...{ answeredMails: [], renews: wish.renews, renewAt: null, reminded: false },
    };
    await (await this.#host.database()).put("orders", order);
    this.carryOn(({ id: one }) => one === id);
    return order;
  }

  /** The authority's terms, before anything is agreed to. @throws AcmeProblem */
  directory(url: string): ReturnType<AcmeClient["directory"]> {
    return new AcmeClient(this.#host.fetch, url).directory();
  }

  /** For an authority that serves its customers only. @throws AcmeProblem; Refusal `contract-malformed` */
  openAccount(directory: string, contract: Contract): Promise<void> {
    return this.#inTurn(() => this.#accounts.open(directory, contract));
  }

  /**
   * A person's click: this is the challenge, answer it.
   * @param believe the server that says that it checked it is the provider's @throws Refusal `not-found`
   */
  async confirmMail(id: string, believe = false): Promise<void> {
    const { doubtful, address } = await this.#get(id);
    const server = believe ? (doubtful?.server ?? null) : null;
    if (server !== null) await (await this.#host.database()).put("mailServers", { address, server });
    await this.#change(id, ["mail", "validation"], (order) => ({
      ...order,
      doubtful: order.doubtful && { ...order.doubtful, confirmed: true },
      nextTry: this.#host.now().getTime(),
    }));
  }

  /**
   * By hand: what to answer to the mail whose subject the person copied.
   * @returns null where that is no challenge's subject @throws Refusal `not-found`
   */
  async answerTo(id: string, subject: string): Promise<ChallengeAnswer | null> {
    const order = await this.#get(id);
    if (order.challenge === null) throw new Refusal("not-found");
    const tokenPart1 = challengeToken(subject);
    if (tokenPart1 === null) return null;
    const key = await this.#accounts.key(order.directory);
    return challengeAnswer(order.challenge.from, { tokenPart1, tokenPart2: order.challenge.token, key });
  }

  /** The person sent the answer; or another one, where the mail before was not ours. */
  async answered(id: string): Promise<void> {
    await this.#change(id, ["mail", "validation"], (order) => advanced(order, { step: "answered" }));
  }

  /**
   * From where it makes sense: what is under way goes on now, what is issued is put to its key, anything else, a wrong
   * certificate too, is ordered anew with the same key.
   */
  async tryAgain(id: string): Promise<void> {
    if (isRunning(await this.#get(id))) return this.#takeUp((order) => order.id === id, "ask");
    const now = this.#host.now().getTime();
    await this.#change(id, ["failed"], (order) => {
      // What is wrong stays wrong, however often it is looked at.
      const isIssued = order.chain !== null && order.problem?.code !== "certificate-wrong";
      const step: OrderStep = isIssued ? "install" : "account";
      const fresh = {
        chain: isIssued ? order.chain : null,
        url: null,
        challenge: null,
        doubtful: null,
        failedAt: null,
        rounds: 0,
        endsAt: now + longestOrder,
      };
      return advanced(order, { ...fresh, step, nextTry: now });
    });
  }

  /** Its key, if it has no certificate yet, goes with it. */
  async remove(id: string): Promise<void> {
    const order = await this.#get(id);
    await (await this.#host.database()).delete("orders", id);
    this.#unwritten.delete(id);
    if (order.key?.id != null) await this.#host.pendingKeys.remove(order.key.id);
    this.#host.onChanged();
    this.carryOn();
  }

  /** Of the authority that issued it; null: it was not ordered here */
  async directoryOf(fingerprint: string): Promise<string | null> {
    return (await this.all()).find((order) => order.fingerprint === fingerprint)?.directory ?? null;
  }

  /**
   * RFC 8555 §7.6. At once, with nonces of its own: no order of a slow authority keeps a thief in business.
   * @throws AcmeProblem; Refusal `vault-locked`
   */
  revoke(directory: string, identity: Identity): Promise<void> {
    return revokeStolen(new Accounts(this.#host), directory, identity);
  }

  /** Take up what is due, and whatever is named. Never throws; nobody waits for it. */
  carryOn(named: (order: OrderRecord) => boolean = () => false): void {
    this.#takeUp(named, "as-due");
  }

  /** @param how `ask`: a person wants to know now, whatever it is put off to */
  #takeUp(named: (order: OrderRecord) => boolean, how: "ask" | "as-due"): void {
    void this.#inTurn(async () => {
      const now = this.#host.now().getTime();
      const hasTurn = (order: OrderRecord): boolean => named(order) || isDue(order, now);
      const all = (await this.all()).filter((order) => isRunning(order) && hasTurn(order));
      // For who is stopped in the middle.
      if (all.length > 0) this.#host.schedule(now + minute);
      for (const order of all)
        await this.#run(order.id, how === "ask" && named(order)).catch((error: unknown) =>
          this.#keepInMind(order, error),
        );
      await this.#scheduleNext();
    }).catch((error: unknown) => {
      console.error("Signet could not read its orders", nameOfError(error));
      // They are not forgotten for that.
      this.#host.schedule(this.#host.now().getTime() + later);
    });
  }

  /** Those whose certificate is here, and is not followed by another order that is on its way or done. */
  async awaitingRenewal(): Promise<readonly OrderRecord[]> {
    const [all, here] = await Promise.all([this.all(), this.#host.identities.fingerprints()]);
    const followed = new Set(all.flatMap(({ renews, step }) => (step === "failed" ? [] : [renews])));
    return all.filter(({ renewAt, fingerprint }) => {
      if (renewAt === null || fingerprint === null) return false;
      return here.includes(fingerprint) && !followed.has(fingerprint);
    });
  }

  /** Certificates whose end comes near, each told once. */
  async dueForRenewal(): Promise<readonly OrderRecord[]> {
    const now = this.#host.now().getTime();
    const due = (await this.awaitingRenewal()).filter(
      ({ renewAt, reminded }) => renewAt! <= now && !reminded,
    );
    for (const order of due) await this.#replace(order, { ...order, reminded: true });
    return due;
  }

  /** What failed on the way to its record is told all the same, once, and stops no other order. */
  #keepInMind(order: OrderRecord, error: unknown): void {
    const now = this.#host.now().getTime();
    const { problem } = stoppedHere(order, error, now);
    const isNew = !this.#unwritten.has(order.id);
    this.#unwritten.set(order.id, { problem, nextTry: now + later });
    this.#host.onChanged();
    if (isNew) this.#host.onNews({ ...order, problem });
  }

  /** When everything that was begun has been done. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #run(id: string, isAsked: boolean): Promise<void> {
    const begun = this.#host.now().getTime();
    for (let steps = 0; steps < mostStepsAtOnce; steps++) {
      if (this.#host.now().getTime() - begun > longestTurn) return;
      const found = await (await this.#host.database()).get("orders", id);
      if (found === undefined || !isRunning(found)) return;
      const isPutOff = found.nextTry !== null && isAsked && steps === 0;
      const order = isPutOff ? { ...found, nextTry: this.#host.now().getTime() } : found;
      const next = await this.#next(order);
      if (!(await this.#replace(order, next)) || next.step === order.step) return;
      if (next.nextTry !== null && next.nextTry > this.#host.now().getTime()) return;
    }
    const order = await (await this.#host.database()).get("orders", id);
    if (order !== undefined && isRunning(order))
      await this.#replace(order, postponed(order, this.#host.now().getTime(), null));
  }

  async #next(order: OrderRecord): Promise<OrderRecord> {
    try {
      return await this.#step(order);
    } catch (error) {
      // A part of the step may be written down already: mails that were answered.
      const reached = (await (await this.#host.database()).get("orders", order.id)) ?? order;
      return afterFailure(reached, error, this.#host.now().getTime());
    }
  }

  async #step(before: OrderRecord): Promise<OrderRecord> {
    const now = this.#host.now().getTime();
    // What stopped it is told for as long as it does: where nobody is asked, it may do so still.
    const asksNobody = before.step === "validation" && before.nextTry !== null && !isDue(before, now);
    const problem = asksNobody ? before.problem : null;
    const order = { ...before, problem, nextTry: isDue(before, now) ? now : before.nextTry };
    if (order.step === "install") return this.#install(order);
    if (now > order.endsAt) throw new AcmeProblem("took-too-long", "");
    const key = await this.#accounts.key(order.directory);
    const { mailbox, database } = this.#host;
    const spent = (await this.all()).flatMap(({ answeredMails }) => answeredMails);
    const believed = await (await database()).getAll("mailServers");
    const servers = believed.filter(({ address }) => address === order.address).map(({ server }) => server);
    const client = this.#accounts.client(order.directory);
    const keep = (reached: OrderRecord): Promise<boolean> => this.#replace(order, reached);
    return takeStep(order, { client, key, mailbox, spent, servers, now, keep });
  }

  /** Waits for the vault to be open. */
  async #install(order: OrderRecord): Promise<OrderRecord> {
    if ((await this.#host.vault.unlocked()) === null) return { ...order, nextTry: null };
    const { fingerprint, notBefore, notAfter } = await installCertificate(order, this.#host);
    if (order.key?.id != null) await this.#host.pendingKeys.remove(order.key.id);
    const renewAt = renewalOf(notBefore, notAfter);
    return advanced(order, { step: "done", key: null, chain: null, fingerprint, renewAt });
  }

  async #keyFor(wish: NewOrder): Promise<OrderedKey> {
    if ((await this.#host.vault.unlocked()) === null) throw new Refusal("vault-locked");
    return wish.key === "same" ? sameKey(wish, this.#host.identities) : newKey(wish, this.#host.pendingKeys);
  }

  /** @returns false where the person removed it meanwhile */
  async #replace(before: OrderRecord, reached: OrderRecord): Promise<boolean> {
    // A step that nobody else acts in is due at once: who is stopped before it is done takes it up when next awake.
    const isNext = reached.step !== before.step && isRunning(reached) && reached.nextTry === null;
    const after = isNext ? { ...reached, nextTry: this.#host.now().getTime() } : reached;
    const transaction = (await this.#host.database()).transaction("orders", "readwrite", durable);
    const there = (await transaction.store.getKey(before.id)) !== undefined;
    if (there) await transaction.store.put(after);
    await transaction.done;
    this.#unwritten.delete(before.id);
    if (there && JSON.stringify(visible(before)) !== JSON.stringify(visible(after))) {
      this.#host.onChanged();
      if (isNews(before, after)) this.#host.onNews(after);
    }
    return there;
  }

  async #change(
    id: string,
    steps: readonly OrderStep[],
    change: (order: OrderRecord) => OrderRecord,
  ): Promise<void> {
    await this.#inTurn(async () => {
      const order = await this.#get(id);
      if (!steps.includes(order.step)) throw new Refusal("not-found");
      await this.#replace(order, change(order));
    });
    this.carryOn(({ id: one }) => one === id);
  }

  async #get(id: string): Promise<OrderRecord> {
    const order = await (await this.#host.database()).get("orders", id);
    if (order === undefined) throw new Refusal("not-found");
    return order;
  }

  async #scheduleNext(): Promise<void> {
    const now = this.#host.now().getTime();
    const tries = (await this.all()).filter(isRunning).map(({ nextTry }) => nextTry);
    const untold = (await this.awaitingRenewal()).filter(({ reminded }) => !reminded);
    // Whoever is due is told on this very wake; where that fails, nobody is woken at once and for ever.
    const renewals = untold.map(({ renewAt }) => (renewAt! > now ? renewAt : now + later));
    const times = [...tries, ...renewals].filter((time) => time !== null);
    this.#host.schedule(times.length === 0 ? null : Math.min(...times));
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function visible({ step, problem, doubtful, nextTry }: OrderRecord): unknown {
  return { step, problem, doubtful, waits: nextTry === null };
}

/** It is done, it failed, or it waits for a person: for a click, or for the vault. */
function isNews(before: OrderRecord, after: OrderRecord): boolean {
  if (after.step === "install") return after.nextTry === null && before.nextTry !== null;
  const asks = after.doubtful?.confirmed === false && before.doubtful?.messageId !== after.doubtful.messageId;
  return asks || (after.step !== before.step && !isRunning(after));
}
