/**
 * Signed attributes of RFC 2634 (receipts, labels, hints, mailing lists) and RFC 5126 (policy, commitment,
 * place) as structure. Judges nothing, and nothing is done because of them.
 */
import { type Bytes, type Der, toHex } from "../base/bytes.js";
import {
  type Element,
  SequenceReader,
  asDer,
  children,
  contents,
  context,
  expectTag,
  tags,
} from "../base/der-reader.js";
import {
  readInteger,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  readString,
  readTime,
} from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { unwrapExplicit } from "./content-info.js";

/** of any list in an attribute: more is nothing that a person reads */
const maximumItems = 100;

function malformed(detail: string): MalformedError {
  return new MalformedError("cms-malformed", detail);
}

function items(element: Element): readonly Element[] {
  const found = children(expectTag(element, tags.sequence));
  if (found.length > maximumItems) throw malformed("too many items");
  return found;
}

export interface ReceiptRequest {
  /** complete GeneralNames of each, where not everybody is asked */
  readonly from: "everybody" | "first-tier" | readonly Element[];
  readonly to: readonly Element[];
}

/** RFC 2634 §2.7 */
export function parseReceiptRequest(value: Element): ReceiptRequest {
  const reader = new SequenceReader(value);
  reader.next(tags.octetString);
  const from = parseReceiptsFrom(reader.any());
  const to = items(reader.next(tags.sequence));
  reader.finish();
  return { from, to };
}

function parseReceiptsFrom(element: Element): ReceiptRequest["from"] {
  if (element.tag === context(1)) return children(element).slice(0, maximumItems);
  const tier = readSmallInteger(element, context(0, "primitive"));
  if (tier > 1) throw malformed(`allOrFirstTier ${tier}`);
  return tier === 0 ? "everybody" : "first-tier";
}

export interface EssSecurityLabel {
  readonly policy: string;
  readonly classification: number | null;
  readonly privacyMark: string | null;
  readonly categories: readonly string[];
}

/** RFC 2634 §3.2: a SET, whose members are told apart by their tags. */
export function parseSecurityLabel(value: Element): EssSecurityLabel {
  const members = new Map<number, Element>();
  for (const member of children(expectTag(value, tags.set))) {
    if (members.has(member.tag)) throw malformed("label with a member twice");
    members.set(member.tag, member);
  }
  const policy = members.get(tags.objectIdentifier);
  if (policy === undefined) throw malformed("label without policy");
  const classification = members.get(tags.integer);
  const mark = members.get(tags.utf8String) ?? members.get(tags.printableString);
  const categories = members.get(tags.set);
  return {
    policy: readObjectIdentifier(policy),
    classification: classification === undefined ? null : readSmallInteger(classification),
    privacyMark: mark === undefined ? null : readString(mark),
    categories: categories === undefined ? [] : children(categories).slice(0, maximumItems).map(category),
  };
}

/** SecurityCategory: [0] type, [1] a value that only its policy understands. */
function category(element: Element): string {
  const reader = new SequenceReader(element);
  const type = reader.any();
  if (type.tag !== context(0, "primitive")) expectTag(type, context(0));
  if (type.tag === context(0)) return readObjectIdentifier(unwrapExplicit(type, context(0)));
  return readObjectIdentifier({ ...type, tag: tags.objectIdentifier });
}

/** RFC 2634 §3.4 */
export function parseEquivalentLabels(value: Element): readonly EssSecurityLabel[] {
  return items(value).map(parseSecurityLabel);
}

/** RFC 2634 §2.9 */
export function parseContentHint(value: Element): { description: string | null; contentType: string } {
  const reader = new SequenceReader(value);
  const description = reader.optional(tags.utf8String);
  const contentType = readObjectIdentifier(reader.next(tags.objectIdentifier));
  reader.finish();
  return { description: description === null ? null : readString(description), contentType };
}

/** RFC 2634 §2.8 */
export function parseContentIdentifier(value: Element): string {
  return toHex(readOctetString(value));
}

/** RFC 2634 §2.11. @returns the identifier of the content that is referred to */
export function parseContentReference(value: Element): string {
  const reader = new SequenceReader(value);
  reader.next(tags.objectIdentifier);
  const identifier = toHex(readOctetString(reader.next(tags.octetString)));
  reader.next(tags.octetString);
  reader.finish();
  return identifier;
}

export interface MailListData {
  /** a name and a number, or a key identifier */
  readonly list: { readonly issuer: Der; readonly serialNumber: Bytes } | { readonly keyIdentifier: Bytes };
  readonly time: number;
}

/** RFC 2634 §4.4 */
export function parseMailListHistory(value: Element): readonly MailListData[] {
  return items(value).map((element) => {
    const reader = new SequenceReader(element);
    const list = mailList(reader.any());
    const time = readTime(reader.next(tags.generalizedTime));
    if (!reader.done) reader.any();
    reader.finish();
    return { list, time };
  });
}

function mailList(element: Element): MailListData["list"] {
  if (element.tag === tags.octetString) return { keyIdentifier: contents(element) };
  const reader = new SequenceReader(element);
  const issuer = asDer(reader.next(tags.sequence));
  const serialNumber = readInteger(reader.next(tags.integer));
  reader.finish();
  return { issuer, serialNumber };
}

/** RFC 5126 §5.8.1. @returns the policy's identifier; null where it is implied */
export function parseSignaturePolicy(value: Element): string | null {
  if (value.tag === tags.null) return null;
  return readObjectIdentifier(new SequenceReader(value).next(tags.objectIdentifier));
}

/** RFC 5126 §5.11.1 */
export function parseCommitment(value: Element): string {
  return readObjectIdentifier(new SequenceReader(value).next(tags.objectIdentifier));
}

/** RFC 5126 §5.11.2. @returns what there is of country, locality and lines of a postal address */
export function parseSignerLocation(value: Element): readonly string[] {
  const reader = new SequenceReader(value);
  const [country, locality, postal] = [context(0), context(1), context(2)].map((tag) => reader.optional(tag));
  reader.finish();
  const lines = postal == null ? [] : items(unwrapExplicit(postal, context(2))).map(readString);
  const named = [country, locality].flatMap((element, tag) =>
    element == null ? [] : [readString(unwrapExplicit(element, context(tag)))],
  );
  return [...lines, ...named.reverse()];
}
