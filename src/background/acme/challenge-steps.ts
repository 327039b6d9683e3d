/**
 * The mail side of an order's steps (RFC 8823 §3): looking for the challenge, and answering it. A stranger who orders
 * for the same address makes the authority send true challenges here that are none of ours. Only the authority can
 * tell which half is whose, so each that is proven is answered, also while it checks an earlier answer; what answers
 * the stranger's order is wrong there, and fails that one. The number of answers is bounded.
 */
import type { AcmeClient } from "./acme-client.js";
import { AcmeProblem } from "./acme-problem.js";
import type { ChallengeLetter, ChallengeMailbox, ChallengeSearch } from "./challenge-mailbox.js";
import { challengeAnswer } from "./email-challenge.js";
import type { AccountKey } from "./jws.js";
import type { ChallengeRecord, OrderRecord } from "./records.js";

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
  /** Onto the disk, before what comes next. @returns false where the person removed the order meanwhile */
  readonly keep: (reached: OrderRecord) => Promise<boolean>;
}

const seconds = 1000;
const minutes = 60 * seconds;

/** Before a person is asked about another mail: an authority that has the right answer needs no more than that. */
const patience = 2 * minutes;

/** A step done: what was fruitless before it is forgotten. */
export function advanced(order: OrderRecord, change: Partial<OrderRecord>): OrderRecord {
  return { ...order, problem: null, tries: 0, nextTry: null, ...change };
}

/** Longer each time, within reason (RFC 8555 §8.2); the authority's own word goes before. */
export function postponed(order: OrderRecord, now: number, retryAfter: number | null): OrderRecord {
  const usual = Math.min(2 * seconds * 2 ** Math.min(order.tries, 20), 30 * minutes);
  return { ...order, tries: order.tries + 1, nextTry: now + Math.max(retryAfter ?? usual, seconds) };
}

function challengeOf({ challenge }: OrderRecord): ChallengeRecord {
  if (challenge === null) throw new Error("an order without its challenge");
  return challenge;
}

/** Also while an answer is checked: it may have been to another order's mail, and ours come later. */
export function awaitsMail({ step }: OrderRecord): boolean {
  return step === "mail" || step === "validation";
}

export async function lookForMail(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  const { mailbox, now } = stepping;
  // By hand: the person says when it is answered.
  if (mailbox === null) return { ...order, nextTry: null };
  const { since } = challengeOf(order);
  const mail = await mailbox.find(whatFor(order, stepping), order.doubtful?.messageId ?? null);
  // Who was stopped before an answer could be written down does not answer for ever.
  if (mail === null || answersLeft(challengeOf(order), now) < 1)
    return { ...postponed(order, now, null), nextTry: now + mailInterval(since, now) };
  // This one alone at first: where it was the right one, no other need be answered.
  if (isToAnswer(order, mail)) return answer(order, mail, { ...stepping, mailbox, most: 1 });
  return { ...asking(order, mail), tries: 0, nextTry: now + 5 * minutes };
}

/**
 * The authority still checks: the mail that was answered may have been another order's, and its own come later.
 * @param order as the authority's last word left it
 */
export async function lookForMore(order: OrderRecord, stepping: Stepping): Promise<OrderRecord> {
  const { mailbox, now } = stepping;
  const challenge = challengeOf(order);
  const most = answersLeft(challenge, now);
  if (mailbox === null || most < 1) return order;
  // What the mail server did not take a moment ago waits as long as the authority's next word.
  if (order.problem?.code === "mail-not-sent") return order;
  const mail = await mailbox.find(whatFor(order, stepping), order.doubtful?.messageId ?? null);
  if (mail === null) return order;
  if (isToAnswer(order, mail)) return answer(order, mail, { ...stepping, mailbox, most });
  // Whose mail was proven once is not asked about others that are not.
  const isDue = order.doubtful !== null && now - (challenge.answeredAt ?? now) >= patience;
  return isDue ? asking(order, mail) : order;
}

/**
 * RFC 8555 §7.5.1: "the answer is on its way"; §8.2: said again when another one left, so that it is tried again.
 * Some authorities take it once only. What became of the challenge, the order's own status tells.
 */
export async function tellAnswered(order: OrderRecord, { client, key, now }: Stepping): Promise<OrderRecord> {
  const challenge = challengeOf(order);
  const account = await client.account(key);
  try {
    await client.respond(account, challenge.url);
  } catch (error) {
    const isAgain = challenge.answeredAt !== undefined;
    if (!isAgain || !(error instanceof AcmeProblem) || error.code !== "server-refused") throw error;
  }
  return advanced(order, { step: "validation", challenge: { ...challenge, answeredAt: now } });
}

function whatFor(order: OrderRecord, { spent, servers }: Stepping): ChallengeSearch {
  const { address } = order;
  const { from, since } = challengeOf(order);
  // Clocks differ; what was answered before is told by its name.
  return { expected: { address, from, since: since - 10 * minutes, servers }, spent, orderedAt: since };
}

function isToAnswer({ doubtful }: OrderRecord, { isProven, challenge }: ChallengeLetter): boolean {
  return isProven || (doubtful?.confirmed === true && doubtful.messageId === challenge.messageId);
}

function asking(order: OrderRecord, { challenge, server }: ChallengeLetter): OrderRecord {
  const { token, messageId } = challenge;
  return { ...order, doubtful: { token, messageId, server, confirmed: false } };
}

interface Answering extends Stepping {
  readonly mailbox: ChallengeMailbox;
  /** mails; at least one */
  readonly most: number;
}

/**
 * This one, and with it others that are proven. Each is counted on the disk before its answer leaves and named there
 * after it: whatever stops us in between, none is answered without bound, and what left is told to the authority.
 */
async function answer(order: OrderRecord, first: ChallengeLetter, stepping: Answering): Promise<OrderRecord> {
  const { mailbox, spent, key, most, keep } = stepping;
  const challenge = challengeOf(order);
  const where = whatFor(order, stepping);
  let reached = order;
  let next: ChallengeLetter | null = first;
  for (let count = 1; next !== null && count <= most; count++) {
    const { token, messageId, replyTo } = next.challenge;
    // Nothing leaves to anybody but the authority's own sender, unless that one's mail says so itself.
    const to = next.isProven ? (replyTo ?? challenge.from) : challenge.from;
    const halves = { tokenPart1: token, tokenPart2: challenge.token, key };
    reached = { ...reached, challenge: { ...challenge, answers: (challenge.answers ?? 0) + count } };
    if (!(await keep(reached))) return order;
    try {
      await mailbox.answer(next, await challengeAnswer(to, halves), order.address);
    } catch (error) {
      return withoutAnswer(reached, error);
    }
    reached = advanced(reached, {
      step: "answered",
      // What a person's word was needed for stays, so that they are asked again should another such mail come.
      doubtful: first.isProven ? null : order.doubtful,
      answeredMails: [...reached.answeredMails, messageId],
    });
    if (!(await keep(reached))) return order;
    const other = await mailbox.find({ ...where, spent: [...spent, ...reached.answeredMails] }, null);
    next = other?.isProven === true ? other : null;
  }
  return reached;
}

/**
 * A flood of strangers' mails uses up what a mail server takes in a minute: that is no end where an answer left, for it
 * may have been the right one. The authority is told of that one; this mail has its turn again with the next look.
 * @throws what is a failure: the mail client took none at all
 */
function withoutAnswer(reached: OrderRecord, error: unknown): OrderRecord {
  const isLeft = reached.step === "answered" || reached.challenge?.answeredAt !== undefined;
  if (!isLeft || !(error instanceof AcmeProblem) || error.code !== "mail-not-sent") throw error;
  const { code, type, detail, page } = error;
  return { ...reached, problem: { code, type, detail, page } };
}

/** Twenty, one more every ten minutes, a hundred in all: a flood costs little, and does not bury our own for good. */
function answersLeft({ since, answers = 0 }: ChallengeRecord, now: number): number {
  const waited = Math.max(now - since, 0);
  return Math.min(20 + Math.floor(waited / (10 * minutes)), 100) - answers;
}

/** The mail's arrival wakes us; this is for a folder that nobody told us of. */
function mailInterval(since: number, now: number): number {
  return Math.abs(now - since) < 15 * minutes ? 15 * seconds : 10 * minutes;
}
