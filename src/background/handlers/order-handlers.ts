/** What our own pages may ask about orders. An authority's problem crosses as a code; its own words only in an order. */
import { normalizeAddress } from "../../engine/index.js";
import type { ErrorCode, Handlers, PageRequests } from "../../protocol/messages.js";
import type { NewOrderAsk, OrderRequests, OrderState, OrderView } from "../../protocol/orders.js";
import { type AcmeFault, AcmeProblem } from "../acme/acme-problem.js";
import { isAllowedUrl } from "../acme/allowed-url.js";
import { awaitsMail } from "../acme/challenge-steps.js";
import { orderProblem } from "../acme/order-problem.js";
import type { NewOrder } from "../acme/records.js";
import type { OrderRecord, OrderStep } from "../acme/records.js";
import type { OrdersSide } from "../acme/start-orders.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { Refusal } from "../refusal.js";
import type { StolenKeys } from "../stolen-keys.js";
import type { IdentityStore } from "../vault/identity-store.js";

interface OrderParts extends OrdersSide {
  readonly identities: IdentityStore;
  readonly stolen: StolenKeys;
  readonly now: () => Date;
  /** is a mail client there that answers by itself? */
  readonly byHand: boolean;
}

const nothing = { ok: true, answer: {} } as const;

type Names = Extract<keyof OrderRequests, `order:${string}`>;

export function orderHandlers(parts: OrderParts): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  const { orders } = parts;
  return {
    "order:addresses": async () => ({ ok: true, answer: await parts.addresses() }),
    "order:authority": async ({ directory }) => {
      const { termsOfService, needsContract } = await refusing(() => orders.directory(checked(directory)));
      const { host } = new URL(directory);
      return { ok: true, answer: { host, termsOfService, needsContract } };
    },
    "order:begin": async (ask) => {
      const wish = await wishIn(ask, parts);
      if (ask.contract !== null) {
        const { contract } = ask;
        await refusing(() => orders.openAccount(wish.directory, contract));
      }
      return { ok: true, answer: view(await orders.begin(wish), parts, false) };
    },
    "order:list": async () => {
      const [all, ending] = await Promise.all([orders.all(), endingSoon(parts)]);
      return { ok: true, answer: all.map((order) => view(order, parts, ending.has(order.id))) };
    },
    "order:confirm-mail": async ({ id, believe }) => {
      await orders.confirmMail(id, believe);
      return nothing;
    },
    "order:answer": async ({ id, subject }) => {
      const answer = await orders.answerTo(id, subject);
      if (answer === null) throw new Refusal("not-a-challenge");
      return { ok: true, answer };
    },
    "order:answered": async ({ id }) => {
      await orders.answered(id);
      return nothing;
    },
    "order:try-again": async ({ id }) => {
      await orders.tryAgain(id);
      return nothing;
    },
    "order:remove": async ({ id }) => {
      await orders.remove(id);
      return nothing;
    },
  };
}

/** @throws Refusal `address-malformed`, `acme-address`, `key-stolen`, `not-found` */
async function wishIn(ask: NewOrderAsk, { identities, stolen, orders }: OrderParts): Promise<NewOrder> {
  const address = normalizeAddress(ask.address);
  if (address === null) throw new Refusal("address-malformed");
  const { kind, renews } = ask;
  const wish = { directory: checked(ask.directory), address, renews };
  if (kind !== "same") return { ...wish, kind, key: "new" };
  const before = (await identities.all()).find(({ certificate }) => certificate.fingerprint === renews);
  if (before === undefined) throw new Refusal("not-found");
  if (await stolen.isStolen(before.certificate)) throw new Refusal("key-stolen");
  const order = (await orders.all()).find(({ fingerprint }) => fingerprint === renews);
  return { ...wish, kind: order?.kind ?? "rsa-3072", key: "same" };
}

/** Names of orders whose certificate ends soon, and is worth another: not that of a key which was stolen. */
async function endingSoon({ orders, identities, stolen, now }: OrderParts): Promise<ReadonlySet<string>> {
  const waiting = (await orders.awaitingRenewal()).filter(({ renewAt }) => renewAt! <= now().getTime());
  if (waiting.length === 0) return new Set();
  const ending = new Set<string>();
  for (const { certificate } of await identities.all()) {
    const order = waiting.find(({ fingerprint }) => fingerprint === certificate.fingerprint);
    if (order !== undefined && !(await stolen.isStolen(certificate))) ending.add(order.id);
  }
  return ending;
}

function checked(directory: string): string {
  if (!isAllowedUrl(directory)) throw new Refusal("acme-address");
  return new URL(directory).href;
}

const codes: Readonly<Record<AcmeFault, ErrorCode>> = {
  "server-refused": "acme-refused",
  "server-unreachable": "acme-unreachable",
  "server-malformed": "acme-malformed",
  "server-cannot": "acme-cannot",
  "took-too-long": "acme-unreachable",
  "certificate-wrong": "acme-malformed",
  "key-lost": "not-found",
  "mail-not-sent": "unavailable",
};

/** RFC 8555 §7.3.4: what an authority says to a wrong binding, and to none. */
function contractCode({ code, type }: AcmeProblem): ErrorCode | null {
  const isRefused = type === "unauthorized" || type === "externalAccountRequired" || type === "malformed";
  return code === "server-refused" && isRefused ? "contract-refused" : null;
}

async function refusing<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AcmeProblem) throw new Refusal(contractCode(error) ?? codes[error.code]);
    throw error;
  }
}

function view(order: OrderRecord, { byHand }: OrderParts, isEnding: boolean): OrderView {
  const { id, directory, address, kind, problem, challenge, doubtful, fingerprint, renewAt } = order;
  return {
    ...{ id, directory, address, kind, fingerprint, host: new URL(directory).host },
    state: stateOf(order, byHand),
    problem: problem === null ? null : orderProblem(problem),
    detail: problem?.detail ?? "",
    page: problem?.page ?? null,
    sender: challenge?.from ?? null,
    server: doubtful?.server ?? null,
    renewBefore: isEnding && renewAt !== null ? new Date(renewAt).toISOString() : null,
  };
}

const states: Readonly<Record<OrderStep, OrderState>> = {
  account: "asking",
  order: "asking",
  challenge: "asking",
  mail: "waiting-for-mail",
  answered: "being-checked",
  validation: "being-checked",
  finalize: "being-issued",
  issuing: "being-issued",
  install: "vault-locked",
  done: "done",
  failed: "failed",
};

function stateOf(order: OrderRecord, byHand: boolean): OrderState {
  const { step, nextTry } = order;
  if (step === "mail" && byHand) return "mail-by-hand";
  if (step === "validation" && byHand) return "checked-by-hand";
  if (awaitsMail(order) && order.doubtful?.confirmed === false) return "mail-doubtful";
  // It waits for its turn, not for a lock: nobody need unlock anything.
  if (step === "install" && nextTry !== null) return "being-installed";
  return states[step];
}
