/** Long lists are hashed and looked through once; what a policy or a clock decides is decided each time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget, defaultLimits } from "../../../src/engine/base/budget.js";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { defaultReadPolicy } from "../../../src/engine/index.js";
import { readCrl } from "../../../src/engine/x509/known-lists.js";
import { forgeCertificate, authority } from "../../helpers/forge-certificate.js";
import { type CrlFields, crlEntry, forgeCrl, heldEvidence } from "../../helpers/forge-revocation.js";
import { forgePath, statusOf } from "../../helpers/judging-revocation.js";

const { issuer, person, path: whole } = await forgePath();
const path = whole.slice(0, 2);
const { serialNumber: serial } = person.certificate;
const other = await forgeCertificate({ by: issuer });
const filler = crlEntry({ serial: Uint8Array.of(0x55, 0x55) });

/** A hundred kilobytes and more. */
function longList(fields: Partial<CrlFields> = {}, listed: Bytes = new Uint8Array(0)): Bytes {
  const entries = new Uint8Array(Buffer.concat([Buffer.alloc(filler.length * 5_000, filler), listed]));
  return forgeCrl({ by: issuer, entries, ...fields });
}

const by = (crl: Bytes, limits: Partial<typeof defaultLimits> = {}, chain = path): Promise<string> =>
  statusOf(chain, {
    evidence: heldEvidence({ crls: [crl] }),
    budget: new Budget({ ...defaultLimits, ...limits }),
  });

test("the second message that a list is asked about hashes nothing; other octets, were they the same, are hashed", async () => {
  const list = longList();
  await assert.rejects(by(list, { hashedBytes: 1_000 }), BudgetExceededError);
  assert.equal(await by(list), "good · crl");
  assert.equal(await by(list, { hashedBytes: 0, signatures: 0 }), "good · crl");
  await assert.rejects(by(list.slice(), { hashedBytes: 1_000 }), BudgetExceededError);
  assert.equal(readCrl(list), readCrl(list));
  const short = forgeCrl({ by: issuer });
  assert.notEqual(readCrl(short), readCrl(short));
});

test("each certificate has its own answer, however often it is asked", async () => {
  const list = longList({}, crlEntry({ serial }));
  const others = [other.certificate, issuer.certificate];
  for (let i = 0; i < 2; i++) {
    assert.equal(await by(list), "revoked · crl");
    assert.equal(await by(list, {}, others), "good · crl");
  }
});

test("what is remembered is mathematics: clock, weak digests and signers are judged anew", async () => {
  const list = longList();
  const at = (time: string) =>
    statusOf(path, { evidence: heldEvidence({ crls: [list] }), time: Date.parse(time) });
  assert.equal(await at("2026-07-01"), "good · crl");
  assert.match(await at("2026-09-01"), /^unknown · crl-outdated/);
  const weak = longList({ digest: "sha1" });
  const lax = { ...defaultReadPolicy, weakDigests: [] };
  const judged = (readPolicy: typeof defaultReadPolicy) =>
    statusOf(path, { evidence: heldEvidence({ crls: [weak] }), readPolicy });
  assert.equal(await judged(lax), "good · crl");
  assert.match(await judged(defaultReadPolicy), /^unknown · crl-untrusted: weak digest/);
});

test("that a stranger's signature does not hold is remembered of the stranger, and not of the issuer", async () => {
  const stranger = await forgeCertificate({ subject: issuer.name, extensions: [authority] });
  const list = longList({ by: stranger });
  for (let i = 0; i < 2; i++) assert.equal(await by(list), "unknown · crl-untrusted: signature");
  const chain = [person.certificate, stranger.certificate];
  assert.equal(await by(list, {}, chain), "good · crl");
  assert.equal(await by(list), "unknown · crl-untrusted: signature");
});

test("a thousand questions about one list are answered, and do not pile up for ever", async () => {
  const list = longList({}, crlEntry({ serial }));
  const crl = readCrl(list);
  const { entriesOf } = await import("../../../src/engine/x509/known-lists.js");
  for (let n = 0; n < 1_000; n++) {
    assert.equal(entriesOf(crl, Uint8Array.of(1, n >> 8, n & 255)).entries.length, 0);
  }
  assert.equal(entriesOf(crl, serial).entries.length, 1);
  assert.equal(entriesOf(crl, serial), entriesOf(crl, serial));
});
