/** Orders that are under way, in plain words: what happens, what went wrong, and the one thing to do about it. */
import { ask } from "../../protocol/ask.js";
import type { Reply } from "../../protocol/messages.js";
import type { OrderProblem, OrderView } from "../../protocol/orders.js";
import { element, type Child } from "../../ui/dom.js";
import { errorText, text, underscored } from "../../ui/text.js";
import { anotherMail, byHand, isHalfDone } from "./answer-by-hand.js";
import { problemLine } from "./fields.js";
import { requestHost } from "./host.js";
import { type Act, type Run, button, buttons } from "./order-buttons.js";
import { redraw } from "./page.js";
import { unlockForm } from "./unlock-form.js";
import { working } from "./working.js";

export interface OrderList {
  readonly node: HTMLElement;
  draw(): Promise<void>;
}

export function orderList(): OrderList {
  const node = element("div", { class: "stack tight orders", role: "status" });
  return { node, draw };

  async function draw(): Promise<void> {
    const reply = await ask("order:list", {});
    if (!reply.ok) return redraw(node, element("p", { class: "problem" }, errorText(reply.code)));
    // One that has its certificate, and time, is listed among the certificates.
    const shown = reply.answer.filter(({ state, renewBefore }) => state !== "done" || renewBefore !== null);
    redraw(node, ...shown.map((order) => halfDone(order) ?? orderRow(order, draw)));
  }

  /** What a person types, or copies from, is not taken away by an event. */
  function halfDone({ id, state }: OrderView): HTMLElement | null {
    const rows = [...node.querySelectorAll<HTMLElement>(".order")];
    const row = rows.find((one) => one.id === `order-${id}` && one.dataset["state"] === state);
    return row !== undefined && isHalfDone(row) ? row : null;
  }
}

function orderRow(order: OrderView, changed: () => Promise<void>): HTMLElement {
  const { id, host, address, state, problem, detail, page, sender } = order;
  const failure = problemLine();
  const row = element(
    "div",
    { class: "stack tight order", id: `order-${id}`, "data-state": state },
    element("p", {}, element("strong", {}, text("order_of", address, host))),
    element("p", { class: "order-state" }, stateText(order, sender ?? "")),
    problem === null
      ? null
      : element("p", { class: "problem" }, text(`order_problem_${underscored(problem)}`)),
    problem === null || detail === ""
      ? null
      : element("p", { class: "small soft" }, text("order_detail", detail)),
    page === null ? null : element("p", {}, pageLink(page, host)),
    isUnderWay(state) ? element("progress", { "aria-label": stateText(order, sender ?? "") }) : null,
    // Nothing else is left to do for a certificate that is here.
    state === "vault-locked" ? unlockForm(changed, `unlock-${id}`) : null,
    ...actions(order, run),
    failure,
  );
  return row;

  async function run(act: Act): Promise<void> {
    const reply = await working(row, text("order_working"), act);
    failure.textContent = reply === null ? text("order_not_allowed") : reply.ok ? "" : errorText(reply.code);
    if (reply?.ok === true) return changed();
    // What was clicked goes on where the keys are open.
    if (reply?.code !== "vault-locked" || row.querySelector("form") !== null) return;
    const form = unlockForm(async () => {
      form.remove();
      await run(act);
    }, `unlock-${id}`);
    row.append(form);
    form.querySelector("input")?.focus();
  }
}

function pageLink(page: string, host: string): HTMLElement {
  const attributes = { href: page, target: "_blank", rel: "noopener noreferrer" };
  return element("a", attributes, text("order_page", host));
}

function stateText({ state, renewBefore, address }: OrderView, sender: string): string {
  if (renewBefore !== null) return text("order_renew_soon", address);
  return text(`order_${underscored(state)}`, sender);
}

const underWay: readonly OrderView["state"][] = [
  ...(["asking", "waiting-for-mail", "being-checked", "checked-by-hand", "being-issued"] as const),
  "being-installed",
];

function isUnderWay(state: OrderView["state"]): boolean {
  return underWay.includes(state);
}

/** What the next order needs is another key, or a contract: the same one would fail in the same way. */
const hopeless: readonly (OrderProblem | null)[] = ["external-account-required", "key-lost", "bad-csr"];

/** After a wrong answer nothing is tried once more: another order is made, with the same key. */
function again({ id, problem }: OrderView, run: Run): Child {
  if (hopeless.includes(problem)) return null;
  const key = problem === "incorrect-response" ? "order_again" : "order_try_again";
  return button(key, "primary", () => run(() => ask("order:try-again", { id })));
}

function actions(order: OrderView, run: Run): readonly Child[] {
  const { id, state, server } = order;
  const remove = button("order_remove", "quiet", () => run(() => ask("order:remove", { id })));
  switch (state) {
    case "mail-doubtful":
      return [
        element("p", { class: "small soft" }, text("order_doubtful_why")),
        server === null ? null : element("p", { class: "small" }, text("order_believe_why", server)),
        buttons(
          button("order_confirm_mail", "primary", () => run(() => confirmMail(id, false))),
          server === null
            ? null
            : button("order_believe", "plain", () => run(() => confirmMail(id, true)), [server]),
          remove,
        ),
      ];
    case "mail-by-hand":
      return [byHand(id, run), buttons(remove)];
    case "checked-by-hand":
      return [anotherMail(id, run), buttons(remove)];
    case "failed":
      return [buttons(again(order, run), remove)];
    case "done":
      return renewal(order, run);
    default:
      // It goes on by itself, later each time; whoever made room need not wait for that.
      return [buttons(order.problem === "stopped-here" ? again(order, run) : null, remove)];
  }
}

function confirmMail(id: string, believe: boolean): Promise<Reply<unknown>> {
  return ask("order:confirm-mail", { id, believe });
}

/** A new key is the better habit; whoever has the old one on cards or other devices keeps it. */
function renewal(
  { directory, address, fingerprint, renewBefore, kind }: OrderView,
  run: Run,
): readonly Child[] {
  if (renewBefore === null) return [];
  const wish = { directory, address, renews: fingerprint, contract: null };
  const order = (next: OrderView["kind"] | "same"): Act => {
    return async () => ((await requestHost(directory)) ? ask("order:begin", { ...wish, kind: next }) : null);
  };
  return [
    element("p", { class: "small soft" }, text("order_renew_why")),
    buttons(
      button("order_renew", "primary", () => run(order(kind))),
      button("order_renew_same", "plain", () => run(order("same"))),
    ),
  ];
}
