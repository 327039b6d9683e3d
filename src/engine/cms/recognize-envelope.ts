/**
 * Is this entity a cryptographic layer, and where are its CMS bytes (RFC 8551 §3.2–§3.6)? Old types and
 * octet-streams named smime.p7m are S/MIME too. Only an entity as a whole can be one: a signed part of a
 * multipart/mixed covers neither the message nor its sender.
 */
import type { Budget } from "../base/budget.js";
import { type Bytes, fromUtf8 } from "../base/bytes.js";
import { tags } from "../base/der-reader.js";
import { MalformedError } from "../base/errors.js";
import { decodeBase64 } from "../kernels/base64.js";
import {
  type ContentType,
  contentDisposition,
  contentType,
  fileName,
  isPlainlyWritten,
} from "../mime/content-type.js";
import { type Entity, fieldText, fieldTexts } from "../mime/entity.js";
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
  const named = type.value === "application/octet-stream" && /\.p7m$/i.test(fileName(entity) ?? "");
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

/** Only its name says that an octet-stream is S/MIME: then every name must say it, and plainly. */
function requireOneName(entity: Entity): void {
  const disposition = fieldText(entity, "content-disposition");
  if (disposition !== null && !isPlainlyWritten(disposition)) throw malformed("Content-Disposition");
  const names = [
    contentType(entity).parameters.get("name"),
    contentDisposition(entity)?.parameters.get("filename"),
  ].filter((name) => name !== undefined);
  if (!names.every((name) => /^[!-~][ -~]*\.p7m$/i.test(name))) throw malformed("names differ");
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
  if (!isPkcs7Signature(contentType(signature).value)) throw malformed("no signature part");
  return { form: "clear-signed", content, cms: cmsBytes(signature) };
}

function malformed(detail: string): MalformedError {
  return new MalformedError("mime-malformed", detail);
}

function cmsBytes(entity: Entity): Bytes {
  if (isBareCms(entity)) return bareCms(entity);
  const decoded = decodeBody(entity);
  // Some programs forget to say that it is base64.
  return decoded[0] === tags.sequence || decoded.length === 0 ? decoded : decodeBase64(decoded);
}

// ------------------------------------------------------------------ files without a mail header

const armours = ["CMS", "PKCS7"].map((label) => ({
  begin: fromUtf8(`-----BEGIN ${label}-----`),
  end: fromUtf8(`-----END ${label}-----`),
}));

/** The DER or PEM of a .p7m file. DER of more than 127 octets has a second octet that no header field has. */
function isBareCms(entity: Entity): boolean {
  const { source, start } = entity;
  if (start !== 0) return false;
  return (source[0] === tags.sequence && (source[1] ?? 0) >= 0x80) || armourOf(source) !== undefined;
}

function armourOf(source: Bytes): (typeof armours)[number] | undefined {
  return armours.find(({ begin }) => begin.every((octet, i) => source[i] === octet));
}

function bareCms({ source }: Entity): Bytes {
  const armour = armourOf(source);
  if (armour === undefined) return source;
  const begin = armour.begin.length;
  const end = source.indexOf(0x2d, begin);
  if (end < 0 || !armour.end.every((octet, i) => source[end + i] === octet)) throw malformed("PEM");
  return decodeBase64(source.subarray(begin, end));
}
