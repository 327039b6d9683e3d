import assert from "node:assert/strict";
import { test } from "node:test";
import { BoundedMap } from "../../../src/engine/base/bounded-map.js";

test("forgets the entry that was not asked for longest, and no other", () => {
  const memory = new BoundedMap<string, number>(2);
  memory.set("a", 1);
  memory.set("b", 2);
  assert.equal(memory.get("a"), 1);
  memory.set("c", 3);
  assert.deepEqual([memory.get("a"), memory.get("b"), memory.get("c")], [1, undefined, 3]);
});

test("never holds more than its limit", () => {
  const memory = new BoundedMap<number, number>(10);
  for (let i = 0; i < 1000; i++) memory.set(i, i);
  assert.equal(memory.size, 10);
});
