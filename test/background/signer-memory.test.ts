/** The memory of signers: counted once, built by good signatures alone, not to be talked away, and the person's to delete. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SignerMemory } from "../../src/background/trust/signer-memory.js";
import type { Inspection, Origin, Sighting, SummaryState } from "../../src/engine/index.js";
import { normalizeAddress } from "../../src/engine/index.js";
import { Disk, wake } from "../helpers/background.js";
import { verdict as recordedVerdict } from "../ui/verdicts.js";

const alice = "alice@example.org";
const address = normalizeAddress(alice)!;
const day = 86_400_000;
let messages = 0;

const origin = (change: Partial<Origin> = {}): Origin => ({
  authors: [address],
  named: change.authors ?? [address],
  message: `<${++messages}@example.org>`,
  arrival: null,
  ...change,
});

function sighting(name = "a", change: Partial<Sighting> = {}): Sighting {
  const signer = {
    fingerprint: name.repeat(64).slice(0, 64),
    subject: "CN=Alice",
    issuer: "CN=Example Mail CA",
    anchor: "ff".repeat(32),
    issuerName: "Example Mail CA",
    notBefore: "2026-01-01T00:00:00.000Z",
    notAfter: "2027-01-01T00:00:00.000Z",
  };
  const publicKey = new TextEncoder().encode(`key ${name}`);
  const covered = new TextEncoder().encode(`covered ${++messages}`);
  const time = "2026-11-22T12:00:00.000Z";
  const path = [signer.fingerprint, signer.anchor];
  const claimedTime = "2026-11-20T09:00:00.000Z";
  return { signer, publicKey, covered, path, time, provenBy: "now", claimedTime, ...change };
}

function inspection(state: SummaryState, seen?: Sighting, list = false): Inspection {
  const made = recordedVerdict(state);
  const summary = { ...made.summary, ...(list && { mailingList: { name: null, rewritten: false } }) };
  return {
    verdict: { summary, layers: state === "1" || state === "8" ? [] : made.layers },
    payload: { mime: new Uint8Array() },
    certificates: [],
    ...(seen && { sighting: seen }),
  };
}

async function learnt(memory: SignerMemory, signed: number): Promise<void> {
  for (let i = 0; i < signed; i++) await memory.learn(inspection("2a", sighting()), origin());
}

const expects = async (memory: SignerMemory): Promise<boolean> =>
  (await memory.of(origin()))!.memory.expectsSignature;

test("a message counts once, however often and under whatever name it is shown, after sleep too", async () => {
  const disk = new Disk();
  const seen = sighting();
  const where = origin();
  for (let i = 0; i < 3; i++) await wake(disk).memory.learn(inspection("2b", seen), where);
  await wake(disk).memory.learn(inspection("2b", seen), origin());
  const found = (await wake(disk).memory.of(where))!;
  assert.equal(found.memory.signed, 1);
  assert.equal(found.memory.signers[0]?.messages, 1);
  assert.equal(found.memory.signingSince, "2026-11-20T09:00:00.000Z");
  assert.deepEqual(
    found.records.map(({ signer, time }) => ({ signer, time })),
    [{ signer: seen.signer.fingerprint, time: seen.time }],
  );
});

test("two messages at once lose no count", async () => {
  const { memory } = wake(new Disk());
  await Promise.all(Array.from({ length: 8 }, () => memory.learn(inspection("2a", sighting()), origin())));
  assert.equal((await memory.of(origin()))?.memory.signed, 8);
});

test("the first record of a signature stands: looking again proves nothing longer", async () => {
  const { memory } = wake(new Disk());
  const seen = sighting();
  const where = origin();
  await memory.learn(inspection("2b", seen), where);
  await memory.learn(inspection("2c", { ...seen, time: "2030-01-01T00:00:00.000Z" }), where);
  assert.equal((await memory.of(where))?.records[0]?.time, seen.time);
});

test("what a time stamp proved is counted once, and is no record of ours (RFC 3161 §2.2)", async () => {
  const { memory } = wake(new Disk());
  const [seen, stamped, where] = [sighting(), "2026-01-02T00:00:00.000Z", origin()];
  const told = async (): Promise<[number, ...string[]]> => {
    const found = (await memory.of(where))!;
    return [found.memory.signed, ...found.records.map(({ time }) => time)];
  };
  for (let i = 0; i < 2; i++) {
    await memory.learn(inspection("2b", { ...seen, time: stamped, provenBy: "time-stamp" }), where);
    assert.deepEqual(await told(), [1]);
  }
  // Once our own clock proves it, that is a record, of that time; a stamp then makes it no older.
  await memory.learn(inspection("2b", seen), where);
  assert.deepEqual(await told(), [1, seen.time]);
  await memory.learn(inspection("2b", { ...seen, time: stamped, provenBy: "time-stamp" }), where);
  await memory.learn(inspection("2b", { ...seen, time: stamped, provenBy: "record" }), where);
  assert.deepEqual(await told(), [1, seen.time]);
});

test("a record from before it was noted what proved it counts its message, and proves nothing until it is seen again", async () => {
  const disk = new Disk();
  const { memory, database } = wake(disk);
  const [seen, where] = [sighting(), origin()];
  await memory.learn(inspection("2b", { ...seen, time: "2026-01-02T00:00:00.000Z" }), where);
  const [record] = await (await database()).getAll("verdicts");
  assert.equal(record!.provenBy, "clock");
  const { provenBy, ...old } = record!;
  await (await database()).put("verdicts", old);
  const found = (await wake(disk).memory.of(where))!;
  assert.deepEqual([found.memory.signed, found.records, provenBy], [1, [], "clock"]);
  await wake(disk).memory.learn(inspection("2b", seen), where);
  const after = (await wake(disk).memory.of(where))!;
  assert.deepEqual([after.memory.signed, after.records[0]?.time], [1, seen.time]);
});

test("the same letter under another certificate, or of another author, has a record of its own", async () => {
  const life = wake(new Disk());
  const { memory } = life;
  const hers = sighting();
  const bob = normalizeAddress("bob@example.org")!;
  const made = inspection("2b");
  const summary = { ...made.verdict.summary, author: { ...made.verdict.summary.author, address: bob } };
  // Whoever makes a key can make a signature of hers hold under it: his mail must not take the place of her record.
  const his = {
    ...inspection("2b", sighting("b", { covered: hers.covered })),
    verdict: { ...made.verdict, summary },
  };
  await memory.learn(his, origin({ authors: [bob] }));
  await memory.learn(inspection("3", sighting("b", { covered: hers.covered })), origin());
  const where = origin();
  await memory.learn(inspection("2b", hers), where);
  assert.equal((await memory.of(where))!.memory.signed, 1);
  assert.deepEqual(
    (await memory.of(where))!.records.map(({ signer }) => signer),
    [hers.signer.fingerprint],
  );
  assert.equal(await (await life.database()).count("verdicts"), 3);
});

test("nothing is known of who never signed, and unsigned mail makes nobody known", async () => {
  const { memory } = wake(new Disk());
  for (let i = 0; i < 5; i++) await memory.learn(inspection("1"), origin());
  const empty = (await memory.of(origin()))!.memory;
  assert.deepEqual([empty.signers, empty.signed, empty.messages], [[], 0, 0]);
  assert.deepEqual((await memory.list("", null)).entries, []);
});

test("of several authors, or none, nothing is remembered", async () => {
  const { memory } = wake(new Disk());
  const bob = normalizeAddress("bob@example.org")!;
  for (const authors of [[], [address, bob]]) {
    await memory.learn(inspection("2a", sighting()), origin({ authors }));
    assert.equal(await memory.of(origin({ authors })), null);
  }
  // the verdict speaks of alice
  await memory.learn(inspection("2a", sighting()), origin({ authors: [bob] }));
  assert.deepEqual((await memory.list("", null)).entries, []);
});

test("a signature is expected from the third signed message on", async () => {
  const { memory } = wake(new Disk());
  await learnt(memory, 2);
  assert.equal(await expects(memory), false);
  await learnt(memory, 1);
  assert.equal(await expects(memory), true);
});

test("her signature is expected however her address is written", async () => {
  const { memory } = wake(new Disk());
  await learnt(memory, 3);
  const shouted = normalizeAddress("ALICE@Example.org")!;
  assert.notEqual(shouted, address);
  const found = (await memory.of(origin({ authors: [shouted] })))!.memory;
  assert.deepEqual([found.address, found.expectsSignature], [alice, true]);
  await memory.remove("Alice@example.org");
  assert.deepEqual((await memory.list("", null)).entries, []);
});

test("a hundred unsigned mails in her name, and a month of them, do not end the expectation", async () => {
  const disk = new Disk();
  const { memory } = wake(disk);
  await learnt(memory, 3);
  for (let i = 0; i < 100; i++) await memory.learn(inspection("8"), origin());
  for (let i = 0; i < 30; i++) {
    disk.time = new Date(disk.time.getTime() + day);
    await memory.learn(inspection("8"), origin());
  }
  assert.equal(await expects(memory), true);
  const { signed, messages: counted } = (await memory.of(origin()))!.memory;
  assert.deepEqual([signed, counted], [3, 133]);
});

test("a flood before the habit delays it by one day's worth, not for ever", async () => {
  const { memory } = wake(new Disk());
  await learnt(memory, 1);
  for (let i = 0; i < 100; i++) await memory.learn(inspection("1"), origin());
  await learnt(memory, 2);
  assert.equal(await expects(memory), false);
  await learnt(memory, 1);
  assert.equal(await expects(memory), true);
});

test("who signs now and then is not expected to", async () => {
  const disk = new Disk();
  const { memory } = wake(disk);
  for (let i = 0; i < 30; i++) {
    disk.time = new Date(disk.time.getTime() + day);
    await learnt(memory, 1);
    await memory.learn(inspection("1"), origin());
  }
  assert.equal(await expects(memory), false);
});

test("unsigned mail counts once, and not where a list, a locked layer or an early arrival explains it", async () => {
  const { memory } = wake(new Disk());
  await learnt(memory, 1);
  const where = origin();
  for (let i = 0; i < 3; i++) await memory.learn(inspection("1"), where);
  await memory.learn(inspection("1", undefined, true), origin());
  await memory.learn(inspection("7"), origin());
  await memory.learn(inspection("1"), origin({ arrival: Date.parse("2026-11-01T00:00:00Z") }));
  const locked = recordedVerdict("1", "key-locked");
  await memory.learn({ ...inspection("1"), verdict: locked }, origin());
  assert.equal((await memory.of(origin()))?.memory.messages, 2);
});

test("a changed signer is written down, builds no habit, and is not usual by being seen often", async () => {
  const { memory } = wake(new Disk());
  await learnt(memory, 1);
  for (let i = 0; i < 20; i++) await memory.learn(inspection("3", sighting("b")), origin());
  const { signers, signed } = (await memory.of(origin()))!.memory;
  assert.deepEqual(
    signers.map(({ standing, messages: count }) => ({ standing, count })),
    [
      { standing: "usual", count: 1 },
      { standing: "other", count: 20 },
    ],
  );
  assert.equal(signed, 1);
});

test("strangers' certificates do not push the usual one out", async () => {
  const { memory } = wake(new Disk());
  await learnt(memory, 1);
  for (const name of "0123456789bcdefghijklmnop") {
    await memory.learn(inspection("3", sighting(name)), origin());
  }
  const { signers } = (await memory.of(origin()))!.memory;
  assert.equal(signers.length, 16);
  assert.equal(signers.filter(({ standing }) => standing === "usual").length, 1);
});

test("what a person confirms is usual, and can be taken back", async () => {
  const life = wake(new Disk());
  const { memory } = life;
  await learnt(memory, 1);
  life.changes();
  const other = sighting("b");
  await memory.learn(inspection("3", other), origin());
  const { fingerprint } = other.signer;
  const before = life.changes();
  await memory.confirm(alice, fingerprint);
  const confirmed = (await memory.of(origin()))!.memory;
  assert.equal(confirmed.confirmed[0]?.fingerprint, fingerprint);
  assert.ok(confirmed.signers.every(({ standing }) => standing === "usual"));
  await memory.unconfirm(alice, fingerprint);
  const taken = (await memory.of(origin()))!.memory;
  assert.deepEqual(taken.confirmed, []);
  assert.equal(taken.signers.find((one) => one.fingerprint === fingerprint)?.standing, "other");
  assert.equal(life.changes(), before + 2);
});

test("a confirmation of somebody else unknown makes a record, and taking it back unmakes it", async () => {
  const { memory } = wake(new Disk());
  await memory.confirm(alice, "b".repeat(64));
  assert.equal((await memory.list("", null)).entries.length, 1);
  await memory.unconfirm(alice, "b".repeat(64));
  assert.deepEqual((await memory.list("", null)).entries, []);
});

test("learning changes nothing on the screen, so that it judges nothing anew", async () => {
  const life = wake(new Disk());
  await learnt(life.memory, 3);
  await life.memory.learn(inspection("8"), origin());
  assert.equal(life.changes(), 0);
});

test("a person may end the expectation, and begin it again", async () => {
  const { memory } = wake(new Disk());
  await learnt(memory, 3);
  await memory.expect(alice, "declined");
  await learnt(memory, 5);
  assert.equal(await expects(memory), false);
  await memory.expect(alice, "expected");
  assert.equal(await expects(memory), true);
});

test("the expectation ends ninety days after her last certificate", async () => {
  const disk = new Disk();
  const { memory } = wake(disk);
  await learnt(memory, 3);
  disk.time = new Date(Date.parse("2027-01-01T00:00:00Z") + 89 * day);
  assert.equal(await expects(memory), true);
  disk.time = new Date(Date.parse("2027-01-01T00:00:00Z") + 91 * day);
  assert.equal(await expects(memory), false);
});

test("forgetting an address, or everybody, leaves neither signers nor records", async () => {
  const life = wake(new Disk());
  const { memory } = life;
  await learnt(memory, 2);
  await memory.remove(alice);
  const database = await life.database();
  assert.deepEqual([await database.count("signers"), await database.count("verdicts")], [0, 0]);
  await memory.remove(alice);
  await learnt(memory, 2);
  await memory.clear();
  assert.deepEqual([await database.count("signers"), await database.count("verdicts")], [0, 0]);
});

test("records are bounded: the oldest go", async () => {
  const life = wake(new Disk());
  const memory = new SignerMemory(
    { ...life, now: () => new Date(), onChanged: () => undefined },
    { verdicts: 3 },
  );
  const seen = Array.from({ length: 6 }, (_, i) =>
    sighting("a", { time: `2026-11-0${i + 1}T00:00:00.000Z` }),
  );
  for (const one of [...seen].reverse()) await memory.learn(inspection("2a", one), origin());
  await memory.prune();
  const left = await (await life.database()).getAllFromIndex("verdicts", "time");
  assert.deepEqual(
    left.map(({ time }) => time.slice(8, 10)),
    ["04", "05", "06"],
  );
});

test("a long list comes in pieces, each address once, and can be searched", async () => {
  const life = wake(new Disk());
  const database = await life.database();
  await learnt(life.memory, 1);
  const model = (await database.get("signers", alice))!;
  const writing = database.transaction("signers", "readwrite");
  for (let i = 0; i < 250; i++) {
    await writing.store.put({ ...model, address: `p${String(i).padStart(4, "0")}@example.net` });
  }
  await writing.done;
  const found: string[] = [];
  let after: string | null = null;
  for (let more = true; more; after = found.at(-1)!) {
    const page = await life.memory.list("", after);
    found.push(...page.entries.map((entry) => entry.address));
    more = page.more;
  }
  assert.equal(new Set(found).size, 251);
  assert.equal(found.length, 251);
  assert.deepEqual(
    (await life.memory.list("p0042", null)).entries.map((entry) => entry.address),
    ["p0042@example.net"],
  );
});
