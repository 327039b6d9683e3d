/** Orders in the running add-on: alarms wake them, mail and unlocks carry them on, and a person is told of an end. */
import { text } from "../../ui/text.js";
import type { Core } from "../core.js";
import type { Alarms } from "../lock-timer.js";
import type { ComposeHandlers } from "../mail/mail-host.js";
import { Orders } from "./orders.js";
import { awaitsMail } from "./challenge-steps.js";
import type { OrderRecord } from "./records.js";
import { onChallengeMail, ownAddresses, thunderbirdMailbox } from "./thunderbird-mailbox.js";
import { nameOfError } from "../name-of-error.js";

const name = "signet-orders";
/** milliseconds: for so long the background is awake anyway */
const soon = 25_000;

export interface OrdersSide {
  readonly orders: Orders;
  /** that the mail client writes from */
  readonly addresses: () => Promise<readonly string[]>;
}

interface Parts {
  readonly core: Core;
  readonly alarms: Alarms;
  /** null where there is no mail client */
  readonly compose: ComposeHandlers | null;
}

/** Registers its listeners at once. */
export function startOrders({ core, alarms, compose }: Parts): OrdersSide {
  const { inspect, broadcast, now } = core.services;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const orders = new Orders({
    database: core.database,
    vault: core.vault,
    identities: core.identities,
    pendingKeys: core.pendingKeys,
    fetch: (url, init) => fetch(url, init),
    mailbox: compose === null ? null : thunderbirdMailbox({ inspect, compose }),
    now,
    schedule: (when) => {
      clearTimeout(timer);
      if (when === null) return void alarms.clear(name);
      const wait = Math.max(when - now().getTime(), 0);
      // An alarm may come half a minute late; it is for a background that sleeps by then.
      if (wait < soon) timer = setTimeout(() => carryOn(orders), wait);
      void alarms.create(name, { when: Math.max(when, now().getTime() + 1000) });
    },
    onChanged: () => broadcast({ event: "orders-changed" }),
    onNews: (order) => void notify(newsOf(order)),
  });
  alarms.onAlarm.addListener((alarm) => {
    if (alarm.name === name) carryOn(orders);
  });
  if (compose !== null) onChallengeMail(() => orders.carryOn(awaitsMail));
  // Alarms of Gecko end with it.
  setTimeout(() => carryOn(orders), 1000);
  return { orders, addresses: compose === null ? async () => [] : ownAddresses };
}

function carryOn(orders: Orders): void {
  orders.carryOn();
  void remind(orders).catch((error: unknown) => console.error("Signet could not remind", nameOfError(error)));
}

/** Calmly: once for each certificate, and where to go. */
async function remind(orders: Orders): Promise<void> {
  for (const { address } of await orders.dueForRenewal())
    await notify({ title: text("order_renew_title"), message: text("order_renew_soon", address) });
}

interface Words {
  readonly title: string;
  readonly message: string;
}

/** The same words as on the page. */
function newsOf({ step, address, directory, doubtful, challenge, problem }: OrderRecord): Words {
  const title = text("order_of", address, new URL(directory).host);
  if (step === "done") return { title, message: text("order_done") };
  if (step === "failed") return { title, message: text("order_failed") };
  if (problem?.code === "stopped-here") return { title, message: text("order_problem_stopped_here") };
  if (doubtful !== null) return { title, message: text("order_mail_doubtful", challenge?.from ?? "") };
  return { title, message: text("order_vault_locked") };
}

/** Where the browser lets us, and nobody looks at one of our pages anyway. */
async function notify(words: Words): Promise<void> {
  const host = globalThis as { browser?: Notifying; chrome?: Notifying };
  const { notifications, extension } = host.browser ?? host.chrome ?? {};
  const pages = extension?.getViews?.({ type: "tab" }) ?? [];
  if (pages.some(({ document }) => document.visibilityState === "visible" && document.hasFocus())) return;
  try {
    await notifications?.create({ type: "basic", iconUrl: "icons/signet-64.png", ...words });
  } catch (error) {
    console.warn("Signet could not show a notification", nameOfError(error));
  }
}

interface Notifying {
  readonly notifications?: { create(words: object): Promise<unknown> };
  readonly extension?: { getViews?(what: { type: "tab" }): readonly View[] };
}
interface View {
  readonly document: { readonly visibilityState: string; hasFocus(): boolean };
}
