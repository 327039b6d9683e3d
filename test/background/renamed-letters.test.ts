/**
 * The outer Message-ID, Date and Subject are signed by nobody (RFC 8551 §3.1), and the record that a letter was good
 * is looked for by them. Whoever sends other letters of hers on under a letter's name, or that letter under
 * another name, must not make it bad when her certificate has expired: for that he would need no key.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectWith } from "../../src/background/evidence.js";
import type { SignerMemory } from "../../src/background/trust/signer-memory.js";
import {
  type Inspection,
  type Origin,
  type Sighting,
  normalizeAddress,
  toHex,
} from "../../src/engine/index.js";
import { Disk, wake } from "../helpers/background.js";
import { forgeChain, letterBy } from "../helpers/forge-chain.js";
import { lunch } from "../helpers/inspecting.js";
import { verdict } from "../ui/verdicts.js";

const address = normalizeAddress("alice@example.org")!;
const letter: Origin = {
  authors: [address],
  named: [address],
  message: "<letter@example.org>",
  arrival: null,
};

function sighting(n: number, provenBy: Sighting["provenBy"] = "now"): Sighting {
  const signer = {
    ...{ fingerprint: "aa".repeat(32), subject: "CN=Alice", issuer: "CN=Example Mail CA" },
    ...{ anchor: "ff".repeat(32), issuerName: "Example Mail CA" },
    ...{ notBefore: "2026-01-01T00:00:00.000Z", notAfter: "2027-01-01T00:00:00.000Z" },
  };
  const covered = new TextEncoder().encode(`covered ${n}`);
  const time = new Date(Date.parse("2026-11-22T12:00:00Z") + n).toISOString();
  const path = [signer.fingerprint, signer.anchor];
  return { signer, publicKey: new Uint8Array(9), covered, path, time, provenBy, claimedTime: null };
}

const seen = (one: Sighting): Inspection => ({
  ...{ verdict: verdict("2a"), payload: { mime: new Uint8Array() }, certificates: [], sighting: one },
});

async function hash(octets: Sighting["covered"]): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", octets)));
}

/** When it was good by our own record; null: there is none. */
async function recordOf(memory: SignerMemory, one: Sighting, where = letter): Promise<string | null> {
  const covered = await hash(one.covered);
  const { records } = (await memory.of(where))!;
  assert.ok(records.every((record) => /^[0-9a-f]{64}$/.test(record.covered)));
  const own = records.filter((record) => record.covered === covered);
  assert.ok(own.length <= 1);
  return own[0]?.time ?? null;
}

test("a letter's record stays, however many others of hers come under its name, and before it as many as nobody opens (RFC 8551 §3.1)", async () => {
  for (const [before, after, isKept] of [
    [0, 70, true],
    [63, 9, true],
    [64, 0, false],
  ] as const) {
    const { memory } = wake(new Disk());
    const hers = sighting(0);
    for (let n = 1; n <= before; n++) await memory.learn(seen(sighting(n)), letter);
    await memory.learn(seen(hers), letter);
    for (let n = 1; n <= after; n++) await memory.learn(seen(sighting(before + n)), letter);
    assert.equal(await recordOf(memory, hers), isKept ? hers.time : null);
    const { records, memory: known } = (await memory.of(letter))!;
    // What is not written down would be counted anew at each look, and so it is not.
    assert.deepEqual(
      [records.length, known.signed],
      [64, 64].map((most) => Math.min(most, before + 1 + after)),
    );
    const elsewhere = { ...letter, message: "<other@example.org>" };
    assert.deepEqual((await memory.of(elsewhere))!.records, []);
  }
});

test("what time stamps proved of others takes no letter's record away (RFC 3161 §2.2)", async () => {
  const { memory } = wake(new Disk());
  const hers = sighting(0);
  for (let n = 1; n <= 20; n++) await memory.learn(seen(sighting(n, "time-stamp")), letter);
  await memory.learn(seen(hers), letter);
  assert.equal(await recordOf(memory, hers), hers.time);
  assert.equal((await memory.of(letter))!.records.length, 1);
});

test("a letter that was seen under other names first has its record under its own too, of the first time; nothing else has (RFC 8551 §3.1)", async () => {
  const life = wake(new Disk());
  const { memory } = life;
  const hers = sighting(0);
  const others = [1, 2, 3].map((n) => ({ ...letter, message: `<other${n}@example.org>` }));
  for (const other of others) await memory.learn(seen(hers), other);
  assert.equal(await recordOf(memory, hers), null);
  const later = { ...hers, time: "2026-12-24T00:00:00.000Z" };
  for (let i = 0; i < 2; i++) await memory.learn(seen(later), letter);
  for (const where of [letter, ...others]) {
    assert.equal(await recordOf(memory, hers, where), hers.time);
    assert.equal((await memory.of(where))!.records.length, 1);
  }
  // It counts once all the same, and goes with its author.
  assert.equal((await memory.of(letter))!.memory.signed, 1);
  await memory.remove(address);
  assert.equal(await (await life.database()).count("verdicts"), 0);
});

test("what a time stamp alone proved is our own record under no name (RFC 3161 §2.2)", async () => {
  const { memory } = wake(new Disk());
  const stamped = sighting(0, "time-stamp");
  const other = { ...letter, message: "<other@example.org>" };
  for (const where of [other, letter, other]) await memory.learn(seen(stamped), where);
  for (const where of [other, letter]) assert.equal(await recordOf(memory, stamped, where), null);
  // Nor does the stamp make a record older that our clock made.
  await memory.learn(seen({ ...stamped, provenBy: "now", time: "2026-12-24T00:00:00.000Z" }), letter);
  await memory.learn(seen(stamped), other);
  for (const where of [other, letter])
    assert.equal(await recordOf(memory, stamped, where), "2026-12-24T00:00:00.000Z");
});

test("a good old letter stays good, whatever was sent on under its name, or it under others (RFC 8551 §3.1); one that nobody opened in time does not", async () => {
  const disk = new Disk();
  disk.time = new Date("2026-06-01T00:00:00Z");
  const life = wake(disk);
  const chain = await forgeChain();
  await life.anchors.add([chain.root.certificate]);
  const look = async (n: number, name: string): Promise<string> => {
    const text = Buffer.from(letterBy([chain], lunch.replace("noon", `noon ${n}`))).toString("latin1");
    const raw = text.replace("Subject:", `Message-ID: <${name}@example.test>\r\nSubject:`);
    const asked = { raw: new Uint8Array(Buffer.from(raw, "latin1")), purpose: "display", time: disk.time };
    return (await inspectWith(life, asked as Parameters<typeof inspectWith>[1])).verdict.summary.state;
  };
  assert.equal(await look(0, "other"), "2b");
  assert.match(await look(0, "letter"), /^2/);
  for (let n = 1; n <= 12; n++) assert.match(await look(n, "letter"), /^2/);
  disk.time = new Date(chain.person.certificate.notAfter + 30 * 86_400_000);
  assert.match(await look(0, "letter"), /^2/);
  assert.equal(await look(99, "letter"), "6");
});
