/**
 * Real messages, broken at random: inspecting never throws, never takes long, and never calls good what
 * says something else than what was signed. Parsers throw only what they promise.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { Budget } from "../../src/engine/base/budget.js";
import { type Element, readWhole } from "../../src/engine/base/der-reader.js";
import { BudgetExceededError, MalformedError, UnsupportedError } from "../../src/engine/base/errors.js";
import { parseContentInfo } from "../../src/engine/cms-syntax/content-info.js";
import { parseAuthEnvelopedData, parseEnvelopedData } from "../../src/engine/cms-syntax/enveloped-data.js";
import { parseRecipientInfo } from "../../src/engine/cms-syntax/recipient-info.js";
import { parseSignedData, parseSignerInfo } from "../../src/engine/cms-syntax/signed-data.js";
import { canonicalize } from "../../src/engine/mime/canonical.js";
import { contentType } from "../../src/engine/mime/content-type.js";
import { parseEntity } from "../../src/engine/mime/entity.js";
import { splitMultipart } from "../../src/engine/mime/multipart.js";
import { readSender } from "../../src/engine/mime/sender.js";
import { nameConstraints } from "../../src/engine/x509/name-constraints.js";
import {
  type Bytes,
  describeCertificate,
  inspect,
  normalizeAddress,
  parseAddressList,
  parseCertificate,
  readCertificates,
  readContent,
} from "../../src/engine/index.js";
import { type InspectContext } from "../../src/engine/index.js";
import { clearMail, forgeSignedData, opaqueMail } from "../helpers/forge-signed-data.js";
import { alice, letter, lunch, testCertificate, testContext, testIdentity } from "../helpers/inspecting.js";
import { cmsEncrypt, cmsSign } from "../helpers/openssl.js";

const runs = Number(process.env["SIGNET_FUZZ_RUNS"] ?? 200);

interface Mutation {
  readonly kind: "turn" | "cut" | "insert" | "truncate" | "repeat";
  /** place, as a share of the length */
  readonly at: number;
  readonly length: number;
  readonly octets: Bytes;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("turn", "cut", "insert", "truncate", "repeat"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 40 }),
  octets: fc.uint8Array({ minLength: 1, maxLength: 8 }).map((octets) => new Uint8Array(octets)),
});
const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });

function mutate(raw: Bytes, list: readonly Mutation[]): Bytes {
  let current = Buffer.from(raw);
  for (const { kind, at, length, octets } of list) {
    const place = Math.floor(at * current.length);
    const [head, tail] = [current.subarray(0, place), current.subarray(place)];
    if (kind === "turn") {
      current = Buffer.from(current);
      if (place < current.length) current[place] = current[place]! ^ octets[0]!;
    } else if (kind === "truncate") current = head;
    else if (kind === "cut") current = Buffer.concat([head, tail.subarray(length)]);
    else if (kind === "insert") current = Buffer.concat([head, octets, tail]);
    else current = Buffer.concat([head, tail.subarray(0, length), tail]);
  }
  return new Uint8Array(current);
}

let context: InspectContext;
let mails: readonly (readonly [string, Bytes])[];
let structures: readonly (readonly [string, Bytes])[];

before(async () => {
  const identities = await Promise.all(["alice-rsa", "bob-p256"].map(testIdentity));
  context = await testContext({ identities });
  const detached = await forgeSignedData({ content: lunch, key: "alice-rsa" });
  const inside = await forgeSignedData({ content: lunch, key: "alice-p256", encapsulated: true });
  const clear = await cmsSign(lunch, "alice-rsa");
  mails = [
    ["clear-signed", letter(clear)],
    ["opaque-signed, -stream", letter(await cmsSign(lunch, "alice-rsa", "-nodetach", "-stream"))],
    ["encrypted, CBC", letter(await cmsEncrypt(clear, ["alice-rsa"], "-aes256"))],
    ["encrypted, GCM", letter(await cmsEncrypt(clear, ["bob-p256"], "-aes-256-gcm"))],
  ];
  structures = [
    ["detached SignedData", detached],
    ["SignedData", inside],
    ["EnvelopedData", await cmsEncrypt(lunch, ["alice-rsa", "bob-p256"], "-aes256", "-outform", "DER")],
    ["AuthEnvelopedData", await cmsEncrypt(lunch, ["bob-p256"], "-aes-256-gcm", "-outform", "DER")],
  ];
});

/** The one thing that must never be: good, and not what was signed. */
async function holds(raw: Bytes): Promise<void> {
  const { verdict, payload } = await inspect(raw, context);
  readContent(payload);
  if (verdict.summary.state !== "2") return;
  const shown = Buffer.from(canonicalize(payload.mime)).toString("latin1");
  // OpenSSL signs without the last line's end.
  assert.equal(shown.trimEnd(), lunch.trimEnd());
  assert.equal(verdict.summary.author.address, "alice@example.test");
}

for (const index of [0, 1, 2, 3]) {
  test(`broken mail is never good by mistake (${index})`, async () => {
    const [, raw] = mails[index]!;
    await holds(raw);
    await fc.assert(
      fc.asyncProperty(mutations, (list) => holds(mutate(raw, list))),
      { numRuns: runs },
    );
  });

  test(`broken CMS inside whole mail is never good by mistake (${index})`, async () => {
    const [, cms] = structures[index]!;
    const mail = (bytes: Bytes): Bytes =>
      index === 0 ? clearMail(alice, lunch, bytes) : opaqueMail(alice, bytes);
    await holds(mail(cms));
    await fc.assert(
      fc.asyncProperty(mutations, (list) => holds(mail(mutate(cms, list)))),
      { numRuns: runs },
    );
  });
}

/** @returns nothing; anything but what parsers promise fails the test */
async function throwsOnlyWhatItPromises(parse: () => unknown): Promise<void> {
  try {
    await parse();
  } catch (error) {
    const promised = [MalformedError, UnsupportedError, BudgetExceededError];
    if (!promised.some((kind) => error instanceof kind)) throw error;
  }
}

function contentOf(bytes: Bytes): Element {
  const { content } = parseContentInfo(bytes);
  if (content === null) throw new MalformedError("cms-malformed", "no content");
  return content;
}

const parsers: readonly ((bytes: Bytes) => unknown)[] = [
  (bytes) => readWhole(bytes, "der"),
  (bytes) => parseSignedData(contentOf(bytes)).signerInfos.map(parseSignerInfo),
  (bytes) => parseEnvelopedData(contentOf(bytes)).recipientInfos.map(parseRecipientInfo),
  (bytes) => parseAuthEnvelopedData(contentOf(bytes)).recipientInfos.map(parseRecipientInfo),
  (bytes) => readCertificates(bytes),
];

test("parsers of CMS throw only what they promise", async () => {
  for (const [, cms] of structures) {
    const property = fc.asyncProperty(mutations, fc.constantFrom(...parsers), (list, parse) =>
      throwsOnlyWhatItPromises(() => parse(mutate(cms, list))),
    );
    await fc.assert(property, { numRuns: runs });
  }
});

test("parsers of certificates throw only what they promise, and describing one never throws", async () => {
  const { der } = await testCertificate("alice-rsa");
  const property = fc.asyncProperty(mutations, async (list) => {
    await throwsOnlyWhatItPromises(async () => {
      const certificate = await parseCertificate(mutate(der, list));
      assert.equal(typeof describeCertificate(certificate).fingerprint, "string");
      nameConstraints(certificate);
    });
  });
  await fc.assert(property, { numRuns: 3 * runs });
});

test("parsers of MIME throw only what they promise", async () => {
  const property = fc.asyncProperty(mutations, (list) =>
    throwsOnlyWhatItPromises(() => {
      const entity = parseEntity(mutate(mails[0]![1], list), new Budget());
      readSender(entity);
      return splitMultipart(entity, contentType(entity), new Budget());
    }),
  );
  await fc.assert(property, { numRuns: runs });
});

test("addresses never throw, and a normalised one stays as it is (RFC 5321 §4.1.2)", () => {
  const piece = fc.constantFrom(
    "alice",
    "@",
    "example.test",
    "<",
    ">",
    '"',
    "\\",
    "(",
    ")",
    ",",
    ":",
    ";",
    " ",
    "é",
    "=?utf-8?q?=00?=",
    "\u202e",
    "[",
    "]",
    ".",
  );
  const value = fc
    .array(fc.oneof(piece, fc.string({ unit: "binary", maxLength: 3 })), { maxLength: 20 })
    .map((list) => list.join(""));
  fc.assert(
    fc.property(value, (given) => {
      parseAddressList(given);
      const address = normalizeAddress(given);
      if (address !== null) assert.equal(normalizeAddress(address), address);
    }),
    { numRuns: 10 * runs },
  );
});
