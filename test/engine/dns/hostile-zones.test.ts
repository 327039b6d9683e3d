/** Zones made to cost work, to run in circles, or to be weaker than they look: an end, and never a good answer. */
import assert from "node:assert/strict";
import { before, mock, test } from "node:test";
import type { Bytes } from "../../../src/engine/index.js";
import { BudgetExceededError } from "../../../src/engine/index.js";
import { type ResourceRecord, recordTypes as types } from "../../../src/engine/dns/dns-message.js";
import { nameOctets, parseName } from "../../../src/engine/dns/dns-name.js";
import { parseDnsKey, parseSignature } from "../../../src/engine/dns/dnssec-records.js";
import { resolveSecurely } from "../../../src/engine/dns/resolve-securely.js";
import { around, hashOf, hashedChain, nsec3 } from "../../helpers/forge-denials.js";
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
} from "../../helpers/forge-zones.js";

let root: ForgedZone;
let zone: ForgedZone;
let world: Answers;

before(async () => {
  [root, zone] = [await forgeZone(""), await forgeZone("example")];
  world = {
    [` ${types.dnskey}`]: { answer: await signed(root, [root.dnskey]) },
    [`example ${types.ds}`]: { answer: await signed(root, [await delegation(zone)]) },
    [`example ${types.dnskey}`]: { answer: await signed(zone, [zone.dnskey]) },
  };
});

const smimea = (name: string): string => `${name} ${types.smimea}`;
const cert = (name: string, octet = 1): ResourceRecord =>
  record(name, types.smimea, Uint8Array.of(3, 0, 0, octet));
const alias = (owner: string, target: string, type: number = types.cname): ResourceRecord =>
  record(owner, type, nameOctets(parseName(target)));

/** @param otherwise what every other question is answered with */
async function resolve(name: string, change: Answers = {}, otherwise: Answers[string] = {}) {
  const answers = { ...world, ...change };
  const { ask: by, asked } = answering(answers);
  const ask: typeof by = async (asking, type) => {
    const message = await by(asking, type);
    return Object.hasOwn(answers, asked.at(-1)!) ? message : { ...message, ...otherwise };
  };
  const resolving = { ask, anchors: [await anchorOf(root)], time: now * 1000 };
  const verify = mock.method(crypto.subtle, "verify");
  const digest = mock.method(crypto.subtle, "digest");
  try {
    const answer = await resolveSecurely(parseName(name), types.smimea, resolving).catch((error: unknown) => {
      if (error instanceof BudgetExceededError) return { status: "budget" };
      throw error;
    });
    const work = { verified: verify.mock.callCount(), hashed: digest.mock.callCount(), asked: asked.length };
    return { status: answer.status, reason: "reason" in answer ? answer.reason : "", ...work };
  } finally {
    verify.mock.restore();
    digest.mock.restore();
  }
}
const status = async (name: string, change: Answers = {}): Promise<string> =>
  (await resolve(name, change)).status;

/** Each record set of a list with its own signature. */
async function eachSigned(records: readonly ResourceRecord[], by: ForgedZone = zone) {
  return (await Promise.all(records.map((one) => signed(by, [one])))).flat();
}

// ------------------------------------------------------------------ NSEC3

const there = { example: [types.ns, types.soa], "a.example": [types.smimea], "*.w.example": [types.smimea] };
const withParents = { ...there, "w.example": [] };

test("absence is proven by hashes of up to 100 rounds; with more, nothing is (RFC 9276 §3.2)", async () => {
  for (const [iterations, expected] of [
    [0, "absent"],
    [100, "absent"],
    [101, "bogus"],
    [150, "bogus"],
    [151, "bogus"],
    [500, "bogus"],
    [2500, "bogus"],
    [65_535, "bogus"],
  ] as const) {
    const authority = await eachSigned(hashedChain("example", withParents, { iterations }));
    const { hashed, ...answer } = await resolve("b.example", { [smimea("b.example")]: { authority } });
    assert.equal(answer.status, expected, String(iterations));
    assert.ok(hashed < 1000, `${hashed} digests for ${iterations} rounds`);
  }
});

test("hashes of an unknown kind, with another salt or other rounds than their neighbours, prove nothing (RFC 5155 §8.1, §8.2)", async () => {
  const parts = (hashing: object) => hashedChain("example", withParents, hashing);
  const [right, salted] = [parts({}), parts({ salt: Uint8Array.of(1, 2) })];
  const ask = async (records: readonly ResourceRecord[]): Promise<string> =>
    status("b.example", { [smimea("b.example")]: { authority: await eachSigned(records) } });
  assert.equal(await ask(right), "absent");
  assert.equal(await ask(salted), "absent");
  assert.equal(await ask(parts({ algorithm: 2 })), "bogus");
  // Half of a proof of either kind.
  for (const cut of [1, 2, 3]) {
    const mixture = [...right.slice(0, cut), ...salted.slice(cut)];
    assert.notEqual(await ask(mixture), "secure");
    const only = right.slice(0, cut);
    assert.ok(["absent", "bogus"].includes(await ask(only)));
  }
});

test("names as deep as they may be, each with the most rounds, cost a bounded number of digests (CVE-2023-50868)", async () => {
  const deep = `${Array.from({ length: 19 }, (_, i) => `l${i}`).join(".")}.example`;
  const authority = await eachSigned(hashedChain("example", withParents, { iterations: 100 }));
  const { hashed, status: outcome } = await resolve(deep, {}, { authority });
  assert.ok(hashed <= 20_200, String(hashed));
  assert.notEqual(outcome, "secure");
});

test("where names may be left out, neither absence nor a wildcard is proven (RFC 5155 §6, §9.2)", async () => {
  const optOut = await eachSigned(hashedChain("example", withParents, { optOut: true }));
  assert.equal(await status("b.example", { [smimea("b.example")]: { authority: optOut } }), "insecure");
  const answer = await signed(zone, [cert("x.w.example")], { labels: 2 });
  const expanded = (authority: readonly ResourceRecord[]) =>
    status("x.w.example", { [smimea("x.w.example")]: { answer, authority } });
  assert.equal(await expanded(await eachSigned(hashedChain("example", withParents))), "secure");
  // An unsigned zone may begin there, whose names the wildcard must not speak for.
  assert.equal(await expanded(optOut), "insecure");
  assert.equal(await expanded([]), "bogus");
});

test("a wildcard denies nothing that stands beside it: each part of the proof is needed (RFC 5155 §8.4–8.8)", async () => {
  const chain = hashedChain("example", withParents);
  const by = (name: string) => nsec3("example", around(hashOf(name)));
  const encloser = nsec3("example", { ...around(hashOf("example")), from: hashOf("example"), types: [6, 2] });
  const ask = async (records: readonly ResourceRecord[]): Promise<string> =>
    status("b.example", { [smimea("b.example")]: { authority: await eachSigned(records) } });
  assert.equal(await ask(chain), "absent");
  const whole = [encloser, by("b.example"), by("*.example")];
  assert.equal(await ask(whole), "absent");
  for (const left of whole) assert.equal(await ask(whole.filter((one) => one !== left)), "bogus");
  // "a.example" is there, so that it is no proof for what would be below it that "*.example" is not.
  assert.equal(await ask([nsec3("example", around(hashOf("a.example"))), encloser]), "bogus");
});

test("the denials of another zone, however deep and well signed, change nothing beside the right ones", async () => {
  const deep = await forgeZone("far.other");
  const right = await eachSigned([nsec("example", "example", [types.ns, types.soa])]);
  const foreign = await eachSigned([nsec("far.other", "far.other", [types.ns, types.soa])], deep);
  const known = {
    [`far.other ${types.ds}`]: { answer: await signed(root, [await delegation(deep)]) },
    [`far.other ${types.dnskey}`]: { answer: await signed(deep, [deep.dnskey]) },
  };
  const ask = (authority: readonly ResourceRecord[]) =>
    status("b.example", { ...known, [smimea("b.example")]: { authority } });
  assert.equal(await ask(right), "absent");
  assert.equal(await ask([...foreign, ...right]), "absent");
  assert.equal(await ask(foreign), "bogus");
});

test("what was given away or moved elsewhere encloses nothing, and no proof comes out of a wildcard (RFC 5155 §8.3, RFC 4035 §5.4)", async () => {
  const [name, owner] = ["b.c.example", "c.example"];
  const ask = async (records: readonly ResourceRecord[], labels?: number): Promise<string> => {
    const sets = records.map((one) => signed(zone, [one], labels === undefined ? {} : { labels }));
    return status(name, { [smimea(name)]: { authority: (await Promise.all(sets)).flat() } });
  };
  const hashes = (list: readonly number[]) =>
    hashedChain("example", { example: [types.ns, types.soa], [owner]: list });
  assert.equal(await ask(hashes([16])), "absent");
  assert.equal(await ask(hashes([types.dname])), "bogus");
  assert.equal(await ask(hashes([types.ns])), "bogus");
  // By name: the wildcard has to be denied as well, and a record out of one denies nothing.
  const apex = nsec("example", "a.example", [types.ns, types.soa]);
  assert.equal(await ask([apex, nsec("a.example", "z.example", [16])]), "absent");
  assert.equal(await ask([nsec("a.example", "z.example", [16])]), "bogus");
  assert.equal(await ask([apex, nsec("a.example", "z.example", [16])], 1), "bogus");
});

// ------------------------------------------------------------------ keys and signatures

/** RFC 4034 §B: the tag is a sum, so that anybody can make keys with any tag. */
function keysWithTag(tag: number, count: number): readonly ResourceRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const key = new Uint8Array(32);
    key[0] = index >> 8;
    key[1] = index;
    const missing = tag - parseDnsKey(keyRecord(zone.name, key)).keyTag;
    // A carry out of sixteen bits comes in again below.
    for (const value of [missing, missing - 1, missing + 1]) {
      new DataView(key.buffer).setUint16(30, value & 0xffff);
      const made = keyRecord(zone.name, key.slice());
      if (parseDnsKey(made).keyTag === tag) return made;
    }
    throw new Error("no key with this tag");
  });
}

/** The same signature with other octets at its end, many times. */
function wrongSignatures(right: ResourceRecord, count: number): readonly ResourceRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const rdata: Bytes = right.rdata.slice();
    rdata[rdata.length - 1]! ^= 1 + (index % 255);
    rdata[rdata.length - 2]! ^= index >> 8;
    return { ...right, rdata };
  });
}

test("keys with one tag times signatures with it: few are tried, whatever their number (CVE-2023-50387, KeyTrap)", async () => {
  const { keyTag } = parseDnsKey(zone.dnskey);
  const [answer, right] = await signed(zone, [cert("a.example")]);
  for (const count of [10, 100, 300]) {
    const keys = [...keysWithTag(keyTag, count), zone.dnskey];
    const keySet = await signed(zone, keys);
    const change = {
      [`example ${types.dnskey}`]: { answer: keySet },
      [smimea("a.example")]: { answer: [answer!, ...wrongSignatures(right!, count)] },
    };
    const { verified, status: outcome } = await resolve("a.example", change);
    assert.ok(["bogus", "budget"].includes(outcome));
    assert.ok(verified <= 60, `${verified} signatures tried for ${count} keys`);
  }
});

test("many signatures over many denials, and many delegations with one tag, end as well (RFC 6840 §5.4)", async () => {
  const records = Array.from({ length: 40 }, (_, i) => nsec(`n${i}.example`, `n${i}x.example`, [types.nsec]));
  const authority: ResourceRecord[] = [];
  for (const one of records) {
    const [own, right] = await signed(zone, [one]);
    authority.push(own!, ...wrongSignatures(right!, 20));
  }
  const denied = await resolve("a.example", { [smimea("a.example")]: { authority } });
  assert.ok(["bogus", "budget"].includes(denied.status));
  assert.ok(denied.verified <= 60, String(denied.verified));
  const same = keysWithTag(parseDnsKey(zone.dnskey).keyTag, 60);
  const delegations = await Promise.all(same.map((dnskey) => delegation({ ...zone, dnskey })));
  const many = {
    [`example ${types.ds}`]: { answer: await signed(root, delegations) },
    [`example ${types.dnskey}`]: { answer: await signed(zone, same) },
    [smimea("a.example")]: { answer: await signed(zone, [cert("a.example")]) },
  };
  const { hashed, verified, status: outcome } = await resolve("a.example", many);
  assert.equal(outcome, "budget");
  assert.ok(hashed <= 100 && verified <= 60, `${hashed} ${verified}`);
});

test("a key that is none of a zone, is revoked, or has another protocol signs nothing (RFC 4034 §2.1, RFC 5011 §2.1)", async () => {
  const answer = await signed(zone, [cert("a.example")]);
  for (const [at, value, expected] of [
    [1, 1, "secure"],
    [0, 0, "bogus"],
    [1, 0x81, "bogus"],
    [2, 2, "bogus"],
  ] as const) {
    const rdata = zone.dnskey.rdata.slice();
    rdata[at] = value;
    const changed = { ...zone, dnskey: { ...zone.dnskey, rdata } };
    const { keyTag } = parseDnsKey(changed.dnskey);
    const tagged = async (records: readonly ResourceRecord[]) => await signed(changed, records);
    const change = {
      [`example ${types.ds}`]: { answer: await signed(root, [await delegation(changed)]) },
      [`example ${types.dnskey}`]: { answer: await tagged([changed.dnskey]) },
      [smimea("a.example")]: { answer: expected === "secure" ? answer : await tagged([cert("a.example")]) },
    };
    assert.equal(await status("a.example", change), expected, `${at} ${value} ${keyTag}`);
  }
});

test("a weaker algorithm in the answer than the parent named is no way in, nor is one that nobody knows (RFC 6840 §5.2, §5.11)", async () => {
  const [answer, right] = await signed(zone, [cert("a.example")]);
  for (const algorithm of [1, 3, 5, 7, 8, 12, 13, 250]) {
    const rdata = right!.rdata.slice();
    rdata[2] = algorithm;
    const downgraded = { ...right!, rdata };
    assert.equal(parseSignature(downgraded).algorithm, algorithm);
    assert.equal(
      await status("a.example", { [smimea("a.example")]: { answer: [answer!, downgraded] } }),
      "bogus",
    );
  }
  // SHA-1 in the delegation, alone: as if the zone were not signed. Beside another it changes nothing.
  const weak = await delegation(zone, { digestType: 1 });
  const bare = { [smimea("a.example")]: { answer: [answer!] } };
  const ds = async (...records: readonly ResourceRecord[]) => ({
    [`example ${types.ds}`]: { answer: await signed(root, records) },
  });
  assert.equal(await status("a.example", { ...bare, ...(await ds(weak)) }), "insecure");
  assert.equal(await status("a.example", { ...bare, ...(await ds(weak, await delegation(zone))) }), "bogus");
});

test("a signature of next year, of last year, or whose end is before its beginning, does not count (RFC 4034 §3.1.5)", async () => {
  const year = 365 * 86_400;
  for (const [inception, expiration, expected] of [
    [now - 1, now + 1, "secure"],
    [now + year, now + 2 * year, "bogus"],
    [now - 2 * year, now - year, "bogus"],
    [now + 10, now - 10, "bogus"],
    [now + 1, now + 2, "bogus"],
  ] as const) {
    const answer = await signed(zone, [cert("a.example")], { inception, expiration });
    assert.equal(await status("a.example", { [smimea("a.example")]: { answer } }), expected);
  }
});

// ------------------------------------------------------------------ aliases

test("aliases in a circle of two, and subtrees that lead into each other, end (RFC 1034 §3.6.2, RFC 6672 §2.4)", async () => {
  const circle = {
    [smimea("a.example")]: { answer: await signed(zone, [alias("a.example", "b.example")]) },
    [smimea("b.example")]: { answer: await signed(zone, [alias("b.example", "a.example")]) },
  };
  const { reason, asked } = await resolve("a.example", circle);
  assert.equal(reason, "too many aliases");
  assert.ok(asked < 20);
  const trees = {
    [smimea("h.x.example")]: { answer: await signed(zone, [alias("x.example", "y.example", types.dname)]) },
    [smimea("h.y.example")]: { answer: await signed(zone, [alias("y.example", "x.example", types.dname)]) },
  };
  assert.equal((await resolve("h.x.example", trees)).reason, "too many aliases");
  const grown = await signed(zone, [alias("x.example", "x.x.example", types.dname)]);
  assert.equal((await resolve("h.x.example", {}, { answer: grown })).reason, "too many aliases");
});

test("an alias nobody signed, out of a wildcard without its proof, or into a zone that is not signed, gives no certificate", async () => {
  const target = { [smimea("b.example")]: { answer: await signed(zone, [cert("b.example")]) } };
  const [bare] = [alias("a.example", "b.example")];
  assert.equal(await status("a.example", { ...target, [smimea("a.example")]: { answer: [bare] } }), "bogus");
  const right = await signed(zone, [bare]);
  assert.equal(await status("a.example", { ...target, [smimea("a.example")]: { answer: right } }), "secure");
  const expanded = await signed(zone, [bare], { labels: 1 });
  assert.equal(
    await status("a.example", { ...target, [smimea("a.example")]: { answer: expanded } }),
    "bogus",
  );
  const away = await signed(zone, [alias("a.example", "b.plain")]);
  const plain = {
    [smimea("a.example")]: { answer: away },
    [smimea("b.plain")]: { answer: [cert("b.plain")] },
    [`plain ${types.ds}`]: { authority: await signed(root, [nsec("plain", "q", [types.ns, types.nsec])]) },
  };
  assert.equal(await status("a.example", plain), "insecure");
});
