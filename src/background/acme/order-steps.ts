/**
 * The steps of an order, each from one record to the next (RFC 8555 §7.4, RFC 8823 §3). A step asks the
 * authority at most a few things and may be done twice: whoever dies in the middle of one does it again.
 */
import { normalizeAddress } from "../../engine/index.js";
import type { Account, Polled } from "./acme-client.js";
import type { Authorization, Order } from "./acme-answers.js";
import { AcmeProblem } from "./acme-problem.js";
import {
  type Stepping,
  advanced,
  lookForMail,
  lookForMore,
  postponed,
  tellAnswered,
} from "./challenge-steps.js";
import type { OrderRecord } from "./records.js";

/** about four hours */
const mostRounds = 15;

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
      return tellAnswered(order, stepping);
    case "validation":
      return lookAtValidation(order, stepping);
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

/** A mail that comes wakes us; the authority is asked no sooner than it said. */
async function lookAtValidation(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  const isDue = order.nextTry === null || order.nextTry <= stepping.now;
  const next = isDue ? await lookAtOrder(order, stepping) : order;
  if (next.step === "validation") return lookForMore(next, stepping);
  return { ...next, doubtful: null };
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
    case "pending": {
      const isBack = order.step === "finalize" || order.step === "issuing";
      // Whoever saw it further on at the first look has not read the challenge yet.
      const step = order.challenge === null ? "challenge" : "validation";
      const next = { ...order, step } as const;
      return isBack ? wentBack(next, stepping.now, retryAfter) : postponed(next, stepping.now, retryAfter);
    }
    case "ready":
      // Still, though it was asked for the certificate: it is asked again, later each time.
      if (order.step === "finalize") return postponed(order, stepping.now, retryAfter);
      if (order.step === "issuing") return wentBack({ ...order, step: "finalize" }, stepping.now, retryAfter);
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

/**
 * RFC 8555 §7.1.6 knows no way back. One may be a server's that is several; an order that goes round and round takes
 * longer each time, whatever Retry-After says, and ends with words.
 */
function wentBack(order: OrderRecord, now: number, retryAfter: number | null): OrderRecord {
  const rounds = (order.rounds ?? 0) + 1;
  if (rounds > mostRounds) throw new AcmeProblem("server-malformed", "round and round");
  const tired = postponed({ ...order, rounds, tries: rounds }, now, null);
  return { ...tired, nextTry: Math.max(tired.nextTry!, postponed(order, now, retryAfter).nextTry!) };
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
