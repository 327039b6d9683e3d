/**
 * The import law of STYLE §1 as data. References between tsconfigs are transitive and lint sees one file
 * at a time; here the whole graph is read, so that no room is entered but by its door.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { root } from "../src/build/sources.js";
import { defaultLimits } from "../src/engine/base/budget.js";
import { faults } from "../src/engine/fault/faults.js";
import { literalsOf } from "./helpers/codes.js";
import {
  findCircle,
  importsOf,
  isAllowedLayer,
  layerOf,
  layers,
  readSources,
  roomOf,
} from "./helpers/import-law.js";
import type { Import, Room } from "./helpers/import-law.js";

/** room → whom it may import; "types" where a value may not be taken */
const law: Readonly<Record<Room, Readonly<Partial<Record<Room, "anything" | "types">>>>> = {
  engine: {},
  protocol: { engine: "types" },
  worker: { engine: "anything", protocol: "anything" },
  background: { engine: "anything", protocol: "anything", worker: "types" },
  content: { protocol: "anything", ui: "anything" },
  pages: { protocol: "anything", ui: "anything" },
  ui: { protocol: "anything" },
  experiments: {},
  cli: { engine: "anything" },
  build: {},
};

/**
 * The header button and the badge must say the same, so the background reads the label where pages do.
 * These files draw nothing; the background's tsconfig would not let them name a document.
 */
const wordsForBackground = ["src/ui/badge.ts", "src/ui/text.ts", "src/ui/look-alike-words.ts"];

/** npm packages that a room may carry into what is shipped; Node's own modules where Node runs it */
const packages: Readonly<Record<Room, readonly (string | RegExp)[]>> = {
  engine: [
    "@noble/ciphers",
    "@noble/curves",
    "@noble/hashes",
    "@noble/post-quantum",
    "hash-wasm",
    "node-forge",
  ],
  protocol: [],
  worker: [],
  background: ["idb", "hash-wasm"],
  content: [],
  pages: ["dompurify", "@scure/bip39", "qr"],
  ui: [],
  experiments: [],
  cli: [/^node:/],
  build: [/^node:/, "esbuild", "fflate", "assemblyscript"],
};

const sources = readSources("src");
const imports = sources.flatMap((path) => importsOf(path));
const inside = imports.filter((one) => one.to !== null);

function complain(list: readonly Import[], why: string): void {
  const lines = list.map((one) => `${one.from}:${one.line} imports ${one.specifier}: ${why}`);
  assert.deepEqual(lines, []);
}

test("a room imports only the rooms that the law allows it (STYLE §1)", () => {
  const broken = inside.filter((one) => {
    const from = roomOf(one.from);
    const to = roomOf(one.to!);
    if (from === to) return false;
    if (from === "background" && wordsForBackground.includes(one.to!)) return false;
    const allowed = law[from][to];
    return allowed === undefined || (allowed === "types" && !one.typeOnly);
  });
  complain(broken, "not allowed by the law of rooms");
});

test("the engine is entered by its door alone, or for the types of fault and verdict by protocol", () => {
  const broken = inside.filter((one) => {
    const from = roomOf(one.from);
    if (from === "engine" || roomOf(one.to!) !== "engine" || one.to === "src/engine/index.ts") return false;
    const shared = /^src\/engine\/(fault|verdict)\//.test(one.to!);
    return !(from === "protocol" && one.typeOnly && shared);
  });
  complain(broken, "use src/engine/index.ts");
});

test("inside the engine a file imports only from layers before its own (STYLE §1)", () => {
  const broken = inside.filter(
    (one) => roomOf(one.from) === "engine" && roomOf(one.to!) === "engine" && !isAllowedLayer(one),
  );
  complain(broken, `the line is ${layers.join(" → ")}`);
});

test("every folder and file of the engine has its place in the line", () => {
  const homeless = sources.filter((path) => path.startsWith("src/engine/") && layerOf(path) === -1);
  assert.deepEqual(homeless, []);
});

test("nothing imports in a circle, types included", () => {
  assert.deepEqual(findCircle(inside), []);
});

test("an Experiment imports nothing, and nobody imports it (STYLE §12)", () => {
  complain(
    imports.filter((one) => roomOf(one.from) === "experiments"),
    "a script has no imports",
  );
  complain(
    inside.filter((one) => roomOf(one.to!) === "experiments"),
    "an Experiment is not a module",
  );
});

test("a room ships only the packages that were weighed for it (docs/dependencies.md)", () => {
  const broken = imports.filter((one) => {
    if (one.to !== null) return false;
    const allowed = packages[roomOf(one.from)];
    return !allowed.some((name) =>
      typeof name === "string"
        ? one.specifier === name || one.specifier.startsWith(`${name}/`)
        : name.test(one.specifier),
    );
  });
  complain(broken, "not among the room's packages");
});

test("PKI.js is loaded only in x509, keys and cms, and only lazily (STYLE §13.4)", () => {
  const broken = imports.filter((one) => {
    if (!/^(pkijs|asn1js)(\/|$)/.test(one.specifier)) return false;
    const caged = /^src\/engine\/(x509|keys|cms)\//.test(one.from);
    return !caged || !(one.lazy || one.typeOnly);
  });
  complain(broken, "outside the cage");
});

test("whatever is imported exists", () => {
  const missing = inside.filter(
    (one) => !existsSync(root + one.to) && !one.to!.includes("/kernels/generated/"),
  );
  complain(missing, "no such file");
});

test("no file is longer than 400 lines (300 is the aim, STYLE §9)", () => {
  const long = [...sources, ...readSources("test")]
    .map((path) => ({ path, lines: readFileSync(root + path, "utf8").split("\n").length }))
    .filter(({ lines }) => lines > 400)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
  assert.deepEqual(long, []);
});

test("every file says at its top what it is (STYLE §8)", () => {
  const silent = sources.filter((path) => {
    if (path.includes("/kernels/generated/")) return false;
    const text = readFileSync(root + path, "utf8").trimStart();
    return !text.startsWith("/**");
  });
  assert.deepEqual(silent, []);
});

test("every room has its own tsconfig, and the top one names it", () => {
  const { references } = JSON.parse(readFileSync(`${root}tsconfig.json`, "utf8")) as {
    references: readonly { path: string }[];
  };
  const named = references.map(({ path }) => path);
  const rooms = Object.keys(law).map((room) => `src/${room}`);
  assert.deepEqual([...named].sort(), [...rooms, "test"].sort());
  for (const path of named) assert.ok(existsSync(`${root}${path}/tsconfig.json`), path);
});

const protocol = "src/protocol/messages.ts";
const spoken: Readonly<Record<string, readonly string[]>> = {
  fault: Object.keys(faults),
  blocker: literalsOf("src/engine/verdict/blocker.ts", "BlockerCode"),
  error: literalsOf(protocol, "ErrorCode"),
  notice: literalsOf(protocol, "ComposeNotice"),
  state: literalsOf("src/engine/verdict/verdict.ts", "SummaryState"),
  baseline: literalsOf("src/engine/x509/certificate-validation.ts", "BaselineFinding"),
  encryption: literalsOf("src/engine/verdict/verdict.ts", "EncryptionState"),
  bound: boundsOfReading(),
};

/** What reading a message stops at: the limits, and what is thrown or told by name beside them. */
function boundsOfReading(): readonly string[] {
  const rooms = ["base", "mime", "cms", "primitives"].flatMap((room) =>
    readdirSync(`${root}src/engine/${room}`).map((file) => `src/engine/${room}/${file}`),
  );
  const named = [...rooms, "src/engine/keys/password-secret.ts"].flatMap((file) => {
    const source = readFileSync(`${root}${file}`, "utf8");
    const found = source.matchAll(/(?:new BudgetExceededError\(|search\.ended = )"([^"]+)"/g);
    return [...found].map(([, bound]) => bound!);
  });
  return [...new Set([...Object.keys(defaultLimits), ...named])].map((bound) =>
    bound.replaceAll(" ", "_").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
}

test("every code that a person may meet has its words (STYLE §5)", () => {
  const texts = JSON.parse(readFileSync(`${root}_locales/en/messages.json`, "utf8")) as Record<
    string,
    unknown
  >;
  const mute = Object.entries(spoken)
    .flatMap(([kind, codes]) => codes.map((code) => `${kind}_${code.replaceAll("-", "_")}`))
    .filter((key) => !(key in texts));
  assert.deepEqual(mute, []);
});

test("every package is weighed in docs/dependencies.md, and no other stands there", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Record<
    "dependencies" | "devDependencies",
    object
  >;
  const rows = readFileSync(`${root}docs/dependencies.md`, "utf8").matchAll(/^\| (`.+?) \|/gm);
  const weighed = [...rows].flatMap(([, names]) =>
    [...names!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!),
  );
  assert.deepEqual(
    [...weighed].sort(),
    [...Object.keys(dependencies), ...Object.keys(devDependencies)].sort(),
  );
});

test("versions are exact, and the lockfile names no address to download from", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Record<
    string,
    Record<string, string>
  >;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
  assert.doesNotMatch(readFileSync(`${root}package-lock.json`, "utf8"), /"resolved"/);
});

test("every test that the threat model names exists", () => {
  const named = [...readFileSync(`${root}docs/threat-model.md`, "utf8").matchAll(/`(test\/[\w./-]+)`/g)];
  assert.ok(named.length > 30);
  assert.deepEqual(
    [...new Set(named.map(([, path]) => path!))].filter((path) => !existsSync(root + path)),
    [],
  );
});

test("every file that a newcomer is sent to exists", () => {
  for (const guide of ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"]) {
    const named = readFileSync(root + guide, "utf8").matchAll(/(?:src|test|docs|scripts)\/[\w./-]+\.\w+/g);
    const missing = [...named].map(([path]) => path).filter((path) => !existsSync(root + path));
    assert.deepEqual(missing, [], guide);
  }
});

test("every Experiment is a schema, a script, and the reason why it is there (STYLE §12)", () => {
  const folders = readdirSync(`${root}src/experiments`, { withFileTypes: true }).filter((one) =>
    one.isDirectory(),
  );
  assert.ok(folders.length > 0);
  for (const { name } of folders) {
    const files = readdirSync(`${root}src/experiments/${name}`).sort();
    assert.deepEqual(files, ["README.md", "parent.ts", "schema.json"], name);
  }
});

test("no two scripts of Experiments name the same thing: Thunderbird runs them in one scope, where the later function wins", () => {
  const owners = new Map<string, string>();
  const statement = /^(?:async )?(?:function\*?|class|const|let|var) (?:(\w+)|\{([^}]*)\})/gm;
  for (const folder of readdirSync(`${root}src/experiments`)) {
    const script = `src/experiments/${folder}/parent.ts`;
    if (!existsSync(`${root}${script}`)) continue;
    for (const [, name, several] of readFileSync(`${root}${script}`, "utf8").matchAll(statement)) {
      const taken =
        name === undefined ? several!.split(",").map((one) => one.replace(/^.*:/, "").trim()) : [name];
      for (const one of taken.filter((one) => one !== "")) {
        assert.equal(owners.get(one), undefined, `${one} in ${script}`);
        owners.set(one, script);
      }
    }
  }
  assert.ok(owners.size > 40);
});
