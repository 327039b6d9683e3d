/**
 * MimeKit's mailboxes: `name.mbox.txt`, with the places of every entity in `name.unix-offsets.json` and
 * `name.dos-offsets.json` and its types in `name-summary.txt`. Cutting a mailbox into messages is no
 * business of the engine: the offsets say where each begins and ends.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, type CaseOutcome, asDemanded, otherwise } from "./case.js";
import { type Tree, misplaced, readTree, withoutReturns } from "./mime-tree.js";

interface Place {
  readonly mimeType?: string;
  readonly beginOffset: number;
  readonly headersEndOffset: number;
  readonly endOffset: number;
  readonly body?: Place;
  readonly message?: Place;
  readonly children?: readonly Place[];
}

const folder = "mimekit/mbox/";

function mailboxOf(path: string): string | null {
  const name = /^mimekit\/mbox\/(.+?)(?:\.mbox\.txt|-summary\.txt|\.(?:unix|dos)-offsets\.json)$/.exec(
    path,
  )?.[1];
  if (name === undefined) return null;
  const mailbox = `${folder}${name}.mbox.txt`;
  const there = existsSync(fileURLToPath(new URL(`../../../shared/corpora/${mailbox}`, import.meta.url)));
  return there ? mailbox : null;
}

/** With the line ends that the offsets count in. */
function readMailbox(path: string, ends: "unix" | "dos"): Bytes {
  const feeds = withoutReturns(readCorpus(path));
  if (ends === "unix") return feeds;
  const text = Buffer.from(feeds).toString("latin1").replaceAll("\n", "\r\n");
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function offsetsOf(mailbox: string, ends: "unix" | "dos"): readonly Place[] {
  const path = mailbox.replace(".mbox.txt", `.${ends}-offsets.json`);
  return JSON.parse(Buffer.from(readCorpus(path)).toString()) as readonly Place[];
}

const offsets: CaseFunctions = {
  matches: ({ path }) => path.endsWith("-offsets.json") && mailboxOf(path) !== null,
  run: ({ path }) => Promise.resolve(comparePlaces(path)),
};

function comparePlaces(path: string): CaseOutcome {
  const ends = path.includes(".dos-") ? "dos" : "unix";
  const mailbox = mailboxOf(path)!;
  const octets = readMailbox(mailbox, ends);
  const found = offsetsOf(mailbox, ends).flatMap((message, i) => {
    const raw = octets.slice(message.beginOffset, message.endOffset);
    const theirs = message.body!;
    return differences(readTree(raw), theirs, { base: message.beginOffset, place: String(i) });
  });
  return found.length === 0 ? asDemanded : otherwise(found.slice(0, 5).join("; "));
}

interface Where {
  /** of the source that our places count in */
  readonly base: number;
  readonly place: string;
}

function differences(ours: Tree, theirs: Place, { base, place }: Where): readonly string[] {
  const { start, bodyStart, end } = ours.entity;
  const found: string[] = [];
  const tell = (what: string, our: string | number, their: string | number): void => {
    if (our !== their) found.push(`${place}: ${what} ${our}, not ${their}`);
  };
  tell("type", ours.type, theirs.mimeType!.toLowerCase());
  tell("begins at", base + start, theirs.beginOffset);
  tell("body at", base + bodyStart, theirs.headersEndOffset);
  tell("ends at", base + end, theirs.endOffset);
  const children = theirs.message === undefined ? (theirs.children ?? []) : [theirs.message.body!];
  const own = ours.children ?? [];
  if (own.length !== children.length)
    return [...found, `${place}: ${own.length} parts, not ${children.length}`];
  // A letter inside is a source of its own.
  const inner = theirs.message === undefined ? base : base + bodyStart;
  return [
    ...found,
    ...own.flatMap((child, i) =>
      differences(child, children[i]!, { base: inner, place: `${place}.${i + 1}` }),
    ),
  ];
}

const summaries: CaseFunctions = {
  matches: ({ path }) => path.endsWith("-summary.txt") && mailboxOf(path) !== null,
  run({ path }) {
    const mailbox = mailboxOf(path)!;
    const octets = readMailbox(mailbox, "unix");
    const types = offsetsOf(mailbox, "unix").map(({ beginOffset, endOffset }) =>
      typesOf(readTree(octets.slice(beginOffset, endOffset)), 0).join("\n"),
    );
    const theirs = Buffer.from(withoutReturns(readCorpus(path)))
      .toString()
      .trimEnd()
      .split("\n\n")
      .map((summary) => summary.split("\n").filter((line) => /^ *Content-Type:/.test(line)))
      .map((lines) => lines.join("\n").toLowerCase().replaceAll("content-type: ", ""));
    const wrong = types.findIndex((type, i) => type !== theirs[i]);
    const good = wrong < 0 && types.length === theirs.length;
    return Promise.resolve(good ? asDemanded : otherwise(`${wrong}: ${types[wrong]}, not ${theirs[wrong]}`));
  },
};

function typesOf({ type, children }: Tree, depth: number): readonly string[] {
  return [`${"   ".repeat(depth)}${type}`, ...(children ?? []).flatMap((child) => typesOf(child, depth + 1))];
}

const mailboxes: CaseFunctions = {
  matches: ({ path }) => path.endsWith(".mbox.txt"),
  run({ path }) {
    // Quoted as it should be, a line that begins so begins a message.
    const messages = Buffer.from(readCorpus(path))
      .toString("latin1")
      .split(/^From .*\r?\n/m)
      .slice(1);
    const wrong = messages
      .map((message) => misplaced(readTree(new Uint8Array(Buffer.from(message, "latin1")))))
      .find((problem) => problem !== null);
    const good = messages.length > 0 && wrong === undefined;
    return Promise.resolve(good ? asDemanded : otherwise(wrong ?? "no messages"));
  },
};

export const mimekitMailboxes: readonly CaseFunctions[] = [offsets, summaries, mailboxes];
