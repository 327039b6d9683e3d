/**
 * Is this entity a cryptographic layer, and where are its CMS bytes (RFC 8551 §3.2–§3.6)? Old types and
 * octet-streams named smime.p7m are S/MIME too. Only an entity as a whole can be one: a signed part of a
 * multipart/mixed covers neither the message nor its sender.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, fromUtf8, toAscii } from "../base/bytes.js";
import { readElement, tags } from "../base/der-reader.js";
import { MalformedError } from "../base/errors.js";
import { decodeAnyBase64, decodeBase64 } from "../kernels/base64.js";
import {
  type ContentType,
  contentDisposition,
  contentType,
  fileName,
  isPlainlyWritten,
} from "../mime/content-type.js";
import { type Entity, body, fieldText, fieldTexts } from "../mime/entity.js";
import { splitMultipart } from "../mime/multipart.js";
import { decodeBody } from "../mime/transfer-encoding.js";

export type Envelope =
  | { readonly form: "clear-signed"; readonly content: Entity; readonly cms: Bytes }
  | { readonly form: "opaque"; readonly cms: Bytes };

/** What an entity says it is, before anything of it is believed. */
export type EnvelopeClaim = "clear-signed" | "opaque-signed" | "opaque";

/** @returns null where it is no S/MIME; says nothing of whether it is whole */
export function claimOf(entity: Entity): EnvelopeClaim | null {
  if (isBareCms(entity)) return "opaque";
  const type = contentType(entity);
  if (type.value === "multipart/signed") return isPkcs7Signature(protocolOf(type)) ? "clear-signed" : null;
  const named = type.value === "application/octet-stream" && /\.p7[msz]$/i.test(fileName(entity) ?? "");
  if (!named && type.value !== "application/pkcs7-mime" && type.value !== "application/x-pkcs7-mime")
    return null;
  return type.parameters.get("smime-type")?.toLowerCase() === "signed-data" ? "opaque-signed" : "opaque";
}

/**
 * @param claim of this entity
 * @throws MalformedError where it is not what it claims to be; BudgetExceededError
 */
export function recognizeEnvelope(entity: Entity, claim: EnvelopeClaim, budget: Budget): Envelope {
  if (!isBareCms(entity)) requireOneMeaning(entity);
  return claim === "clear-signed" ? clearSigned(entity, budget) : { form: "opaque", cms: cmsBytes(entity) };
}

/**
 * What readers understand differently is not a layer: one would show what another has not checked. Comments,
 * blanks, odd quotes and RFC 2231 forms have each made Thunderbird cut a message elsewhere than we do.
 */
function requireOneMeaning(entity: Entity): void {
  if (!entity.regular) throw malformed("header block");
  for (const name of ["content-type", "content-transfer-encoding", "content-disposition"]) {
    if (fieldTexts(entity, name).length > 1) throw malformed(`${name} twice`);
  }
  const type = fieldText(entity, "content-type");
  if (type !== null && !isPlainlyWritten(type)) throw malformed("Content-Type");
  if (contentType(entity).value === "application/octet-stream") requireOneName(entity);
}

/** Where its name says that an octet-stream is S/MIME, every name must say it, and plainly. */
function requireOneName(entity: Entity): void {
  const text = fieldText(entity, "content-disposition");
  if (text !== null && !isPlainlyWritten(text)) throw malformed("Content-Disposition");
  const [type, disposition] = [contentType(entity), contentDisposition(entity)];
  const names = [type.parameters.get("name"), disposition?.parameters.get("filename")].filter(
    (name) => name !== undefined,
  );
  const isOne = type.regular && disposition?.regular !== false;
  if (!isOne || !names.every((name) => /^[!-~][ -~]*\.p7[msz]$/i.test(name) && !name.includes("=?")))
    throw malformed("names differ");
}

function protocolOf(type: ContentType): string {
  // Without the parameter, which RFC 1847 demands, OpenPGP and S/MIME cannot be told apart; old S/MIME
  // programs left it out, OpenPGP ones never did.
  return (type.parameters.get("protocol") ?? "application/pkcs7-signature").trim().toLowerCase();
}

function isPkcs7Signature(type: string): boolean {
  return type === "application/pkcs7-signature" || type === "application/x-pkcs7-signature";
}

/** RFC 1847 §2.1: two parts, the second the signature of the first. */
function clearSigned(entity: Entity, budget: Budget): Envelope {
  const type = contentType(entity);
  if (!type.regular) throw malformed("Content-Type");
  const encoding = (fieldText(entity, "content-transfer-encoding") ?? "7bit").toLowerCase();
  if (!["7bit", "8bit", "binary"].includes(encoding)) throw malformed("encoded multipart/signed");
  const { parts, regular } = splitMultipart(entity, type, budget);
  if (!regular) throw malformed("ambiguous boundary");
  const [content, signature] = parts;
  if (parts.length !== 2 || content === undefined || signature === undefined) {
    throw malformed(`multipart/signed with ${parts.length} parts`);
  }
  if (!isSignaturePart(signature)) throw malformed("no signature part");
  // Nothing signs it, and readers that do not know the micalg draw it as any other part: whoever made its header
  // say two things would write into her letter.
  requireOneMeaning(signature);
  requireOneName(signature);
  return { form: "clear-signed", content, cms: cmsBytes(signature) };
}

/** Gateways that know no better call it an octet-stream; the protocol outside says what it is. */
function isSignaturePart(part: Entity): boolean {
  const { value } = contentType(part);
  if (isPkcs7Signature(value)) return true;
  return value === "application/octet-stream" && /\.p7s$/i.test(fileName(part) ?? "");
}

function malformed(detail: string): MalformedError {
  return new MalformedError("mime-malformed", detail);
}

function cmsBytes(entity: Entity): Bytes {
  return isBareCms(entity) ? binaryCms(entity.source) : binaryCms(transferDecoded(entity));
}

/** What was written into base64 on its way is passed over (RFC 2045 §6.8): the CMS inside tells if it was more. */
function transferDecoded(entity: Entity): Bytes {
  const encoded = body(entity);
  if (armourOf(encoded) !== null) return encoded;
  try {
    return decodeBody(entity);
  } catch (error) {
    const encoding = fieldText(entity, "content-transfer-encoding") ?? "";
    if (!(error instanceof MalformedError) || !/^\s*base64\s*$/i.test(encoding)) throw error;
    return decodeAnyBase64(encoded);
  }
}

// ------------------------------------------------------------------ without a mail header

/** OpenSSL writes the first two, GnuPG the others. */
const armourLabels = ["CMS", "PKCS7", "SIGNED MESSAGE", "ENCRYPTED MESSAGE"] as const;

/**
 * The DER, PEM or base64 of a .p7m file. DER of more than 127 octets has a second octet that no header field
 * has; and no header field is called MIAG… or MII….
 */
function isBareCms({ source, start }: Entity): boolean {
  if (start !== 0) return false;
  return isBinary(source) || armourOf(source) !== null || isBareBase64(source);
}

/** Such a file as a message without header: what looks like one among its octets is nobody's word. */
export function bareCmsEntity(source: Bytes): Entity | null {
  const entity = { source, start: 0, bodyStart: 0, end: source.length, headers: [], regular: true };
  return isBareCms(entity) ? entity : null;
}

function isBinary(octets: Bytes): boolean {
  return octets[0] === tags.sequence && (octets[1] ?? 0) >= 0x80;
}

function isBareBase64(octets: Bytes): boolean {
  return octets[0] === LETTER_M && /^MI[A-P][\w+/]{13}[\w+/=\s]*$/.test(toAscii(octets.subarray(0, 64)));
}

/** PEM, also inside of base64, and base64 where nobody said so: some programs forget it. */
function binaryCms(octets: Bytes): Bytes {
  const armour = armourOf(octets);
  if (armour !== null) return decodeBase64(insideOfArmour(octets, armour));
  if (octets[0] !== tags.sequence) return octets.length === 0 ? octets : decodeBase64(octets);
  return octets.at(-1) === LF ? withoutLastLineEnd(octets) : octets;
}

const CR = 0x0d;
const LF = 0x0a;
const HYPHEN = 0x2d;
const LETTER_M = 0x4d;

/** SMTP ends every message with a line end; in a binary body it is none of the CMS's. */
function withoutLastLineEnd(octets: Bytes): Bytes {
  const { end } = readElement(octets, "ber");
  return octets.subarray(end).every((octet) => octet === CR || octet === LF)
    ? octets.subarray(0, end)
    : octets;
}

interface Armour {
  readonly begin: Bytes;
  readonly end: Bytes;
}

function armourOf(octets: Bytes): Armour | null {
  const from = firstInk(octets);
  if (octets[from] !== HYPHEN) return null;
  const label = armourLabels.find((name) => stands(beginOfArmour(name), octets, from));
  return label === undefined
    ? null
    : { begin: beginOfArmour(label), end: fromUtf8(`-----END ${label}-----`) };
}

function beginOfArmour(label: (typeof armourLabels)[number]): Bytes {
  return fromUtf8(`-----BEGIN ${label}-----`);
}

/** Blank lines before it are no more than that. */
function firstInk(octets: Bytes): number {
  let at = 0;
  while (at < 100 && (octets[at] === 0x0a || octets[at] === 0x0d || octets[at] === 0x20)) at++;
  return at;
}

function stands(text: Bytes, octets: Bytes, at: number): boolean {
  return text.every((octet, i) => octets[at + i] === octet);
}

function insideOfArmour(octets: Bytes, armour: Armour): Bytes {
  const begin = firstInk(octets) + armour.begin.length;
  const end = octets.indexOf(0x2d, begin);
  if (end < 0 || !stands(armour.end, octets, end)) throw malformed("PEM");
  return octets.subarray(begin, end);
}
