/** What is kept of fetched evidence, for how long, how much of it, and what a broken disk costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { databaseOpener } from "../../../src/background/database.js";
import { EvidenceCache } from "../../../src/background/network/evidence-cache.js";
import { Disk } from "../../helpers/background.js";

const minute = 60_000;
const hour = 60 * minute;

function world(limits = { octets: 1000, records: 5 }) {
  const disk = new Disk();
  const database = databaseOpener(disk.name);
  const life = () => new EvidenceCache(database, () => disk.time, limits);
  const pass = (milliseconds: number): void =>
    void (disk.time = new Date(disk.time.getTime() + milliseconds));
  return { disk, database, life, pass, now: () => disk.time.getTime() };
}

const validity = (nextUpdate: number | null) => ({ nextUpdate });

test("octets come back as they were kept, in another life too", async () => {
  const { life } = world();
  const kept = await life().keep("crl a", new Uint8Array([1, 2, 3]), validity(null));
  const other = life();
  assert.deepEqual(await other.find("crl a"), kept);
  assert.deepEqual([...(await other.octets(kept))!], [1, 2, 3]);
  assert.equal(await other.find("crl b"), null);
});

test("evidence is fresh until its nextUpdate, for a day at most and ten minutes at least", async () => {
  const { life, now } = world();
  const freshFor = async (nextUpdate: number | null): Promise<number> =>
    (await life().keep("crl", new Uint8Array(1), validity(nextUpdate))).freshUntil - now();
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
  const record = (await life().find("crl"))!;
  assert.deepEqual([record.size, (await life().octets(record))?.length], [9, 9]);
  assert.equal((await cache.keep("crl", new Uint8Array(9), validity(null))).failures, 0);
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
  assert.equal(await life().octets(older), null);
  assert.deepEqual([...(await life().octets(newer))!], [2]);
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
  const record = await cache.keep("crl", new Uint8Array(3), validity(null));
  assert.equal(await cache.octets(record), null);
  const known = (await cache.find("crl"))!;
  assert.deepEqual([known.size, known.retryAt > time.getTime()], [0, true]);
  await cache.fail("ocsp");
  assert.equal((await cache.find("ocsp"))?.failures, 1);
  await cache.clear();
  assert.equal(await cache.find("crl"), null);
});

test("a bug is not taken for a full disk", async () => {
  const bug = () => Promise.reject(new TypeError("a bug"));
  await assert.rejects(new EvidenceCache(bug, () => new Date()).find("crl"), TypeError);
});
