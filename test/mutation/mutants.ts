/**
 * Every check of a source file, taken out one at a time: entries of lists of checks, guards that return,
 * throw or go on, faults that a condition chooses, and both sides of each "and" and "or".
 */
import ts from "typescript";

export interface Mutant {
  readonly line: number;
  /** what stood there, on one line: with the file, its name */
  readonly was: string;
  readonly becomes: string;
  readonly start: number;
  readonly end: number;
}

export function mutantsOf(source: string): readonly Mutant[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found: Mutant[] = [];
  const add = (node: ts.Node, becomes: string, shown: ts.Node = node): void => {
    const start = node.getStart(file);
    const { line } = file.getLineAndCharacterOfPosition(start);
    const was = shown.getText(file).replace(/\s+/g, " ").slice(0, 100);
    found.push({ line: line + 1, was, becomes, start, end: node.getEnd() });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIfStatement(node) && endsTheWay(node.thenStatement)) add(node.expression, "false");
    if (ts.isArrayLiteralExpression(node)) {
      for (const element of node.elements) {
        if (/^check[A-Z]/.test(element.getText(file)) && ts.isIdentifier(element)) {
          add(element, "() => undefined");
        }
      }
    }
    if (ts.isConditionalExpression(node) && isChoice(node, file)) add(node, "undefined");
    if (ts.isBinaryExpression(node)) {
      const kind = node.operatorToken.kind;
      if (kind === ts.SyntaxKind.AmpersandAmpersandToken) addSides(node, "true", add);
      if (kind === ts.SyntaxKind.BarBarToken) addSides(node, "false", add);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** One whole operator for both sides: its text names it. */
function addSides(
  node: ts.BinaryExpression,
  neutral: string,
  add: (node: ts.Node, becomes: string, shown?: ts.Node) => void,
): void {
  for (const side of [node.left, node.right]) {
    const isChain = ts.isBinaryExpression(side) && side.operatorToken.kind === node.operatorToken.kind;
    if (!isChain) add(side, neutral);
  }
}

function endsTheWay(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return (
    last !== undefined &&
    (ts.isReturnStatement(last) || ts.isThrowStatement(last) || ts.isContinueStatement(last))
  );
}

/** `holds ? undefined : { code: … }`, either way round. */
function isChoice({ whenTrue, whenFalse }: ts.ConditionalExpression, file: ts.SourceFile): boolean {
  const texts = [whenTrue, whenFalse].map((one) => one.getText(file));
  return (
    texts.includes("undefined") && texts.some((text) => text.startsWith("{ code:") || text.startsWith("{\n"))
  );
}

export function applied(source: string, { start, end, becomes }: Mutant): string {
  return source.slice(0, start) + becomes + source.slice(end);
}
