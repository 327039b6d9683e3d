/**
 * Names against constraints (RFC 5280 §4.2.1.10, RFC 9549, RFC 9598 §6) and addresses of certificates: each
 * rule accepts and rejects. Paths of three, the constraint in the authority between.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Budget, defaultLimits } from "../../../src/engine/base/budget.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  sequence,
  setOf,
  utf8String,
} from "../../../src/engine/base/der-writer.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { oid } from "../../../src/engine/base/oid.js";
import {
  type Bytes,
  defaultReadPolicy,
  describeCertificate,
  emailAddresses,
  normalizeAddress,
} from "../../../src/engine/index.js";
import { sameAddress } from "../../../src/engine/mime/address.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import {
  authority,
  constraints,
  extension,
  forgeCertificate,
  mailbox,
  name,
} from "../../helpers/forge-certificate.js";

const text = (value: string): Bytes => new Uint8Array(Buffer.from(value, "latin1"));
const host = (value: string): Bytes => encode(context(2, "primitive"), text(value));
const uri = (value: string): Bytes => encode(context(6, "primitive"), text(value));
const ip = (...octets: readonly number[]): Bytes => encode(context(7, "primitive"), Uint8Array.from(octets));
const directory = (value: Bytes): Bytes => encode(context(4), value);
const smtpUtf8 = (value: string): Bytes =>
  encode(context(0), objectIdentifier(oid.smtpUtf8Mailbox), encode(context(0), utf8String(value)));
const carol = mailbox("carol@example.test");

interface Tried {
  readonly permitted?: readonly Bytes[];
  readonly excluded?: readonly Bytes[];
  readonly names?: readonly Bytes[];
  readonly subject?: Bytes;
  readonly extension?: Bytes;
}

async function tried({ permitted = [], excluded = [], names = [carol], ...rest }: Tried): Promise<string> {
  const root = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const binding = rest.extension ?? constraints(permitted, excluded);
  const middle = await forgeCertificate({ subject: name("M"), by: root, extensions: [authority, binding] });
  const san = names.length === 0 ? [] : [extension(oid.subjectAltName, sequence(...names), false)];
  const end = await forgeCertificate({ subject: rest.subject ?? name("C"), by: middle, extensions: san });
  const sources = { anchors: [root.certificate], candidates: [middle.certificate] };
  const time = Date.parse("2026-06-01");
  const conditions = { purpose: "sign" as const, time, policy: defaultReadPolicy, budget: new Budget() };
  const result = await findPath(end.certificate, sources, conditions);
  return result.kind === "valid" ? "valid" : result.faults.map(({ code }) => code).join(" ");
}

const violated = "name-constraints-violated";

/** @param inside [name, base] pairs where the name lies within; @param outside where it does not */
async function compared(
  inside: readonly [Bytes, Bytes][],
  outside: readonly [Bytes, Bytes][],
): Promise<void> {
  for (const [one, base] of inside) {
    assert.equal(await tried({ permitted: [base], names: [one] }), "valid");
    assert.equal(await tried({ excluded: [base], names: [one] }), violated);
  }
  for (const [one, base] of outside) {
    assert.equal(await tried({ permitted: [base], names: [one] }), violated);
    assert.equal(await tried({ excluded: [base], names: [one] }), "valid");
  }
}

/** Neither within nor outside: such a name satisfies no permission and escapes no exclusion. */
async function undecided(pairs: readonly [Bytes, Bytes][]): Promise<void> {
  for (const [one, base] of pairs) {
    assert.equal(await tried({ permitted: [base], names: [one] }), violated);
    assert.equal(await tried({ excluded: [base], names: [one] }), violated);
  }
}

test("rfc822Name: a mailbox, a host, a domain, all (RFC 5280 §4.2.1.10)", async () => {
  await compared(
    [
      [carol, mailbox("carol@EXAMPLE.test")],
      [carol, mailbox("example.test")],
      [mailbox("carol@mail.example.test"), mailbox(".example.test")],
      [carol, mailbox("")],
    ],
    [
      [carol, mailbox("Carol@example.test")],
      [carol, mailbox("dan@example.test")],
      [mailbox("carol@mail.example.test"), mailbox("example.test")],
      [carol, mailbox(".example.test")],
      [mailbox("carol@badexample.test"), mailbox(".example.test")],
    ],
  );
  await undecided([
    [carol, mailbox("ex ample.test")],
    [carol, mailbox("@")],
    [mailbox("no address"), mailbox("example.test")],
    [mailbox("no address"), mailbox("")],
  ]);
});

test("SmtpUTF8Mailbox is bound by the constraints on rfc822Name, its domain by A-labels (RFC 9598 §6)", async () => {
  await compared(
    [
      [smtpUtf8("rené@bücher.example"), mailbox("xn--bcher-kva.example")],
      [smtpUtf8("rené@sub.bücher.example"), mailbox(".xn--bcher-kva.example")],
    ],
    [[smtpUtf8("rené@other.example"), mailbox("xn--bcher-kva.example")]],
  );
});

test("dNSName: itself and what is below it; a leading dot and addresses are no names", async () => {
  await compared(
    [
      [host("www.example.test"), host("example.test")],
      [host("EXAMPLE.test."), host("example.test")],
      [host("*.example.test"), host("example.test")],
      [host("www.example.test"), host("")],
    ],
    [
      [host("badexample.test"), host("example.test")],
      [host("example.test"), host("www.example.test")],
      [host("*.other.test"), host("example.test")],
    ],
  );
  await undecided([
    [host("www.example.test"), host(".example.test")],
    [host("*.example.test"), host("www.example.test")],
    [host("w w.example.test"), host("example.test")],
    [host("192.0.2.1"), host("1")],
    [host("[::1]"), host("example.test")],
  ]);
});

test("URI: the host exactly, or below a leading dot; without a host's name undecided", async () => {
  await compared(
    [
      [uri("https://user@www.example.test:8443/x?y#z"), uri("www.example.test")],
      [uri("ldap://www.example.test"), uri(".example.test")],
      [uri("http://www.example.test/"), uri("")],
    ],
    [
      [uri("http://www.example.test/"), uri("example.test")],
      [uri("http://example.test/"), uri(".example.test")],
      [uri("http://example.test@evil.test/"), uri("example.test")],
    ],
  );
  await undecided([
    [uri("urn:example:a"), uri("example.test")],
    [uri("http://192.0.2.1/"), uri("example.test")],
    [uri("http://[::1]/"), uri("example.test")],
    [uri("http://[::1]/"), uri("")],
  ]);
});

test("iPAddress: an address and a mask of ones and zeros, of its own version", async () => {
  const sixteen = (first: number): number[] => [first, ...new Array<number>(15).fill(1)];
  const wide = (first: number, mask: number): number[] => [
    ...[first, ...new Array<number>(15).fill(0)],
    ...[mask, ...new Array<number>(15).fill(0)],
  ];
  await compared(
    [
      [ip(192, 0, 2, 77), ip(192, 0, 2, 0, 255, 255, 255, 0)],
      [ip(192, 0, 2, 77), ip(192, 0, 2, 64, 255, 255, 255, 192)],
      [ip(...sixteen(0x20)), ip(...wide(0x20, 0xff))],
    ],
    [
      [ip(192, 0, 3, 77), ip(192, 0, 2, 0, 255, 255, 255, 0)],
      [ip(...sixteen(0x21)), ip(...wide(0x20, 0xff))],
      [ip(...sixteen(0)), ip(0, 0, 0, 0, 0, 0, 0, 0)],
    ],
  );
  await undecided([
    [ip(192, 0, 2), ip(192, 0, 2, 0, 255, 255, 255, 0)],
    [ip(192, 0, 2, 77), ip(192, 0, 2, 0, 255, 0, 255, 0)],
    [ip(192, 0, 2, 77), ip(192, 0, 2, 0, 255, 255, 255, 10)],
    [ip(192, 0, 2, 77), ip(192, 0, 2)],
    [ip(192, 0, 2, 77), ip(192, 0, 2, 255, 255, 0)],
  ]);
});

test("directoryName: the base and what is below it; the subject counts where it is not empty", async () => {
  const [own, below] = [name("Org"), name("Org", "Carol")];
  const nobody = sequence();
  for (const inner of [own, below]) {
    const names = [directory(inner)];
    assert.equal(await tried({ permitted: [directory(own)], names, subject: nobody }), "valid");
    assert.equal(await tried({ excluded: [directory(own)], names, subject: nobody }), violated);
  }
  const outer = { names: [directory(own)], subject: nobody };
  assert.equal(await tried({ permitted: [directory(below)], ...outer }), violated);
  assert.equal(await tried({ excluded: [directory(below)], ...outer }), "valid");
  assert.equal(await tried({ permitted: [directory(own)], subject: below }), "valid");
  assert.equal(await tried({ permitted: [directory(own)], subject: name("Other") }), violated);
  assert.equal(await tried({ permitted: [directory(own)], subject: sequence() }), "valid");
});

test("of other kinds a constraint binds that kind alone, otherName by its type", async () => {
  const [registered, x400] = [encode(context(8, "primitive"), Uint8Array.of(0x2a, 3)), encode(context(3))];
  const other = (type: string): Bytes =>
    encode(context(0), objectIdentifier(type), encode(context(0), utf8String("x")));
  assert.equal(await tried({ permitted: [registered], names: [registered] }), violated);
  assert.equal(await tried({ permitted: [other("1.2.3")], names: [other("1.2.3")] }), violated);
  assert.equal(await tried({ excluded: [registered], names: [x400] }), "valid");
  assert.equal(await tried({ excluded: [other("1.2.3")], names: [other("1.2.4"), registered] }), "valid");
});

test("emailAddress in the subject is bound too, and with one kind of name goes no other (RFC 5280 §4.2.1.10)", async () => {
  const addressed = (address: string): Bytes =>
    sequence(setOf([sequence(objectIdentifier(oid.emailAddress), utf8String(address))]));
  const permitted = [mailbox("example.test")];
  assert.equal(await tried({ permitted, names: [], subject: addressed("carol@example.test") }), "valid");
  assert.equal(await tried({ permitted, names: [], subject: addressed("carol@evil.test") }), violated);
  assert.equal(await tried({ permitted, subject: addressed("carol@evil.test") }), violated);
  assert.equal(await tried({ permitted, names: [carol, host("evil.test")] }), "valid");
});

test("constraints that say nothing, or count, are no constraints: the path ends (RFC 5280 §4.2.1.10)", async () => {
  const counted = sequence(carol, encode(context(0, "primitive"), Uint8Array.of(1)));
  for (const value of [
    sequence(),
    sequence(encode(context(0))),
    sequence(encode(context(0), counted)),
    sequence(encode(context(2), sequence(carol))),
  ]) {
    const broken = extension(oid.nameConstraints, value);
    assert.equal(await tried({ extension: broken }), "certificate-malformed");
  }
});

test("ten thousand names under a hundred constraints end on the budget (nameComparisons)", async () => {
  const names = Array.from({ length: 4000 }, (_, i) => host(`a${i}.b`));
  const permitted = Array.from({ length: 100 }, (_, i) => host(`c${i}`));
  assert.ok(names.length * permitted.length > defaultLimits.nameComparisons);
  await assert.rejects(tried({ permitted, names }), BudgetExceededError);
});

// ------------------------------------------------------------------ whom a certificate speaks for

test("several addresses speak for one certificate; A-labels and U-labels are one domain (RFC 9598 §5)", async () => {
  const names = [
    carol,
    mailbox("carol@xn--bcher-kva.example"),
    smtpUtf8("carol@BÜCHER.example"),
    smtpUtf8("rené@a.example"),
  ];
  const { certificate } = await forgeCertificate({
    extensions: [extension(oid.subjectAltName, sequence(...names), false)],
  });
  assert.deepEqual(emailAddresses(certificate), [
    "carol@example.test",
    "carol@xn--bcher-kva.example",
    "rené@a.example",
  ]);
  const broken = await forgeCertificate({
    extensions: [extension(oid.subjectAltName, utf8String("carol@example.test"), false)],
  });
  assert.deepEqual(emailAddresses(broken.certificate), []);
});

test("the subject's emailAddress counts only where there is no subjectAltName at all (RFC 8550 §3)", async () => {
  const subject = sequence(setOf([sequence(objectIdentifier(oid.emailAddress), utf8String("a@b.example"))]));
  const bare = await forgeCertificate({ subject });
  assert.deepEqual(emailAddresses(bare.certificate), ["a@b.example"]);
  // The verdict says where it found them.
  assert.equal(describeCertificate(bare.certificate).addressSource, "subject");
  const beside = extension(oid.subjectAltName, sequence(host("b.example")), false);
  const other = await forgeCertificate({ subject, extensions: [beside] });
  assert.deepEqual(emailAddresses(other.certificate), []);
  assert.equal(describeCertificate(other.certificate).addressSource, undefined);
});

test("case of the local part counts, unless the policy says otherwise (RFC 5321 §2.4)", () => {
  const [a, b] = [normalizeAddress("Alice@Example.test")!, normalizeAddress("alice@example.TEST")!];
  assert.equal(sameAddress(a, b, "exact"), false);
  assert.equal(sameAddress(a, b, "any-case"), true);
  assert.equal(sameAddress(a, normalizeAddress("alice@other.test")!, "any-case"), false);
  assert.equal(sameAddress(a, a, "exact"), true);
});
