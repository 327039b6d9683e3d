/** Building among many candidates (RFC 4158): what is tried first, what is never tried again, what is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget, defaultLimits } from "../../../src/engine/base/budget.js";
import { encode, octetString, sequence, utf8String } from "../../../src/engine/base/der-writer.js";
import { context } from "../../../src/engine/base/der-reader.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import { type Bytes, type Certificate, defaultReadPolicy } from "../../../src/engine/index.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import type { PathConditions } from "../../../src/engine/x509/path-conditions.js";
import { validatePath } from "../../../src/engine/x509/validate-path.js";
import {
  type Forged,
  addressed,
  authority,
  constraints,
  extension,
  forgeCertificate,
  mailbox,
  name,
} from "../../helpers/forge-certificate.js";

const carol = addressed("carol@example.test");
const keyIs = (octet: number): Bytes =>
  extension(oid.subjectKeyIdentifier, octetString(Uint8Array.of(octet)), false);
const issuerKeyIs = (octet: number): Bytes =>
  extension(
    oid.authorityKeyIdentifier,
    sequence(encode(context(0, "primitive"), Uint8Array.of(octet))),
    false,
  );

function conditions(
  more: Partial<PathConditions> = {},
  signatures = defaultLimits.signatures,
): PathConditions {
  const budget = new Budget({ ...defaultLimits, signatures });
  return { purpose: "sign", time: Date.parse("2026-06-01"), policy: defaultReadPolicy, budget, ...more };
}

const certificates = (list: readonly Forged[]): Certificate[] => list.map(({ certificate }) => certificate);

async function search(
  end: Forged,
  candidates: readonly Forged[],
  anchors: readonly Forged[],
  asked: PathConditions = conditions(),
) {
  const sources = { candidates: certificates(candidates), anchors: certificates(anchors) };
  return findPath(end.certificate, sources, asked);
}

const root = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
const middle = await forgeCertificate({ subject: name("M"), by: root, extensions: [authority, keyIs(1)] });
const leaf = await forgeCertificate({
  subject: name("Carol"),
  by: middle,
  extensions: [carol, issuerKeyIs(1)],
});

/** Named like the real one, with keys of their own. */
const impostors = (count: number, extensions: readonly Bytes[] = []): Promise<Forged[]> =>
  Promise.all(
    Array.from({ length: count }, () =>
      forgeCertificate({ subject: name("M"), issuer: name("Root"), extensions: [authority, ...extensions] }),
    ),
  );

test("no path: the authority that is missing is named", async () => {
  const found = await search(leaf, [], [root]);
  assert.deepEqual(found, { kind: "failed", faults: [{ code: "path-not-found", detail: "CN=M" }] });
  const further = await search(leaf, [middle], []);
  assert.deepEqual(further, { kind: "failed", faults: [{ code: "path-not-found", detail: "CN=Root" }] });
  const long = await forgeCertificate({ by: { ...root, name: name("N".repeat(500)) }, extensions: [carol] });
  const refused = await search(long, [], [root]);
  assert.ok(refused.kind === "failed");
  assert.equal(refused.faults[0]!.detail?.length, 200);
  // A name that is none, or cannot be read, is not told.
  for (const issuer of [sequence(), sequence(utf8String("x"))]) {
    const odd = await forgeCertificate({ issuer, extensions: [carol] });
    assert.deepEqual(await search(odd, [middle], [root]), {
      kind: "failed",
      faults: [{ code: "path-not-found" }],
    });
  }
});

test("a path is no longer than the budget allows; that one might be longer is told by the bound's name", async () => {
  const budget = (pathLength: number): PathConditions =>
    conditions({ budget: new Budget({ ...defaultLimits, pathLength }) });
  assert.equal((await search(leaf, [middle], [root], budget(3))).kind, "valid");
  const faultOf = async (certificate: Forged, length: number): Promise<unknown> => {
    const found = await search(certificate, [middle], [root], budget(length));
    return found.kind === "failed" ? found.faults[0] : null;
  };
  assert.deepEqual(await faultOf(leaf, 2), { code: "budget-exceeded", detail: "pathLength" });
  // Where the chain ends by itself, the bound has hidden nothing.
  const alone = await forgeCertificate({ extensions: [carol] });
  assert.equal(((await faultOf(alone, 1)) as { code: string }).code, "path-not-found");
});

test("one key under two names is two authorities, not a loop (RFC 4158 §2.4.2)", async () => {
  const upper = await forgeCertificate({ subject: name("N"), by: root, extensions: [authority] });
  const lower = await forgeCertificate({
    subject: name("O"),
    by: upper,
    key: upper.key,
    extensions: [authority],
  });
  const end = await forgeCertificate({ by: lower, extensions: [carol] });
  assert.equal((await search(end, [upper, lower], [root])).kind, "valid");
});

test("whose key is named comes first, so that impostors of the name cost nothing (RFC 4158 §3.5.12)", async () => {
  // Two steps and two signatures.
  const asked = conditions({}, 4);
  const found = await search(leaf, [...(await impostors(20)), middle], [root], asked);
  assert.equal(found.kind, "valid");
  const others = [...(await impostors(20, [keyIs(2)])), middle];
  assert.equal((await search(leaf, others, [root], conditions({}, 4))).kind, "valid");
  const later = await search(leaf, [...(await impostors(200, [keyIs(1)])), middle], [root]).catch(
    (error: unknown) => error,
  );
  assert.ok(later instanceof BudgetExceededError);
});

test("who is valid comes before who is not (RFC 4158 §3.5.13), anchors before others (§3.5.1)", async () => {
  const [key] = [middle.key];
  const expired = await forgeCertificate({
    subject: name("M"),
    by: root,
    key,
    extensions: [authority, keyIs(1)],
    to: "2026-02-01",
  });
  assert.equal((await search(leaf, [expired, middle], [root], conditions({}, 4))).kind, "valid");
  const future = { from: "2026-07-01", to: "2030-01-01" };
  const early = await forgeCertificate({
    subject: name("M"),
    by: root,
    key,
    extensions: [authority, keyIs(1)],
    ...future,
  });
  const asked: (readonly Certificate[])[] = [];
  const judge: PathConditions["judge"] = (path) => {
    asked.push(path);
    return Promise.resolve([]);
  };
  // Two steps alone: the signatures are known by now.
  const again = conditions({ judge }, 2);
  assert.equal((await search(leaf, [early, expired, middle], [root], again)).kind, "valid");
  assert.deepEqual(
    asked.map(([, issuer]) => issuer),
    [middle.certificate],
  );
  const direct = await search(leaf, [expired], [root, middle], conditions({}, 2));
  assert.equal(direct.kind === "valid" ? direct.path.length : 0, 2);
});

test("a signature that did not match is not tried on another path", async () => {
  const [impostor] = await impostors(1, [keyIs(1)]);
  // Eight ways from the impostor upwards; the real one is found all the same.
  const roots = await Promise.all(
    Array.from({ length: 8 }, () => forgeCertificate({ subject: name("Root"), extensions: [authority] })),
  );
  // Impostor: a step, its issuer, two signatures; then the real one, under nine roots that are tried in turn.
  const found = await search(leaf, [impostor!, middle], [...roots, root], conditions({}, 40));
  assert.equal(found.kind, "valid");
  const learnt = await search(leaf, [impostor!], [...roots, root], conditions({}, 4));
  assert.deepEqual(learnt.kind, "failed");
});

test("a path that somebody objects to is not taken, another is (revocation)", async () => {
  const other = await forgeCertificate({
    subject: name("M"),
    by: root,
    key: middle.key,
    extensions: [authority, keyIs(1)],
  });
  const judge: PathConditions["judge"] = (path) =>
    Promise.resolve(path.includes(middle.certificate) ? [{ code: "certificate-revoked" }] : []);
  const found = await search(leaf, [middle, other], [root], conditions({ judge }));
  assert.equal(found.kind === "valid" ? found.path[1] : null, other.certificate);
  const none = await search(leaf, [middle], [root], conditions({ judge }));
  assert.deepEqual(none, { kind: "failed", faults: [{ code: "certificate-revoked" }] });
});

test("of several failures the one that came nearest is told, a wrong signature last", async () => {
  const [impostor] = await impostors(1, [keyIs(1)]);
  const expired = await forgeCertificate({
    subject: name("M"),
    by: root,
    key: middle.key,
    extensions: [authority],
    to: "2026-02-01",
  });
  const found = await search(leaf, [impostor!, expired], [root]);
  assert.equal(found.kind === "failed" ? found.faults[0]!.code : "", "certificate-expired");
});

test("validation relies on nobody's building: names must chain, a path must not be empty (RFC 5280 §6.1.3 (a)(4))", async () => {
  const stranger = await forgeCertificate({ subject: name("S"), key: root.key, extensions: [authority] });
  const path = certificates([leaf, middle, stranger]);
  assert.deepEqual(await validatePath(path, conditions()), {
    kind: "failed",
    faults: [{ code: "path-not-found" }],
  });
  assert.equal((await validatePath([], conditions())).kind, "failed");
  const long = conditions({ budget: new Budget({ ...defaultLimits, pathLength: 2 }) });
  await assert.rejects(validatePath(certificates([leaf, middle, root]), long), BudgetExceededError);
});

test("an issuer without a name, addresses that do not parse, an unread key: each ends the path", async () => {
  const nameless = await forgeCertificate({ subject: sequence(), extensions: [authority] });
  const child = await forgeCertificate({ by: nameless, extensions: [carol] });
  const found = await search(child, [], [nameless]);
  assert.equal(found.kind === "failed" ? found.faults[0]!.code : "", "certificate-malformed");
  for (const value of [sequence(), octetString(Uint8Array.of(1))]) {
    const broken = await forgeCertificate({
      by: middle,
      extensions: [extension(oid.subjectAltName, value, false)],
    });
    const result = await search(broken, [middle], [root]);
    assert.deepEqual(result.kind === "failed" ? result.faults.map(({ code }) => code) : [], [
      "certificate-malformed",
    ]);
  }
});

test("of a path that nobody signed, names and policies are not even looked at", async () => {
  const [impostor] = await impostors(1, [keyIs(1), constraints([mailbox("other.test")], [])]);
  const found = await search(leaf, [impostor!], [root], conditions({ requireExplicitPolicy: true }));
  const codes = found.kind === "failed" ? found.faults.map(({ code }) => code) : [];
  assert.deepEqual(new Set(codes), new Set(["certificate-signature-mismatch"]));
});

test("thousands of candidates of one name end on the budget `signatures`, of other names at once", async () => {
  const junk = await impostors(300, [keyIs(1)]);
  await assert.rejects(search(leaf, junk, [root]), BudgetExceededError);
  const strangers = await Promise.all(
    Array.from({ length: 300 }, (_, i) => forgeCertificate({ subject: name(`X${i}`), issuer: name("Root") })),
  );
  assert.equal((await search(leaf, strangers, [root])).kind, "failed");
});
