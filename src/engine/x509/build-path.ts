/**
 * Certification path building: from an end entity to a trust anchor, until a path holds. Where to look next
 * is `path-search.ts`; whether a path found holds is `validate-path.ts`; which of several failures is told
 * is decided here.
 */
import { type Fault, byRank } from "../fault/faults.js";
import type { Certificate } from "./certificate.js";
import { PathSearch } from "./path-search.js";
import type { AnchorLimit, PublicRoots } from "./public-roots.js";
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
 * @returns the first path that holds; else the faults of the path that came nearest, or, where none led to
 *   an anchor, "path-not-found" with the name of the authority that is missing
 * @throws BudgetExceededError
 */
export async function findPath(
  endEntity: Certificate,
  given: PathSources,
  conditions: PathConditions,
): Promise<PathResult> {
  const sources = await withBuiltIn(endEntity, given);
  const search = new PathSearch(sources, conditions);
  let nearest: readonly Fault[] | null = null;
  for (const path of search.paths(endEntity)) {
    const result = await judged(limited(await validatePath(path, conditions), sources), conditions);
    if (result.kind === "valid") return result;
    search.learnFrom(path);
    nearest = nearerOf(nearest, byRank(result.faults));
  }
  return { kind: "failed", faults: nearest ?? [search.notFound()] };
}

/** Loaded where a person has them switched on. */
async function withBuiltIn(endEntity: Certificate, given: PathSources): Promise<PathSources> {
  const { publicRoots } = given;
  if (publicRoots === undefined) return given;
  const { withPublicRoots } = await import("./public-roots.js");
  return { ...given, ...(await withPublicRoots(endEntity, given, publicRoots)) };
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
