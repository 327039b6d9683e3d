/**
 * Old letters, sent or read again, to have answers encrypted to an old key or with old algorithms: what a signer
 * asks for counts from when she said so, by the signature that says it (RFC 8551 §2.5.2, §2.5.3, §2.7.1).
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { certificateFor, inspectWith } from "../../src/background/evidence.js";
import { context } from "../../src/engine/base/der-reader.js";
import { encode, objectIdentifier, sequence, time } from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import type { Bytes } from "../../src/engine/index.js";
import { Disk, wake } from "../helpers/background.js";
import { type Chain, forgeChain, letterBy } from "../helpers/forge-chain.js";
import { type Forged, addressed, forgeCertificate } from "../helpers/forge-certificate.js";
import { attribute } from "../helpers/forge-signed-data.js";
import { lunch } from "../helpers/inspecting.js";

const address = "alice@example.test";
const modern = sequence(sequence(objectIdentifier(oid.aes256Gcm)));
const weak = sequence(sequence(objectIdentifier(oid.desEde3Cbc)));

const at = (date: string): Bytes => attribute(oid.signingTime, time(new Date(date)));
const reads = (list: Bytes): Bytes => attribute(oid.smimeCapabilities, list);
const wishFor = ({ certificate: { issuer, serialNumber } }: Forged): Bytes =>
  attribute(oid.encryptionKeyPreference, encode(context(0), issuer, encode(0x02, serialNumber)));

/** Alice with a certificate of last year, whose key somebody else has by now, and with today's. */
async function aliceTwice() {
  const current = await forgeChain({ person: person("2026-06-25", "2027-06-25") });
  const { intermediate } = current;
  const old: Chain = {
    ...current,
    person: await forgeCertificate({
      ...{ by: intermediate, subject: current.person.name },
      ...person("2025-08-01", "2026-08-01"),
    }),
  };
  const disk = new Disk();
  const life = wake(disk);
  await life.anchors.add([current.root.certificate]);
  const read = async (raw: Bytes, on: string) => {
    disk.time = new Date(on);
    const { verdict } = await inspectWith(life, { raw, purpose: "display", time: disk.time });
    assert.match(verdict.summary.state, /^2[ab]$/, "the letter is good: it is hers");
    return used();
  };
  const used = async () => {
    const answer = await certificateFor(life, address, disk.time);
    assert.ok(answer.kind === "usable");
    const { preferredAt } = answer.origin;
    const who = answer.certificate.fingerprint === old.person.certificate.fingerprint ? "old" : "current";
    return { who, preferredAt: preferredAt?.slice(0, 10) ?? null, capabilities: answer.capabilities };
  };
  return { current, old, read, stranger: await forgeChain() };
}

const person = (from: string, to: string) => ({ extensions: [addressed(address)], from, to });

/** What she says of herself, and when; undefined: she does not say when. */
const word = ({ person }: Chain, list: Bytes, date?: string): readonly Bytes[] => [
  wishFor(person),
  reads(list),
  ...(date === undefined ? [] : [at(date)]),
];

test("an old letter sent again with a stranger's signature beside hers neither redirects nor weakens an answer (RFC 8551 §2.5.3, RFC 5652 §11.3)", async () => {
  const { current, old, read, stranger } = await aliceTwice();
  const january = word(old, weak, "2026-01-10");
  const first = { who: "old", preferredAt: "2026-01-10", capabilities: weak };
  assert.deepEqual(await read(letterBy([old], lunch, { each: [january] }), "2026-01-11"), first);
  const july = { who: "current", preferredAt: "2026-07-01", capabilities: modern };
  const letter = letterBy([current], lunch, { each: [word(current, modern, "2026-07-01")] });
  assert.deepEqual(await read(letter, "2026-07-02"), july);
  // Whoever has the letter can add a signature with a certificate that they made themselves.
  for (const claim of ["2026-07-04", "2049-12-31"]) {
    const before = letterBy([stranger, old], lunch, { each: [[at(claim)], january] });
    const after = letterBy([old, stranger], lunch, { each: [january, [at(claim)]] });
    for (const again of [before, after]) assert.deepEqual(await read(again, "2026-07-05"), july, claim);
  }
  // Her own later word does both: she has gone back to the old one.
  const back = letterBy([old], lunch, { each: [word(old, modern, "2026-07-06")] });
  assert.deepEqual(await read(back, "2026-07-07"), { ...july, who: "old", preferredAt: "2026-07-06" });
});

test("capabilities of an old letter with the same certificate weaken nothing, whoever signs beside her (RFC 8551 §2.5.2)", async () => {
  const { old, read, stranger } = await aliceTwice();
  const letter = (list: Bytes, date: string) => letterBy([old], lunch, { each: [[reads(list), at(date)]] });
  assert.deepEqual((await read(letter(weak, "2026-01-10"), "2026-07-01")).capabilities, weak);
  assert.deepEqual((await read(letter(modern, "2026-06-01"), "2026-07-01")).capabilities, modern);
  const again = letterBy([stranger, old], lunch, {
    each: [[at("2026-07-01")], [reads(weak), at("2026-01-10")]],
  });
  assert.deepEqual((await read(again, "2026-07-02")).capabilities, modern);
  assert.deepEqual((await read(letter(weak, "2026-06-02"), "2026-07-02")).capabilities, weak);
});

test("a letter that does not say when is kept where nothing is known, and is no news when it is read again (RFC 8551 §2.7.1)", async () => {
  const { current, old, read } = await aliceTwice();
  const untimed = letterBy([old], lunch, { each: [word(old, weak)] });
  const only = { who: "old", preferredAt: null, capabilities: weak };
  assert.deepEqual(await read(untimed, "2026-06-30"), only);
  const timed = letterBy([current], lunch, { each: [word(current, modern, "2026-07-01")] });
  const july = { who: "current", preferredAt: "2026-07-01", capabilities: modern };
  assert.deepEqual(await read(timed, "2026-07-02"), july);
  for (const on of ["2026-07-03", "2026-07-30"]) assert.deepEqual(await read(untimed, on), july, on);
  // Nor of today's certificate: no time takes away no time.
  const weaker = letterBy([current], lunch, { each: [word(current, weak)] });
  assert.deepEqual(await read(weaker, "2026-07-31"), july);
});

test("a time that has not come yet is none, until it has: no letter is the last word for years (RFC 8551 §2.7.1)", async () => {
  const { current, old, read } = await aliceTwice();
  const ahead = letterBy([old], lunch, { each: [word(old, weak, "2026-07-21")] });
  assert.deepEqual(await read(ahead, "2026-06-30"), { who: "old", preferredAt: null, capabilities: weak });
  const letter = (date: string) => letterBy([current], lunch, { each: [word(current, modern, date)] });
  const now = { who: "current", capabilities: modern };
  assert.deepEqual(await read(letter("2026-07-01"), "2026-07-02"), { ...now, preferredAt: "2026-07-01" });
  for (const on of ["2026-07-03", "2026-07-20T23:54:59Z"]) {
    assert.deepEqual(await read(ahead, on), { ...now, preferredAt: "2026-07-01" }, on);
  }
  // A clock that is five minutes ahead is an ordinary one; what it says counts from now.
  const late = { who: "old", capabilities: weak, preferredAt: "2026-07-20" };
  assert.deepEqual(await read(ahead, "2026-07-20T23:55:00Z"), late);
  // And the next letter takes it back.
  assert.deepEqual(await read(letter("2026-07-20T23:55:01Z"), "2026-07-20T23:56:00Z"), {
    ...now,
    preferredAt: "2026-07-20",
  });
});
