/** Hostile and broken input on the writing side: named errors and refusals, nothing else, and never for long. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, concat, fromUtf8 } from "../../src/engine/base/bytes.js";
import {
  BudgetExceededError,
  DecryptionError,
  MalformedError,
  UnsupportedError,
} from "../../src/engine/base/errors.js";
import { decodeBase64 } from "../../src/engine/kernels/base64.js";
import { parseCapabilities } from "../../src/engine/cms/smime-capabilities.js";
import { parsePkcs8 } from "../../src/engine/keys/pkcs8.js";
import { readPkcs12 } from "../../src/engine/keys/pkcs12.js";
import { inspectAs } from "../helpers/inspecting.js";
import { protectAs } from "../helpers/protecting.js";
import { testKeys } from "../helpers/test-keys.js";

const keys = await testKeys();
const named = [BudgetExceededError, DecryptionError, MalformedError, UnsupportedError];
const isNamed = (error: unknown): boolean => named.some((kind) => error instanceof kind);
const octets = (path: string): Bytes => new Uint8Array(readFileSync(`${keys}/${path}`));

/** Octets turned, cut out, doubled or put in, in a seed that is well-formed. */
function mutated(seed: Bytes): fc.Arbitrary<Bytes> {
  const place = fc.nat({ max: seed.length - 1 });
  const change = fc.record({
    at: place,
    kind: fc.constantFrom("turn", "cut", "double", "put"),
    by: fc.integer({ min: 1, max: 255 }),
  });
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) =>
    changes.reduce((bytes: Bytes, { at, kind, by }) => {
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      if (kind === "cut") return concat([before, after.subarray(by % 16)]);
      if (kind === "double") return concat([before, after.subarray(0, by), after]);
      if (kind === "put") return concat([before, Uint8Array.of(by), after]);
      const turned = bytes.slice();
      if (at < turned.length) turned[at]! ^= by;
      return turned;
    }, seed),
  );
}

test("key files", { timeout: 60_000 }, async () => {
  const seed = octets("bob-p256.p12");
  const property = fc.asyncProperty(mutated(seed), async (file) => {
    await readPkcs12(file, "signet").catch((error: unknown) => assert.ok(isNamed(error), String(error)));
  });
  await fc.assert(property, { numRuns: 300 });
});

test("private keys", () => {
  for (const name of ["bob-p256", "erin-ed25519", "alice-rsa"]) {
    const pem = Buffer.from(octets(`${name}.key.pem`))
      .toString()
      .replace(/-----.*-----/g, "");
    const seed = decodeBase64(fromUtf8(pem));
    fc.assert(
      fc.property(mutated(seed), (key) => {
        try {
          parsePkcs8(key);
        } catch (error) {
          assert.ok(isNamed(error), String(error));
        }
      }),
      { numRuns: 300 },
    );
  }
});

test("capabilities never throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      (der) => void parseCapabilities(new Uint8Array(der)).algorithms.size,
    ),
  );
});

const words = fc.constantFrom(
  "From: alice@example.test\r\n",
  "From:",
  "To: bob@example.test\r\n",
  "Bcc: x@y.z\r\n",
  "Content-Type: multipart/mixed; boundary=b\r\n",
  "Content-Type: message/rfc822\r\n",
  "Content-Type: multipart/signed; boundary=b\r\n",
  "Content-Transfer-Encoding: base64\r\n",
  "Content-Transfer-Encoding: binary\r\n",
  "Content-Transfer-Encoding: quoted-printable\r\n",
  "\r\n",
  "\r\n\r\n",
  "--b\r\n",
  "--b--\r\n",
  "K\u00e4se",
  "\0",
  "\r",
  "\n",
  " ",
  "=",
  "From ",
  "aGVsbG8=",
  "\r\n.\r\n",
  "x".repeat(1200),
);

test(
  "drafts: whatever is not refused is seven bits with CRLF, is Alice's, and names no Bcc",
  { timeout: 120_000 },
  async () => {
    const property = fc.asyncProperty(
      fc.array(words, { maxLength: 25 }),
      fc.boolean(),
      async (pieces, encrypt) => {
        const draft = `From: alice@example.test\r\n${pieces.join("")}`;
        const protection = await protectAs({ draft, to: ["bob-p256"], policy: { encrypt } });
        if (protection.kind === "refused") return;
        const message = Buffer.from(protection.message).toString("latin1");
        const body = message.slice(message.indexOf("\r\n\r\n"));
        assert.doesNotMatch(body, /[\x80-\xff\0]|[^\r]\n|\r[^\n]/);
        assert.doesNotMatch(message.slice(0, message.indexOf("\r\n\r\n")), /^bcc/im);
        const { verdict } = await inspectAs(protection.message, ["bob-p256"]);
        // A draft that calls itself signed has a layer of its own inside ours, and a broken one.
        if (draft.includes("multipart/signed")) return;
        assert.equal(verdict.summary.state, "2", JSON.stringify(draft));
      },
    );
    await fc.assert(property, { numRuns: 300 });
  },
);
