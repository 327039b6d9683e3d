/** What the background would answer about orders and stolen keys, scene by scene. */
import type { IdentityView } from "../../src/protocol/messages.js";
import type {
  OrderProblem,
  OrderState,
  OrderView,
  StolenView,
  StolenWays,
} from "../../src/protocol/orders.js";
import { alice, answer, oldAlice, optionsScenes } from "./scenes.js";
import type { Scene } from "./stage.js";

export const order = (state: OrderState, change: Partial<OrderView> = {}): OrderView => ({
  ...{ id: "0f9f1c7e-3a66-4c1c-9c1c-0d8f4b6a2e10", directory: "https://acme.example.org/directory" },
  ...{ host: "acme.example.org", address: "alice@example.org", state, problem: null, detail: "", page: null },
  ...{
    sender: "acme-challenge@example.org",
    server: null,
    kind: "p-256",
    fingerprint: null,
    renewBefore: null,
  },
  ...change,
});

const failed = (problem: OrderProblem, change: Partial<OrderView> = {}): OrderView =>
  order("failed", { problem, detail: "The authority's own words.", ...change });

const home = optionsScenes["home"]!;
const orders = (...list: readonly OrderView[]): Scene => ({
  ...home,
  "order:list": answer(list.map((one, index) => ({ ...one, id: one.id.slice(0, -1) + String(index) }))),
  "order:answer": answer({
    to: "acme-challenge@example.org",
    subject: "Re: ACME: LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME",
    body: "-----BEGIN ACME RESPONSE-----\nLoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0\n-----END ACME RESPONSE-----\n",
  }),
  "order:answered": answer({}),
  "order:confirm-mail": answer({}),
  "order:try-again": answer({}),
  "order:begin": answer(order("asking")),
});

export const soon = order("done", { fingerprint: "ab".repeat(32), renewBefore: "2026-11-20T10:00:00.000Z" });
export const doubtful = order("mail-doubtful", { server: "mx7.hoster.example" });

const ways: StolenWays = {
  directory: "https://acme.example.org/directory",
  contact: { email: null, statements: [], hosts: [] },
};
const byHand: StolenWays = {
  directory: null,
  contact: {
    email: "help@ca.example.org",
    statements: ["https://ca.example.org/cps"],
    hosts: ["ocsp.ca.example.org"],
  },
};
export const said: StolenView = {
  ...{ since: "2026-11-20T10:00:00.000Z", directory: "https://acme.example.org/directory" },
  ...{ revokedAt: null, problem: null },
};

const stolen = (view: Partial<StolenView>): Scene => {
  const identity: IdentityView = { ...alice, canSign: false, stolen: { ...said, ...view } };
  return {
    ...home,
    "identity:list": answer([identity, oldAlice]),
    "stolen:report": answer({ ...said, ...view }),
  };
};

export const orderScenes: Readonly<Record<string, Scene>> = {
  "by-hand": orders(order("mail-by-hand")),
  "checked-by-hand": orders(order("checked-by-hand")),
  doubtful: orders(doubtful),
  "nobody-says": orders(order("mail-doubtful")),
  renewal: orders(soon),
  "under-way": orders(
    ...(["asking", "waiting-for-mail", "being-checked", "being-issued", "being-installed"] as const).map(
      (state) => order(state),
    ),
    order("vault-locked"),
  ),
  failed: orders(
    failed("user-action-required", { page: "https://acme.example.org/terms" }),
    failed("domain-forbids"),
    failed("external-account-required"),
  ),
  stopped: orders(
    order("asking", { problem: "stopped-here" }),
    order("being-installed", { problem: "stopped-here" }),
    failed("stopped-here", { detail: "" }),
    order("asking", { problem: "server-unreachable" }),
    order("being-installed"),
  ),
  hopeless: orders(failed("external-account-required"), failed("key-lost"), failed("bad-csr")),
  "vault-locked": orders(order("vault-locked")),
  "wrong-answer": orders(failed("incorrect-response", { detail: "the subject does not repeat token-part1" })),
  ways: { ...home, "stolen:ways": answer(ways), "stolen:report": answer(said) },
  "ways-by-hand": {
    ...home,
    "stolen:ways": answer(byHand),
    "stolen:report": answer({ ...said, directory: null }),
  },
  "stolen-revoked": stolen({ revokedAt: "2026-11-20T10:00:01.000Z" }),
  "stolen-not-revoked": stolen({ problem: "server-unreachable" }),
  "stolen-locked": stolen({ problem: "vault-locked" }),
  "stolen-by-hand": stolen({ directory: null }),
};
