/** What is kept of fetched evidence, for how long, how much of it, and what a broken disk costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { databaseOpener } from "../../../src/background/database.js";
import { EvidenceCache } from "../../../src/background/network/evidence-cache.js";
import { Disk } from "../../helpers/background.js";

const minute = 60_000;
const hour = 60 * minute;

/** @param limits half of them for what was found genuine, half for the rest */
function world(limits = { octets: 2000, records: 10 }) {
  const disk = new Disk();
  const database = databaseOpener(disk.name);
  const life = () => new EvidenceCache(database, () => disk.time, limits);
  const pass = (milliseconds: number): void =>
    void (disk.time = new Date(disk.time.getTime() + milliseconds));
  return { disk, database, life, pass, now: () => disk.time.getTime() };
}

const validity = (nextUpdate: number | null, thisUpdate: number | null = null) => ({
  thisUpdate,
  nextUpdate,
});

test("octets come back as they were kept, in another life too", async () => {
  const { life } = world();
  const kept = await life().keep("crl a", new Uint8Array([1, 2, 3]), validity(null));
  const other = life();
  assert.deepEqual(await other.find("crl a"), kept);
  assert.deepEqual([...(await other.octets("crl a", kept!.pieces[0]!))!], [1, 2, 3]);
  assert.equal(await other.find("crl b"), null);
});

test("evidence is fresh until its nextUpdate, for a day at most and ten minutes at least", async () => {
  const { life, now } = world();
  const freshFor = async (nextUpdate: number | null): Promise<number> =>
    (await life().keep("crl", new Uint8Array(1), validity(nextUpdate)))!.freshUntil - now();
  assert.equal(await freshFor(now() + 5 * hour), 5 * hour);
  assert.equal(await freshFor(now() + 240 * hour), 24 * hour);
  assert.equal(await freshFor(now() - hour), 10 * minute);
  assert.equal(await freshFor(null), hour);
  assert.equal(await freshFor(Infinity), 24 * hour);
});

test("failures are remembered, each longer, six hours at most; what is held stays, and success ends it", async () => {
  const { life, now } = world();
  const cache = life();
  await cache.keep("crl", new Uint8Array(9), validity(null));
  const waits: number[] = [];
  for (let time = 0; time < 12; time++) {
    await cache.fail("crl");
    waits.push(((await life().find("crl"))!.retryAt - now()) / minute);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
  const [piece] = (await life().find("crl"))!.pieces;
  assert.deepEqual([piece!.size, (await life().octets("crl", piece!))?.length], [9, 9]);
  assert.equal((await cache.keep("crl", new Uint8Array(9), validity(null)))?.failures, 0);
});

test("what was not needed for longest goes first, by octets and by number, failures too", async () => {
  const { life, pass, database } = world();
  const cache = life();
  for (const name of ["a", "b", "c"]) {
    await cache.keep(name, new Uint8Array(300), validity(null));
    pass(hour);
  }
  pass(25 * hour);
  await cache.find("a");
  await cache.keep("d", new Uint8Array(300), validity(null));
  assert.deepEqual(await (await database()).getAllKeys("evidenceOctets"), ["a", "c", "d"]);
  assert.equal(await cache.find("b"), null);
  for (let number = 0; number < 9; number++) {
    pass(minute);
    await cache.fail(`failed ${number}`);
  }
  assert.equal(await (await database()).count("evidence"), 5);
});

test("octets that were replaced are not given for the older record", async () => {
  const { life, pass } = world();
  const older = await life().keep("crl", new Uint8Array([1]), validity(null));
  pass(1);
  const newer = await life().keep("crl", new Uint8Array([2]), validity(null));
  assert.equal(await life().octets("crl", older!.pieces[0]!), null);
  assert.deepEqual([...(await life().octets("crl", newer!.pieces[0]!))!], [2]);
});

test("after the clock was set back, what came in the future is of no known age", async () => {
  const { life, pass } = world();
  await life().keep("crl", new Uint8Array(1), validity(null));
  pass(-2 * hour);
  assert.equal(await life().find("crl"), null);
});

test("a disk that is full or broken costs no verdict, and does not make every message ask again", async () => {
  const full = () => Promise.reject(new DOMException("", "QuotaExceededError"));
  const time = new Date("2026-11-22T12:00:00Z");
  const cache = new EvidenceCache(full, () => time);
  assert.equal(await cache.find("crl"), null);
  assert.equal(await cache.keep("crl", new Uint8Array(3), validity(null)), null);
  const known = (await cache.find("crl"))!;
  assert.deepEqual([known.pieces, known.retryAt > time.getTime()], [[], true]);
  await cache.fail("ocsp");
  assert.equal((await cache.find("ocsp"))?.failures, 1);
  await cache.clear();
  assert.equal(await cache.find("crl"), null);
});

test("a bug is not taken for a full disk", async () => {
  const bug = () => Promise.reject(new TypeError("a bug"));
  await assert.rejects(new EvidenceCache(bug, () => new Date()).find("crl"), TypeError);
});

// ------------------------------------------------------------------ what the engine found genuine

/** The first octet of each piece that a key holds, newest arrival first, read from the disk in another life. */
async function heldUnder(key: string, { life }: ReturnType<typeof world>): Promise<(number | undefined)[]> {
  const cache = life();
  const pieces = (await cache.find(key))?.pieces ?? [];
  return Promise.all(pieces.map(async (piece) => (await cache.octets(key, piece))?.[0]));
}

/** A list that begins with this octet arrives. */
async function arrive(first: number, thisUpdate: number, on: ReturnType<typeof world>) {
  on.pass(hour);
  const octets = new Uint8Array([first, 0, 0]);
  return on.life().keep("crl", octets, validity(on.now() + 48 * hour, thisUpdate));
}

async function believe(first: number, thisUpdate: number, on: ReturnType<typeof world>): Promise<void> {
  const cache = on.life();
  for (const piece of (await cache.find("crl"))!.pieces) {
    if ((await cache.octets("crl", piece))?.[0] === first) return cache.believe("crl", piece, thisUpdate);
  }
  assert.fail(`${first} is not held`);
}

test("what was found genuine stays, whatever strangers send, however often and of whatever date (RFC 5280 §6.3.3 (g))", async () => {
  const on = world();
  await arrive(1, 100, on);
  await believe(1, 100, on);
  for (let time = 0; time < 5; time++) {
    await arrive(66 + time, 1_000 + time, on);
    assert.deepEqual(await heldUnder("crl", on), [66 + time, 1]);
  }
  // No more than two of them lie there.
  assert.equal(await (await on.database()).count("evidenceOctets"), 2);
  // That it came once more takes the stranger's place, and it lies there once.
  await arrive(1, 100, on);
  assert.deepEqual(await heldUnder("crl", on), [1]);
  assert.equal(await (await on.database()).count("evidenceOctets"), 1);
});

test("a newer one that is genuine too takes its place, and gives its room back", async () => {
  const on = world();
  await arrive(1, 100, on);
  await believe(1, 100, on);
  await arrive(2, 200, on);
  assert.deepEqual(await heldUnder("crl", on), [2, 1]);
  await believe(2, 200, on);
  assert.deepEqual(await heldUnder("crl", on), [2]);
  assert.equal(await (await on.database()).count("evidenceOctets"), 1);
});

test("an earlier thisUpdate than that of the genuine one is not kept, and tried again as after a failure (RFC 5280 §5.1.2.4)", async () => {
  const on = world();
  await arrive(2, 200, on);
  await believe(2, 200, on);
  assert.equal(await arrive(1, 199, on), null);
  assert.deepEqual(await heldUnder("crl", on), [2]);
  const { failures, retryAt } = (await on.life().find("crl"))!;
  assert.deepEqual([failures, retryAt - on.now()], [1, minute]);
  // The same date is none that is earlier; and of what only claims a late date nothing is barred by it.
  assert.notEqual(await arrive(3, 200, on), null);
  assert.notEqual(await arrive(4, 9_000, on), null);
  assert.notEqual(await arrive(5, 201, on), null);
  assert.deepEqual(await heldUnder("crl", on), [5, 2]);
});

test("of two that are both genuine the one that was made later stays, in whatever order they came", async () => {
  const on = world();
  await arrive(2, 200, on);
  await arrive(1, 100, on);
  await believe(1, 100, on);
  assert.deepEqual(await heldUnder("crl", on), [1]);
  const other = world();
  await arrive(2, 200, other);
  await arrive(1, 100, other);
  await believe(2, 200, other);
  assert.deepEqual(await heldUnder("crl", other), [1, 2]);
  await believe(1, 100, other);
  assert.deepEqual(await heldUnder("crl", other), [2]);
});

test("where nothing was judged yet, what came before stays beside what came last", async () => {
  const on = world();
  for (const first of [1, 2, 3]) await arrive(first, first, on);
  assert.deepEqual(await heldUnder("crl", on), [3, 2]);
});

test("what the engine says of something that is gone meanwhile changes nothing", async () => {
  const on = world();
  const [gone] = (await arrive(1, 100, on))!.pieces;
  await arrive(2, 200, on);
  await believe(2, 200, on);
  const before = await on.life().find("crl");
  await on.life().believe("crl", gone!, 900);
  await on.life().believe("another", gone!, 900);
  assert.deepEqual(await on.life().find("crl"), before);
  assert.equal(await on.life().octets("crl", gone!), null);
});

test("certificates of issuers have no date: what comes replaces what was there", async () => {
  const on = world();
  await on.life().keep("issuers", new Uint8Array([1]), validity(Infinity));
  await on.life().keep("issuers", new Uint8Array([2]), validity(Infinity));
  assert.deepEqual(await heldUnder("issuers", on), [2]);
});

test("both pieces of a key count for what is kept at most, and the older goes first", async () => {
  const on = world();
  const big = (first: number): Uint8Array<ArrayBuffer> => new Uint8Array(400).fill(first);
  const keep = async (key: string, first: number): Promise<void> => {
    on.pass(hour);
    await on.life().keep(key, big(first), validity(null, first));
  };
  await keep("a", 1);
  await keep("a", 2);
  assert.deepEqual(await heldUnder("a", on), [2, 1]);
  await keep("b", 3);
  assert.deepEqual(await heldUnder("a", on), [2]);
  await keep("c", 4);
  assert.deepEqual(await heldUnder("a", on), []);
  assert.deepEqual(await (await on.database()).getAllKeys("evidenceOctets"), ["b", "c"]);
});

test("strangers' lists and askings in vain, however many and long, push nothing genuine out, and leave it half of the room (RFC 5280 §6.3.3 (g))", async () => {
  const on = world();
  await arrive(1, 100, on);
  await believe(1, 100, on);
  const database = await on.database();
  const holdsGenuine = async (): Promise<boolean> => (await heldUnder("crl", on)).includes(1);
  for (let number = 0; number < 12; number++) {
    on.pass(hour);
    await on.life().fail(`failed ${number}`);
    assert.equal(await holdsGenuine(), true);
  }
  assert.equal(await database.count("evidence"), 6);
  on.pass(hour);
  await on.life().keep("crl", new Uint8Array(900).fill(66), validity(null, 1_000));
  assert.deepEqual(await heldUnder("crl", on), [66, 1]);
  on.pass(hour);
  // Under its very key: the stranger's goes, what is genuine stays.
  await on.life().keep("other", new Uint8Array(900), validity(null, 1_000));
  assert.deepEqual(await heldUnder("crl", on), [1]);
  assert.deepEqual(await database.getAllKeys("evidenceOctets"), ["crl", "other"]);
});

test("of what is genuine too there is no more than half of the room: what was not needed for longest goes", async () => {
  const on = world();
  const keep = async (key: string, size: number): Promise<void> => {
    on.pass(hour);
    const cache = on.life();
    const [piece] = (await cache.keep(key, new Uint8Array(size), validity(null, 100)))!.pieces;
    await cache.believe(key, piece!, 100);
  };
  for (const key of ["a", "b", "c"]) await keep(key, 400);
  // What comes is genuine only once it is judged: the room is made at the next arrival.
  await keep("d", 400);
  await keep("e", 1);
  assert.deepEqual(await (await on.database()).getAllKeys("evidenceOctets"), ["c", "d", "e"]);
});

test("a record from when a key had one piece is read, and its list is not lost to the next arrival", async () => {
  const on = world();
  const database = await on.database();
  const times = { freshUntil: on.now() + hour, failures: 0, retryAt: 0, usedAt: on.now() };
  await database.put("evidence", { key: "crl", size: 3, fetchedAt: on.now(), ...times });
  await database.put("evidenceOctets", new Uint8Array([7, 0, 0]), "crl");
  const failed = { key: "ocsp", size: 0, fetchedAt: 0, ...times, failures: 2, retryAt: on.now() + hour };
  await database.put("evidence", failed);
  assert.deepEqual(await heldUnder("crl", on), [7]);
  await arrive(66, 1_000, on);
  assert.deepEqual(await heldUnder("crl", on), [66, 7]);
  await believe(7, 100, on);
  await arrive(67, 1_001, on);
  assert.deepEqual(await heldUnder("crl", on), [67, 7]);
  const known = (await on.life().find("ocsp"))!;
  assert.deepEqual([known.pieces, known.failures, known.retryAt], [[], 2, failed.retryAt]);
});
