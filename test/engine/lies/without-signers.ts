/** SignedData with its signatures taken out: the last SET of it, made empty. */
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { context, readElement } from "../../../src/engine/base/der-reader.js";
import { encode, objectIdentifier, sequence, setOf } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";

/** @param cms a ContentInfo in DER */
export function withoutSigners(cms: Bytes): Bytes {
  const outer = readElement(cms, "der");
  const type = readElement(cms, "der", outer.contentStart);
  const shell = readElement(cms, "der", type.end);
  const body = readElement(cms, "der", shell.contentStart);
  const kept: Bytes[] = [];
  for (let at = body.contentStart; at < body.contentEnd;) {
    const child = readElement(cms, "der", at);
    if (child.end < body.contentEnd) kept.push(cms.subarray(at, child.end));
    at = child.end;
  }
  return sequence(objectIdentifier(oid.signedData), encode(context(0), sequence(...kept, setOf([]))));
}
