/**
 * What the documents say of files and folders: each that they name exists, and each folder that exists is named.
 * Whether a sentence is true no test can tell; that it speaks of something, one can.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../../src/build/sources.js";

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...readdirSync(`${root}docs`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`),
];

const textOf = (document: string): string => readFileSync(root + document, "utf8");

/** Folders, not files; what the build writes is not in git. */
function foldersOf(place: string): readonly string[] {
  return readdirSync(root + place, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "generated")
    .map(({ name }) => name);
}

test("every file that a document names exists: sources, tests, scripts, and other documents", () => {
  for (const document of documents) {
    const named = textOf(document).matchAll(
      /(?<![\w./*-])(?:src|test|docs|scripts|decisions)\/[\w./-]+\.\w+/g,
    );
    const missing = [...named]
      .map(([path]) => path)
      .filter((path) => !existsSync(root + path) && !existsSync(`${root}docs/${path}`));
    assert.deepEqual(missing, [], document);
  }
});

test("every link from one document to another leads somewhere", () => {
  for (const document of documents) {
    const links = textOf(document).matchAll(/\]\((?!https?:)([^)#\s]+)/g);
    const dead = [...links]
      .map(([, to]) => to!)
      .filter((to) => !existsSync(join(root, dirname(document), to)));
    assert.deepEqual(dead, [], document);
  }
});

test("every npm command that a document shows is one of package.json's", () => {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: object };
  for (const document of documents) {
    const shown = textOf(document).matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g);
    const unknown = [...shown].map(([, name]) => name!).filter((name) => !(name in scripts));
    assert.deepEqual(unknown, [], document);
  }
});

test("every room stands in the README, and every folder of a room in docs/architecture.md", () => {
  const architecture = textOf("docs/architecture.md");
  const rooms = foldersOf("src");
  assert.deepEqual(
    rooms.filter((room) => !textOf("README.md").includes(`src/${room}`)),
    [],
  );
  const folders = rooms.flatMap((room) => foldersOf(`src/${room}`).map((folder) => ({ room, folder })));
  const unnamed = folders.filter(({ room, folder }) => {
    const names = [`\`${folder}\``, `${room}/${folder}`, `→ ${folder} →`, `    ${folder} →`];
    return !names.some((name) => architecture.includes(name));
  });
  assert.deepEqual(unnamed, []);
});

test("every folder of the engine that docs/architecture.md puts into its line exists", () => {
  const line = /^ {4}(base → .*)$/m.exec(textOf("docs/architecture.md"))?.[1] ?? "";
  const layers = line.split(/ → |, /);
  assert.ok(layers.length > 10);
  assert.deepEqual(
    layers.filter((layer) => !existsSync(`${root}src/engine/${layer}`)),
    [],
  );
});
