/** Certification paths, built and validated (RFC 5280 §6.1, RFC 8550 §4): each rule accepts and rejects. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget, defaultLimits } from "../../../src/engine/base/budget.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { context } from "../../../src/engine/base/der-reader.js";
import { encode, nullValue, objectIdentifier, sequence } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import { defaultReadPolicy } from "../../../src/engine/policy/policy.js";
import type { Bytes, Certificate } from "../../../src/engine/index.js";
import {
  type CertificateFields,
  type Forged,
  addressed,
  authority,
  authorityOf,
  constraints,
  extension,
  forgeCertificate,
  mailbox,
  name,
  purposes,
  usage,
} from "../../helpers/forge-certificate.js";

const carol = addressed("carol@example.test");
const time = Date.parse("2026-06-01");

async function faultsOf(
  endEntity: Forged,
  candidates: readonly Forged[],
  anchors: readonly Forged[],
): Promise<readonly string[]> {
  const result = await findPath(
    endEntity.certificate,
    { candidates: candidates.map(certificateOf), anchors: anchors.map(certificateOf) },
    { purpose: "sign", time, policy: defaultReadPolicy, budget: new Budget(defaultLimits) },
  );
  return result.kind === "valid" ? [] : result.faults.map(({ code }) => code);
}

function certificateOf({ certificate }: Forged): Certificate {
  return certificate;
}

interface Chain {
  readonly root?: CertificateFields;
  readonly middle?: CertificateFields;
  readonly leaf?: CertificateFields;
}

/** root → middle → leaf, each changed at will. */
async function chain({ root, middle, leaf }: Chain): Promise<readonly string[]> {
  const top = await forgeCertificate({ subject: name("Root"), extensions: [authority], ...root });
  const between = await forgeCertificate({
    subject: name("Middle"),
    by: top,
    extensions: [authority],
    ...middle,
  });
  const end = await forgeCertificate({ subject: name("Carol"), by: between, extensions: [carol], ...leaf });
  return faultsOf(end, [between], [top]);
}

test("accepts root, intermediate, end entity (RFC 5280 §6.1)", async () => {
  assert.deepEqual(await chain({}), []);
});

test("an authority must say that it is one (RFC 5280 §6.1.4 (k))", async () => {
  const notOne = extension(oid.basicConstraints, sequence());
  assert.deepEqual(await chain({ middle: { extensions: [notOne] } }), ["basic-constraints-violated"]);
  assert.deepEqual(await chain({ middle: { extensions: [usage(0x04)] } }), ["basic-constraints-violated"]);
  assert.deepEqual(await chain({ root: { extensions: [notOne] } }), ["basic-constraints-violated"]);
  assert.deepEqual(await chain({ root: { extensions: [], version: 0 } }), []);
});

test("an authority's key usage must hold keyCertSign (RFC 5280 §6.1.4 (n))", async () => {
  assert.deepEqual(await chain({ middle: { extensions: [authority, usage(0x04)] } }), []);
  assert.deepEqual(await chain({ middle: { extensions: [authority, usage(0x80)] } }), [
    "key-usage-unsuitable",
  ]);
});

test("who is no authority has nothing that is for authorities alone (RFC 5280 §4.2.1.9, §4.2.1.10)", async () => {
  const leaf = (...extensions: readonly Bytes[]) => chain({ leaf: { extensions: [carol, ...extensions] } });
  const below = constraints([mailbox("example.test")], []);
  assert.deepEqual(await leaf(usage(0x84)), ["basic-constraints-violated"]);
  assert.deepEqual(await leaf(usage(0x80)), []);
  assert.deepEqual(await leaf(below), ["basic-constraints-violated"]);
  assert.deepEqual(await leaf(extension(oid.basicConstraints, sequence()), usage(0x84)), [
    "basic-constraints-violated",
  ]);
  assert.deepEqual(await leaf(authority, usage(0x84)), []);
  assert.deepEqual(await leaf(authority, below), []);
});

test("keeps the path length, self-issued certificates not counted (RFC 5280 §6.1.4 (l), (m))", async () => {
  assert.deepEqual(await chain({ root: { extensions: [authorityOf(1)] } }), []);
  assert.deepEqual(await chain({ root: { extensions: [authorityOf(0)] } }), ["path-length-exceeded"]);
  assert.deepEqual(await chain({ middle: { extensions: [authorityOf(0)] } }), []);
  const root = await forgeCertificate({ subject: name("R"), extensions: [authorityOf(0)] });
  const renewed = await forgeCertificate({ subject: name("R"), by: root, extensions: [authority] });
  const end = await forgeCertificate({ by: renewed, extensions: [carol] });
  assert.deepEqual(await faultsOf(end, [renewed], [root]), []);
});

test("every certificate must be valid at the time (RFC 5280 §6.1.3 (a)(2))", async () => {
  for (const place of ["root", "middle", "leaf"] as const) {
    assert.deepEqual(await chain({ [place]: withExtensions(place, { to: "2026-05-01" }) }), [
      "certificate-expired",
    ]);
    assert.deepEqual(await chain({ [place]: withExtensions(place, { from: "2026-07-01" }) }), [
      "certificate-not-yet-valid",
    ]);
  }
});

function withExtensions(place: "root" | "middle" | "leaf", fields: CertificateFields): CertificateFields {
  return { extensions: place === "leaf" ? [carol] : [authority], ...fields };
}

test("refuses a critical extension that it does not know, anywhere (RFC 5280 §6.1.4 (o), §6.1.5 (f))", async () => {
  const unknown = extension("1.3.6.1.4.1.55555.1", nullValue);
  for (const place of ["root", "middle", "leaf"] as const) {
    const extensions = [place === "leaf" ? carol : authority, unknown];
    assert.deepEqual(await chain({ [place]: { extensions } }), ["critical-extension-unknown"]);
  }
  const harmless = extension("1.3.6.1.4.1.55555.1", nullValue, false);
  assert.deepEqual(await chain({ leaf: { extensions: [carol, harmless] } }), []);
});

test("an authority's demand for a certificate policy is kept (RFC 5280 §4.2.1.11)", async () => {
  const demand = extension(
    oid.policyConstraints,
    sequence(encode(context(0, "primitive"), Uint8Array.of(0))),
  );
  const policies = (policy: string): Bytes =>
    extension(oid.certificatePolicies, sequence(sequence(objectIdentifier(policy))), false);
  const middle = { extensions: [authority, demand, policies("1.2.3.4")] };
  assert.deepEqual(await chain({ middle }), ["certificate-policy-unsatisfied"]);
  const leaf = (policy: string): CertificateFields => ({ extensions: [carol, policies(policy)] });
  assert.deepEqual(await chain({ middle, leaf: leaf("1.2.3.4") }), []);
  assert.deepEqual(await chain({ middle, leaf: leaf("1.2.3.5") }), ["certificate-policy-unsatisfied"]);
});

test("where purposes are stated, mail must be among them, all the way (RFC 8550 §4.4.4)", async () => {
  const server = "1.3.6.1.5.5.7.3.1";
  for (const place of ["root", "middle", "leaf"] as const) {
    const own = place === "leaf" ? carol : authority;
    const say = (...list: readonly string[]): Promise<readonly string[]> =>
      chain({ [place]: { extensions: [own, purposes(...list)] } });
    assert.deepEqual(await say(oid.emailProtection, server), []);
    assert.deepEqual(await say(oid.anyExtendedKeyUsage), []);
    assert.deepEqual(await say(server), ["extended-key-usage-unsuitable"]);
  }
});

test("the signer's key usage must allow signing (RFC 8550 §4.4.2)", async () => {
  assert.deepEqual(await chain({ leaf: { extensions: [carol, usage(0x40)] } }), []);
  assert.deepEqual(await chain({ leaf: { extensions: [carol, usage(0x20)] } }), ["key-usage-unsuitable"]);
});

test("rejects a certificate that its issuer did not sign (RFC 5280 §6.1.3 (a)(1))", async () => {
  const root = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const impostor = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const end = await forgeCertificate({ by: impostor, extensions: [carol] });
  assert.deepEqual(await faultsOf(end, [impostor], [root]), ["certificate-signature-mismatch"]);
  assert.deepEqual(await faultsOf(end, [], [impostor]), []);
});

test("rejects SHA-1 in a certificate's signature; the anchor's own does not count (RFC 8551 §2.1)", async () => {
  assert.deepEqual(await chain({ leaf: { extensions: [carol], digest: "sha1" } }), ["algorithm-weak"]);
  assert.deepEqual(await chain({ root: { extensions: [authority], digest: "sha1" } }), []);
});

test("an end entity is no authority, whoever issued it", async () => {
  const root = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const person = await forgeCertificate({ by: root, extensions: [carol] });
  const forged = await forgeCertificate({ by: person, extensions: [addressed("boss@example.test")] });
  assert.deepEqual(await faultsOf(forged, [person], [root]), ["basic-constraints-violated"]);
});

const directory = (bytes: Bytes): Bytes => encode(context(4), bytes);
const dnsName = encode(context(2, "primitive"), new Uint8Array(Buffer.from("example.test")));

const constrained: readonly [string, readonly Bytes[], readonly Bytes[], readonly string[], boolean][] = [
  ["a permitted host", [mailbox("example.test")], [], ["carol@example.test"], true],
  ["a host with other capitals", [mailbox("EXAMPLE.test")], [], ["carol@Example.test"], true],
  ["a host, which is not its subdomains", [mailbox("example.test")], [], ["carol@mail.example.test"], false],
  ["a domain, which is its subdomains", [mailbox(".example.test")], [], ["carol@mail.example.test"], true],
  ["a domain, which is not the host", [mailbox(".example.test")], [], ["carol@example.test"], false],
  ["a domain that only ends alike", [mailbox(".example.test")], [], ["carol@evilexample.test"], false],
  ["a mailbox", [mailbox("carol@example.test")], [], ["carol@example.test"], true],
  ["another mailbox", [mailbox("dave@example.test")], [], ["carol@example.test"], false],
  [
    "one of two that is not permitted",
    [mailbox("example.test")],
    [],
    ["carol@example.test", "carol@evil.test"],
    false,
  ],
  ["an excluded host", [], [mailbox("example.test")], ["carol@example.test"], false],
  ["an excluded other host", [], [mailbox("evil.test")], ["carol@example.test"], true],
  ["all mailboxes excluded", [], [mailbox("")], ["carol@example.test"], false],
  ["an address that does not parse", [mailbox("example.test")], [], ["carol@example.test@evil.test"], false],
  ["an address that does not parse, excluded", [], [mailbox("evil.test")], ["carol@x@evil.test"], false],
  ["a permitted directory", [directory(name("Org"))], [], ["carol@example.test"], true],
  ["another directory", [directory(name("Other"))], [], ["carol@example.test"], false],
  ["a constraint on names that are not there", [dnsName], [], ["carol@example.test"], true],
];

for (const [says, permitted, excluded, addresses, accepted] of constrained) {
  test(`name constraints ${accepted ? "allow" : "refuse"} ${says} (RFC 5280 §4.2.1.10)`, async () => {
    const middle = { extensions: [authority, constraints(permitted, excluded)] };
    const leaf = { subject: name("Org", "Carol"), extensions: [addressed(...addresses)] };
    assert.deepEqual(await chain({ middle, leaf }), accepted ? [] : ["name-constraints-violated"]);
    const root = { extensions: [authority, constraints(permitted, excluded)] };
    const found = await chain({
      root,
      middle: { subject: name("Org", "CA"), extensions: [authority] },
      leaf,
    });
    assert.deepEqual([...new Set(found)], accepted ? [] : ["name-constraints-violated"]);
  });
}

test("name constraints refuse a kind of name that we do not read (RFC 5280 §4.2.1.10)", async () => {
  const registered = encode(context(8, "primitive"), Uint8Array.of(0x2a, 3));
  const both = extension(oid.subjectAltName, sequence(mailbox("carol@example.test"), registered), false);
  const middle = { extensions: [authority, constraints([registered], [])] };
  assert.deepEqual(await chain({ middle, leaf: { extensions: [both] } }), ["name-constraints-violated"]);
});

test("tries another way where one does not hold (RFC 4158 §2)", async () => {
  const root = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const key = (await forgeCertificate()).key;
  const expired = await forgeCertificate({
    subject: name("M"),
    by: root,
    key,
    extensions: [authority],
    to: "2026-02-01",
  });
  const renewed = await forgeCertificate({ subject: name("M"), by: root, key, extensions: [authority] });
  const end = await forgeCertificate({ by: renewed, extensions: [carol] });
  assert.deepEqual(await faultsOf(end, [expired, renewed], [root]), []);
  assert.deepEqual(await faultsOf(end, [expired], [root]), ["certificate-expired"]);
});

test("authorities that certify each other do not keep us for ever (RFC 4158 §2.4.2)", async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => forgeCertificate()));
  const people: Forged[] = keys.map(({ key }, i) => ({
    certificate: keys[i]!.certificate,
    key,
    name: name(`CA ${i}`),
  }));
  const crossed: Forged[] = [];
  for (const by of people) {
    for (const other of people) {
      if (by === other) continue;
      crossed.push(
        await forgeCertificate({ subject: other.name, key: other.key, by, extensions: [authority] }),
      );
    }
  }
  const end = await forgeCertificate({ by: people[0]!, extensions: [carol] });
  const stranger = await forgeCertificate({ subject: name("Nobody"), extensions: [authority] });
  await assert.rejects(faultsOf(end, crossed, [stranger]), BudgetExceededError);
});

test("without an anchor there is no path", async () => {
  const self = await forgeCertificate({ extensions: [carol] });
  assert.deepEqual(await faultsOf(self, [self], []), ["path-not-found"]);
});
