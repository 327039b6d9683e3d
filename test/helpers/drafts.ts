/**
 * Drafts as a composer may give them, as a fast-check arbitrary: leaves of any octets in any transfer encoding, in
 * multiparts (empty ones too) and attached letters, up to three deep.
 */
import fc from "fast-check";
import type { Bytes } from "../../src/engine/index.js";

export interface Leaf {
  readonly kind: "leaf";
  readonly type: string;
  readonly encoding: "7bit" | "8bit" | "binary" | "base64" | "quoted-printable";
  readonly octets: Bytes;
}

export type Tree =
  | Leaf
  | { readonly kind: "multipart"; readonly type: string; readonly parts: readonly Tree[] }
  | { readonly kind: "letter"; readonly content: Tree };

const piece = fc.constantFrom(
  ...["\r\n", "\n", "\r", "\0", " \r\n", "\t\n", "From here\r\n", ".\r\n", "-- \r\n", "--", "--b\r\n", "="],
  ...[
    "K\u00c3\u00a4se",
    "\xff\xfe",
    "x".repeat(998),
    "y".repeat(1_200),
    "line\r\n",
    "line\n",
    " ",
    "=0D=\r\n",
  ],
);
const octets: fc.Arbitrary<Bytes> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
  fc.array(piece, { maxLength: 12 }).map((pieces) => new Uint8Array(Buffer.from(pieces.join(""), "latin1"))),
);

const leaf: fc.Arbitrary<Leaf> = fc.record({
  kind: fc.constant("leaf" as const),
  type: fc.constantFrom(
    "text/plain",
    "text/html",
    "application/pdf",
    "application/octet-stream",
    "image/png",
  ),
  encoding: fc.constantFrom(
    ...(["7bit", "8bit", "binary", "base64", "quoted-printable"] satisfies Leaf["encoding"][]),
  ),
  octets,
});

export const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaf,
    fc.record({
      kind: fc.constant("multipart" as const),
      type: fc.constantFrom("multipart/mixed", "multipart/alternative", "multipart/related"),
      parts: fc.array(tie("tree"), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant("letter" as const), content: tie("tree") }),
  ),
})).tree;

/** @param head the header fields of the letter, each with its CRLF */
export function draftOf(head: string, tree: Tree): Bytes {
  return new Uint8Array(Buffer.concat([text(head), ...entity(tree, { boundaries: 0 })]));
}

function text(value: string): Buffer {
  return Buffer.from(value, "latin1");
}

function entity(tree: Tree, count: { boundaries: number }): readonly Uint8Array[] {
  switch (tree.kind) {
    case "leaf":
      return [
        text(`Content-Type: ${tree.type}\r\nContent-Transfer-Encoding: ${tree.encoding}\r\n\r\n`),
        encoded(tree),
      ];
    case "letter":
      return [
        text("Content-Type: message/rfc822\r\n\r\nFrom: somebody@example.test\r\nSubject: attached\r\n"),
        ...entity(tree.content, count),
      ];
    case "multipart": {
      const boundary = `=_a_boundary_of_property_${String(count.boundaries++).padStart(4, "0")}`;
      const parts = tree.parts.flatMap((part) => [
        text(`--${boundary}\r\n`),
        ...entity(part, count),
        text("\r\n"),
      ]);
      return [
        text(`Content-Type: ${tree.type}; boundary="${boundary}"\r\n\r\n`),
        ...parts,
        text(`--${boundary}--`),
      ];
    }
  }
}

function encoded({ encoding, octets }: Leaf): Uint8Array {
  if (encoding === "base64") return text(Buffer.from(octets).toString("base64").replace(/.{76}/g, "$&\r\n"));
  if (encoding !== "quoted-printable") return octets;
  const signs = Array.from(octets, (octet) => `=${octet.toString(16).toUpperCase().padStart(2, "0")}`);
  return text(signs.join("").replace(/.{75}/g, "$&=\r\n"));
}
