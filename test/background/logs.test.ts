/** What the background logs when something fails: never an exception's words, which may quote what it failed on. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { filesBelow, root } from "../../src/build/sources.js";
import { nameOfError } from "../../src/background/name-of-error.js";

const logging = /console\.(?:error|warn|info|log|debug)\(([^;]*?)\)\s*[,;)}]/g;
/** the whole of it, or its words; `error.name` and a function of it are not */
const whole =
  /(?:,|String\(|\$\{)\s*(?:error|reason|cause|sentence)\s*(?:[,)}]|$)|\b(?:error|reason|cause)\.(?:message|stack)\b/;

const told = (source: string): readonly string[] =>
  [...source.matchAll(logging)].map(([, said = ""]) => said).filter((said) => whole.test(said));

test("no log of the background is handed an exception: its words may quote addresses, subjects, keys", async () => {
  const files = (await filesBelow("src/background")).filter((file) => file.endsWith(".ts"));
  const found = files.flatMap((file) =>
    told(readFileSync(root + file, "utf8")).map((said) => `${file}: ${said}`),
  );
  assert.deepEqual(found, []);
});

test("the search above finds what it is for, and lets through what is named", () => {
  for (const bad of [
    `console.error("failed", error);`,
    `x.catch((error: unknown) => console.warn("failed", sentence, error));`,
    `console.error("failed", String(error));`,
    `console.error(\`failed \${error}\`);`,
    `console.error("failed", error.message);`,
  ])
    assert.equal(told(bad).length, 1, bad);
  for (const good of [`console.error("failed", nameOfError(error));`, `console.warn("failed", error.name);`])
    assert.deepEqual(told(good), [], good);
});

test("of an exception its kind is left, of anything else that was thrown its type", () => {
  assert.equal(nameOfError(new TypeError("no way to bob@example.org")), "TypeError");
  assert.equal(nameOfError("bob@example.org"), "string");
});
