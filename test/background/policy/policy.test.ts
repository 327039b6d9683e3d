/** What an administrator wrote, value by value: each counts, and each has its reject that weakens nothing. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { freeOutgoing, noPolicy, readPolicy, ruleNames } from "../../../src/background/policy/policy.js";
import { settingNames } from "../../../src/background/settings.js";
import { root } from "../../../src/build/sources.js";
import { testKeys } from "../../helpers/test-keys.js";

let rootPem: string;
let bobPem: string;
before(async () => {
  rootPem = await readFile(`${await testKeys()}/root.pem`, "utf8");
  bobPem = await readFile(`${await testKeys()}/bob-p256.pem`, "utf8");
});

test("nothing said is nothing asked", async () => {
  assert.deepEqual(await readPolicy({}), noPolicy);
});

test("each setting of a person can be the organisation's, and a bad value is named and does not count", async () => {
  const values = {
    ...{ defaultMode: "automatic", nativeLabel: "shown", unlockMinutes: "each-use", idleMinutes: 5 },
    ...{ contentEncryption: "always", revocation: "crl-and-ocsp" },
    ...{ resolver: "https://dns.example.org/dns-query", directory: "" },
  };
  assert.deepEqual(Object.keys(values).sort(), [...settingNames].sort());
  assert.deepEqual((await readPolicy(values)).settings, values);
  for (const name of settingNames) {
    const { settings, problems, outgoing } = await readPolicy({ [name]: { wrong: true } });
    assert.deepEqual([settings, problems], [{}, [{ name, code: "value-unreadable" }]]);
    // What is not about mail that leaves stops none.
    assert.deepEqual(outgoing, freeOutgoing, name);
  }
});

test("minutes may come as text, because Chrome's schema has one type for each value", async () => {
  const { settings } = await readPolicy({ unlockMinutes: "30", idleMinutes: "never" });
  assert.deepEqual(settings, { unlockMinutes: 30, idleMinutes: "never" });
  assert.equal((await readPolicy({ unlockMinutes: "0" })).problems.length, 1);
});

test("an authority of the policy counts; what is none, or cannot be read, takes its whole list with it", async () => {
  const good = await readPolicy({ anchors: [rootPem] });
  assert.equal(good.anchors.length, 1);
  const cases = [
    [["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"], "certificate-unreadable"],
    [["words"], "certificate-unreadable"],
    [[7], "certificate-unreadable"],
    [[rootPem, bobPem], "not-an-authority"],
    [Array.from({ length: 201 }, () => rootPem), "value-unreadable"],
  ] as const;
  for (const [anchors, code] of cases) {
    const bad = await readPolicy({ anchors });
    assert.deepEqual([bad.anchors, bad.problems], [[], [{ name: "anchors", code }]]);
  }
});

test("rules for mail that leaves are read, and one that cannot be read is remembered as such", async () => {
  const { outgoing } = await readPolicy({
    ...{ alwaysSign: true, encryptInside: ["Example.ORG", "bücher.example"], mixedRecipients: "free" },
    ...{ signatureForm: "opaque-signed", rsaSignature: "pss", escrowCertificate: bobPem },
  });
  assert.deepEqual(outgoing.encryptInside, ["example.org", "xn--bcher-kva.example"]);
  const { alwaysSign, mixedRecipients, form, rsaSignature, escrow } = outgoing;
  assert.deepEqual([alwaysSign, mixedRecipients, form, rsaSignature], [true, "free", "opaque-signed", "pss"]);
  assert.equal(escrow?.fingerprint.length, 64);
  const bad = {
    alwaysSign: ["yes", 1, null],
    encryptInside: [[], "example.org", ["example.org", "not a domain"], ["nodot"], ["a@example.org"]],
    mixedRecipients: ["both", true],
    escrowCertificate: ["words", bobPem + rootPem, 1],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      const { outgoing, problems } = await readPolicy({ [name]: value });
      assert.deepEqual(outgoing.unreadable, [name], JSON.stringify(value));
      assert.equal(problems[0]?.name, name);
    }
  }
});

test("an escrow certificate that names nobody, or cannot receive, is none", async () => {
  const codes = await Promise.all(
    [rootPem, await readFile(`${await testKeys()}/erin-ed25519.pem`, "utf8")].map(
      async (escrowCertificate) => (await readPolicy({ escrowCertificate })).problems[0]?.code,
    ),
  );
  assert.deepEqual(codes, ["certificate-without-address", "certificate-unsuitable"]);
});

test("strength can be asked for, and never taken away", async () => {
  assert.equal((await readPolicy({ minimumRsaBits: 3072 })).minimumRsaBits, 3072);
  for (const minimumRsaBits of [1024, "3072", 1e9])
    assert.equal((await readPolicy({ minimumRsaBits })).minimumRsaBits, noPolicy.minimumRsaBits);
  assert.equal((await readPolicy({ revocationAnswer: "required" })).revocation, "required");
  assert.equal((await readPolicy({ revocationAnswer: "off" })).revocation, "when-available");
});

test("an ACME directory is https, or this machine's own", async () => {
  const directory = "https://acme.example.org/directory";
  assert.equal((await readPolicy({ acmeDirectory: directory })).acmeDirectory, directory);
  for (const acmeDirectory of ["http://acme.example.org/", "words", 1])
    assert.equal((await readPolicy({ acmeDirectory })).acmeDirectory, null);
});

test("a name that is none of ours is named, whatever the object it comes from knows", async () => {
  for (const name of ["alwaysSing", "toString", "constructor"])
    assert.deepEqual((await readPolicy({ [name]: true })).problems, [{ name, code: "name-unknown" }]);
});

test("what is no record at all keeps mail here", async () => {
  for (const raw of ["text", 1, [], null])
    assert.deepEqual((await readPolicy(raw)).outgoing.unreadable, ["*"], JSON.stringify(raw));
});

test("Chrome's schema and docs/organisations.md know the very names that are read", async () => {
  const schema = JSON.parse(await readFile(`${root}src/background/policy/managed-schema.json`, "utf8")) as {
    properties: Record<string, { type: unknown }>;
  };
  const names = [...settingNames, ...ruleNames].sort();
  assert.deepEqual(Object.keys(schema.properties).sort(), names);
  // Chrome refuses a schema that leaves a type open.
  for (const { type } of Object.values(schema.properties)) assert.equal(typeof type, "string");
  const table = await readFile(`${root}docs/organisations.md`, "utf8");
  const rows = [...table.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
  assert.deepEqual(rows.sort(), names);
});

test("the ready policy files hold nothing that cannot be read", async () => {
  const folder = `${root}docs/policies/`;
  for (const file of ["thunderbird-policies.json", "firefox-policies.json", "chrome-managed.json"]) {
    const parsed = JSON.parse(await readFile(folder + file, "utf8")) as Record<string, never>;
    const policy = await readPolicy(ownPart(parsed));
    assert.deepEqual(policy.problems, [], file);
    assert.ok(policy.names.length > 3, file);
  }
});

function ownPart(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if ("revocation" in value) return value;
  return Object.values(value)
    .map(ownPart)
    .find((found) => found !== undefined);
}
