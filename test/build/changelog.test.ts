import assert from "node:assert/strict";
import { test } from "node:test";
import { requireDescribed, topVersion } from "../../src/build/changelog.js";

const changelog = "# Changes\n\n## 1.4.0 (2026-05-03)\n\n- New.\n\n## 1.3.9\n\n- Old.\n";

test("the changelog's top version is its first heading", () => {
  assert.equal(topVersion(changelog), "1.4.0");
});

test("a version that the changelog describes at its top may be built", () => {
  assert.doesNotThrow(() => requireDescribed("1.4.0", changelog));
});

test("a build stops where the changelog's top version differs, is older, or is missing", () => {
  assert.throws(() => requireDescribed("1.5.0", changelog), /1\.5\.0.*1\.4\.0/);
  assert.throws(() => requireDescribed("1.3.9", changelog), /1\.4\.0/);
  assert.throws(() => requireDescribed("1.4.0", "# Changes\n"), /no heading/);
});
