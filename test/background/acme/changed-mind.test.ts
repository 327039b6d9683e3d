/**
 * What an order does where its authority says one thing and then another, or a person wants to know now: each click
 * asks, what went back begins there, and no order goes round for ever (RFC 8555 §7.1.6). Against an authority that is
 * played, so that it may say whatever it likes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Orders } from "../../../src/background/acme/orders.js";
import type { OrderRecord } from "../../../src/background/acme/records.js";
import { PendingKeys } from "../../../src/background/vault/pending-keys.js";
import { freshDisk, newest } from "../../helpers/acme-life.js";
import { type Disk, testCertificate, wake } from "../../helpers/background.js";

const minute = 60_000;
const hour = 60 * minute;
const host = "https://ca.test";
const address = "alice@example.org";

interface Playing {
  /** the order's status, asked at this path: `/order`, or `/finalize` */
  status: (path: string) => string;
  retryAfter: string | null;
  /** before an answer */
  wait: (path: string) => Promise<void>;
  readonly asked: string[];
}

/** RFC 8555 §7.1, RFC 8823 §3: as little of it as an order needs. */
function authority({ status, retryAfter, asked }: Playing, path: string): Response {
  asked.push(path);
  const named = (name: string): string => `${host}/${name}`;
  const order = {
    ...{ identifiers: [{ type: "email", value: address }], authorizations: [named("authorization")] },
    ...{ finalize: named("finalize"), expires: "2040-01-01T00:00:00Z", certificate: named("certificate") },
  };
  const challenge = { type: "email-reply-00", url: named("challenge"), status: "pending" };
  const bodies: Readonly<Record<string, () => object>> = {
    "/directory": () => ({
      ...{ newNonce: named("nonce"), newAccount: named("new-account"), newOrder: named("new-order") },
      ...{ revokeCert: named("revoke"), keyChange: named("key") },
    }),
    "/nonce": () => ({}),
    "/new-account": () => ({ status: "valid" }),
    "/new-order": () => ({ ...order, status: "pending" }),
    "/order": () => ({ ...order, status: status(path) }),
    "/finalize": () => ({ ...order, status: status(path) }),
    "/revoke": () => ({}),
    "/authorization": () => ({
      ...{ status: "pending", identifier: { type: "email", value: address } },
      challenges: [{ ...challenge, token: "t".repeat(43), from: "acme@ca.test" }],
    }),
  };
  const headers = {
    ...{ "replay-nonce": `nonce${asked.length}`, "content-type": "application/json" },
    ...(retryAfter !== null && { "retry-after": retryAfter }),
    location: named(path === "/new-account" ? "account" : "order"),
  };
  return new Response(JSON.stringify(bodies[path]!()), { status: 200, headers });
}

async function playing(change: Partial<OrderRecord>) {
  const disk = await freshDisk();
  const life = wake(disk);
  const now = (): Date => disk.time;
  const scheduled: (number | null)[] = [];
  const wait = async (): Promise<void> => undefined;
  const authorityIs: Playing = { status: () => "pending", retryAfter: null, wait, asked: [] };
  const orders = new Orders({
    ...{ database: life.database, vault: life.vault, identities: life.identities, now },
    pendingKeys: new PendingKeys({ ...life, now, onChanged: () => undefined }),
    mailbox: { find: async () => null, answer: () => assert.fail("nothing came") },
    fetch: async (url) => {
      const { pathname } = new URL(url);
      await authorityIs.wait(pathname);
      return authority(authorityIs, pathname);
    },
    schedule: (when) => scheduled.push(when),
    onChanged: () => undefined,
    onNews: () => undefined,
  });
  await (await life.database()).put("orders", { ...blank(disk), ...change });
  return { disk, orders, scheduled, authorityIs };
}
type Play = Awaited<ReturnType<typeof playing>>;

function blank({ time }: Disk): OrderRecord {
  const since = time.getTime();
  const where = { url: `${host}/challenge`, authorization: `${host}/authorization` };
  return {
    ...{ version: 1, id: "one", directory: `${host}/directory`, address, step: "validation", failedAt: null },
    ...{
      kind: "p-256",
      key: { id: null, request: new Uint8Array(10) },
      url: `${host}/order`,
      doubtful: null,
    },
    challenge: { ...where, token: "t".repeat(43), from: "acme@ca.test", since },
    ...{ chain: null, answeredMails: [], fingerprint: null, problem: null, tries: 0, nextTry: since },
    ...{ createdAt: since, endsAt: since + 7 * 24 * hour, renews: null, renewAt: null, reminded: false },
  };
}

async function carryOn(
  { orders }: Play,
  named: (order: OrderRecord) => boolean = () => false,
): Promise<void> {
  orders.carryOn(named);
  await orders.settled();
}

const stoppedHere = { code: "stopped-here", type: null, detail: "", page: null } as const;

test("a click on “Try again” asks the authority, whatever the next look was put off to (RFC 8555 §7.5.1)", async () => {
  const play = await playing({ problem: stoppedHere, tries: 10 });
  const { orders, disk, authorityIs } = play;
  const putOff = { ...(await newest(orders)), nextTry: disk.time.getTime() + 30 * minute };
  await (await wake(disk).database()).put("orders", putOff);
  // A mail that comes asks nobody, and why it stands still stays told.
  await carryOn(play, ({ step }) => step === "validation");
  assert.deepEqual([authorityIs.asked, (await newest(orders)).problem], [[], stoppedHere]);
  await orders.tryAgain("one");
  await orders.settled();
  assert.ok(authorityIs.asked.includes("/order"));
  assert.equal((await newest(orders)).problem, null);
});

test("a certificate that was wrong is ordered anew with the same key; one that is right is kept (RFC 8555 §7.4.2)", async () => {
  for (const [code, step, isKept] of [
    ["certificate-wrong", "mail", false],
    // Its octets are rubbish here, so that it ends again, asking nobody.
    ["stopped-here", "failed", true],
  ] as const) {
    const chain = new TextEncoder().encode("octets");
    const problem = { ...stoppedHere, code };
    const play = await playing({ step: "failed", failedAt: "install", chain, problem, nextTry: null });
    const { orders, authorityIs } = play;
    const { key } = await newest(orders);
    await orders.tryAgain("one");
    await orders.settled();
    const order = await newest(orders);
    assert.equal(authorityIs.asked.includes("/new-order"), !isKept, code);
    assert.deepEqual([order.step, order.chain !== null, order.key], [step, isKept, key], code);
  }
});

test("an order that was further on, and is pending now: its challenge is read, if nobody did yet (RFC 8555 §7.1.6)", async () => {
  for (const first of ["processing", "ready"]) {
    const play = await playing({ step: "challenge", challenge: null });
    const { orders, disk, authorityIs } = play;
    const said = [first];
    authorityIs.status = () => said.shift() ?? "pending";
    for (let wakes = 0; wakes < 4; wakes++) {
      await carryOn(play);
      assert.equal((await newest(orders)).problem, null, first);
      disk.time = new Date(Math.max((await newest(orders)).nextTry!, disk.time.getTime()));
    }
    const { step, challenge } = await newest(orders);
    assert.deepEqual([step, challenge?.from], ["mail", "acme@ca.test"], first);
  }
  // Whose challenge was read, and answered, waits for the authority's word on it.
  const play = await playing({ step: "issuing" });
  await carryOn(play);
  assert.equal((await newest(play.orders)).step, "validation");
});

/** Wake after wake, as they were asked for. @returns milliseconds until it ended, or a day */
async function untilItEnds(play: Play): Promise<number> {
  const { orders, disk, scheduled } = play;
  const begun = disk.time.getTime();
  while (disk.time.getTime() - begun < 24 * hour) {
    await carryOn(play);
    if ((await newest(orders)).step === "failed") break;
    disk.time = new Date(Math.max(scheduled.at(-1)!, disk.time.getTime() + 1));
  }
  return disk.time.getTime() - begun;
}

test("an authority that goes round and round is asked more seldom each time, and left with words (RFC 8555 §7.1.6)", async () => {
  for (const [asked, finalized] of [
    ["ready", "pending"],
    ["ready", "processing"],
  ] as const) {
    const play = await playing({});
    // "processing" at finalize, and "ready" to whoever asks what became of it.
    play.authorityIs.status = (path) => (path === "/finalize" ? finalized : asked);
    play.authorityIs.retryAfter = "1";
    const took = await untilItEnds(play);
    const { step, problem } = await newest(play.orders);
    assert.deepEqual(
      [step, problem?.code, problem?.detail],
      ["failed", "server-malformed", "round and round"],
    );
    assert.ok(took > 2 * hour && took < 8 * hour, `${finalized}: ${took / hour}`);
    assert.ok(play.authorityIs.asked.length < 200, String(play.authorityIs.asked.length));
    // Ordered anew, it may go round anew.
    await play.orders.tryAgain("one");
    await play.orders.settled();
    const again = await newest(play.orders);
    assert.deepEqual([again.problem, again.rounds], [null, finalized === "pending" ? 1 : 0]);
  }
});

test("an authority that takes its word back once, and then goes on, is gone on with", async () => {
  const play = await playing({});
  const said = ["ready", "ready", "pending", "pending", "ready", "ready", "processing"];
  play.authorityIs.status = () => said.shift() ?? "processing";
  for (let wakes = 0; wakes < 4; wakes++) {
    await carryOn(play);
    play.disk.time = new Date(Math.max((await newest(play.orders)).nextTry!, play.disk.time.getTime()));
  }
  const { step, problem, rounds } = await newest(play.orders);
  assert.deepEqual([step, problem, rounds], ["issuing", null, 1]);
});

test("an authority that answers just in time holds a click on another order for one step, not for all of its own", async () => {
  const { orders, disk, authorityIs, scheduled } = await playing({ step: "account" });
  await (await wake(disk).database()).put("orders", { ...blank(disk), id: "two", nextTry: null });
  const begun = disk.time.getTime();
  authorityIs.wait = async () => void (disk.time = new Date(disk.time.getTime() + 29_000));
  orders.carryOn();
  await orders.answered("two");
  assert.ok(disk.time.getTime() - begun < 2 * minute, String(disk.time.getTime() - begun));
  await orders.settled();
  // Its own turn comes again at once.
  assert.ok(scheduled.at(-1)! <= disk.time.getTime());
  for (let wakes = 0; wakes < 6; wakes++) {
    orders.carryOn();
    await orders.settled();
  }
  assert.equal((await orders.all()).find(({ id }) => id === "one")!.step, "mail");
});

test("a stolen key is told of at once, also while another order waits for an answer (RFC 8555 §7.6)", async () => {
  const { orders, authorityIs } = await playing({});
  let answer: () => void = () => undefined;
  const late = new Promise<void>((resolve) => (answer = resolve));
  let isWaiting: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (isWaiting = resolve));
  authorityIs.wait = (path) => (path === "/order" ? (isWaiting(), late) : Promise.resolve());
  orders.carryOn();
  await waiting;
  const certificate = await testCertificate("alice-rsa");
  await orders.revoke(`${host}/directory`, { certificate, chain: [], privateKey: null });
  assert.ok(authorityIs.asked.includes("/revoke") && !authorityIs.asked.includes("/order"));
  answer();
  await orders.settled();
  assert.equal((await newest(orders)).problem, null);
});
