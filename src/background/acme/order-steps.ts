/**
 * The steps of an order, each from one record to the next (RFC 8555 §7.4, RFC 8823 §3). A step asks the
 * authority at most a few things and may be done twice: whoever dies in the middle of one does it again.
 */
import { normalizeAddress } from "../../engine/index.js";
import type { AcmeClient, Account, Polled } from "./acme-client.js";
import type { Authorization, Order } from "./acme-answers.js";
import { AcmeProblem } from "./acme-problem.js";
import { challengeAnswer } from "./email-challenge.js";
import type { ChallengeLetter, ChallengeMailbox } from "./challenge-mailbox.js";
import type { AccountKey } from "./jws.js";
import type { OrderRecord } from "./records.js";

export interface Stepping {
  readonly client: AcmeClient;
  readonly key: AccountKey;
  /** null: the person answers the mail by hand */
  readonly mailbox: ChallengeMailbox | null;
  /** Message-IDs of challenges that were answered already, for whichever order */
  readonly spent: readonly string[];
  /** authserv-ids that the person said are their provider's */
  readonly servers: readonly string[];
  readonly now: number;
}

const seconds = 1000;
const minutes = 60 * seconds;

/** @returns the record after it: of the same step where there is something to wait for */
export async function takeStep(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  switch (order.step) {
    case "account":
      await accountOf(stepping);
      return advanced(order, { step: "order" });
    case "order":
      return newOrder(order, stepping);
    case "challenge":
      return lookAtChallenge(order, stepping);
    case "mail":
      return lookForMail(order, stepping);
    case "answered":
      await stepping.client.respond(await accountOf(stepping), challengeOf(order).url);
      return advanced(order, { step: "validation" });
    case "validation":
      return lookAtOrder(order, stepping);
    case "finalize":
      return finalize(order, stepping);
    case "issuing":
      return lookAtOrder(order, stepping);
    // Nothing that the authority has a part in.
    case "install":
    case "done":
    case "failed":
      return order;
  }
}

/** A step done: what was fruitless before it is forgotten. */
export function advanced(order: OrderRecord, change: Partial<OrderRecord>): OrderRecord {
  return { ...order, problem: null, tries: 0, nextTry: null, ...change };
}

/** Longer each time, within reason (RFC 8555 §8.2); the authority's own word goes before. */
export function postponed(order: OrderRecord, now: number, retryAfter: number | null): OrderRecord {
  const usual = Math.min(2 * seconds * 2 ** Math.min(order.tries, 20), 30 * minutes);
  return { ...order, tries: order.tries + 1, nextTry: now + Math.max(retryAfter ?? usual, seconds) };
}

/** RFC 8555 §7.3: the same key gets the same account, so nothing is lost by asking each time. */
function accountOf({ client, key }: Stepping): Promise<Account> {
  return client.account(key);
}

async function newOrder(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  const made = await stepping.client.newOrder(await accountOf(stepping), [order.address]);
  return advanced(order, { step: "challenge", url: made.url });
}

async function lookAtChallenge(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  const account = await accountOf(stepping);
  const { value } = await stepping.client.order(account, urlOf(order));
  if (value.status !== "pending") return afterStatus(order, { value, retryAfter: null }, stepping);
  const [url, ...others] = value.authorizations;
  // One address was ordered: whoever asks for more proves something else by it.
  if (url === undefined || others.length > 0) throw new AcmeProblem("server-malformed", "authorizations");
  const authorization = (await stepping.client.authorization(account, url)).value;
  if (normalizeAddress(authorization.address) !== order.address)
    throw new AcmeProblem("server-malformed", "identifier");
  const { challenge } = authorization;
  if (challenge === null) throw new AcmeProblem("server-cannot", "email-reply-00");
  const from = normalizeAddress(challenge.from);
  if (from === null) throw new AcmeProblem("server-malformed", "from");
  if (challenge.status === "invalid") throw failureOf(authorization, value);
  const found = { url: challenge.url, authorization: url, token: challenge.token, from, since: stepping.now };
  // Somebody who died before this was written may have answered already.
  const step = challenge.status === "pending" ? "mail" : "validation";
  return advanced(order, { step, challenge: found, nextTry: stepping.now });
}

async function lookForMail(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  const { mailbox, spent, servers, key, now } = stepping;
  // By hand: the person says when it is answered.
  if (mailbox === null) return { ...order, nextTry: null };
  const { from, token: tokenPart2, since } = challengeOf(order);
  const { doubtful, address } = order;
  // Clocks differ; what was answered before is told by its name.
  const where = { expected: { address, from, since: since - 10 * minutes, servers }, spent };
  const mail = await mailbox.find(where, doubtful?.messageId ?? null);
  if (mail === null) return { ...postponed(order, now, null), nextTry: now + mailInterval(since, now) };
  const { token: tokenPart1, messageId } = mail.challenge;
  const isConfirmed = doubtful?.confirmed === true && doubtful.messageId === messageId;
  if (!mail.isProven && !isConfirmed) {
    const found = { token: tokenPart1, messageId, server: mail.server, confirmed: false };
    return { ...order, tries: 0, nextTry: now + 5 * minutes, doubtful: found };
  }
  const answered: string[] = [];
  // Whoever orders for the same address gets such a mail sent here too. Nobody but the authority can tell which half
  // is ours, so each is answered: what answers another order is wrong there, and fails that one (RFC 8823 §3).
  for (let next: ChallengeLetter | null = mail; next !== null && answered.length < mostAnswered;) {
    const { token, messageId: name, replyTo } = next.challenge;
    // Nothing leaves to anybody but the authority's own sender, unless that one's mail says so itself.
    const to = next.isProven ? (replyTo ?? from) : from;
    await mailbox.answer(next, await challengeAnswer(to, { tokenPart1: token, tokenPart2, key }), address);
    answered.push(name);
    const other = await mailbox.find({ ...where, spent: [...spent, ...answered] }, null);
    next = other?.isProven === true ? other : null;
  }
  const answeredMails = [...order.answeredMails, ...answered];
  return advanced(order, { step: "answered", doubtful: null, answeredMails });
}

/** As many as a mailbox is looked through for. */
const mostAnswered = 20;

/** The mail's arrival wakes us; this is for a folder that nobody told us of. */
function mailInterval(since: number, now: number): number {
  return now - since < 15 * minutes ? 15 * seconds : 10 * minutes;
}

async function lookAtOrder(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  const account = await accountOf(stepping);
  return afterStatus(order, await stepping.client.order(account, urlOf(order)), stepping);
}

async function finalize(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  if (order.key === null) throw new AcmeProblem("key-lost", "");
  const account = await accountOf(stepping);
  const { value } = await stepping.client.order(account, urlOf(order));
  if (value.status !== "ready") return afterStatus(order, { value, retryAfter: null }, stepping);
  const polled = await stepping.client.finalize(account, value, order.key.request);
  return afterStatus(order, polled, stepping);
}

/** RFC 8555 §7.1.6 */
async function afterStatus(
  order: OrderRecord,
  { value, retryAfter }: Polled<Order>,
  stepping: Stepping,
): Promise<OrderRecord> {
  switch (value.status) {
    case "pending":
      return postponed({ ...order, step: "validation" }, stepping.now, retryAfter);
    case "ready":
      return advanced(order, { step: "finalize" });
    case "processing":
      return postponed({ ...order, step: "issuing" }, stepping.now, retryAfter);
    case "valid": {
      if (value.certificate === null) throw new AcmeProblem("server-malformed", "certificate");
      const chain = await stepping.client.certificate(await accountOf(stepping), value.certificate);
      return advanced(order, { step: "install", chain });
    }
    case "invalid":
      throw await whyInvalid(order, value, stepping);
    default:
      throw new AcmeProblem("server-refused", value.status);
  }
}

/** The order says that it failed, its challenge why (RFC 8555 §8). */
async function whyInvalid(order: OrderRecord, value: Order, stepping: Stepping): Promise<AcmeProblem> {
  if (value.problem !== null || order.challenge === null)
    return value.problem ?? new AcmeProblem("server-refused", "invalid");
  const account = await accountOf(stepping);
  return failureOf(
    (await stepping.client.authorization(account, order.challenge.authorization)).value,
    value,
  );
}

function failureOf({ challenge }: Authorization, { problem }: Order): AcmeProblem {
  return challenge?.problem ?? problem ?? new AcmeProblem("server-refused", "invalid");
}

function urlOf({ url }: OrderRecord): string {
  if (url === null) throw new Error("an order without its address");
  return url;
}

function challengeOf({ challenge }: OrderRecord): NonNullable<OrderRecord["challenge"]> {
  if (challenge === null) throw new Error("an order without its challenge");
  return challenge;
}
