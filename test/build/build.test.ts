/** The builds as a person installs them: the same bytes each time, complete, readable, without surprises. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { unzipSync } from "fflate";
import { buildTargets } from "../../src/build/build.js";
import type { Built } from "../../src/build/build.js";
import { namedFiles, targets } from "../../src/build/manifest.js";
import type { Json, Target } from "../../src/build/manifest.js";
import { lintErrors } from "../helpers/extension-lint.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const first = await temporaryFolder();
const second = await temporaryFolder();
const built = new Map<Target, Built>();
const again = new Map<Target, Built>();
const zone = process.env["TZ"];

before(async () => {
  for (const one of await buildTargets(targets, first.path)) built.set(one.target, one);
  // Another zone and another folder: neither may show in the bytes.
  process.env["TZ"] = "Asia/Kathmandu";
  for (const one of await buildTargets([...targets].reverse(), second.path)) again.set(one.target, one);
});

after(async () => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
  await first.remove();
  await second.remove();
});

async function contents(target: Target): Promise<Record<string, Uint8Array>> {
  return unzipSync(new Uint8Array(await readFile(built.get(target)!.archive)));
}

for (const target of targets) {
  test(`${target} built twice gives the same archive, byte for byte`, () => {
    assert.match(built.get(target)!.sha256, /^[0-9a-f]{64}$/);
    assert.equal(again.get(target)!.sha256, built.get(target)!.sha256);
  });

  test(`everything that the manifest and the pages of ${target} name is in its archive`, async () => {
    const files = await contents(target);
    const text = (path: string) => new TextDecoder().decode(files[path]);
    const wanted = [...namedFiles(JSON.parse(text("manifest.json")) as Json)];
    for (const path of Object.keys(files).filter((name) => name.endsWith(".html"))) {
      for (const [, link] of text(path).matchAll(/(?:src|href)="([^"#:]+)"/g))
        wanted.push(link!.startsWith("/") ? link!.slice(1) : join(path, "..", link!));
    }
    assert.ok(wanted.length > 5);
    assert.deepEqual(
      wanted.filter((path) => !(path in files)),
      [],
    );
  });

  test(`${target} has no code in its documents, no source of another place, and every licence`, async () => {
    const files = await contents(target);
    for (const [path, bytes] of Object.entries(files)) {
      const text = new TextDecoder().decode(bytes);
      if (path.endsWith(".html"))
        assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|\son\w+=|https?:\/\//, path);
      assert.doesNotMatch(text, /\/(home|root|work|tmp)\/\w+/, path);
    }
    assert.match(new TextDecoder().decode(files["LICENSE"]), /^Mozilla Public License Version 2\.0/);
    assert.match(new TextDecoder().decode(files["licenses.txt"]), /==== \S+ \d+\.\d+\.\d+ \(/);
  });

  test(`${target} is readable: names are kept, lines are short`, async () => {
    const files = await contents(target);
    const script = new TextDecoder().decode(files["background/main.js"]);
    // What is no code may be long: wasm, and the built-in authorities' certificates, one a line.
    const data = /"AGFzb|^\s*"MII[A-Za-z0-9+/=]+",$/;
    const own = script.split("\n").filter((line) => line.length > 1000 && !data.test(line));
    assert.ok(script.split("\n").length > 100);
    assert.ok(own.length < 5, `${own.length} lines of more than 1000 characters`);
  });
}

test("Chrome's service worker is one script that imports nothing (it may not)", async () => {
  const files = await contents("chrome");
  assert.deepEqual(
    Object.keys(files).filter((path) => path.startsWith("background/") && path.endsWith(".js")),
    ["background/main.js"],
  );
  assert.doesNotMatch(new TextDecoder().decode(files["background/main.js"]), /^\s*import\b(?!\.meta)/m);
});

for (const [target, folder] of [
  ["thunderbird", "shared/"],
  ["firefox", "shared/"],
  ["chrome", "worker/"],
] as const) {
  test(`${target}: the engine has a worker of its own, and what it loads lazily stays a file of its own`, async () => {
    const files = await contents(target);
    const worker = new TextDecoder().decode(files["worker/main.js"]);
    assert.match(worker, /^import\b/m);
    const chunks = Object.keys(files).filter((path) => path.startsWith(folder));
    assert.ok(chunks.length > 5, chunks.join());
    const names = [...worker.matchAll(/from "(.+?)"/g)].map(([, path]) => join("worker", path!));
    assert.deepEqual(
      names.filter((path) => !(path in files)),
      [],
    );
  });
}

test("the document that starts workers is in Chrome's build only", async () => {
  for (const target of targets) {
    const there = "pages/offscreen/offscreen.html" in (await contents(target));
    assert.equal(there, target === "chrome", target);
  }
});

test("Experiments are in the full build only, as plain scripts", async () => {
  const experiments = (files: object) => Object.keys(files).filter((path) => path.startsWith("experiments/"));
  const full = await contents("thunderbird");
  const scripts = experiments(full).filter((path) => path.endsWith("parent.js"));
  assert.ok(scripts.length > 0);
  for (const path of scripts)
    assert.doesNotMatch(new TextDecoder().decode(full[path]), /^\s*(import|export)\b/m);
  for (const target of ["thunderbird-store", "firefox", "chrome"] as const)
    assert.deepEqual(experiments(await contents(target)), []);
});

for (const target of ["thunderbird", "thunderbird-store", "firefox"] as const) {
  test(`web-ext lint finds no error in ${target} but that Experiments are privileged`, async () => {
    const expected = target === "thunderbird" ? ["MANIFEST_FIELD_PRIVILEGED manifest.json"] : [];
    const selfHosted = target === "thunderbird";
    assert.deepEqual(await lintErrors(built.get(target)!.folder, { selfHosted }), expected);
  });
}
