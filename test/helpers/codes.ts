/** The codes that the contracts name: string literals of a union type, read from its source. */
import { readFileSync } from "node:fs";
import ts from "typescript";
import { root } from "../../src/build/sources.js";

/** @returns the literals of `type name = "a" | "b"`, in order; throws where there is no such type. */
export function literalsOf(path: string, name: string): readonly string[] {
  const file = ts.createSourceFile(path, readFileSync(root + path, "utf8"), ts.ScriptTarget.Latest, true);
  const type = file.statements.find(
    (one): one is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(one) && one.name.text === name,
  );
  if (!type || !ts.isUnionTypeNode(type.type)) throw new Error(`${path} has no union ${name}`);
  return type.type.types.map((one) => {
    if (ts.isLiteralTypeNode(one) && ts.isStringLiteral(one.literal)) return one.literal.text;
    throw new Error(`${name} is not a union of strings`);
  });
}
