/** What an authority says that it checked: recognised by policy OID, believed only where the path allows it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { sequence, smallInteger } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import type { CryptographicSummary, InspectContext } from "../../../src/engine/index.js";
import { inspect } from "../../../src/engine/index.js";
import { addressed, extension } from "../../helpers/forge-certificate.js";
import {
  type Chain,
  type ChainFields,
  forgeChain,
  policies,
  signedLetter,
  subjectOf,
} from "../../helpers/forge-chain.js";
import { testContext } from "../../helpers/inspecting.js";
import { rootTable } from "../../helpers/root-table.js";

async function judged(chain: Chain, change: Partial<InspectContext> = {}): Promise<CryptographicSummary> {
  const trusted = { anchors: [chain.root.certificate], time: new Date("2026-06-01") };
  const context = await testContext({ ...trusted, ...change });
  return (await inspect(signedLetter(chain), context)).verdict.summary;
}

const summaryOf = async (fields: ChainFields, change?: Partial<InspectContext>) =>
  judged(await forgeChain(fields), change);

const levels = ["mailbox", "organization", "sponsor", "individual"] as const;
const generations = ["legacy", "multipurpose", "strict"] as const;

const subject = subjectOf([
  [oid.country, "DE"],
  [oid.organization, "Example GmbH"],
  [oid.organizationIdentifier, "NTRDE-HRB1234"],
  [oid.givenName, "Alice"],
  [oid.surname, "Example"],
  [oid.commonName, "Alice Example"],
]);
const of = (policy: string): ChainFields => ({
  person: { subject, extensions: [addressed("alice@example.test"), policies(policy)] },
});

test("each of the twelve policies is its level and generation, with the names that this level checks (S/MIME BR §7.1.6.1)", async () => {
  const organization = "Example GmbH";
  const organizationIdentifier = "NTRDE-HRB1234";
  const named = {
    mailbox: { organization: null, country: null, organizationIdentifier: null, person: null },
    organization: { organization, country: "DE", organizationIdentifier, person: null },
    sponsor: { organization, country: "DE", organizationIdentifier, person: "Alice Example" },
    individual: { organization: null, country: "DE", organizationIdentifier: null, person: "Alice Example" },
  };
  for (const [i, level] of levels.entries()) {
    for (const [j, generation] of generations.entries()) {
      const { state, signer } = await summaryOf(of(`2.23.140.1.5.${i + 1}.${j + 1}`));
      const { findings, ...validation } = signer!.validation!;
      assert.deepEqual(validation, { level, generation, ...named[level] });
      assert.equal(state, level === "mailbox" ? "2" : "2o", level);
      assert.ok(Array.isArray(findings));
    }
  }
});

test("no policy of these, one that there is not, or two of them: no level", async () => {
  for (const stated of [
    undefined,
    ["2.23.140.1.2.1"],
    ["2.23.140.1.5.5.1"],
    ["2.23.140.1.5.1.4"],
    ["2.23.140.1.5.2"],
    ["2.23.140.1.5.2.1", "2.23.140.1.5.4.1"],
  ]) {
    const { state, signer } = await summaryOf(stated === undefined ? {} : { policies: stated });
    assert.equal(state, "2", String(stated));
    assert.equal(signer!.validation, undefined, String(stated));
  }
});

test("an authority that may not say so is not believed; the verdict stays what RFC 5280 makes it (§6.1.3 (d))", async () => {
  const policy = "2.23.140.1.5.2.1";
  for (const [issuerPolicies, level] of [
    [[oid.anyPolicy], "organization"],
    [[policy], "organization"],
    [["2.23.140.1.5.1.1"], undefined],
    [["1.3.6.1.4.1.99999.1"], undefined],
  ] as const) {
    const { state, signer } = await summaryOf({ ...of(policy), issuerPolicies });
    assert.equal(signer!.validation?.level, level, issuerPolicies.join());
    assert.equal(state, level === undefined ? "2" : "2o");
  }
});

test("where no path holds, nothing is said of what was checked", async () => {
  const chain = await forgeChain(of("2.23.140.1.5.2.1"));
  const { state, signer } = await judged(chain, { anchors: [] });
  assert.equal(state, "5");
  assert.equal(signer!.validation, undefined);
  assert.equal((await judged(chain, { time: new Date("2040-01-01") })).signer!.validation, undefined);
});

test("names that were not checked are no identity, and invisible characters do not pass", async () => {
  const nameless = subjectOf([[oid.commonName, "alice@example.test"]]);
  const { state, signer } = await summaryOf({
    person: {
      subject: nameless,
      extensions: [addressed("alice@example.test"), policies("2.23.140.1.5.4.1")],
    },
  });
  assert.equal(state, "2");
  assert.equal(signer!.validation!.person, null);
  const turned = subjectOf([[oid.organization, "Bank\u202eknaB"]]);
  const { signer: odd } = await summaryOf({
    person: { subject: turned, extensions: [addressed("alice@example.test"), policies("2.23.140.1.5.2.1")] },
  });
  assert.equal(odd!.validation!.organization, "Bank\ufffdknaB");
});

test("rules that a certificate breaks are told, and take nothing from the verdict", async () => {
  const { state, signer, faults } = await summaryOf(of("2.23.140.1.5.3.3"));
  assert.equal(state, "2o");
  assert.deepEqual(faults, []);
  const findings = signer!.validation!.findings;
  for (const finding of [
    "key-usage-missing",
    "extended-key-usage-not-strict",
    "crl-address-missing",
    "authority-key-identifier-wrong",
  ])
    assert.ok(findings.includes(finding as never), finding);
  // An extension that does not parse breaks its rule, and nothing else.
  const broken = extension(oid.crlDistributionPoints, sequence(smallInteger(1)), false);
  const odd = await summaryOf({
    person: { subject, extensions: [addressed("alice@example.test"), policies("2.23.140.1.5.2.1"), broken] },
  });
  assert.equal(odd.state, "2o");
  assert.ok(odd.signer!.validation!.findings.includes("crl-address-not-http"));
});

test("with no anchor of the person's own, a letter under a built-in root is good; without it, nobody vouches", async () => {
  const chain = await forgeChain(of("2.23.140.1.5.3.2"));
  const table = rootTable([{ certificate: chain.root.certificate }]);
  const fresh = (switchedOff: readonly string[]) => ({ anchors: [], publicRoots: { switchedOff, table } });
  assert.equal((await judged(chain, fresh([]))).state, "2o");
  const off = await judged(chain, fresh([chain.root.certificate.fingerprint]));
  assert.deepEqual([off.state, off.faults.map(({ code }) => code)], ["5", ["path-not-found"]]);
  const emailDistrustAfter = "2025-12-31T00:00:00.000Z";
  const late = rootTable([{ certificate: chain.root.certificate, emailDistrustAfter }]);
  const ended = await judged(chain, { anchors: [], publicRoots: { switchedOff: [], table: late } });
  assert.deepEqual(
    [ended.state, ended.faults],
    ["5", [{ code: "authority-distrusted", detail: emailDistrustAfter }]],
  );
  assert.equal(ended.signer!.validation, undefined);
});
