/** The built-in authorities: their data, how a path finds one, and the date after which one no longer counts. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Budget } from "../../../src/engine/base/budget.js";
import { defaultReadPolicy } from "../../../src/engine/policy/policy.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import type { Certificate } from "../../../src/engine/x509/certificate.js";
import { nameKey } from "../../../src/engine/x509/distinguished-name.js";
import { basicConstraints } from "../../../src/engine/x509/extensions.js";
import { parseCertificate } from "../../../src/engine/x509/parse-certificate.js";
import { publicRootCertificates } from "../../../src/engine/x509/public-root-certificates.js";
import { publicRootRows } from "../../../src/engine/x509/public-root-list.js";
import type { PublicRoots } from "../../../src/engine/x509/public-roots.js";
import { publicRootDer, publicRootList, withPublicRoots } from "../../../src/engine/x509/public-roots.js";
import {
  type Forged,
  addressed,
  authority,
  forgeCertificate,
  name,
} from "../../helpers/forge-certificate.js";
import { rootTable } from "../../helpers/root-table.js";

const none = { anchors: [], candidates: [] };

function conditions(time = "2026-06-01") {
  return {
    purpose: "sign" as const,
    time: Date.parse(time),
    policy: defaultReadPolicy,
    budget: new Budget(defaultReadPolicy.limits),
  };
}

interface People {
  readonly root: Forged;
  readonly intermediate: Forged;
  readonly alice: Forged;
}

async function people(from = "2026-01-01"): Promise<People> {
  const root = await forgeCertificate({ subject: name("Public Root"), extensions: [authority] });
  const link = { subject: name("Public Issuer"), by: root, extensions: [authority] };
  const intermediate = await forgeCertificate(link);
  const extensions = [addressed("alice@example.test")];
  const alice = await forgeCertificate({ subject: name("Alice"), by: intermediate, extensions, from });
  return { root, intermediate, alice };
}

const codesOf = (result: Awaited<ReturnType<typeof findPath>>): readonly string[] =>
  result.kind === "valid" ? [] : result.faults.map(({ code }) => code);

// ------------------------------------------------------------------ the data

test("each root is an authority that parses, has the fingerprint it is listed under, and is found by its own name", async () => {
  const { roots, origin } = await publicRootList();
  assert.ok(roots.length >= 60 && roots.length <= 150, String(roots.length));
  assert.equal(publicRootCertificates.length, roots.length);
  assert.match(origin.program, /^Thunderbird \d+/);
  assert.match(origin.date, /^20\d\d-\d\d-\d\d$/);
  assert.equal(new Set(roots.map(({ fingerprint }) => fingerprint)).size, roots.length);
  for (const [place, root] of roots.entries()) {
    const der = await publicRootDer(place);
    assert.equal(createHash("sha256").update(der).digest("hex"), root.fingerprint, root.name);
    const certificate = await parseCertificate(der);
    assert.equal(basicConstraints(certificate)?.certificateAuthority ?? true, true, root.name);
    assert.equal(certificate.notAfter, Date.parse(root.notAfter), root.name);
    // After a change of how names are compared: node --import tsx scripts/take-roots.ts --index
    assert.equal(publicRootRows[place]!.split("\t").at(-1), nameKey(certificate.subject), root.name);
    const { anchors } = await withPublicRoots(certificate, none, { switchedOff: [] });
    assert.ok(
      anchors.some(({ fingerprint }) => fingerprint === root.fingerprint),
      root.name,
    );
    const { emailDistrustAfter } = root;
    assert.ok(emailDistrustAfter === null || !Number.isNaN(Date.parse(emailDistrustAfter)), root.name);
  }
});

const listFile = fileURLToPath(new URL("../../../../shared/data/email-roots.tsv", import.meta.url));
const noList = existsSync(listFile) ? false : "skipped: no data";

/** What Mozilla changed between NSS's certdata.txt of 2026-05-01 and the Thunderbird that the data is from. */
const since = {
  gone: [
    "ePKI Root Certification Authority",
    "emSign ECC Root CA - C3",
    "emSign ECC Root CA - G3",
    "emSign Root CA - C1",
    // still in the module, for servers
    "TrustAsia Global Root CA G3",
    "TrustAsia Global Root CA G4",
  ],
  come: [
    "SECOM SMIME RSA Root CA 2024",
    "SecureSign Root CA16",
    "Telia EC Email Root CA v3",
    "Telia RSA Email Root CA v3",
  ],
};

test(
  "the roots are those of Mozilla's own list, but for what Mozilla changed since",
  { skip: noList },
  async () => {
    const [, ...rows] = readFileSync(listFile, "utf8").trimEnd().split("\n");
    const listed = rows.map((row) => row.split("\t") as [string, string, string?]);
    const { roots } = await publicRootList();
    const ours = new Set(roots.map(({ fingerprint }) => fingerprint));
    const theirs = new Set(listed.map(([fingerprint]) => fingerprint));
    const gone = listed.filter(([fingerprint]) => !ours.has(fingerprint)).map(([, label]) => label);
    const come = roots.filter(({ fingerprint }) => !theirs.has(fingerprint)).map((root) => root.name);
    assert.deepEqual(gone.sort(), [...since.gone].sort());
    assert.deepEqual(come.sort(), [...since.come].sort());
    for (const [fingerprint, , limit = ""] of listed) {
      const root = roots.find((one) => one.fingerprint === fingerprint);
      if (root !== undefined) assert.equal(root.emailDistrustAfter ?? "", limit, root.name);
    }
  },
);

// ------------------------------------------------------------------ looking up

test("a path that ends in a built-in root holds with no anchor of the person's own; not where it is switched off", async () => {
  const { root, intermediate, alice } = await people();
  const sources = { anchors: [], candidates: [intermediate.certificate] };
  const table = rootTable([{ certificate: root.certificate }]);
  const find = (publicRoots?: PublicRoots) =>
    findPath(alice.certificate, { ...sources, ...(publicRoots && { publicRoots }) }, conditions());
  const held = await find({ switchedOff: [], table });
  assert.equal(held.kind, "valid");
  assert.equal(held.path.at(-1)!.fingerprint, root.certificate.fingerprint);
  const switchedOff = [root.certificate.fingerprint];
  assert.deepEqual(codesOf(await find({ switchedOff, table })), ["path-not-found"]);
  assert.deepEqual(codesOf(await find()), ["path-not-found"]);
  assert.deepEqual(codesOf(await find({ switchedOff: [] })), ["path-not-found"]);
});

test("a certificate with a root's name and another key is not vouched for by it (RFC 5280 §6.1.3 (a)(1))", async () => {
  const { root, intermediate, alice } = await people();
  const impostor = await people();
  const table = rootTable([{ certificate: root.certificate }]);
  const publicRoots = { switchedOff: [], table };
  for (const candidates of [
    [impostor.intermediate.certificate],
    [impostor.intermediate.certificate, impostor.root.certificate],
    [intermediate.certificate, impostor.root.certificate],
  ]) {
    const result = await findPath(
      impostor.alice.certificate,
      { anchors: [], candidates, publicRoots },
      conditions(),
    );
    assert.ok(codesOf(result).includes("certificate-signature-mismatch"), codesOf(result).join());
  }
  const candidates = [impostor.intermediate.certificate, intermediate.certificate];
  const result = await findPath(alice.certificate, { anchors: [], candidates, publicRoots }, conditions());
  assert.equal(result.kind, "valid");
});

test("only roots whose name stands on the way upwards are loaded; none for ten thousand names that lead nowhere", async () => {
  const { root, intermediate, alice } = await people();
  const other = await forgeCertificate({ subject: name("Other Root"), extensions: [authority] });
  const loaded: string[] = [];
  const table = rootTable([{ certificate: root.certificate }, { certificate: other.certificate }], loaded);
  const beside = await forgeCertificate({ subject: name("Beside"), by: other, extensions: [authority] });
  const candidates = [beside.certificate, intermediate.certificate];
  const { anchors } = await withPublicRoots(
    alice.certificate,
    { anchors: [], candidates },
    { switchedOff: [], table },
  );
  assert.deepEqual(loaded, [root.certificate.fingerprint]);
  assert.deepEqual(
    anchors.map(({ fingerprint }) => fingerprint),
    [root.certificate.fingerprint],
  );
  const many: Certificate[] = Array.from({ length: 10_000 }, (_, index) => ({
    ...beside.certificate,
    subject: name(`Nobody ${index}`) as Certificate["subject"],
    issuer: name(`Nobody ${index + 1}`) as Certificate["issuer"],
  }));
  const nobody = await forgeCertificate({ subject: name("Nobody") });
  const given = { anchors: [], candidates: many };
  assert.equal(await withPublicRoots(nobody.certificate, given, { switchedOff: [], table }), given);
  assert.equal(loaded.length, 1);
});

test("a root two hundred names away is not looked for: no honest path is that long", async () => {
  const root = await forgeCertificate({ subject: name("Link 200"), extensions: [authority] });
  const table = rootTable([{ certificate: root.certificate }]);
  const links = Array.from({ length: 300 }, (_, index) => ({
    ...root.certificate,
    subject: name(`Link ${index}`) as Certificate["subject"],
    issuer: name(`Link ${index + 1}`) as Certificate["issuer"],
  }));
  const anchorsFrom = async (place: number) =>
    (await withPublicRoots(links[place]!, { anchors: [], candidates: links }, { switchedOff: [], table }))
      .anchors.length;
  assert.deepEqual([await anchorsFrom(0), await anchorsFrom(1), await anchorsFrom(190)], [1, 1, 1]);
  const beyond = rootTable([{ certificate: { ...root.certificate, subject: links[250]!.subject } }]);
  const given = { anchors: [], candidates: links };
  assert.equal(await withPublicRoots(links[0]!, given, { switchedOff: [], table: beyond }), given);
});

test("a circle of authorities ends the search", async () => {
  const a = await forgeCertificate({ subject: name("A"), issuer: name("B"), extensions: [authority] });
  const b = await forgeCertificate({ subject: name("B"), issuer: name("A"), extensions: [authority] });
  const given = { anchors: [], candidates: [a.certificate, b.certificate] };
  assert.equal(await withPublicRoots(a.certificate, given, { switchedOff: [] }), given);
});

test("an issuer's name that does not parse names no root", async () => {
  const { alice } = await people();
  const broken = { ...alice.certificate, issuer: Uint8Array.of(0x30, 0x05, 0x31) as Certificate["issuer"] };
  assert.equal(await withPublicRoots(broken, none, { switchedOff: [] }), none);
});

// ------------------------------------------------------------------ the date

test("a root with a distrust date vouches for what was issued until then, to the second, and for nothing later (NSS: CKA_NSS_EMAIL_DISTRUST_AFTER)", async () => {
  const emailDistrustAfter = "2026-02-01T00:00:00.000Z";
  for (const [from, faults] of [
    ["2026-01-31T23:59:59Z", []],
    ["2026-02-01T00:00:00Z", []],
    ["2026-02-01T00:00:01Z", ["authority-distrusted"]],
    ["2026-05-01T00:00:00Z", ["authority-distrusted"]],
  ] as const) {
    const { root, intermediate, alice } = await people(from);
    const table = rootTable([{ certificate: root.certificate, emailDistrustAfter }]);
    const sources = { anchors: [], candidates: [intermediate.certificate] };
    const result = await findPath(
      alice.certificate,
      { ...sources, publicRoots: { switchedOff: [], table } },
      conditions(),
    );
    assert.deepEqual(codesOf(result), faults, from);
    if (result.kind === "failed") assert.equal(result.faults[0]!.detail, emailDistrustAfter);
    // What a person chose stands above what is built in.
    const anchors = [root.certificate];
    const own = { ...sources, anchors, publicRoots: { switchedOff: [], table } };
    assert.deepEqual(codesOf(await findPath(alice.certificate, own, conditions())), [], from);
  }
});

test("where one root no longer counts and another does, the path through the other holds", async () => {
  const { root, intermediate, alice } = await people();
  const other = await forgeCertificate({ subject: name("Other Root"), extensions: [authority] });
  const cross = await forgeCertificate({
    subject: root.name,
    key: root.key,
    by: other,
    extensions: [authority],
  });
  const limited = { certificate: root.certificate, emailDistrustAfter: "2025-01-01T00:00:00.000Z" };
  const table = rootTable([limited, { certificate: other.certificate }]);
  const publicRoots = { switchedOff: [], table };
  const candidates = [intermediate.certificate, cross.certificate];
  const result = await findPath(alice.certificate, { anchors: [], candidates, publicRoots }, conditions());
  assert.equal(result.kind, "valid");
  assert.equal(result.path.at(-1)!.fingerprint, other.certificate.fingerprint);
});
