/**
 * Whoever stands between us and the name servers has all that the owners ever signed, and may give it in any
 * order, to any question, in part, twice, and with octets changed: he gets the truth through, or nothing.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { BudgetExceededError, MalformedError } from "../../../src/engine/index.js";
import {
  type DnsMessage,
  type ResourceRecord,
  recordTypes as types,
} from "../../../src/engine/dns/dns-message.js";
import { type DnsName, isWithin, nameOctets, parseName, sameName } from "../../../src/engine/dns/dns-name.js";
import { resolveSecurely } from "../../../src/engine/dns/resolve-securely.js";
import { hashedChain } from "../../helpers/forge-denials.js";
import {
  type ForgedZone,
  anchorOf,
  delegation,
  forgeZone,
  now,
  nsec,
  record,
  signed,
} from "../../helpers/forge-zones.js";

const cert = (name: string, octet: number): ResourceRecord =>
  record(name, types.smimea, Uint8Array.of(3, 0, 0, octet));
const alias = (owner: string, target: string, type: number): ResourceRecord =>
  record(owner, type, nameOctets(parseName(target)));

/** What is really there: for each name, the octet of its certificate, that there is none, or that nobody can tell. */
const truth: Readonly<Record<string, number | "absent" | "insecure">> = {
  "a.named.example": 1,
  "m.named.example": "absent",
  "z.named.example": "absent",
  "x.w.named.example": 2,
  "there.w.named.example": "absent",
  "y.there.w.named.example": "absent",
  "alias.named.example": 1,
  "a.moved.named.example": 1,
  "b.moved.named.example": "absent",
  "a.hashed.example": 3,
  "m.hashed.example": "absent",
  "x.w.hashed.example": 4,
  "a.unsigned.example": "insecure",
  "a.nowhere": "absent",
};

let root: ForgedZone;
/** by set: its records and the signature over them, and whose it is */
let pool: readonly { readonly zone: DnsName; readonly records: readonly ResourceRecord[] }[];

before(async () => {
  const [zero, top, named, hashed] = await Promise.all(
    ["", "example", "named.example", "hashed.example"].map(forgeZone),
  );
  root = zero!;
  const [apex, cut] = [
    [types.ns, types.soa, types.nsec, types.rrsig, types.dnskey],
    [types.ns, types.ds, types.nsec, types.rrsig],
  ];
  const byZone: readonly (readonly [ForgedZone, readonly ResourceRecord[]])[] = [
    [root, [root.dnskey, await delegation(top!), nsec("", "example", apex), nsec("example", "", cut)]],
    [top!, [top!.dnskey, await delegation(named!), await delegation(hashed!)]],
    [
      top!,
      [
        nsec("example", "hashed.example", apex),
        nsec("hashed.example", "named.example", cut),
        nsec("named.example", "unsigned.example", cut),
        nsec("unsigned.example", "example", [types.ns, types.nsec, types.rrsig]),
      ],
    ],
    [
      named!,
      [
        ...[named!.dnskey, cert("a.named.example", 1), alias("alias.named.example", "a.named.example", 5)],
        alias("moved.named.example", "named.example", types.dname),
        nsec("named.example", "a.named.example", apex),
        nsec("a.named.example", "alias.named.example", [types.smimea, types.nsec]),
        nsec("alias.named.example", "moved.named.example", [types.cname, types.nsec]),
        nsec("moved.named.example", "*.w.named.example", [types.dname, types.nsec]),
        nsec("*.w.named.example", "there.w.named.example", [types.smimea, types.nsec]),
        nsec("there.w.named.example", "named.example", [16, types.nsec]),
      ],
    ],
    [
      hashed!,
      [
        ...[hashed!.dnskey, cert("a.hashed.example", 3)],
        ...hashedChain("hashed.example", {
          "hashed.example": apex,
          "a.hashed.example": [types.smimea],
          "w.hashed.example": [],
          "*.w.hashed.example": [types.smimea],
        }),
      ],
    ],
  ];
  const own = async (zone: ForgedZone, one: ResourceRecord, labels?: number) => ({
    zone: zone.name,
    records: await signed(zone, [one], labels === undefined ? {} : { labels }),
  });
  const sets = byZone.flatMap(([zone, records]) => records.map((one) => own(zone, one)));
  const wildcards = [
    own(named!, cert("x.w.named.example", 2), 3),
    own(hashed!, cert("x.w.hashed.example", 4), 3),
  ];
  pool = await Promise.all([...sets, ...wildcards]);
});

// ------------------------------------------------------------------ the attacker

/** What happens to one of the answers on its way. */
type Trick =
  | { readonly kind: "leave-out"; readonly which: number }
  | { readonly kind: "turn-octet"; readonly which: number; readonly at: number; readonly by: number }
  | { readonly kind: "rename"; readonly which: number; readonly like: number }
  | { readonly kind: "only"; readonly which: readonly number[] }
  | { readonly kind: "turn-around" }
  | { readonly kind: "no-such-name" }
  | { readonly kind: "swap-sections" };

interface Attack {
  /** the question that it meets: the first, the second … */
  readonly question: number;
  readonly trick: Trick;
}

const index = fc.nat(400);
const tricks: fc.Arbitrary<Trick> = fc.oneof(
  fc.record({ kind: fc.constant("leave-out" as const), which: index }),
  fc.record({
    kind: fc.constant("turn-octet" as const),
    which: index,
    at: fc.nat(200),
    by: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({ kind: fc.constant("rename" as const), which: index, like: index }),
  fc.record({
    kind: fc.constant("only" as const),
    which: fc.array(index, { minLength: 0, maxLength: 6 }),
  }),
  fc.constant({ kind: "turn-around" as const }),
  fc.constant({ kind: "no-such-name" as const }),
  fc.constant({ kind: "swap-sections" as const }),
);
const attacks: fc.Arbitrary<readonly Attack[]> = fc.array(fc.record({ question: fc.nat(9), trick: tricks }), {
  minLength: 1,
  maxLength: 4,
});

interface Sections {
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
}

function sectionsOf(all: readonly ResourceRecord[]): Sections {
  const denies = ({ type, rdata }: ResourceRecord): boolean =>
    type === types.nsec || type === types.nsec3 || (type === types.rrsig && [47, 50].includes(rdata[1]!));
  return { answer: all.filter((one) => !denies(one)), authority: all.filter(denies) };
}

/** All that was ever signed, to every question: our side has to find what it needs. */
function everything(): Sections {
  return sectionsOf(pool.flatMap(({ records }) => records));
}

function tricked({ answer, authority }: Sections, trick: Trick): Sections {
  const all = [...answer, ...authority];
  const change = (edit: (list: readonly ResourceRecord[]) => readonly ResourceRecord[]): Sections => ({
    answer: edit(answer),
    authority: edit(authority),
  });
  const pick = (which: number): ResourceRecord | undefined => all[which % Math.max(1, all.length)];
  switch (trick.kind) {
    case "leave-out":
      return change((list) => list.filter((one) => one !== pick(trick.which)));
    case "turn-octet":
      return change((list) => list.map((one) => (one === pick(trick.which) ? turned(one, trick) : one)));
    case "rename": {
      const name = pick(trick.like)?.name ?? [];
      return change((list) => list.map((one) => (one === pick(trick.which) ? { ...one, name } : one)));
    }
    case "only": {
      const kept = trick.which.map(pick);
      return change((list) => list.filter((one) => kept.includes(one)));
    }
    case "turn-around":
      return change((list) => [...list].reverse());
    case "swap-sections":
      return { answer: authority, authority: answer };
    case "no-such-name":
      return { answer: [], authority };
  }
}

function turned(
  one: ResourceRecord,
  { at, by }: { readonly at: number; readonly by: number },
): ResourceRecord {
  const rdata = one.rdata.slice();
  rdata[at % rdata.length]! ^= by;
  return { ...one, rdata };
}

type Outcome = number | "absent" | "insecure" | "bogus" | "malformed" | "budget";

async function outcome(name: string, list: readonly Attack[], narrow: boolean): Promise<Outcome> {
  let asked = 0;
  const ask = async (asking: DnsName, type: number): Promise<DnsMessage> => {
    const number = asked++;
    const honest = narrow ? forQuestion(asking, type) : everything();
    const { answer, authority } = list
      .filter(({ question }) => question === number)
      .reduce((sections, { trick }) => tricked(sections, trick), honest);
    return { truncated: false, responseCode: 0, question: { name: asking, type }, answer, authority };
  };
  const resolving = { ask, anchors: [await anchorOf(root)], time: now * 1000 };
  try {
    const found = await resolveSecurely(parseName(name), types.smimea, resolving);
    if (found.status !== "secure") return found.status;
    assert.equal(found.records.length, 1);
    return found.records[0]!.rdata[3]!;
  } catch (error) {
    if (error instanceof MalformedError) return "malformed";
    if (error instanceof BudgetExceededError) return "budget";
    throw error;
  }
}

/** As a name server would: what stands at the name (or above it, for a DNAME), and the zone's denials. */
function forQuestion(name: DnsName, type: number): Sections {
  // A DS is the parent's to give.
  const above = type === types.ds ? name.slice(1) : name;
  const zones = pool.map(({ zone }) => zone).filter((zone) => isWithin(above, zone));
  const deepest = Math.max(...zones.map(({ length }) => length));
  const own = pool.filter(({ zone }) => zone.length === deepest && isWithin(above, zone));
  const { answer, authority } = sectionsOf(own.flatMap(({ records }) => records));
  const fits = (one: ResourceRecord): boolean => {
    const is = one.type === types.rrsig ? one.rdata[1]! : one.type;
    if (is === types.dname) return isWithin(name, one.name) && name.length > one.name.length;
    return sameName(one.name, name) && (is === type || is === types.cname);
  };
  return { answer: answer.filter(fits), authority };
}

// ------------------------------------------------------------------ what holds

test("the world of this test is what it says, where nobody interferes", async () => {
  for (const [name, expected] of Object.entries(truth)) {
    assert.equal(await outcome(name, [], true), expected, name);
  }
});

const failed: readonly Outcome[] = ["bogus", "malformed", "budget"];

for (const narrow of [true, false]) {
  const how = narrow ? "the right answer with tricks" : "all that was ever signed, with tricks";
  test(`no part, order or change of what was signed makes another answer (${how}; RFC 4035 §5)`, async () => {
    const cases = fc.record({ name: fc.constantFrom(...Object.keys(truth)), list: attacks });
    await fc.assert(
      fc.asyncProperty(cases, async ({ name, list }) => {
        const got = await outcome(name, list, narrow);
        assert.ok(got === truth[name] || failed.includes(got), `${name}: ${got}`);
      }),
      { numRuns: 1_500 },
    );
  });
}
