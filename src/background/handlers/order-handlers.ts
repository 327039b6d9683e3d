/** What our own pages may ask about orders. An authority's problem crosses as a code; its own words only in an order. */
import { normalizeAddress } from "../../engine/index.js";
import type { ErrorCode, Handlers, PageRequests } from "../../protocol/messages.js";
import type { OrderProblem, OrderRequests, OrderState, OrderView } from "../../protocol/orders.js";
import { isAllowedUrl } from "../acme/acme-answers.js";
import { type AcmeFault, AcmeProblem } from "../acme/acme-problem.js";
import type { OrderRecord, OrderStep, ProblemRecord } from "../acme/records.js";
import type { OrdersSide } from "../acme/start-orders.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { Refusal } from "../refusal.js";
import type { IdentityStore } from "../vault/identity-store.js";

interface OrderParts extends OrdersSide {
  readonly identities: IdentityStore;
  readonly now: () => Date;
  /** is a mail client there that answers by itself? */
  readonly byHand: boolean;
}

const nothing = { ok: true, answer: {} } as const;

export function orderHandlers(
  parts: OrderParts,
): Pick<Handlers<PageRequests, PageOrigin>, keyof OrderRequests> {
  const { orders } = parts;
  return {
    "order:addresses": async () => ({ ok: true, answer: await parts.addresses() }),
    "order:authority": async ({ directory }) => {
      const { termsOfService, needsContract } = await refusing(() => orders.directory(checked(directory)));
      const { host } = new URL(directory);
      return { ok: true, answer: { host, termsOfService, needsContract } };
    },
    "order:begin": async ({ directory, address, kind, renews }) => {
      const normalized = normalizeAddress(address);
      if (normalized === null) throw new Refusal("address-malformed");
      const wish = { directory: checked(directory), address: normalized, kind, renews };
      return { ok: true, answer: view(await orders.begin(wish), parts) };
    },
    "order:list": async () => ({ ok: true, answer: (await orders.all()).map((order) => view(order, parts)) }),
    "order:confirm-mail": async ({ id }) => {
      await orders.confirmMail(id);
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
    "order:revoke": async ({ fingerprint, why }) => {
      const identities = await parts.identities.all();
      const certificate = identities.find((one) => one.certificate.fingerprint === fingerprint)?.certificate;
      if (certificate === undefined) throw new Refusal("not-found");
      // RFC 5280 §5.3.1: keyCompromise, cessationOfOperation
      await refusing(() => orders.revoke(certificate, why === "stolen" ? 1 : 5));
      return nothing;
    },
  };
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

async function refusing<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AcmeProblem) throw new Refusal(codes[error.code]);
    throw error;
  }
}

function view(order: OrderRecord, { byHand, now }: OrderParts): OrderView {
  const { id, directory, address, problem, challenge, fingerprint, renewAt } = order;
  const isNear = renewAt !== null && renewAt <= now().getTime();
  return {
    ...{ id, directory, address, fingerprint, host: new URL(directory).host },
    state: stateOf(order, byHand),
    problem: problem === null ? null : problemOf(problem),
    detail: problem?.detail ?? "",
    sender: challenge?.from ?? null,
    renewBefore: isNear ? new Date(renewAt).toISOString() : null,
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

function stateOf({ step, doubtful }: OrderRecord, byHand: boolean): OrderState {
  if (step === "mail" && byHand) return "mail-by-hand";
  if (step === "mail" && doubtful !== null && !doubtful.confirmed) return "mail-doubtful";
  return states[step];
}

/** RFC 8555 §6.7: those that a person can do something about have their own sentence. */
const told: Readonly<Record<string, OrderProblem>> = {
  rejectedIdentifier: "rejected-identifier",
  unsupportedIdentifier: "rejected-identifier",
  rateLimited: "rate-limited",
  incorrectResponse: "incorrect-response",
  userActionRequired: "user-action-required",
  externalAccountRequired: "external-account-required",
  unauthorized: "unauthorized",
  badCSR: "bad-csr",
};

function problemOf({ code, type }: ProblemRecord): OrderProblem {
  const named =
    code === "server-refused" && type !== null && Object.hasOwn(told, type) ? told[type] : undefined;
  return named ?? code;
}
