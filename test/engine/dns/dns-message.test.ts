/** DNS messages: what is written is read again, and whatever else comes is malformed, soon. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex } from "../../../src/engine/base/bytes.js";
import { buildQuery, parseMessage } from "../../../src/engine/dns/dns-message.js";
import { parseName, nameText } from "../../../src/engine/dns/dns-name.js";
import { smimeaName, parseSmimea } from "../../../src/engine/dns/smimea.js";

const malformed = { name: "MalformedError" };
const header = (answers: number): string => `000084000001${answers.toString(16).padStart(4, "0")}00000000`;
const asked = "0161000035" + "0001";

test("a query asks for signatures, for what the resolver thinks bogus too, and is padded (RFC 4035 §3.2, RFC 8467 §4.1)", () => {
  for (const name of ["a", "example.org", `${"a".repeat(60)}.${"b".repeat(60)}.example`]) {
    const query = buildQuery(parseName(name), 53);
    assert.equal(query.length % 128, 0);
    assert.deepEqual([...query.subarray(0, 12)], [0, 0, 1, 16, 0, 1, 0, 0, 0, 0, 0, 1]);
    const answer = query.slice();
    answer[2]! |= 0x80;
    assert.equal(nameText(parseMessage(answer).question.name), `${name}.`);
  }
});

test("names that point at themselves, forwards, or in a circle are malformed (RFC 1035 §4.1.4)", () => {
  const record = "0035000100000e1000020000";
  for (const name of ["c013", "c015", "c0ff", "0161c013"])
    assert.throws(() => parseMessage(fromHex(header(1) + asked + name + record)), malformed, name);
  assert.equal(parseMessage(fromHex(header(1) + asked + "c00c" + record)).answer.length, 1);
});

test("counts, classes and lengths that do not fit are malformed", () => {
  assert.throws(() => parseMessage(fromHex(header(1) + asked)), malformed);
  assert.throws(() => parseMessage(fromHex(header(0xffff) + asked)), malformed);
  assert.throws(
    () => parseMessage(fromHex(header(0).replace("8400", "0400") + asked)),
    malformed,
    "a question",
  );
  assert.throws(() => parseMessage(new Uint8Array(70_000)), malformed);
});

test("any octets are a message or malformed", () => {
  const head = fromHex(header(2) + asked);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (octets, whole) => {
      const message = new Uint8Array(whole ? octets : [...head, ...octets]);
      try {
        parseMessage(message);
      } catch (error) {
        assert.equal((error as Error).name, "MalformedError");
      }
    }),
    { seed: 1035, numRuns: 2_000 },
  );
});

test("where an address's certificate lies: SHA-256 of the local part, cut to 28 octets (RFC 8162 §3)", async () => {
  // printf chris | sha256sum | cut -c 1-56
  const hash = "5d7f15f2fce8ddb2dbef5c38be896c238ba7e0a432e396759030a853";
  assert.equal(nameText(await smimeaName("chris", "Example.com")), `${hash}._smimecert.example.com.`);
  assert.notEqual(nameText(await smimeaName("Chris", "example.com")).slice(0, 56), hash);
  const [composed, decomposed] = await Promise.all(["\u00e9", "e\u0301"].map((one) => smimeaName(one, "a")));
  assert.deepEqual(composed, decomposed);
});

test("a record with numbers that mean nothing is none; one that is too short is malformed (RFC 6698 §7)", () => {
  assert.equal(parseSmimea(Uint8Array.of(9, 0, 0, 1)), null);
  assert.equal(parseSmimea(Uint8Array.of(3, 0, 0, 1))!.usage, "DANE-EE");
  assert.throws(() => parseSmimea(Uint8Array.of(3, 0, 0)), malformed);
});
