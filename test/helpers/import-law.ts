/**
 * The project's import graph, read with the compiler's own parser: static, type-only and lazy imports,
 * re-exports included. What may stand in it is said in `test/architecture.test.ts`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import { root } from "../../src/build/sources.js";

export type Room =
  | "engine"
  | "protocol"
  | "worker"
  | "background"
  | "content"
  | "pages"
  | "ui"
  | "experiments"
  | "cli"
  | "build";

export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** the project's file, as a .ts path; null for a package */
  readonly to: string | null;
  readonly typeOnly: boolean;
  /** by `import()` */
  readonly lazy: boolean;
}

/** The engine's one line: each may import those before it. Files of the top folder come last. */
export const layers = [
  ...[
    "base",
    "kernels",
    "primitives",
    "fault",
    "policy",
    "mime",
    "cms-syntax",
    "x509",
    "keys",
    "verdict",
    "cms",
    "issue",
    "dns",
  ],
  ...["inspect.ts", "protect.ts", "index.ts"],
] as const;

/** @returns every .ts file below the folder, AssemblyScript apart, relative to the project's top, sorted */
export function readSources(folder: string): readonly string[] {
  if (!existsSync(root + folder)) return [];
  return readdirSync(root + folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".as.ts"))
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/").slice(root.length))
    .sort();
}

export function roomOf(path: string): Room {
  return path.split("/")[1] as Room;
}

/** @returns the place in `layers`, or -1 */
export function layerOf(path: string): number {
  const name = path.split("/")[2]!;
  return (layers as readonly string[]).indexOf(name);
}

/** The two use cases stand side by side: neither may import the other. */
export function isAllowedLayer(one: Import): boolean {
  const from = layerOf(one.from);
  const to = layerOf(one.to!);
  const inspect = layers.indexOf("inspect.ts");
  const protect = layers.indexOf("protect.ts");
  if (from === protect && to === inspect) return false;
  if (to > from) return false;
  return to !== from || from < inspect;
}

export function importsOf(path: string): readonly Import[] {
  return importsOfText(path, readFileSync(root + path, "utf8"));
}

export function importsOfText(path: string, text: string): readonly Import[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const note = (node: ts.Expression, kind: { typeOnly: boolean; lazy: boolean }) => {
    if (!ts.isStringLiteralLike(node)) return;
    const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    found.push({ from: path, line, specifier: node.text, to: resolve(path, node.text), ...kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) note(node.moduleSpecifier, { typeOnly: isTypeOnly(node), lazy: false });
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier)
      note(node.moduleSpecifier, { typeOnly: isTypeOnlyExport(node), lazy: false });
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      note(node.argument.literal as ts.Expression, { typeOnly: true, lazy: false });
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      note(node.arguments[0]!, { typeOnly: false, lazy: true });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isTypeOnly({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = importClause.namedBindings;
  if (importClause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isTypeOnlyExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  const clause = node.exportClause;
  return !!clause && ts.isNamedExports(clause) && clause.elements.every((element) => element.isTypeOnly);
}

function resolve(from: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
}

/** @returns the files of one circle in order, the first again at its end; empty where there is none */
export function findCircle(imports: readonly Import[]): readonly string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to!]);
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const target of next.get(path) ?? []) {
      const circle = visit(target, [...trail, path]);
      if (circle.length > 0) return circle;
    }
    done.add(path);
    return [];
  };
  for (const path of next.keys()) {
    const circle = visit(path, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
