/**
 * Certification path building: from an end entity to a trust anchor. RFC 5280 leaves building open; we
 * search depth first, anchors before others (RFC 4158 §3.5), and stop on a budget, so that authorities that
 * certify each other cannot keep us for ever. Whether a path found holds is `validate-path.ts`.
 */
import { equal } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import { type Fault, byRank } from "../fault/faults.js";
import type { Certificate } from "./certificate.js";
import { sameName } from "./distinguished-name.js";
import { authorityKeyIdentifier, subjectKeyIdentifier } from "./extensions.js";
import { type AnchorLimit, type PublicRoots, withPublicRoots } from "./public-roots.js";
import { type PathConditions, type PathResult, validatePath } from "./validate-path.js";

export interface PathSources {
  /** certificates that may stand in the path, in no order, believed by nobody */
  readonly candidates: readonly Certificate[];
  /** configured by the person or the administrator */
  readonly anchors: readonly Certificate[];
  /** by fingerprint */
  readonly anchorLimits?: ReadonlyMap<string, AnchorLimit>;
  /** the built-in anchors besides, less those that a person switched off */
  readonly publicRoots?: PublicRoots;
}

/**
 * @returns the first path that holds; else the faults of the path that came nearest
 * @throws BudgetExceededError
 */
export async function findPath(
  endEntity: Certificate,
  given: PathSources,
  conditions: PathConditions,
): Promise<PathResult> {
  const { publicRoots } = given;
  const sources =
    publicRoots === undefined
      ? given
      : { ...given, ...(await withPublicRoots(endEntity, given, publicRoots)) };
  let nearest: readonly Fault[] | null = null;
  for (const path of possiblePaths([endEntity], sources, conditions)) {
    const result = await judged(limited(await validatePath(path, conditions), sources), conditions);
    if (result.kind === "valid") return result;
    nearest = nearerOf(nearest, byRank(result.faults));
  }
  return { kind: "failed", faults: nearest ?? [{ code: "path-not-found" }] };
}

/** An authority that is no longer trusted still vouches for what it issued before (NSS: notBefore of the end entity). */
function limited(result: PathResult, { anchorLimits }: PathSources): PathResult {
  if (result.kind === "failed") return result;
  const [endEntity, anchor] = [result.path[0]!, result.path.at(-1)!];
  const limit = anchorLimits?.get(anchor.fingerprint)?.emailDistrustAfter;
  if (limit === undefined || endEntity.notBefore <= limit) return result;
  return {
    kind: "failed",
    faults: [{ code: "authority-distrusted", detail: new Date(limit).toISOString() }],
  };
}

/** A path that holds may still be one that nobody should take, because a certificate in it was revoked. */
async function judged(result: PathResult, { judge }: PathConditions): Promise<PathResult> {
  if (result.kind === "failed" || judge === undefined) return result;
  const faults = await judge(result.path);
  return faults.length > 0 ? { kind: "failed", faults } : result;
}

/** Fewer faults are nearer; a signature that does not match is no path at all. */
function nearerOf(a: readonly Fault[] | null, b: readonly Fault[]): readonly Fault[] {
  return a === null || distance(b) < distance(a) ? b : a;
}

function distance(faults: readonly Fault[]): number {
  const unrelated = faults.some(({ code }) => code === "certificate-signature-mismatch");
  return faults.length + (unrelated ? 100 : 0);
}

/** Paths from `partial` upwards that end in an anchor. */
function* possiblePaths(
  partial: readonly Certificate[],
  sources: PathSources,
  conditions: PathConditions,
): Generator<readonly Certificate[], void> {
  const last = partial.at(-1)!;
  if (sources.anchors.some(({ fingerprint }) => fingerprint === last.fingerprint)) yield partial;
  if (partial.length >= conditions.budget.limits.pathLength) return;
  for (const issuer of possibleIssuers(last, sources)) {
    if (partial.some((used) => isSameAuthority(used, issuer))) continue;
    // A branch that leads nowhere costs as much as one that is verified.
    conditions.budget.spend("signatures");
    yield* possiblePaths([...partial, issuer], sources, conditions);
  }
}

/** RFC 4158 §2.4.2: the same name with the same key a second time is a loop. */
function isSameAuthority(a: Certificate, b: Certificate): boolean {
  return (
    a.fingerprint === b.fingerprint ||
    (equal(a.subjectPublicKeyInfo.der, b.subjectPublicKeyInfo.der) && equal(a.subject, b.subject))
  );
}

function possibleIssuers(
  certificate: Certificate,
  { anchors, candidates }: PathSources,
): readonly Certificate[] {
  const wanted = readable(() => authorityKeyIdentifier(certificate));
  const named = uniqueByFingerprint([...anchors, ...candidates]).filter(
    (issuer) => readable(() => sameName(issuer.subject, certificate.issuer)) === true,
  );
  // Key identifiers order the search (RFC 4158 §3.5.12); they are names, not proofs, and exclude nothing.
  const fits = (issuer: Certificate): boolean => {
    const identifier = readable(() => subjectKeyIdentifier(issuer));
    return wanted !== null && identifier !== null && equal(identifier, wanted);
  };
  return [...named.filter(fits), ...named.filter((issuer) => !fits(issuer))];
}

function uniqueByFingerprint(list: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(list.map((certificate) => [certificate.fingerprint, certificate])).values()];
}

function readable<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
