/** The validator against whoever owns a zone, or the line to it: what must not count, does not. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Bytes } from "../../../src/engine/index.js";
import { BudgetExceededError } from "../../../src/engine/index.js";
import { concat } from "../../../src/engine/base/bytes.js";
import { recordTypes as types } from "../../../src/engine/dns/dns-message.js";
import { nameOctets, parseName } from "../../../src/engine/dns/dns-name.js";
import { parseDnsKey } from "../../../src/engine/dns/dnssec-records.js";
import { type TimedAnswer, resolveSecurely } from "../../../src/engine/dns/resolve-securely.js";
import {
  type Answers,
  type ForgedZone,
  anchorOf,
  answering,
  delegation,
  forgeZone,
  keyRecord,
  now,
  nsec,
  record,
  signed,
  ttl,
} from "../../helpers/forge-zones.js";

const host = "a.example";
const question = `${host} ${types.smimea}`;
const wanted = record(host, types.smimea, Uint8Array.of(3, 0, 0, 1));

let root: ForgedZone;
let zone: ForgedZone;
let other: ForgedZone;
let world: Answers;

before(async () => {
  [root, zone, other] = [await forgeZone(""), await forgeZone("example"), await forgeZone("other")];
  world = {
    [` ${types.dnskey}`]: { answer: await signed(root, [root.dnskey]) },
    [`example ${types.ds}`]: { answer: await signed(root, [await delegation(zone)]) },
    [`example ${types.dnskey}`]: { answer: await signed(zone, [zone.dnskey]) },
    [`other ${types.ds}`]: { answer: await signed(root, [await delegation(other)]) },
    [`other ${types.dnskey}`]: { answer: await signed(other, [other.dnskey]) },
    [question]: { answer: await signed(zone, [wanted]) },
  };
});

async function resolve(change: Answers = {}, seconds = now): Promise<TimedAnswer> {
  const { ask } = answering({ ...world, ...change });
  const anchors = [await anchorOf(root)];
  return resolveSecurely(parseName(host), types.smimea, { ask, anchors, time: seconds * 1000 });
}
const status = async (change: Answers, seconds = now): Promise<string> =>
  (await resolve(change, seconds)).status;

test("what is signed from the root down is secure, for as long as its owner and its signature say (RFC 4035 §5.3.3)", async () => {
  assert.deepEqual(await resolve(), { status: "secure", records: [wanted], ttl });
  const short = await signed(zone, [wanted], { originalTtl: 60 });
  assert.equal((await resolve({ [question]: { answer: short } })).ttl, 60);
  // A cache on the way may not make it live longer.
  const stretched = short.map((one) => ({ ...one, ttl: 1_000_000 }));
  assert.equal((await resolve({ [question]: { answer: stretched } })).ttl, 60);
  const ending = await signed(zone, [wanted], { expiration: now + 10 });
  assert.equal((await resolve({ [question]: { answer: ending } })).ttl, 10);
});

test("without its signature, or with a word of it changed, an answer of a signed zone is bogus, never unsigned", async () => {
  assert.equal(await status({ [question]: { answer: [wanted] } }), "bogus");
  const [, signature] = await signed(zone, [wanted]);
  const forged = record(host, types.smimea, Uint8Array.of(3, 0, 0, 2));
  assert.equal(await status({ [question]: { answer: [forged, signature!] } }), "bogus");
  assert.equal(await status({ [question]: {} }), "bogus");
});

test("a signature counts from its inception to its expiration, by a clock that goes round (RFC 4034 §3.1.5)", async () => {
  const times = { inception: now - 10, expiration: now + 10 };
  const change = { [question]: { answer: await signed(zone, [wanted], times) } };
  assert.equal(await status(change, now + 10), "secure");
  assert.equal(await status(change, now + 11), "bogus");
  assert.equal(await status(change, now - 11), "bogus");
});

test("another zone's key signs nothing here, however well its own zone is signed (RFC 4035 §5.3.1)", async () => {
  assert.equal(await status({ [question]: { answer: await signed(other, [wanted]) } }), "bogus");
});

test("a zone cannot vouch for its own delegation (RFC 4035 §2.4)", async () => {
  const mine = await forgeZone("example");
  assert.equal(
    await status({
      [`example ${types.ds}`]: { answer: await signed(mine, [await delegation(mine)]) },
      [`example ${types.dnskey}`]: { answer: await signed(mine, [mine.dnskey]) },
      [question]: { answer: await signed(mine, [wanted]) },
    }),
    "bogus",
  );
});

test("a delegation by unknown algorithms or digests alone is unsigned; beside a known one it changes nothing (RFC 6840 §5.2)", async () => {
  const unknown = [await delegation(zone, { algorithm: 250 }), await delegation(zone, { digestType: 99 })];
  const only = { [`example ${types.ds}`]: { answer: await signed(root, unknown) } };
  assert.equal(await status(only), "insecure");
  const both = await signed(root, [...unknown, await delegation(zone)]);
  assert.equal(await status({ [`example ${types.ds}`]: { answer: both } }), "secure");
  assert.equal(
    await status({ [`example ${types.ds}`]: { answer: both }, [question]: { answer: [wanted] } }),
    "bogus",
  );
  // Without the root's signature nobody says that it is unsigned.
  assert.equal(await status({ [`example ${types.ds}`]: { answer: unknown } }), "bogus");
});

test("that a zone is not signed must be proven by the one above (RFC 4035 §5.2)", async () => {
  const gone = { [question]: { answer: [wanted] } };
  const denied = await signed(root, [nsec("example", "other", [types.ns, types.nsec, types.rrsig])]);
  assert.equal(await status({ ...gone, [`example ${types.ds}`]: { authority: denied } }), "insecure");
  const byChild = await signed(zone, [nsec("example", "z.example", [types.ns, types.soa, types.nsec])]);
  assert.equal(await status({ ...gone, [`example ${types.ds}`]: { authority: byChild } }), "bogus");
  assert.equal(await status({ ...gone, [`example ${types.ds}`]: {} }), "bogus");
});

test("a parent's record at the delegation denies nothing below it (RFC 6840 §4.1)", async () => {
  const above = await signed(root, [nsec("example", "other", [types.ns, types.ds, types.nsec])]);
  assert.equal(await status({ [question]: { authority: above } }), "bogus");
  const own = await signed(zone, [nsec("example", "z.example", [types.ns, types.soa, types.nsec])]);
  assert.equal(await status({ [question]: { authority: own } }), "absent");
});

test("an answer out of a wildcard counts with the proof that nothing is nearer, and not where its parent is (RFC 4035 §5.3.4)", async () => {
  const name = parseName("x.b.example");
  const there = record(name, types.smimea, Uint8Array.of(3, 0, 0, 9));
  const answer = await signed(zone, [there], { labels: 1 });
  const ask = async (authority: Answers[string]["authority"]): Promise<string> => {
    const change = { [`x.b.example ${types.smimea}`]: { answer, authority: authority! } };
    const { ask: by } = answering({ ...world, ...change });
    const anchors = [await anchorOf(root)];
    return (await resolveSecurely(name, types.smimea, { ask: by, anchors, time: now * 1000 })).status;
  };
  assert.equal(await ask(await signed(zone, [nsec("a.example", "c.example", [types.nsec])])), "secure");
  assert.equal(await ask([]), "bogus");
  // "b.example" is there, so "*.example" does not speak for what would stand below it.
  assert.equal(await ask(await signed(zone, [nsec("b.example", "c.example", [types.nsec])])), "bogus");
  assert.equal(await ask(await signed(zone, [nsec("a.b.example", "y.b.example", [types.nsec])])), "bogus");
});

test("aliases that lead in a circle, or on and on, end (RFC 1034 §3.6.2)", async () => {
  const circle = record(host, types.cname, nameOctets(parseName(host)));
  const change = { [question]: { answer: await signed(zone, [circle]) } };
  assert.deepEqual(
    await resolve(change).then(({ status: s, ...rest }) => [s, "reason" in rest && rest.reason]),
    ["bogus", "too many aliases"],
  );
});

test("a DNAME that would make a name too long is malformed, not followed (RFC 6672 §2.2)", async () => {
  const long = Array.from({ length: 4 }, () => "a".repeat(62)).join(".");
  const dname = record("example", types.dname, nameOctets(parseName(long)));
  const answers = { [`aa.example ${types.smimea}`]: { answer: await signed(zone, [dname]) } };
  const { ask } = answering({ ...world, ...answers });
  const resolving = { ask, anchors: [await anchorOf(root)], time: now * 1000 };
  await assert.rejects(resolveSecurely(parseName("aa.example"), types.smimea, resolving), {
    name: "MalformedError",
  });
});

test("many keys with one tag, many signatures: work ends at a bound (CVE-2023-50387, KeyTrap)", async () => {
  const tag = parseDnsKey(zone.dnskey).keyTag;
  const same = Array.from({ length: 40 }, (_, index) => keyWithTag(tag, index));
  const signers = await Promise.all(same.map((key) => delegation({ ...zone, dnskey: key })));
  const { asked, ask } = answering({
    ...world,
    [`example ${types.ds}`]: { answer: await signed(root, signers) },
    [`example ${types.dnskey}`]: { answer: await signed(zone, same) },
  });
  const anchors = [await anchorOf(root)];
  await assert.rejects(
    resolveSecurely(parseName(host), types.smimea, { ask, anchors, time: now * 1000 }),
    BudgetExceededError,
  );
  assert.ok(asked.length < 60);
});

/** RFC 4034 §B: the tag is a sum, so that anybody can make keys with any tag. */
function keyWithTag(tag: number, index: number): ReturnType<typeof keyRecord> {
  const key = new Uint8Array(32);
  key[0] = index;
  for (let value = 0; value < 0x10000; value++) {
    key[30] = value >> 8;
    key[31] = value & 0xff;
    const made = keyRecord(zone.name, key.slice());
    if (parseDnsKey(made).keyTag === tag) return made;
  }
  throw new Error("no key with this tag");
}

test("NSEC3 with many rounds over deep names ends at a bound (CVE-2023-50868)", async () => {
  const deep = parseName(`${Array.from({ length: 19 }, (_, i) => `l${i}`).join(".")}.example`);
  const nsec3: Bytes = concat([
    Uint8Array.of(1, 0, 0, 100, 0, 20),
    new Uint8Array(20),
    Uint8Array.of(0, 1, 0x40),
  ]);
  const owner = parseName(`${"0".repeat(32)}.example`);
  const authority = await signed(zone, [record(owner, types.nsec3, nsec3)]);
  const ask = async (name: ReturnType<typeof parseName>, type: number) => {
    const fixed = await answering(world).ask(name, type);
    return fixed.answer.length > 0 ? fixed : { ...fixed, authority };
  };
  const anchors = [await anchorOf(root)];
  const answer = await resolveSecurely(deep, types.smimea, { ask, anchors, time: now * 1000 }).catch(
    (error: unknown) => error,
  );
  assert.ok(answer instanceof BudgetExceededError || (answer as TimedAnswer).status === "bogus");
});
