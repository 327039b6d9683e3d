/**
 * Whoever holds a certificate in Alice's name can add a signature of his own to a letter that she signed, and
 * send it on: both hold. What her memory vouches for is hers alone.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type InspectContext, type Inspection, inspect } from "../../../src/engine/index.js";
import type { AuthorMemory } from "../../../src/engine/verdict/author-memory.js";
import { describeCertificate } from "../../../src/engine/index.js";
import { addressed, authority, forgeCertificate, name } from "../../helpers/forge-certificate.js";
import { type Chain, forgeChain, letterBy } from "../../helpers/forge-chain.js";
import { testContext } from "../../helpers/inspecting.js";

const address = "alice@example.test";
const time = new Date("2026-06-01");

let hers: Chain;
let his: Chain;
before(async () => {
  hers = await forgeChain();
  const root = await forgeCertificate({ subject: name("Another Root"), extensions: [authority] });
  const intermediate = await forgeCertificate({
    ...{ subject: name("Another Issuer"), by: root, extensions: [authority] },
  });
  const person = await forgeCertificate({
    ...{ subject: name("Alice by another"), by: intermediate, extensions: [addressed(address)] },
  });
  his = { root, intermediate, person };
});

const memory = (change: Partial<AuthorMemory> = {}): AuthorMemory => {
  const { fingerprint, subject, issuer, issuerName, notBefore, notAfter } = describeCertificate(
    hers.person.certificate,
  );
  const seen = { firstSeen: "2026-02-01T00:00:00.000Z", lastSeen: "2026-05-01T00:00:00.000Z", messages: 9 };
  const known = { fingerprint, subject, issuer, issuerName, notBefore, notAfter, ...seen };
  const anchor = hers.root.certificate.fingerprint;
  return {
    ...{ address, confirmed: [], signed: 9, messages: 9, signingSince: seen.firstSeen },
    ...{ signers: [{ ...known, key: "11", anchor, standing: "usual" }], expectsSignature: true },
    ...change,
  };
};

async function judge(chains: readonly Chain[], change: Partial<InspectContext> = {}): Promise<Inspection> {
  const anchors = [hers.root.certificate, his.root.certificate];
  return inspect(letterBy(chains), await testContext({ anchors, time, memory: memory(), ...change }));
}

test("his signature beside hers is not learnt as hers, and no answer is encrypted to him, in either order", async () => {
  for (const chains of [
    [hers, his],
    [his, hers],
  ]) {
    const { verdict, sighting, certificates } = await judge(chains);
    assert.equal(verdict.summary.state, "2a");
    assert.equal(verdict.summary.signer?.fingerprint, hers.person.certificate.fingerprint);
    assert.equal(sighting?.signer.fingerprint, hers.person.certificate.fingerprint);
    assert.deepEqual(
      certificates.map(({ certificate }) => certificate.fingerprint),
      [hers.person.certificate.fingerprint],
    );
  }
});

test("his alone is a changed signer; both of hers are hers", async () => {
  assert.equal((await judge([his])).verdict.summary.state, "3");
  const since = "2026-05-01T00:00:00.000Z";
  const both = memory({ confirmed: [{ fingerprint: his.person.certificate.fingerprint, since }] });
  const { verdict, sighting } = await judge([his], { memory: both });
  assert.equal(verdict.summary.state, "2a");
  assert.equal(sighting?.signer.fingerprint, his.person.certificate.fingerprint);
});

test("confirmed by the person: the headline names that certificate, and no other that stands beside it", async () => {
  const fingerprint = hers.person.certificate.fingerprint;
  const confirmed = memory({ signers: [], confirmed: [{ fingerprint, since: "2026-05-01T00:00:00.000Z" }] });
  for (const chains of [
    [hers, his],
    [his, hers],
  ]) {
    const { verdict } = await judge(chains, { memory: confirmed, anchors: [] });
    assert.equal(verdict.summary.state, "5b");
    assert.equal(verdict.summary.signer?.fingerprint, fingerprint);
  }
});

test("at first contact headline, memory and what is kept for answers are of one and the same, in either order", async () => {
  const empty = memory({ signers: [], signed: 0, messages: 0, signingSince: null, expectsSignature: false });
  for (const chains of [
    [hers, his],
    [his, hers],
  ]) {
    const { verdict, sighting, certificates } = await judge(chains, { memory: empty });
    assert.equal(verdict.summary.state, "2b");
    const named = verdict.summary.signer?.fingerprint;
    assert.equal(named, chains[0]!.person.certificate.fingerprint);
    assert.equal(sighting?.signer.fingerprint, named);
    assert.deepEqual(
      certificates.map(({ certificate }) => certificate.fingerprint),
      [named],
    );
  }
});

test("of a changed signer the one that is named is the one that is written down", async () => {
  const { verdict, sighting, certificates } = await judge([his]);
  assert.equal(verdict.summary.state, "3");
  assert.equal(sighting?.signer.fingerprint, verdict.summary.signer?.fingerprint);
  assert.equal(sighting?.signer.fingerprint, his.person.certificate.fingerprint);
  assert.deepEqual(certificates, []);
});

test("one signature inside another, by two: the innermost is named, learnt and kept, and no other", async () => {
  const empty = memory({ signers: [], signed: 0, messages: 0, signingSince: null, expectsSignature: false });
  for (const [outer, inner] of [
    [hers, his],
    [his, hers],
  ] as const) {
    const letter = Buffer.from(letterBy([inner])).toString("latin1");
    const within = letter.slice(letter.indexOf("Content-Type: multipart/signed")).replaceAll("cut", "fold");
    const raw = letterBy([outer], within);
    const anchors = [hers.root.certificate, his.root.certificate];
    const { verdict, sighting, certificates } = await inspect(
      raw,
      await testContext({ anchors, time, memory: empty }),
    );
    assert.equal(verdict.summary.state, "2b");
    const wanted = inner.person.certificate.fingerprint;
    assert.equal(verdict.summary.signer?.fingerprint, wanted);
    assert.equal(sighting?.signer.fingerprint, wanted);
    assert.deepEqual(
      certificates.map(({ certificate }) => certificate.fingerprint),
      [wanted],
    );
  }
});
