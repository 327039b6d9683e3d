/** The guard guarded: what `test/architecture.test.ts` reads really sees what it has to refuse. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findCircle, importsOfText, isAllowedLayer } from "../helpers/import-law.js";

function only(from: string, text: string) {
  const [one, more] = importsOfText(from, text);
  assert.ok(one && !more);
  return one;
}

test("an import is found however it is written", () => {
  const seen = (text: string) => {
    const { specifier, typeOnly, lazy } = only("src/ui/a.ts", text);
    return { specifier, typeOnly, lazy };
  };
  const x = { specifier: "./x.js", typeOnly: false, lazy: false };
  assert.deepEqual(seen('import { a } from "./x.js";'), x);
  assert.deepEqual(seen('import "./x.js";'), x);
  assert.deepEqual(seen('export * from "./x.js";'), x);
  assert.deepEqual(seen('import { type A, b } from "./x.js";'), x);
  assert.deepEqual(seen('const a = await import("./x.js");'), { ...x, lazy: true });
  assert.deepEqual(seen('import type { A } from "./x.js";'), { ...x, typeOnly: true });
  assert.deepEqual(seen('import { type A } from "./x.js";'), { ...x, typeOnly: true });
  assert.deepEqual(seen('export type { A } from "./x.js";'), { ...x, typeOnly: true });
  assert.deepEqual(seen('let a: import("./x.js").A;'), { ...x, typeOnly: true });
});

test("an import names its target by the path in the project", () => {
  assert.equal(only("src/pages/popup/popup.ts", 'import "../../ui/badge.js";').to, "src/ui/badge.ts");
  assert.equal(only("src/engine/x509/a.ts", 'import "pkijs";').to, null);
});

test("in the engine's line only earlier layers and one's own may be imported", () => {
  const allowed = (from: string, specifier: string) =>
    isAllowedLayer(only(`src/engine/${from}`, `import "${specifier}";`));
  assert.ok(allowed("mime/a.ts", "../base/bytes.js"));
  assert.ok(allowed("mime/a.ts", "./b.js"));
  assert.ok(allowed("inspect.ts", "./cms/open.js"));
  assert.ok(!allowed("mime/a.ts", "../x509/certificate.js"));
  assert.ok(!allowed("base/a.ts", "../fault/faults.js"));
  assert.ok(!allowed("protect.ts", "./inspect.js"));
  assert.ok(!allowed("inspect.ts", "./protect.js"));
  assert.ok(!allowed("cms/a.ts", "../index.js"));
});

test("a circle is named with all its files; a line is none", () => {
  const edge = (from: string, to: string) => only(`src/ui/${from}.ts`, `import "./${to}.js";`);
  assert.deepEqual(findCircle([edge("a", "b"), edge("b", "c"), edge("a", "c")]), []);
  assert.deepEqual(findCircle([edge("a", "b"), edge("b", "c"), edge("c", "b")]), [
    "src/ui/b.ts",
    "src/ui/c.ts",
    "src/ui/b.ts",
  ]);
});
