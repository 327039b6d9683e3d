/** The code on paper: chance enough, every slip of the pen found, and read as people type it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { isSameGroup, newRecoveryCode, readRecoveryCode } from "../../src/protocol/recovery-code.js";

const fresh = (): string => newRecoveryCode((octets) => crypto.getRandomValues(octets));
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

test("a code is seven groups of four, 130 bits of chance, and none comes twice", () => {
  const codes = Array.from({ length: 200 }, fresh);
  for (const code of codes) assert.match(code, /^(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
  assert.equal(new Set(codes).size, codes.length);
  const symbols = new Set(codes.join("").replaceAll("-", ""));
  assert.equal(symbols.size, 32);
});

test("a code is read in small letters, without hyphens, with blanks, and with O and I for 0 and 1", () => {
  const code = "0000-1111-0000-1111-0000-1111-00";
  const whole = newRecoveryCode((octets) => octets.set([...code.replaceAll("-", "")].map(Number)));
  assert.ok(whole.startsWith(code));
  for (const typed of [
    whole.toLowerCase(),
    whole.replaceAll("-", ""),
    ` ${whole.replaceAll("-", " ")} `,
    whole.replaceAll("0", "O").replaceAll("1", "l"),
  ])
    assert.equal(readRecoveryCode(typed), whole);
});

test("one wrong symbol, and two exchanged beside each other, are always found", () => {
  fc.assert(
    fc.property(fc.nat(27), fc.nat(31), (place, symbol) => {
      const plain = [...fresh().replaceAll("-", "")];
      const wrong = plain.with(place, alphabet[symbol]!).join("");
      assert.equal(readRecoveryCode(wrong) === "mistyped", wrong !== plain.join(""));
      const other = Math.min(place, 26);
      const swapped = plain
        .with(other, plain[other + 1]!)
        .with(other + 1, plain[other]!)
        .join("");
      assert.equal(readRecoveryCode(swapped) === "mistyped", swapped !== plain.join(""));
    }),
  );
});

test("a symbol too few or too many is a mistake in a code; another password is none", () => {
  const code = fresh();
  assert.equal(readRecoveryCode(code.slice(0, -1)), "mistyped");
  assert.equal(readRecoveryCode(`${code}7`), "mistyped");
  for (const password of ["signet", "", "correct horse battery staple", "four unrelated words here", "äöü"])
    assert.equal(readRecoveryCode(password), null);
});

test("a group typed back is the same in small letters, and another group is not", () => {
  assert.ok(isSameGroup(" 7k2m", "7K2M"));
  assert.ok(isSameGroup("O1O1", "0101"));
  assert.ok(!isSameGroup("7K2N", "7K2M"));
});
