/**
 * Messages whose sources say no more than "parse": the tree must be the one of mime-structures.json, and
 * nothing of the message may be lost or counted twice. Files that are no messages (what MimeKit's
 * converters make of one, its own offsets) must be read without harm, and carried as a part.
 */
import { readFileSync } from "node:fs";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { readContent } from "../../src/engine/index.js";
import { encodeBase64Lines } from "../../src/engine/kernels/base64.js";
import { encodeQuotedPrintable } from "../../src/engine/mime/quoted-printable.js";
import { type CorpusCase, readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, type CaseOutcome, asDemanded, otherwise } from "./case.js";
import { expectationOf } from "./expectations.js";
import { mimekitMailboxes } from "./mimekit-mailboxes.js";
import { describeTree, misplaced, readTree, withoutReturns } from "./mime-tree.js";

const structures = JSON.parse(
  readFileSync(new URL("mime-structures.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;

const messages: CaseFunctions = {
  matches: ({ path, kind }) => kind === "mime" && path in structures,
  run: (row) => Promise.resolve(compareStructure(row)),
};

function compareStructure(row: CorpusCase): CaseOutcome {
  const raw = readCorpus(row.path);
  const demanded = /^tree: (.*)$/.exec(expectationOf(row))?.[1] ?? structures[row.path]!;
  const tree = readTree(raw);
  const wrong = misplaced(tree) ?? unlikeInTransit(raw);
  if (wrong !== null) return otherwise(wrong);
  readContent({ mime: raw });
  const found = describeTree(tree);
  return found === demanded ? asDemanded : otherwise(`${found} instead of ${demanded}`);
}

/** Line ends that were changed on the way change no tree. */
function unlikeInTransit(raw: Bytes): string | null {
  const text = Buffer.from(withoutReturns(raw)).toString("latin1");
  const forms = [text, text.replaceAll("\n", "\r\n")].map(
    (form) => new Uint8Array(Buffer.from(form, "latin1")),
  );
  const [feeds, both] = forms.map((form) => describeTypes(describeTree(readTree(form))));
  return feeds === both ? null : `${feeds} with LF, ${both} with CRLF`;
}

function describeTypes(description: string): string {
  return description.replace(/ \d+ [0-9a-f]{12}/g, "");
}

// ------------------------------------------------------------------ files that are no messages

const files: CaseFunctions = {
  matches: ({ path, kind }) => kind === "mime" && path.startsWith("mimekit/"),
  run: ({ path }) => Promise.resolve(carry(readCorpus(path))),
};

/** MimeKit's samples of encodings: what each of them decodes to. */
const encoders: CaseFunctions = {
  matches: ({ path }) => /^mimekit\/encoders\/.*\.(qp|b64|uu)$/.test(path),
  run: ({ path }) => Promise.resolve(decodesAsDemanded(path)),
};

function decodesAsDemanded(path: string): CaseOutcome {
  const kind = path.slice(path.lastIndexOf(".") + 1);
  const encoding = { qp: "quoted-printable", b64: "base64", uu: "x-uuencode" }[kind]!;
  const [attachment] = readContent({ mime: wrapped(encoding, readCorpus(path)) }).attachments;
  const content = Buffer.from(attachment!.content);
  if (kind === "qp") {
    const text = Buffer.from(readCorpus("mimekit/encoders/wikipedia.txt"));
    // The text was encoded without the line end that its file has.
    return text.toString().trimEnd() === content.toString().trimEnd() ? asDemanded : otherwise("other text");
  }
  // A JPEG, from its first mark to its last.
  const whole = content.subarray(0, 2).toString("hex") + content.subarray(-2).toString("hex");
  return whole === "ffd8ffd9" ? asDemanded : otherwise(`begins and ends ${whole}`);
}

/** @param content any octets */
function carry(content: Bytes): CaseOutcome {
  readContent({ mime: content });
  const forms: readonly (readonly [string, Bytes])[] = [
    ["base64", encodeBase64Lines(content)],
    ["quoted-printable", encodeQuotedPrintable(content)],
    ["binary", content],
  ];
  for (const [encoding, body] of forms) {
    const [attachment] = readContent({ mime: wrapped(encoding, body) }).attachments;
    if (attachment === undefined || Buffer.compare(attachment.content, content) !== 0) {
      return otherwise(`does not come back from ${encoding}`);
    }
  }
  return asDemanded;
}

function wrapped(encoding: string, body: Bytes): Bytes {
  const head =
    "Content-Type: multipart/mixed; boundary=signet-corpus\r\n\r\n--signet-corpus\r\n" +
    "Content-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n" +
    `Content-Transfer-Encoding: ${encoding}\r\n\r\n`;
  const pieces = [Buffer.from(head), body, Buffer.from("\r\n--signet-corpus--\r\n")];
  return new Uint8Array(Buffer.concat(pieces));
}

export const mimeCases: readonly CaseFunctions[] = [messages, ...mimekitMailboxes, encoders, files];
