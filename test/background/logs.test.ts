/**
 * What the background, and our code in Thunderbird's own process, logs when something fails: never an exception's words,
 * which may quote what it failed on.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { filesBelow, root } from "../../src/build/sources.js";
import { nameOfError } from "../../src/background/name-of-error.js";

const logging = /(?:console\.(?:error|warn|info|log|debug)|Cu\.reportError)\(([^;]*?)\)\s*[,;)}]/g;
/** the whole of it, or its words; `error.name` and a function of it are not */
const whole =
  /(?:^|,|String\(|\$\{)\s*\(?(?:error|reason|cause|sentence)(?: as \w+\)?)?\s*(?:[,)}](?!\?\.)|$)|\b(?:error|reason|cause)(?: as \w+\))?\??\.(?:message|stack)\b/;

const told = (source: string): readonly string[] =>
  [...source.matchAll(logging)].map(([, said = ""]) => said).filter((said) => whole.test(said));

for (const room of ["background", "experiments"])
  test(`no log of ${room} is handed an exception: its words may quote addresses, subjects, keys`, async () => {
    const files = (await filesBelow(`src/${room}`)).filter((file) => file.endsWith(".ts"));
    const sources = files.map((file) => ({ file, source: readFileSync(root + file, "utf8") }));
    const found = sources.flatMap(({ file, source }) => told(source).map((said) => `${file}: ${said}`));
    assert.deepEqual(found, []);
    assert.ok(sources.some(({ source }) => source.match(logging)));
  });

test("the search above finds what it is for, and lets through what is named", () => {
  for (const bad of [
    `console.error("failed", error);`,
    `x.catch((error: unknown) => console.warn("failed", sentence, error));`,
    `console.error("failed", String(error));`,
    `console.error(\`failed \${error}\`);`,
    `console.error("failed", error.message);`,
    `Cu.reportError(error);`,
    `console.error("failed", error as Privileged);`,
    `console.error("failed", (error as Privileged)?.message);`,
  ])
    assert.equal(told(bad).length, 1, bad);
  for (const good of [
    `console.error("failed", nameOfError(error));`,
    `console.warn("failed", error.name);`,
    `console.warn("failed", (error as Privileged)?.name);`,
  ])
    assert.deepEqual(told(good), [], good);
});

test("of an exception its kind is left, of anything else that was thrown its type", () => {
  assert.equal(nameOfError(new TypeError("no way to bob@example.org")), "TypeError");
  assert.equal(nameOfError("bob@example.org"), "string");
});
