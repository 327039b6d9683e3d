/**
 * Whom may a reader take for the author, where the header does not say clearly who it is? Readers guess in more ways
 * than RFC 5322 has rules: what they may drop is dropped here, in every way at once. Nothing becomes good by it; it
 * says only of whom a signature may be missed.
 */
import type { EmailAddress } from "../base/bytes.js";
import { toLatin1 } from "../base/bytes.js";
import { unicodePattern } from "../base/visible-text.js";
import { normalizeAddress } from "./address.js";
import { decodeEncodedWords } from "./encoded-word.js";
import { type Entity, fieldTexts } from "./entity.js";

const unseen = unicodePattern(String.raw`[\p{C}\p{Default_Ignorable_Code_Point}]+`, "gu");
/** Looked at from each "@": one that is part of an address may stand inside of another. */
const addressLike = unicodePattern(
  String.raw`([^\s<>()[\]{},;:"@]{1,64})@+(?=([\p{L}\p{N}._-]{1,255}|\[[\w.:]{1,255}\]))`,
  "gu",
);

/** characters in all; mail servers let no longer header pass, and each way to read it costs */
const longest = 128 * 1024;

export function takenFor(message: Entity): readonly EmailAddress[] {
  // Without From, Sender stands in its place.
  const texts = [...fieldTexts(message, "from"), ...fieldTexts(message, "sender")];
  const lines = message.regular ? [] : authorLines(message);
  return addressesIn([...texts, ...lines].join(",").slice(0, longest));
}

/** A bare CR or a NUL begins a line for some readers, and a sign before the name is no sign for others. */
function authorLines({ source, start, bodyStart }: Entity): readonly string[] {
  const lines = toLatin1(source.subarray(start, bodyStart)).split(/[\r\n\0]+(?![ \t])/);
  return lines.filter((line) => /^[^!-~]*(?:from|sender)[^!-~]*:/i.test(line));
}

function addressesIn(text: string): readonly EmailAddress[] {
  const found = new Set<string>();
  for (const reading of readingsOf(text)) {
    for (const [, local, domain] of reading.matchAll(addressLike())) {
      const locals = [local!, local!.replace(/^.*[^\p{L}\p{N}._+-]/u, "")];
      const domains = [domain!, domain!.replace(/[^\w.-].*$/, "")];
      for (const name of locals)
        for (const host of domains) found.add(`${name}@${host.replace(/[._-]+$/, "")}`);
    }
  }
  return [...new Set([...found].map(normalizeAddress))].filter((address) => address !== null);
}

/** What may go before encoded words are read, and what after it. */
function readingsOf(text: string): readonly string[] {
  const bare = withoutComments(unquoted(text));
  const raw = new Set([text, text.replace(/\\./gs, ""), bare, bare.replace(/\s+/g, "")]);
  const decoded = [...raw].flatMap((one) => {
    const shown = decodeEncodedWords(one).normalize("NFKC");
    const seen = shown.replace(unseen(), "");
    return [shown, seen, joined(unquoted(seen)), joined(withoutComments(unquoted(seen)))];
  });
  return [...new Set(decoded)];
}

function unquoted(text: string): string {
  return text.replace(/["\\]/g, "");
}

function withoutComments(text: string): string {
  return text.replace(/\([^()]*\)/g, "").replace(/[()]/g, "");
}

/** Blanks around the signs of an address, and signs that stand twice. */
function joined(text: string): string {
  return text.replace(/[\s@.]+/g, (run) => (run.includes("@") ? "@" : run.includes(".") ? "." : run));
}
