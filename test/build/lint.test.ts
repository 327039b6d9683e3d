/** The guards of STYLE §1 that are not the architecture test: what lint and the rooms' tsconfigs refuse. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ESLint } from "eslint";
import ts from "typescript";
import { root } from "../../src/build/sources.js";

const eslint = new ESLint({ cwd: root });

/** The text is judged in the place of an existing file of the room. */
async function rulesBroken(path: string, text: string): Promise<readonly string[]> {
  const [result] = await eslint.lintText(`/** . */\n${text}\n`, { filePath: root + path });
  return result!.messages.map((message) => message.ruleId ?? message.message);
}

const engine = "src/engine/base/bytes.ts";

for (const outside of [
  'export const a = fetch("x");',
  "export const a = Date.now();",
  "export const a = new Date();",
  "export const a = Math.random();",
  "export const a = indexedDB;",
  "export const a = setTimeout(() => undefined, 1);",
  "export const a = new WebSocket('x');",
  "export const a = globalThis.localStorage;",
  "export const a = performance.now();",
  "console.log(1);",
]) {
  test(`the engine may not reach the outer world: ${outside}`, async () => {
    const broken = await rulesBroken(engine, outside);
    assert.ok(
      broken.some((rule) => /no-restricted-(globals|syntax)/.test(rule)),
      broken.join(),
    );
  });
}

test("the engine may use the time that it is given, WebCrypto and WebAssembly", async () => {
  const text = `export const later = (time: Date) => new Date(time.getTime() + 1);
export const digest = (bytes: Uint8Array<ArrayBuffer>) => globalThis.crypto.subtle.digest("SHA-256", bytes);`;
  assert.deepEqual(await rulesBroken(engine, text), []);
});

test("PKI.js is not imported outside its cage, nor inside it but lazily", async () => {
  assert.ok((await rulesBroken(engine, 'export * from "pkijs";')).includes("no-restricted-imports"));
  const caged = await rulesBroken("src/engine/x509/certificate.ts", 'export { fromBER } from "asn1js";');
  assert.ok(caged.includes("@typescript-eslint/no-restricted-imports"), caged.join());
});

for (const markup of [
  "document.body.innerHTML = location.hash;",
  'document.body.insertAdjacentHTML("beforeend", location.hash);',
  "document.write(location.hash);",
  "eval(location.hash);",
  "document.createRange().createContextualFragment(location.hash);",
]) {
  test(`no text becomes markup or code: ${markup}`, async () => {
    const broken = await rulesBroken("src/ui/badge.ts", markup);
    assert.ok(
      broken.some((rule) => /no-restricted-syntax|no-eval/.test(rule)),
      broken.join(),
    );
  });
}

test("house style: no any, no default export, no enum, no empty catch, no unused exception from a rule", async () => {
  const broken = async (text: string) => (await rulesBroken("src/protocol/wire.ts", text)).join();
  assert.match(await broken("export const a: any = 1;"), /no-explicit-any/);
  assert.match(await broken("const a = 1; export default a;"), /no-restricted-syntax/);
  assert.match(await broken("export enum A { B }"), /no-restricted-syntax/);
  assert.match(await broken("try { JSON.parse(''); } catch {}"), /no-restricted-syntax/);
  assert.match(
    await broken("// eslint-disable-next-line no-eval\nexport const a = 1;"),
    /Unused eslint-disable/,
  );
});

/** What the compiler says of one file with the room's own options. */
function typeErrors(room: string, text: string): readonly string[] {
  const folder = `${root}src/${room}`;
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${folder}/tsconfig.json`, (path) => readFileSync(path, "utf8")).config,
    ts.sys,
    folder,
  );
  const path = `${folder}/guard-trial.ts`;
  const options = { ...config.options, incremental: false };
  delete options.tsBuildInfoFile;
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, text, ts.ScriptTarget.Latest) : getSourceFile(name, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

const absent: readonly (readonly [string, string])[] = [
  ["engine", "document"],
  ["engine", "browser"],
  ["engine", "process"],
  ["background", "document"],
  ["background", "window"],
  ["background", "process"],
  ["pages", "process"],
  ["cli", "document"],
];

for (const [room, name] of absent) {
  test(`${name} does not exist in ${room}`, () => {
    assert.match(
      typeErrors(room, `export const trial = ${name};`).join(),
      new RegExp(`Cannot find name '${name}'`),
    );
  });
}

for (const [room, name] of [
  ["background", "browser"],
  ["pages", "document"],
  ["engine", "crypto"],
  ["cli", "process"],
] as const) {
  test(`${name} exists in ${room}`, () => {
    assert.deepEqual(typeErrors(room, `export const trial: unknown = ${name};`), []);
  });
}
