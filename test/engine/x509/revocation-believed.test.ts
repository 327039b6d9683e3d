/**
 * Evidence of two days about one certificate (RFC 5280 §5.1.2.4, RFC 6960 §3.2): which of it speaks, and of which
 * the keeper of evidence is told that it is genuine, so that nothing else takes its place. A stranger's never is.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import type { EvidenceSource } from "../../../src/engine/index.js";
import { authority, forgeCertificate } from "../../helpers/forge-certificate.js";
import {
  type CrlFields,
  type ForgedStatus,
  type Held,
  accessAt,
  crlNumber,
  deltaOf,
  entryOf,
  forgeCrl,
  forgeOcsp,
  freshest,
  heldEvidence,
} from "../../helpers/forge-revocation.js";
import { forgePath, judge, statusOf } from "../../helpers/judging-revocation.js";

const ours = await forgePath([
  accessAt(["http://ocsp.test/"]),
  freshest({ urls: ["http://crl.test/delta"] }),
]);
const { issuer, person } = ours;
const path = ours.path.slice(0, 2);
const stranger = await forgeCertificate({ subject: issuer.name, extensions: [authority] });

/** What was told to be genuine, and with which date. */
function listening(held: Held) {
  const told: { readonly bytes: Bytes; readonly thisUpdate: string }[] = [];
  const believed = (bytes: Bytes, thisUpdate: number): void => {
    told.push({ bytes, thisUpdate: new Date(thisUpdate).toISOString().slice(0, 10) });
  };
  const evidence: EvidenceSource = { ...heldEvidence(held), believed };
  return { evidence, told };
}

/** In both orders: what is found, and which of them, by its place, was told to be genuine. */
async function toldOf(held: (reversed: boolean) => Held, pieces: readonly Bytes[]): Promise<string> {
  const found = new Set<string>();
  for (const reversed of [false, true]) {
    const { evidence, told } = listening(held(reversed));
    const status = await statusOf(path, { evidence });
    const places = told.map(({ bytes, thisUpdate }) => `${pieces.indexOf(bytes)} of ${thisUpdate}`);
    found.add([status.split(" ")[0], ...new Set(places)].join(", "));
  }
  assert.equal(found.size, 1, `the order counts: ${[...found].join(" | ")}`);
  return [...found][0]!;
}

function inOrder(pieces: readonly Bytes[], reversed: boolean): readonly Bytes[] {
  return reversed ? [...pieces].reverse() : pieces;
}

// ------------------------------------------------------------------ answers

function answer(status: ForgedStatus, thisUpdate: string, by = issuer): Bytes {
  const of = { of: person.certificate, issuer: issuer.certificate };
  return forgeOcsp({ by, responses: [{ ...of, status, thisUpdate }], producedAt: thisUpdate });
}

const ofAnswers = (...ocsp: readonly Bytes[]): Promise<string> =>
  toldOf((reversed) => ({ ocsp: inOrder(ocsp, reversed) }), ocsp);
const withdrawn = (reason?: number): ForgedStatus => ({
  revokedAt: "2026-06-01",
  ...(reason !== undefined && { reason }),
});

test("of two answers the newer speaks, and is told to be genuine (RFC 6960 §2.4)", async () => {
  assert.equal(await ofAnswers(answer("good", "2026-06-15")), "good, 0 of 2026-06-15");
  for (const reason of [undefined, 1, 6]) {
    const [older, newer] = [answer("good", "2026-06-15"), answer(withdrawn(reason), "2026-06-16")];
    assert.equal(await ofAnswers(older, newer), "revoked, 1 of 2026-06-16");
  }
});

test("a newer “good” ends a hold, and what may have been one; nobody takes back what was revoked for a reason (RFC 5280 §5.3.1)", async () => {
  for (const [reason, expected] of [
    [6, "good, 1 of 2026-06-16"],
    [undefined, "good, 1 of 2026-06-16"],
    [1, "revoked, 0 of 2026-06-15"],
  ] as const) {
    const [older, newer] = [answer(withdrawn(reason), "2026-06-15"), answer("good", "2026-06-16")];
    assert.equal(await ofAnswers(older, newer), expected);
  }
});

test("of two answers of one date the revocation speaks; of two revocations the newer", async () => {
  const [good, held] = [answer("good", "2026-06-15"), answer(withdrawn(6), "2026-06-15")];
  assert.equal(await ofAnswers(good, held), "revoked, 1 of 2026-06-15");
  const [older, newer] = [answer(withdrawn(1), "2026-06-15"), answer(withdrawn(4), "2026-06-16")];
  assert.equal(await ofAnswers(older, newer), "revoked, 1 of 2026-06-16");
  const two = [answer(withdrawn(6), "2026-06-15"), answer(withdrawn(), "2026-06-16")] as const;
  assert.equal(await ofAnswers(...two), "revoked, 1 of 2026-06-16");
});

test("a stranger's answer, an outdated one or the responder's “unknown” is not told to be genuine (RFC 6960 §3.2)", async () => {
  const revoked = answer(withdrawn(), "2026-06-15");
  for (const other of [
    answer("good", "2026-06-16", stranger),
    answer("good", "2026-07-03"),
    answer("unknown", "2026-06-16"),
    new Uint8Array(9),
  ]) {
    assert.equal(await ofAnswers(other), "unknown");
    assert.equal(await ofAnswers(revoked, other), "revoked, 0 of 2026-06-15");
  }
});

// ------------------------------------------------------------------ lists

const list = (fields: Partial<CrlFields> = {}): Bytes => forgeCrl({ by: issuer, ...fields });
const serial = person.certificate.serialNumber;
const listed = [{ serial }];
const ofLists = (...crls: readonly Bytes[]): Promise<string> =>
  toldOf((reversed) => ({ crls: inOrder(crls, reversed) }), crls);

test("the list that spoke is told to be genuine, also where it is outdated; a stranger's, a later day's, half a list and a broken one are not (RFC 5280 §5.1.2.4, §6.3.3)", async () => {
  assert.equal(await ofLists(list({ thisUpdate: "2026-06-15", listed })), "revoked, 0 of 2026-06-15");
  assert.equal(
    await ofLists(list({ thisUpdate: "2026-06-15", nextUpdate: "2026-06-16" })),
    "unknown, 0 of 2026-06-15",
  );
  const genuine = list({ thisUpdate: "2026-06-15", listed });
  for (const other of [
    list({ by: stranger, thisUpdate: "2026-06-16" }),
    list({ thisUpdate: "2026-07-03" }),
    genuine.slice(0, -1),
    list({ thisUpdate: "2026-06-16", listed: [...listed, { serial, extensions: [entryOf(issuer.name)] }] }),
  ]) {
    assert.equal(await ofLists(other), "unknown");
    assert.equal(await ofLists(genuine, other), "revoked, 0 of 2026-06-15");
  }
});

test("a delta is told to be genuine where deltas were asked for; in the place of a complete list it counts, and is not (RFC 5280 §5.2.4)", async () => {
  const base = list({ thisUpdate: "2026-06-15", extensions: [crlNumber(1)] });
  const fields = { thisUpdate: "2026-06-16", extensions: [crlNumber(2), deltaOf(1)] };
  const delta = list({ ...fields, listed });
  const held = { crls: [base], deltas: [delta] };
  assert.equal(await toldOf(() => held, [base, delta]), "revoked, 1 of 2026-06-16, 0 of 2026-06-15");
  assert.equal(await ofLists(base, delta), "revoked, 0 of 2026-06-15");
  const forged = list({ ...fields, by: stranger, listed });
  assert.equal(
    await toldOf(() => ({ crls: [base], deltas: [forged] }), [base, forged]),
    "good, 0 of 2026-06-15",
  );
});

/** What is found by a list of June 16th and what is held of answers; with whom was asked. */
async function heldBeside(
  held: readonly Bytes[],
  { crls = {}, ...others }: Omit<Held, "crls"> & { readonly crls?: Partial<CrlFields> | null },
): Promise<string> {
  const lists = crls === null ? [] : [list({ thisUpdate: "2026-06-16", ...crls })];
  const asking = heldEvidence({ ...others, crls: lists });
  const { ocspResponse: heldOcspResponse } = heldEvidence({ ocsp: held });
  const status = await statusOf(path, { evidence: { ...asking, heldOcspResponse } });
  const isAsked = asking.asked.some((one) => one.startsWith("ocsp"));
  return isAsked && others.ocsp !== undefined ? `${status}, asked` : status;
}

test("a held answer that is newer than a good list, or final, speaks before it, where it says revoked and is genuine (RFC 6960 §3.2)", async () => {
  for (const reason of [undefined, 1, 6])
    assert.equal(await heldBeside([answer(withdrawn(reason), "2026-06-17")], {}), "revoked · ocsp");
  assert.equal(await heldBeside([answer(withdrawn(1), "2026-06-15")], {}), "revoked · ocsp");
  for (const other of [
    answer(withdrawn(), "2026-06-15"),
    answer(withdrawn(6), "2026-06-15"),
    answer(withdrawn(8), "2026-06-15"),
    answer("good", "2026-06-17"),
    answer(withdrawn(1), "2026-06-17", stranger),
    answer(withdrawn(1), "2026-07-03"),
  ]) {
    assert.equal(await heldBeside([other], {}), "good · crl");
    assert.equal(await heldBeside([other], { crls: { listed } }), "revoked · crl");
  }
});

// To say nothing must not be better for whoever is on the way than to say “good”.
const silences = { "no list": null, "an outdated list": { nextUpdate: "2026-06-18" } } as const;

for (const [what, crls] of Object.entries(silences)) {
  test(`a held answer that says revoked speaks where there is ${what} and nobody else answers; a “good”, a stranger's and a later day's do not (RFC 6960 §3.2)`, async () => {
    for (const ocsp of [undefined, [], [answer("unknown", "2026-06-18")]]) {
      const asked = ocsp === undefined ? "" : ", asked";
      // Only a final one needs nobody to be asked.
      for (const reason of [undefined, 6, 8])
        assert.equal(
          await heldBeside([answer(withdrawn(reason), "2026-06-15")], { crls, ...(ocsp && { ocsp }) }),
          `revoked · ocsp${asked}`,
        );
      assert.equal(
        await heldBeside([answer(withdrawn(1), "2026-06-15")], { crls, ...(ocsp && { ocsp }) }),
        "revoked · ocsp",
      );
      for (const other of [
        answer("good", "2026-06-15"),
        answer(withdrawn(1), "2026-06-15", stranger),
        answer(withdrawn(1), "2026-07-03"),
      ])
        assert.match(await heldBeside([other], { crls, ...(ocsp && { ocsp }) }), /^unknown/);
    }
  });
}

test("a hold that is held ends with its own nextUpdate; a revocation for a reason, and for none that was told, does not (RFC 5280 §5.3.1)", async () => {
  const of = { of: person.certificate, issuer: issuer.certificate };
  for (const [reason, expected] of [
    [undefined, /^revoked · ocsp$/],
    [1, /^revoked · ocsp$/],
    [6, /^unknown/],
    [8, /^unknown/],
  ] as const) {
    const single = { ...of, status: withdrawn(reason), thisUpdate: "2026-06-15", nextUpdate: "2026-06-18" };
    const ended = forgeOcsp({ by: issuer, responses: [single], producedAt: "2026-06-15" });
    assert.match(await heldBeside([ended], { crls: null }), expected);
    assert.match(await heldBeside([ended], { crls: {} }), /^(good · crl|revoked · ocsp)$/);
  }
});

test("where no list speaks, who is asked may end a hold that is held, by a newer answer alone (RFC 5280 §5.3.1)", async () => {
  const asking = (held: Bytes, thisUpdate: string): Promise<string> =>
    heldBeside([held], { crls: null, ocsp: [answer("good", thisUpdate)] });
  for (const reason of [undefined, 6, 8]) {
    const held = answer(withdrawn(reason), "2026-06-15");
    assert.equal(await asking(held, "2026-06-16"), "good · ocsp, asked");
    assert.equal(await asking(held, "2026-06-14"), "revoked · ocsp, asked");
  }
  assert.equal(await asking(answer(withdrawn(1), "2026-06-15"), "2026-06-16"), "revoked · ocsp");
});

test("a source that keeps nothing need not listen", async () => {
  const evidence = heldEvidence({ crls: [list()], ocsp: [answer("good", "2026-06-15")] });
  assert.equal((await judge(path, { evidence })).certificates[0]!.source, "crl");
  assert.equal(
    await statusOf(path, { evidence: heldEvidence({ ocsp: [answer("good", "2026-06-15")] }) }),
    "good · ocsp",
  );
});
