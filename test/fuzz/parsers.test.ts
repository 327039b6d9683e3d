/**
 * Any bytes at all: parsers throw the errors they promise or nothing, a verdict always comes, soon, and is
 * never good over other words than those that were signed. The seed is fixed so that a red run can be run
 * again; SIGNET_FUZZ_SEED and SIGNET_FUZZ_RUNS look elsewhere, and longer.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import type { Bytes } from "../../src/engine/index.js";
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
  inspect,
  normalizeAddress,
  parseAddressList,
  parseCertificate,
  readCertificates,
  readContent,
  readPkcs12,
} from "../../src/engine/index.js";
import { alice, letter, lunch, testContext, testIdentity } from "../helpers/inspecting.js";
import { mutated } from "../helpers/mutations.js";
import { cmsEncrypt, cmsSign } from "../helpers/openssl.js";
import { testKeys } from "../helpers/test-keys.js";

const seed = Number(process.env["SIGNET_FUZZ_SEED"] ?? 8551);
const numRuns = Number(process.env["SIGNET_FUZZ_RUNS"] ?? 300);
/** of one input, on a slow and busy machine */
const patience = 5000;

const bytesOf = async (path: string): Promise<Bytes> =>
  new Uint8Array(await readFile(`${await testKeys()}/${path}`));

function promised(error: unknown): boolean {
  return [MalformedError, UnsupportedError, DecryptionError, BudgetExceededError].some(
    (kind) => error instanceof kind,
  );
}

/** @returns what the parser returned; undefined where it threw what it promises; anything else is a failure. */
async function orPromised<T>(parse: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await parse();
  } catch (error) {
    assert.ok(promised(error), `${String(error)}\n${error instanceof Error ? error.stack : ""}`);
    return undefined;
  }
}

const context = await testContext({
  identities: [await testIdentity("bob-p256"), await testIdentity("alice-rsa")],
});
const words = readContent({ mime: new TextEncoder().encode(lunch) }).text;

async function judged(raw: Bytes): Promise<void> {
  const began = performance.now();
  const { verdict, payload } = await inspect(raw, context);
  assert.ok(performance.now() - began < patience, "too slow");
  assert.deepEqual(JSON.parse(JSON.stringify(verdict)), verdict);
  if (verdict.summary.state.startsWith("2")) {
    assert.equal(readContent(payload).text, words, "a good verdict over other words");
    assert.equal(verdict.summary.author.address, "alice@example.test");
  }
}

const clear = letter(await cmsSign(lunch, "alice-p256"), alice);
const opaque = letter(await cmsSign(lunch, "alice-rsa", "-nodetach"), alice);
const encrypted = letter(await cmsEncrypt(lunch, ["bob-p256", "alice-rsa"], "-aes-256-cbc"), alice);
const authenticated = letter(await cmsEncrypt(lunch, ["bob-p256"], "-aes-256-gcm"), alice);
const both = letter(
  await cmsEncrypt(await cmsSign(lunch, "alice-p256"), ["bob-p256"], "-aes-256-gcm"),
  alice,
);
const seeds = { "clear-signed": clear, "opaque-signed": opaque, encrypted, authenticated, both };

for (const [name, raw] of Object.entries(seeds)) {
  test(`${name} mail, changed anywhere, is judged soon and never good over other words`, async () => {
    await judged(raw);
    await fc.assert(fc.asyncProperty(mutated(raw), judged), { seed, numRuns });
  });

  test(`the CMS of ${name} mail, changed under its base64, is judged the same way`, async () => {
    const { head, der, tail } = opened(raw);
    const mail = (changed: Bytes) => judged(closed(head, changed, tail));
    await judged(closed(head, der, tail));
    await fc.assert(fc.asyncProperty(mutated(der), mail), { seed, numRuns });
  });
}

/** The last base64 block of a letter: its CMS, and what stands around it. */
function opened(raw: Bytes): { head: string; der: Bytes; tail: string } {
  const text = Buffer.from(raw).toString("latin1");
  const match = /\r?\n\r?\n(MI[A-Za-z0-9+/=\r\n]+)(?![\s\S]*\n\r?\nMI)/.exec(text)!;
  const start = match.index + match[0].length - match[1]!.length;
  const der = new Uint8Array(Buffer.from(match[1]!, "base64"));
  return { head: text.slice(0, start), der, tail: text.slice(start + match[1]!.length) };
}

function closed(head: string, der: Bytes, tail: string): Bytes {
  const lines = Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\r\n");
  return new Uint8Array(Buffer.from(`${head}${lines}\r\n${tail}`, "latin1"));
}

test("any octets are no message, or one without a signature", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), (raw) => judged(new Uint8Array(raw))),
    {
      seed,
      numRuns,
    },
  );
});

for (const name of ["alice-rsa.p12", "bob-p256.p12"]) {
  test(`${name}, changed anywhere, opens, or throws what is promised`, async () => {
    const parse = (file: Bytes) => orPromised(() => readPkcs12(file, "signet")).then(() => undefined);
    await fc.assert(fc.asyncProperty(mutated(await bytesOf(name)), parse), {
      seed,
      numRuns: Math.ceil(numRuns / 3),
    });
  });
}

test("a certificate, changed anywhere, parses, or throws what is promised", async () => {
  const [certificate] = await readCertificates(await bytesOf("alice-rsa.pem"));
  const parse = async (der: Bytes) => {
    await orPromised(() => parseCertificate(der));
    await orPromised(() => readCertificates(der));
  };
  await fc.assert(fc.asyncProperty(mutated(certificate!.der), parse), { seed, numRuns: numRuns * 3 });
});

test("any text is an address list, and what it names as address is one", () => {
  const pieces = [
    "a@example.test",
    '"a\\"b"',
    "<",
    ">",
    ",",
    ";",
    ":",
    "(",
    ")",
    "@",
    "\\",
    "=?utf-8?Q?=22?=",
    " ",
    "é",
  ];
  const field = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 40 });
  fc.assert(
    fc.property(field, (parts) => {
      for (const one of parseAddressList(parts.join(""))) {
        if (one.kind !== "mailbox" || one.address === null) continue;
        assert.equal(normalizeAddress(one.address), one.address);
      }
    }),
    { seed, numRuns: numRuns * 3 },
  );
});

test("an address list of any length takes time in proportion", () => {
  for (const unit of ["a@example.test,", "(", '"', "<", "a ", "=?utf-8?B?", "a:", "@", "\\"]) {
    const began = performance.now();
    parseAddressList(unit.repeat(100_000));
    assert.ok(performance.now() - began < patience, JSON.stringify(unit));
  }
});
