/** The search for an octet beside the platform's own, at every border that the kernel has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findOctet } from "../../../src/engine/kernels/find-octet.js";

const hyphen = 0x2d;
const letters = new Uint8Array(600_000).fill(65);
const near = 65_536;
const borders = [
  ...[0, 1, near - 1, near, near + 1, near + 15, near + 16, near + 17],
  ...[131_072, 3 * near - 1, 3 * near, 3 * near + 1, 262_144, 599_999],
];

test("finds the first octet from where it is told, as indexOf does", () => {
  for (const place of borders) {
    const bytes = letters.slice();
    bytes.fill(hyphen, place, place + 1);
    for (const start of [0, ...borders, 600_000])
      assert.equal(findOctet(bytes, hyphen, start), bytes.indexOf(hyphen, start), `${place} from ${start}`);
  }
  assert.equal(findOctet(letters, hyphen), -1);
  assert.equal(findOctet(new Uint8Array(0), hyphen), -1);
});

test("what is found is never beyond the view, and every octet can be looked for", () => {
  fc.assert(
    fc.property(fc.nat(90_000), fc.nat(90_000), fc.nat(255), (length, place, octet) => {
      const bytes = new Uint8Array(100_000).fill(octet === 7 ? 8 : 7);
      bytes[place] = octet;
      const view = bytes.subarray(0, length);
      assert.equal(findOctet(view, octet), view.indexOf(octet));
    }),
  );
});
