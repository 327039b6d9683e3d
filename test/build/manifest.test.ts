/** The four manifests against their snapshots: a new permission is a line in somebody's diff. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { addOnId, manifestFor, targets } from "../../src/build/manifest.js";
import type { Manifest, Target } from "../../src/build/manifest.js";
import { findExperiments, root } from "../../src/build/sources.js";

const common = JSON.parse(await readFile(`${root}manifest.json`, "utf8")) as Manifest;
const parts = { common, version: "1.2.3", experiments: await findExperiments() };
const manifests = Object.fromEntries(targets.map((target) => [target, manifestFor[target](parts)] as const));

function of(target: Target): Manifest {
  return manifests[target]!;
}

/** Every string that stands anywhere in the manifest. */
function strings(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(strings) : [];
}

for (const target of targets) {
  test(`the manifest of ${target} is as agreed; after a change on purpose: SIGNET_UPDATE_SNAPSHOTS=1`, async () => {
    const path = `${root}test/build/manifests/${target}.json`;
    if (process.env["SIGNET_UPDATE_SNAPSHOTS"] === "1") {
      await writeFile(path, `${JSON.stringify(of(target), null, 2)}\n`);
    }
    assert.deepEqual(of(target), JSON.parse(await readFile(path, "utf8")));
  });

  test(`every text that the manifest of ${target} names exists in the default language`, async () => {
    const language = String(of(target)["default_locale"]);
    const texts = JSON.parse(await readFile(`${root}_locales/${language}/messages.json`, "utf8")) as object;
    const named = strings(of(target)).flatMap((text) =>
      [...text.matchAll(/__MSG_(\w+)__/g)].map((match) => match[1]!),
    );
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter((name) => !(name in texts)),
      [],
    );
  });

  test(`the policy of ${target} runs our own files only, and does not turn http into https`, () => {
    const policy = (of(target)["content_security_policy"] as { extension_pages: string }).extension_pages;
    assert.match(policy, /(^|; )script-src 'self' 'wasm-unsafe-eval'(;|$)/);
    assert.match(policy, /(^|; )object-src 'none'(;|$)/);
    assert.match(policy, /(^|; )default-src 'none'(;|$)/);
    // Certificate revocation lists are published over plain http; they are signed themselves.
    assert.doesNotMatch(policy, /upgrade-insecure-requests/);
  });

  test(`${target} asks for no host at installation; to ask for revocation lists is a person's choice later`, () => {
    for (const key of ["host_permissions", "optional_permissions", "externally_connectable"])
      assert.equal(of(target)[key], undefined, key);
    assert.deepEqual(of(target)["optional_host_permissions"], ["http://*/*", "https://*/*"]);
    assert.ok((of(target)["permissions"] as readonly string[]).includes("unlimitedStorage"));
  });
}

test("only the background may open connections: every page of ours forbids them to itself", async () => {
  const folders = await readdir(`${root}src/pages`);
  const pages = folders.map((folder) => `${root}src/pages/${folder}/${folder}.html`).filter(existsSync);
  assert.ok(pages.length >= 5);
  for (const page of pages) {
    const own = /<meta\s+http-equiv="Content-Security-Policy"\s+content="connect-src 'none'"/;
    assert.match(await readFile(page, "utf8"), own, page);
  }
});

test("documents that people see differ in the name of their script and style alone", async () => {
  const bare = async (name: string): Promise<string> =>
    (await readFile(`${root}src/pages/${name}/${name}.html`, "utf8")).replaceAll(name, "");
  const first = await bare("popup");
  for (const name of ["compose", "options", "reader", "welcome"]) assert.equal(await bare(name), first, name);
});

interface Gecko {
  readonly id: string;
  readonly update_url?: string;
  readonly strict_max_version?: string;
}

function gecko(target: Target): Gecko {
  return (of(target)["browser_specific_settings"] as unknown as { gecko: Gecko }).gecko;
}

test("both Thunderbird builds share one id, so that the vault stays when one replaces the other", () => {
  assert.equal(gecko("thunderbird").id, addOnId);
  assert.equal(gecko("thunderbird-store").id, addOnId);
});

test("only the full build has Experiments, its own updates and a newest version", () => {
  assert.ok(Object.keys(of("thunderbird")["experiment_apis"] as object).length > 0);
  assert.match(gecko("thunderbird").update_url ?? "", /^https:\/\//);
  assert.match(gecko("thunderbird").strict_max_version ?? "", /^\d+\.\*$/);
  for (const target of ["thunderbird-store", "firefox", "chrome"] as const) {
    assert.equal(of(target)["experiment_apis"], undefined, target);
    assert.doesNotMatch(JSON.stringify(of(target)), /update_url|strict_max_version/);
  }
});

test("README.md says of every permission why it is asked for, and of no other", async () => {
  const readme = await readFile(`${root}README.md`, "utf8");
  const section = readme.slice(readme.indexOf("## What it may do"), readme.indexOf("## Where things are"));
  const rows = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map(([, names]) => names!);
  const explained = rows.flatMap((names) => [...names.matchAll(/`([\w.]+)`/g)].map((match) => match[1]!));
  const asked = new Set(targets.flatMap((target) => of(target)["permissions"] as readonly string[]));
  assert.deepEqual(explained.sort(), [...asked].sort());
});
