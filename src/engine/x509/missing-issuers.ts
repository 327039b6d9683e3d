/**
 * Issuers that a message left out, fetched from where the certificates say (caIssuers, RFC 5280 §4.2.2.1).
 * What comes is a candidate like any other: believed by nobody until a path holds.
 */
import { MalformedError } from "../base/errors.js";
import type { PathSources } from "./build-path.js";
import type { Certificate } from "./certificate.js";
import { sameName } from "./distinguished-name.js";
import type { EvidenceSource } from "./evidence-source.js";
import { issuerUrls } from "./evidence-urls.js";
import { readCertificates } from "./read-certificates.js";

/** Honest paths lack one. */
const maximumAsks = 3;
/** Certificates looked at on the way up; a message may bring a hundred that issue one another, for each of its signers. */
const maximumSeen = 40;
/** of one answer: a `.p7c` may hold a whole family */
const maximumFound = 20;

/** @returns the same list where nothing was found */
export async function withMissingIssuers(
  endEntity: Certificate,
  sources: PathSources,
  evidence: EvidenceSource | undefined,
): Promise<readonly Certificate[]> {
  if (evidence === undefined) return sources.candidates;
  const found: Certificate[] = [];
  const seen = new Set([endEntity.fingerprint]);
  const waiting = [endEntity];
  for (let asks = 0, next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const known = [...sources.candidates, ...found];
    const anchors = await anchorsFor(next, { ...sources, candidates: known });
    if (anchors.some(({ fingerprint }) => fingerprint === next!.fingerprint)) continue;
    let issuers = issuersAmong([...anchors, ...known], next);
    if (issuers.length === 0 && asks++ < maximumAsks) {
      const fetched = await askForIssuers(next, evidence);
      found.push(...fetched);
      issuers = issuersAmong(fetched, next);
    }
    for (const issuer of issuers) {
      if (seen.has(issuer.fingerprint) || seen.size === maximumSeen) continue;
      seen.add(issuer.fingerprint);
      waiting.push(issuer);
    }
  }
  return found.length === 0 ? sources.candidates : [...sources.candidates, ...found];
}

/** With the built-in authorities that bear a name in question. */
async function anchorsFor(certificate: Certificate, sources: PathSources): Promise<readonly Certificate[]> {
  const { publicRoots } = sources;
  if (publicRoots === undefined) return sources.anchors;
  const { withPublicRoots } = await import("./public-roots.js");
  return (await withPublicRoots(certificate, sources, publicRoots)).anchors;
}

function issuersAmong(list: readonly Certificate[], certificate: Certificate): readonly Certificate[] {
  return list.filter((one) => isNamed(one, certificate));
}

function isNamed(issuer: Certificate, certificate: Certificate): boolean {
  try {
    return sameName(issuer.subject, certificate.issuer);
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

async function askForIssuers(
  certificate: Certificate,
  evidence: EvidenceSource,
): Promise<readonly Certificate[]> {
  const urls = issuerUrls(certificate);
  if (urls.length === 0) return [];
  const answer = await evidence.issuers({ kind: "issuers", certificate: certificate.der, urls });
  if (answer.kind !== "found") return [];
  const found: Certificate[] = [];
  for (const { bytes } of answer.evidence) {
    try {
      found.push(...(await readCertificates(bytes)));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }
  return found.slice(0, maximumFound);
}
