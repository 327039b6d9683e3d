/**
 * Each bound of reading, one below and one above: below, all is as ever; above, the verdict names the bound.
 * An unsigned message that is merely deep or long stays unsigned, and the details say where nobody looked.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { sign } from "node:crypto";
import type { Limits } from "../../src/engine/base/budget.js";
import { context } from "../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { type Bytes, type MessageVerdict, defaultReadPolicy, inspect } from "../../src/engine/index.js";
import { type Forged, addressed, authority, forgeCertificate, name } from "../helpers/forge-certificate.js";
import { contentInfo } from "../helpers/forge-enveloped-data.js";
import {
  attribute,
  clearMail,
  forgeSignedData,
  honestAttributes,
  opaqueMail,
} from "../helpers/forge-signed-data.js";
import { alice, lunch, testContext, testIdentity } from "../helpers/inspecting.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, "latin1"));
const times = (count: number, text: string): string => text.repeat(count);
const plain = "Content-Type: text/plain\r\n\r\nHello.\r\n";

let clear: string;
let opaque: string;
before(async () => {
  const detached = await forgeSignedData({ content: lunch, key: "alice-rsa" });
  clear = Buffer.from(clearMail("", lunch, detached)).toString("latin1");
  const whole = await forgeSignedData({ content: lunch, key: "alice-rsa", encapsulated: true });
  opaque = Buffer.from(opaqueMail("", whole)).toString("latin1");
});

function mixed(parts: readonly string[], boundary = "out"): string {
  const pieces = parts.map((part) => `--${boundary}\r\n${part}\r\n`);
  return `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${pieces.join("")}--${boundary}--\r\n`;
}

/** In so many multiparts, each alone in the next. */
function nested(innermost: string, depth: number): string {
  let entity = innermost;
  for (let i = 0; i < depth; i++) entity = mixed([entity], `b${i}x`);
  return entity;
}

interface Told {
  readonly state: string;
  readonly parts: number;
  readonly beyond: string | undefined;
}

async function told(mail: string | Bytes, limits: Partial<Limits> = {}): Promise<Told> {
  const policy = { ...defaultReadPolicy, limits: { ...defaultReadPolicy.limits, ...limits } };
  const raw = typeof mail === "string" ? bytes(mail) : mail;
  const { verdict } = await inspect(raw, await testContext({ policy }));
  const { summary, errant = [], errantBeyond: beyond } = verdict;
  assert.deepEqual(
    summary.faults.filter(({ code }) => code !== "partly-signed"),
    [],
  );
  return { state: summary.state, parts: errant.length, beyond };
}

/** A part with one field of so many lines of seventy octets. */
const folded = (lines: number): string => `X: 1${times(lines, `\r\n ${"x".repeat(67)}`)}\r\n${plain}`;

const few: Partial<Limits> = { mimeParts: 8, mimeLines: 40, headerFields: 6 };
const list = (count: number): string => mixed(Array.from({ length: count }, () => plain));

const ofPayload: readonly (readonly [string, () => string, () => string, Partial<Limits>?])[] = [
  ["mimeDepth", () => nested(plain, 33), () => nested(plain, 34)],
  ["mimeDepth", () => nested(clear, 33), () => nested(clear, 34)],
  ["mimeParts", () => list(7), () => list(8), few],
  ["mimeLines", () => mixed([times(30, "-\r\n")]), () => mixed([times(60, "-\r\n")]), few],
  [
    "headerFields",
    () => mixed([times(5, "X: 1\r\n") + plain]),
    () => mixed([times(6, "X: 1\r\n") + plain]),
    few,
  ],
  ["headerBytes", () => mixed([folded(44_000)]), () => mixed([folded(45_000)])],
  [
    "listed",
    () => mixed(Array.from({ length: 20 }, () => opaque)),
    () => mixed(Array.from({ length: 21 }, () => opaque)),
  ],
  ["uncut", () => list(1), () => mixed([list(1).replace("boundary=out", "border=out")], "top")],
];

for (const [bound, below, above, limits] of ofPayload) {
  test(`parts of unsigned mail up to ${bound} are looked at; what lies behind is told, and alarms nobody (RFC 9787 §4.5)`, async () => {
    const within = await told(alice + below(), limits);
    assert.equal(within.beyond, undefined);
    const over = await told(alice + above(), limits);
    assert.equal(over.beyond, bound);
    assert.ok(["1", "9"].includes(over.state), over.state);
  });
}

test("a signed part of the last depth is found, the next one is not, and what lies beside depth still is", async () => {
  assert.deepEqual(await told(alice + nested(clear, 33)), { state: "9", parts: 1, beyond: undefined });
  assert.deepEqual(await told(alice + nested(clear, 34)), { state: "1", parts: 0, beyond: "mimeDepth" });
  const beside = mixed([nested(plain, 40), clear], "top");
  assert.deepEqual(await told(alice + beside), { state: "9", parts: 1, beyond: "mimeDepth" });
});

test("of a payload that is signed the first four megabytes are looked through, and a good verdict stays good", async () => {
  const signedMail = async (content: string): Promise<Bytes> =>
    clearMail(alice, content, await forgeSignedData({ content, key: "alice-rsa" }));
  const filler = `Content-Type: text/plain\r\n\r\n${times(60_000, `${"x".repeat(70)}\r\n`)}`;
  const large = mixed([plain, filler], "in");
  assert.equal((await told(await signedMail(mixed([plain], "in")))).beyond, undefined);
  assert.deepEqual(await told(await signedMail(large)), { state: "2", parts: 0, beyond: "octets" });
  // One long text is no multipart: nothing was left out.
  assert.deepEqual(await told(await signedMail(filler)), { state: "2", parts: 0, beyond: undefined });
});

test("of a thousand recipients under the signature one of ours may be the next: nobody says that it is not named (RFC 9788)", async () => {
  const faultsWith = async (to: readonly string[]): Promise<readonly string[]> => {
    const content = `Content-Type: text/plain; hp="clear"\r\nTo: ${to.join(",\r\n ")}\r\n\r\nHello.\r\n`;
    const raw = clearMail(alice, content, await forgeSignedData({ content, key: "alice-rsa" }));
    const identities = [await testIdentity("bob-p256")];
    const { verdict } = await inspect(raw, await testContext({ identities }));
    return verdict.summary.faults.map(({ code }) => code).filter((code) => code === "recipient-not-named");
  };
  const crowd = Array.from({ length: 1_000 }, (_, i) => `n${i}@example.test`);
  assert.deepEqual(await faultsWith(crowd.slice(0, 999)), ["recipient-not-named"]);
  assert.deepEqual(await faultsWith([...crowd, "bob@example.test"]), []);
});

// ------------------------------------------------------------------ what is signed

interface Forgeries {
  readonly signers?: number;
  /** certificates of others with the name of the signer's, before hers */
  readonly namesakes?: number;
  readonly counterSignatures?: number;
  /** signed layers, each around the one before */
  readonly layers?: number;
}

let root: Forged;
let person: Forged;
let namesakes: readonly Forged[];
before(async () => {
  root = await forgeCertificate({ subject: name("Bounded Root"), extensions: [authority] });
  const fields = { by: root, extensions: [addressed("alice@example.test")], serial: 77 };
  person = await forgeCertificate(fields);
  namesakes = await Promise.all(Array.from({ length: 8 }, () => forgeCertificate(fields)));
});

function signedLayer(content: Bytes, forgeries: Forgeries): Bytes {
  const { signers = 1, namesakes: others = 0, counterSignatures = 0 } = forgeries;
  const attributes = honestAttributes(content);
  const { issuer, serialNumber } = person.certificate;
  const broken = attribute(oid.countersignature, sequence());
  const info = sequence(
    smallInteger(1),
    sequence(issuer, encode(0x02, serialNumber)),
    sequence(objectIdentifier(oid.sha256)),
    setOf(attributes, context(0)),
    sequence(objectIdentifier(oid.ecdsaWithSha256)),
    octetString(new Uint8Array(sign("sha256", setOf(attributes), person.key))),
    ...(counterSignatures === 0
      ? []
      : [
          setOf(
            Array.from({ length: counterSignatures }, () => broken),
            context(1),
          ),
        ]),
  );
  const signedData = sequence(
    smallInteger(1),
    setOf([sequence(objectIdentifier(oid.sha256))]),
    sequence(objectIdentifier(oid.data), encode(context(0), octetString(content))),
    encode(context(0), ...[...namesakes.slice(0, others), person].map(({ certificate }) => certificate.der)),
    encode(0x31, ...Array.from({ length: signers }, () => info)),
  );
  return contentInfo(oid.signedData, signedData);
}

async function inspected(forgeries: Forgeries, limits: Partial<Limits> = {}): Promise<MessageVerdict> {
  let content = bytes(lunch);
  for (let i = 1; i < (forgeries.layers ?? 1); i++) content = opaqueMail("", signedLayer(content, {}));
  const policy = { ...defaultReadPolicy, limits: { ...defaultReadPolicy.limits, ...limits } };
  const asked = await testContext({ policy, anchors: [root.certificate] });
  return (await inspect(opaqueMail(alice, signedLayer(content, forgeries)), asked)).verdict;
}

const signedBounds: readonly (readonly [string, Forgeries, Forgeries, Partial<Limits>?, Partial<Limits>?])[] =
  [
    ["signers", { signers: 20 }, { signers: 21 }],
    ["signerCandidates", { namesakes: 7 }, { namesakes: 8 }],
    ["layers", { layers: 8 }, { layers: 9 }],
    ["messageBytes", {}, {}, { messageBytes: 4_000 }, { messageBytes: 1_000 }],
    ["headerFields", {}, {}, { headerFields: 5 }, { headerFields: 4 }],
    ["signatures", {}, {}, { signatures: 2 }, { signatures: 1 }],
    ["hashedBytes", {}, {}, { hashedBytes: 10_000 }, { hashedBytes: 20 }],
    ["pathLength", {}, {}, { pathLength: 2 }, { pathLength: 1 }],
  ];

for (const [bound, below, above, wide, narrow] of signedBounds) {
  test(`up to ${bound} a signed message is good; above it could not be checked, and the bound has its name`, async () => {
    assert.equal((await inspected(below, wide)).summary.state, "2");
    const { summary } = await inspected(above, narrow);
    assert.equal(summary.state, "6");
    assert.deepEqual(summary.faults[0], { code: "budget-exceeded", detail: bound });
  });
}

test("of signatures over a signature four are looked at, the others are counted (RFC 5652 §11.4)", async () => {
  for (const [count, looked, beyond] of [
    [4, 4, undefined],
    [5, 4, 1],
  ] as const) {
    const { layers, summary } = await inspected({ counterSignatures: count });
    assert.equal(summary.state, "2");
    const [layer] = layers;
    assert.ok(layer?.kind === "signed");
    assert.equal(layer.signatures[0]?.counterSignatures?.length, looked);
    assert.equal(layer.signatures[0]?.attachedBeyond, beyond);
  }
});
