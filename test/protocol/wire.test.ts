/** What may cross between rooms: JSON and nothing else. The first half of this test is the compiler. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import type { ContentRequests, PageEvent, PageRequests } from "../../src/protocol/messages.js";
import { fromBase64, toBase64 } from "../../src/protocol/wire.js";

type Primitive = string | number | boolean | null | undefined;

/** `never` wherever something in it would not survive JSON. */
type Jsonable<Value> = Value extends Primitive
  ? Value
  : Value extends Uint8Array | ArrayBuffer | Date | Map<unknown, unknown> | Set<unknown> | bigint | symbol
    ? never
    : Value extends (...parameters: never[]) => unknown
      ? never
      : { [Name in keyof Value]: Jsonable<Value[Name]> };

/** `true` where JSON carries the type whole. */
type Crosses<Value> = [Value] extends [Jsonable<Value>] ? true : false;

test("only JSON crosses rooms: with bytes or a time in it, this does not compile", () => {
  const asked: readonly true[] = [] as readonly [
    Crosses<PageRequests>,
    Crosses<ContentRequests>,
    Crosses<PageEvent>,
  ][number][];
  const rejected: readonly false[] = [] as readonly (
    | Crosses<{ readonly file: Uint8Array }>
    | Crosses<{ readonly certificate: { readonly since: Date } }>
    | Crosses<{ readonly list: readonly (string | { readonly data: ArrayBuffer })[] }>
    | Crosses<{ readonly found: Map<string, string> }>
  )[];
  assert.deepEqual([...asked, ...rejected], []);
});

test("bytes come back from base64 as they were, and as others write them (RFC 4648 §4)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), (octets) => {
      const bytes = new Uint8Array(octets);
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString("base64"));
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
    }),
  );
});

test("what is not base64 throws", () => {
  assert.throws(() => fromBase64("%%%"));
});
