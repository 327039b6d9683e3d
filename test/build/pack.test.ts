import assert from "node:assert/strict";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { pack } from "../../src/build/pack.js";

const bytes = (text: string) => new TextEncoder().encode(text);

test("the order in which files were found does not show in the archive", () => {
  const one = pack(
    new Map([
      ["b.js", bytes("two")],
      ["a/c.js", bytes("one")],
    ]),
  );
  const other = pack(
    new Map([
      ["a/c.js", bytes("one")],
      ["b.js", bytes("two")],
    ]),
  );
  assert.deepEqual(one, other);
});

test("the time of packing does not show in the archive, and other contents do", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000_000_000 });
  const one = pack(new Map([["a.js", bytes("one")]]));
  t.mock.timers.setTime(1_600_000_000_000);
  assert.deepEqual(pack(new Map([["a.js", bytes("one")]])), one);
  assert.notDeepEqual(pack(new Map([["a.js", bytes("two")]])), one);
});

test("what was packed comes out again", () => {
  const files = new Map([
    ["manifest.json", bytes("{}")],
    ["empty", new Uint8Array()],
  ]);
  assert.deepEqual(unzipSync(pack(files)), { "manifest.json": bytes("{}"), empty: new Uint8Array() });
});
