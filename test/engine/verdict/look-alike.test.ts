/** Addresses that look like known ones: what must be noticed, what must not, and how often honest mail is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toUnicodeDomain } from "../../../src/engine/base/punycode.js";
import type { EmailAddress } from "../../../src/engine/index.js";
import { normalizeAddress } from "../../../src/engine/mime/address.js";
import { type LookAlikeIndex, indexKnownAddresses } from "../../../src/engine/verdict/look-alike.js";
import { ordinaryAddresses } from "./ordinary-addresses.js";

const address = (text: string): EmailAddress => normalizeAddress(text)!;
const index = (list: readonly string[], since = -Infinity): Promise<LookAlikeIndex> =>
  indexKnownAddresses(list.map((one) => ({ address: address(one), since })));

const people = [
  "service@paypal.com",
  "alice@example.org",
  "anna.schmidt@bergmann-consult.de",
  "john.smith@gmail.com",
  "bob@my-bank.com",
  "max@müller.de",
  "boss@modern.com",
  "jo@apple.com",
  "maximilian.huber@gmail.com",
  "carla.brown@microsoft.com",
  "nick@mail.example.co.uk",
];

const forged: readonly [why: string, mail: string, resembles: string | null][] = [
  // a digit for a letter, a pair for a letter
  ["confusable", "service@paypa1.com", "service@paypal.com"],
  ["confusable", "security@paypa1.com", "service@paypal.com"],
  ["confusable", "service@paypai.com", "service@paypal.com"],
  ["confusable", "carla.brown@micros0ft.com", "carla.brown@microsoft.com"],
  ["confusable", "carla.brown@rnicrosoft.com", "carla.brown@microsoft.com"],
  ["confusable", "carla.brovvn@microsoft.com", "carla.brown@microsoft.com"],
  ["confusable", "j0hn.smith@gmail.com", "john.smith@gmail.com"],
  ["confusable", "john.srnith@gmail.com", "john.smith@gmail.com"],
  ["confusable", "boss@modem.com", "boss@modern.com"],
  // letters of other scripts (UTS #39), one or all of them
  ["confusable", "service@p\u0430ypal.com", "service@paypal.com"],
  ["confusable", "jo@\u0430\u0440\u0440\u04cf\u0435.com", "jo@apple.com"],
  ["confusable", "\u0458o@apple.com", "jo@apple.com"],
  ["confusable", "max@muller.de", "max@xn--mller-kva.de"],
  // nobody known, and still nobody's honest name
  ["mixed-scripts", "x@p\u0430ypal.example", null],
  ["mixed-scripts", "ivan@\u03c0ost.example", null],
  // one letter more, less, other, or two exchanged
  ["one-character", "alice@exmaple.org", "alice@example.org"],
  ["one-character", "alice@exampel.org", "alice@example.org"],
  ["one-character", "alice@examle.org", "alice@example.org"],
  ["one-character", "alice@exxample.org", "alice@example.org"],
  ["one-character", "anybody@exanple.org", "alice@example.org"],
  ["one-character", "anna.schmidt@bergman-consult.de", "anna.schmidt@bergmann-consult.de"],
  ["one-character", "jonh.smith@gmail.com", "john.smith@gmail.com"],
  ["one-character", "john.smith@gmial.com", "john.smith@gmail.com"],
  ["one-character", "maximillian.huber@gmail.com", "maximilian.huber@gmail.com"],
  // the known domain as a part of another one, under another ending, with another hyphen
  ["domain-swap", "alice@example.org.evil.com", "alice@example.org"],
  ["domain-swap", "alice@mail.example.org.evil.com", "alice@example.org"],
  ["domain-swap", "alice@example.com", "alice@example.org"],
  ["domain-swap", "alice@example-org.com", "alice@example.org"],
  ["domain-swap", "bob@mybank.com", "bob@my-bank.com"],
];

for (const [why, mail, resembles] of forged) {
  test(`${mail} is noticed: ${why}`, async () => {
    const known = await index(people);
    assert.deepEqual(known.resembled(address(mail)), { address: address(mail), resembles, why });
  });
}

const honest = [
  ...people,
  "bob@example.org",
  "carla@microsoft.com",
  "carl.brown@microsoft.com",
  "jane.smith@gmail.com",
  "john.smith@outlook.com",
  "john.smith@gmx.de",
  "john@ample.com",
  "alice@mail.example.org",
  "alice@sub.example.org",
  "info@paypal.de",
  "nick@news.example.co.uk",
  "иван@почта.рф",
  "田中@例え.jp",
  "max@straße.de",
];

for (const mail of honest) {
  test(`${mail} raises no alarm`, async () => {
    assert.equal((await index(people)).resembled(address(mail)), null);
  });
}

test("an address in capitals is the one that is known, not one that looks like it", async () => {
  const index = await indexKnownAddresses([{ address: address("john.doe@example.org"), since: -Infinity }]);
  assert.equal(index.resembled(address("John.Doe@example.org")), null);
  assert.notEqual(index.resembled(address("J0hn.Doe@example.org")), null);
});

test("the address that was known first is never suspected for the sake of a later one", async () => {
  const [genuine, forger] = [address("service@paypal.com"), address("service@paypa1.com")];
  const known = await indexKnownAddresses([
    { address: forger, since: 2 },
    { address: genuine, since: 1 },
  ]);
  assert.equal(known.resembled(genuine), null);
  // Seen and signed since: a forger with a certificate stays one.
  assert.equal(known.resembled(forger)?.resembles, genuine);
  const said = await indexKnownAddresses([
    { address: forger, since: -Infinity },
    { address: genuine, since: -Infinity },
  ]);
  assert.equal(said.resembled(forger), null);
});

test("A-labels are read (RFC 3492 §7.1), and what is none stays as it is", () => {
  const samples: readonly [string, string][] = [
    ["xn--mller-kva.de", "müller.de"],
    ["xn--80ak6aa92e.com", "\u0430\u0440\u0440\u04cf\u0435.com"],
    ["xn--fsq.xn--fiqs8s", "\u4f8b.\u4e2d\u56fd"],
    ["xn--ihqwcrb4cv8a8dqg056pqjye.x", "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587.x"],
    ["example.org", "example.org"],
    ["xn--.x", "xn--.x"],
    ["xn--a-!.x", "xn--a-!.x"],
    ["xn--99999999999.x", "xn--99999999999.x"],
  ];
  for (const [label, shown] of samples) assert.equal(toUnicodeDomain(label), shown, label);
});

test("whatever an address holds, asking ends and names somebody known or nobody", async () => {
  const known = await index(people);
  const label = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constant("xn--99zz"),
  );
  const property = fc.property(label, fc.array(label, { maxLength: 4 }), (localPart, labels) => {
    const found = known.resembled(`${localPart}@${labels.join(".")}` as EmailAddress);
    if (found?.resembles != null) assert.ok(people.map(address).includes(found.resembles as EmailAddress));
  });
  fc.assert(property, { numRuns: 3_000 });
});

test("of 10,000 ordinary addresses, each beside all the others, at most 1 in 1,000 raises an alarm", async (t) => {
  for (const seed of [1, 2, 3]) {
    const list = ordinaryAddresses(10_000, seed).map(address);
    // In the order in which they were met.
    const known = await indexKnownAddresses(list.map((one, since) => ({ address: one, since })));
    const alarms = list.map((one) => known.resembled(one)).filter((found) => found !== null);
    t.diagnostic(`${alarms.length} of ${list.length} (dice ${seed})`);
    assert.ok(alarms.length <= list.length / 1_000, alarms.map((found) => JSON.stringify(found)).join("\n"));
  }
});

test("forged ones among 100,000 are found, and no question looks through them all", async () => {
  const list = ordinaryAddresses(100_000, 4).map(address);
  const known = await indexKnownAddresses(list.map((one, since) => ({ address: one, since })));
  const victims = list.filter((one) => /^[a-z]{4,}\.[a-z]{4,}@/.test(one)).slice(0, 2_000);
  const forgeries = victims.map((one) => one.replace(/o/, "0")).filter((one, i) => one !== victims[i]);
  const missed = forgeries.filter((one) => known.resembled(address(one)) === null);
  // Some were known already: an ordinary address with a digit in it.
  assert.ok(forgeries.length > 500 && missed.length === 0, missed.slice(0, 5).join(" "));
});
