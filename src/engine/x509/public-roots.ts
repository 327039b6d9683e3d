/**
 * The built-in authorities: roots that Mozilla's programme trusts for e-mail. Their certificates are looked up
 * by name, and loaded, only when a path needs one: no message and no start parses ninety roots.
 * Where they come from, and what the dates mean: docs/decisions/built-in-roots.md.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { fromUtf8 } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { decodeBase64 } from "../kernels/base64.js";
import type { Certificate } from "./certificate.js";
import { nameKey } from "./distinguished-name.js";
import { parseCertificate } from "./parse-certificate.js";

/** Without a table it is JSON, and crosses to the engine's worker as it is. */
export interface PublicRoots {
  /** SHA-256 of those that the person switched off, lower-case hexadecimal */
  readonly switchedOff: readonly string[];
  /** in place of the built-in list */
  readonly table?: RootTable;
}

/** What limits an anchor. */
export interface AnchorLimit {
  /** milliseconds: an end entity issued later is not vouched for (CKA_NSS_EMAIL_DISTRUST_AFTER) */
  readonly emailDistrustAfter: number;
}

/** One built-in authority as lists show it. Times are ISO 8601 in UTC. */
export interface PublicRoot {
  /** SHA-256 of the DER, lower-case hexadecimal */
  readonly fingerprint: string;
  /** as Mozilla calls it */
  readonly name: string;
  readonly organization: string | null;
  /** two letters */
  readonly country: string | null;
  readonly notAfter: string;
  readonly emailDistrustAfter: string | null;
}

/** Where the data was read. */
export interface PublicRootOrigin {
  readonly program: string;
  /** ISO 8601 day: when that program was built */
  readonly date: string;
  readonly nss: string;
}

/** A list of authorities in which a name is looked up. */
export interface RootTable {
  /** @param key of `nameKey` */
  named(key: string): readonly PublicRoot[];
  certificate(root: PublicRoot): Promise<Certificate>;
}

interface AnchorSet {
  readonly anchors: readonly Certificate[];
  readonly anchorLimits?: ReadonlyMap<string, AnchorLimit>;
}

interface Search extends AnchorSet {
  readonly candidates: readonly Certificate[];
}

/**
 * The person's own anchors, and those of the built-in ones that a path from this end entity could end in.
 * What a person chose stands above what is built in: an own anchor has no date.
 */
export async function withPublicRoots(
  endEntity: Certificate,
  given: Search,
  { switchedOff, table }: PublicRoots,
): Promise<AnchorSet> {
  const roots = table ?? (await builtInTable());
  const off = new Set([...switchedOff, ...given.anchors.map(({ fingerprint }) => fingerprint)]);
  const found = reachableIssuers(endEntity, given.candidates)
    .flatMap((key) => roots.named(key))
    .filter(({ fingerprint }) => !off.has(fingerprint));
  if (found.length === 0) return given;
  const limits = new Map(given.anchorLimits);
  for (const { fingerprint, emailDistrustAfter } of found)
    if (emailDistrustAfter !== null)
      limits.set(fingerprint, { emailDistrustAfter: Date.parse(emailDistrustAfter) });
  const certificates = await Promise.all(found.map((root) => roots.certificate(root)));
  return { anchors: [...given.anchors, ...certificates], anchorLimits: limits };
}

/** A path search follows no more; a message with thousands is there to cost time. */
const mostNames = 200;

/** Names of issuers on any way upwards, each once. */
function reachableIssuers(endEntity: Certificate, candidates: readonly Certificate[]): readonly string[] {
  const bySubject = new Map<string, Certificate[]>();
  for (const candidate of candidates) {
    const key = readableKey(candidate.subject);
    if (key === null) continue;
    const others = bySubject.get(key);
    if (others === undefined) bySubject.set(key, [candidate]);
    else others.push(candidate);
  }
  const keys = new Set<string>();
  const waiting = [endEntity];
  // The list grows as it is walked: the nearest first.
  for (const next of waiting) {
    if (keys.size === mostNames) break;
    const key = readableKey(next.issuer);
    if (key === null || keys.has(key)) continue;
    keys.add(key);
    waiting.push(...(bySubject.get(key) ?? []));
  }
  return [...keys];
}

/** A name that does not parse names none of them. */
function readableKey(name: Der): string | null {
  try {
    return nameKey(name);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

// ------------------------------------------------------------------ the built-in table

interface Row {
  readonly root: PublicRoot;
  readonly key: string;
}

let table: Promise<RootTable> | undefined;

function builtInTable(): Promise<RootTable> {
  table ??= loadTable();
  return table;
}

async function loadTable(): Promise<RootTable> {
  const { publicRootRows } = await import("./public-root-list.js");
  const byKey = new Map<string, PublicRoot[]>();
  const places = new Map<string, number>();
  for (const [place, { root, key }] of publicRootRows.map(readRow).entries()) {
    places.set(root.fingerprint, place);
    byKey.set(key, [...(byKey.get(key) ?? []), root]);
  }
  return {
    named: (key) => byKey.get(key) ?? [],
    certificate: ({ fingerprint }) => builtInCertificate(places.get(fingerprint)!),
  };
}

const certificates = new Map<number, Promise<Certificate>>();

function builtInCertificate(place: number): Promise<Certificate> {
  const known = certificates.get(place) ?? loadCertificate(place);
  certificates.set(place, known);
  return known;
}

async function loadCertificate(place: number): Promise<Certificate> {
  return parseCertificate(await publicRootDer(place));
}

/** Complete DER of a certificate, by its place in the list. */
export async function publicRootDer(place: number): Promise<Bytes> {
  const { publicRootCertificates } = await import("./public-root-certificates.js");
  return decodeBase64(fromUtf8(publicRootCertificates[place]!));
}

/** All of them, in the list's order. */
export async function publicRootList(): Promise<{
  readonly origin: PublicRootOrigin;
  readonly roots: readonly PublicRoot[];
}> {
  const { publicRootOrigin, publicRootRows } = await import("./public-root-list.js");
  return { origin: publicRootOrigin, roots: publicRootRows.map((row) => readRow(row).root) };
}

/** Columns as scripts/take-roots.ts writes them. */
function readRow(row: string): Row {
  const [fingerprint, emailDistrustAfter, notAfter, country, organization, name, key] = row.split("\t");
  const root = {
    fingerprint: fingerprint!,
    name: name!,
    organization: organization || null,
    country: country || null,
    notAfter: notAfter!,
    emailDistrustAfter: emailDistrustAfter || null,
  };
  return { root, key: key! };
}
