/**
 * mime4j's messages: `name_decoded.xml` beside `name.msg` says what the tree is, which header fields each
 * entity has, and in which file its decoded body lies. Those files are rows of the index too: the case is
 * then that one part.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type CorpusCase, readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, type CaseOutcome, asDemanded, otherwise } from "./case.js";
import { expectationOf } from "./expectations.js";
import { type Tree, misplaced, readTree } from "./mime-tree.js";

interface Described {
  readonly kind: "message" | "body-part";
  readonly fields: readonly string[];
  /** "multipart", "message", or the file of the body; null where there is none */
  readonly body: string | null;
  readonly children: readonly Described[];
}

/** Their XML has no attributes but `name`, and no text but in fields, preambles and epilogues. */
function parseXml(xml: string): Described {
  const tokens = [...xml.matchAll(/<(\/?)([a-z-]+)(?:\s+name="([^"]*)")?\s*\/?>|([^<]+)/g)];
  let at = 0;
  const text = (): string => {
    let found = "";
    for (; tokens[at]![4] !== undefined; at++) found += tokens[at]![4]!;
    return unescape(found);
  };
  const readEntity = (kind: Described["kind"]): Described => {
    const fields: string[] = [];
    const children: Described[] = [];
    let body: string | null = null;
    for (; ; at++) {
      const [, slash, name, file] = tokens[at]!;
      if (name === undefined || (slash === "/" && name !== kind)) continue;
      if (slash === "/") return { kind, fields, body, children };
      if (name === "field") {
        at++;
        fields.push(text());
      } else if (name === "multipart") body = name;
      else if (file !== undefined) body = file;
      else if (name === "body-part" || name === "message") {
        at++;
        children.push(readEntity(name));
        if (name === "message") body = name;
      }
    }
  };
  at = tokens.findIndex(([, , name]) => name === "message") + 1;
  return readEntity("message");
}

function unescape(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** What differs between them and us, each with its place; the bodies by file. */
function compare(path: string, tree: Tree, described: Described): readonly string[] {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const found: string[] = [];
  const visit = (ours: Tree, theirs: Described, place: string): void => {
    const fields = ours.entity.headers.map(({ name, value }) => plain(`${name}:${latin1(value)}`));
    const wanted = theirs.fields.map((field) => plain(field));
    if (fields.join("|") !== wanted.join("|")) found.push(`${place}: fields ${difference(fields, wanted)}`);
    if (theirs.body === "multipart" || theirs.body === "message") {
      const children = ours.children ?? [];
      if (children.length !== theirs.children.length)
        found.push(`${place}: ${children.length} parts, not ${theirs.children.length} (${ours.type})`);
      else children.forEach((child, i) => visit(child, theirs.children[i]!, `${place}.${i + 1}`));
    } else if (theirs.body === null) {
      if (ours.children !== null && ours.children.length > 0)
        found.push(`${place}: parts where none are due`);
    } else if (ours.content === null) found.push(`${place}: parts where a body is due`);
    else if (!sameText(ours.content, readCorpus(folder + theirs.body))) found.push(`${place}: body`);
  };
  visit(tree, described, "1");
  return found;
}

/** Names without regard to case, and no white space: folding is kept by us and by some of their versions not. */
function plain(field: string): string {
  const colon = field.indexOf(":");
  const name = field.slice(0, colon).trim().toLowerCase();
  // Their XML has been through a charset that lost what is not ASCII.
  return `${name}:${field.slice(colon + 1).replace(/[^!-~]/g, "")}`;
}

function difference(ours: readonly string[], theirs: readonly string[]): string {
  const more = ours.filter((field) => !theirs.includes(field));
  const less = theirs.filter((field) => !ours.includes(field));
  return `more ${JSON.stringify(more.slice(0, 3))} less ${JSON.stringify(less.slice(0, 3))}`;
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets).toString("latin1");
}

function sameText(ours: Uint8Array, theirs: Uint8Array): boolean {
  return latin1(ours).replaceAll("\r", "") === latin1(theirs).replaceAll("\r", "");
}

const messages: CaseFunctions = {
  matches: ({ path }) => path.startsWith("mime4j/") && path.endsWith(".msg"),
  run({ path }) {
    const tree = readTree(readCorpus(path));
    const wrong = misplaced(tree);
    if (wrong !== null) return Promise.resolve(otherwise(wrong));
    const companion = path.replace(/\.msg$/, "_decoded.xml");
    if (!exists(companion)) return Promise.resolve(otherwise("no companion"));
    const described = parseXml(Buffer.from(readCorpus(companion)).toString("utf8"));
    const found = compare(path, tree, described);
    return Promise.resolve(found.length === 0 ? asDemanded : otherwise(found.join("; ")));
  },
};

const bodies: CaseFunctions = {
  matches: ({ path }) => /^mime4j\/.*_decoded_[\d_]+\.txt$/.test(path),
  run: (row) => Promise.resolve(comparePart(row)),
};

/** "multi-nested_decoded_1_5_1.txt" is the decoded body of part 1.5.1 of multi-nested.msg. */
function comparePart(row: CorpusCase): CaseOutcome {
  const { path } = row;
  const [, message, place] = /^(.*)_decoded_([\d_]+)\.txt$/.exec(path)!;
  let tree: Tree | undefined = readTree(readCorpus(`${message}.msg`));
  for (const step of place!.split("_").slice(1)) tree = tree?.children?.[Number(step) - 1];
  if (tree?.content == null) {
    return expectationOf(row) === "no such part" ? asDemanded : otherwise("no such part");
  }
  return sameText(tree.content, readCorpus(path)) ? asDemanded : otherwise("other octets");
}

function exists(path: string): boolean {
  return existsSync(fileURLToPath(new URL(`../../../shared/corpora/${path}`, import.meta.url)));
}

export const mime4jCases: readonly CaseFunctions[] = [messages, bodies];
