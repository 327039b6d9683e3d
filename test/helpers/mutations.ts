/**
 * What happens to bytes on their way, or under an attacker's hands: turned, cut, repeated, moved. As a
 * fast-check arbitrary over a seed, so that a failure shrinks to the few changes that matter.
 */
import fc from "fast-check";
import type { Bytes } from "../../src/engine/index.js";

type Mutation =
  | { readonly kind: "turn"; readonly at: number; readonly by: number }
  | { readonly kind: "cut"; readonly at: number; readonly length: number }
  | { readonly kind: "repeat"; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: "insert"; readonly at: number; readonly octets: Bytes };

/** places are fractions of the length, so that they stay meaningful while the input shrinks */
const at = fc.double({ min: 0, max: 1, noNaN: true });

/** Octets that mean something to one of the parsers. */
const telling = fc.constantFrom(
  ...["\r\n\r\n", "\r\n--", "\n", "--", "\0", "=", ";", '"', "(", "<>", "@", ":", "=?utf-8?B?", "boundary="],
  ...[
    "\x30\x80",
    "\x30\x84\xff\xff\xff\xff",
    "\x24\x80",
    "\x02\x01\x00",
    "\x05\x00",
    "\x06\x01",
    "\x00\x00",
    "\xa0\x80",
  ],
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("turn" as const), at, by: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant("cut" as const), at, length: fc.integer({ min: 1, max: 400 }) }),
  fc.record({
    kind: fc.constant("repeat" as const),
    at,
    length: fc.integer({ min: 1, max: 200 }),
    times: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    kind: fc.constant("insert" as const),
    at,
    octets: telling.map((text) => new Uint8Array(Buffer.from(text, "latin1"))),
  }),
);

export function mutated(seed: Bytes): fc.Arbitrary<Bytes> {
  return fc.array(mutation, { minLength: 1, maxLength: 4 }).map((changes) => changes.reduce(mutate, seed));
}

function mutate(bytes: Bytes, change: Mutation): Bytes {
  const place = Math.min(bytes.length, Math.floor(change.at * bytes.length));
  const before = bytes.subarray(0, place);
  switch (change.kind) {
    case "turn": {
      const copy = bytes.slice();
      if (place < copy.length) copy[place]! ^= change.by;
      return copy;
    }
    case "cut":
      return joined(before, bytes.subarray(place + change.length));
    case "repeat": {
      const piece = bytes.subarray(place, place + change.length);
      return joined(before, ...new Array<Bytes>(change.times).fill(piece), bytes.subarray(place));
    }
    case "insert":
      return joined(before, change.octets, bytes.subarray(place));
  }
}

function joined(...parts: readonly Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}
