/**
 * The paths that names allow, from an end entity upwards. RFC 5280 leaves building open; we search depth
 * first, anchors before others (RFC 4158 §3.5), and stop on a budget, so that authorities that certify each
 * other, or thousands of one name, cannot keep us for ever. Nothing here proves anything.
 */
import { type Bytes, equal, toLatin1 } from "../base/bytes.js";
import { MalformedError } from "../base/errors.js";
import type { Fault } from "../fault/faults.js";
import { knownSignature } from "./certificate-signature.js";
import type { Certificate } from "./certificate.js";
import { nameKey, nameToText } from "./distinguished-name.js";
import { authorityKeyIdentifier, subjectKeyIdentifier } from "./extensions.js";
import type { PathConditions } from "./path-conditions.js";

interface Candidates {
  readonly candidates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
}

export class PathSearch {
  readonly #anchors: ReadonlySet<string>;
  readonly #all: readonly Certificate[];
  // by subject; each made when it is first asked
  #byOctets: Groups | null = null;
  #byName: Groups | null = null;
  readonly #conditions: PathConditions;
  /** pairs of which the second did not sign the first, found in this search */
  readonly #broken = new Map<Certificate, Set<Certificate>>();
  /** where the first branch ended without an anchor */
  #deadEnd: Certificate | null = null;
  /** a branch would have gone on behind the longest path */
  #cut = false;

  constructor({ anchors, candidates }: Candidates, conditions: PathConditions) {
    this.#anchors = new Set(anchors.map(({ fingerprint }) => fingerprint));
    this.#all = uniqueByFingerprint([...anchors, ...candidates]);
    this.#conditions = conditions;
  }

  /** @throws BudgetExceededError */
  paths(endEntity: Certificate): Generator<readonly Certificate[], void> {
    return this.#extend([endEntity]);
  }

  /** No other path goes where a signature did not match. */
  learnFrom(path: readonly Certificate[]): void {
    for (const [index, certificate] of path.entries()) {
      const issuer = path[index + 1];
      if (issuer === undefined || knownSignature(certificate, issuer) !== false) continue;
      this.#broken.set(certificate, (this.#broken.get(certificate) ?? new Set()).add(issuer));
    }
  }

  /** Why there is no path at all: whose certificate nobody here has, or nobody here trusts. */
  notFound(): Fault {
    if (this.#cut) return { code: "budget-exceeded", detail: "pathLength" };
    const name = readable(() => nameToText(this.#deadEnd?.issuer ?? noName));
    const detail = name === null || name === "" ? {} : { detail: name.slice(0, maximumDetail) };
    return { code: "path-not-found", ...detail };
  }

  /** Paths from `partial` upwards that end in an anchor. */
  *#extend(partial: readonly Certificate[]): Generator<readonly Certificate[], void> {
    const { budget } = this.#conditions;
    const last = partial.at(-1)!;
    if (this.#anchors.has(last.fingerprint)) {
      yield partial;
      if (this.#leadsNowhere(partial)) return;
    }
    let isDeadEnd = true;
    for (const issuer of this.#issuersOf(last)) {
      if (this.#broken.get(last)?.has(issuer) === true) continue;
      if (partial.some((used) => isSameAuthority(used, issuer))) continue;
      isDeadEnd = false;
      if (partial.length >= budget.limits.pathLength) {
        this.#cut = true;
        return;
      }
      // A branch that leads nowhere costs as much as one that is verified.
      budget.spend("signatures");
      yield* this.#extend([...partial, issuer]);
      // What was tried has perhaps shown that this branch is none.
      if (this.#leadsNowhere(partial)) return;
    }
    if (isDeadEnd) this.#deadEnd ??= last;
  }

  #leadsNowhere(partial: readonly Certificate[]): boolean {
    return partial.some((certificate, i) => {
      const issuer = partial[i + 1];
      return issuer !== undefined && this.#broken.get(certificate)?.has(issuer) === true;
    });
  }

  /**
   * Those whose name has the same octets, as nearly all have; then those whose name is the same all the same
   * (RFC 5280 §7.1), for which every name has to be read.
   */
  *#issuersOf(certificate: Certificate): Generator<Certificate, void> {
    this.#byOctets ??= groupedByOctets(this.#all);
    const same = this.#byOctets.get(toLatin1(certificate.issuer)) ?? [];
    yield* this.#inOrder(certificate, same);
    this.#byName ??= groupedByName(this.#byOctets);
    const key = readable(() => nameKey(certificate.issuer));
    const named = key === null ? [] : (this.#byName.get(key) ?? []);
    if (named.length > same.length) {
      const seen = new Set(same);
      yield* this.#inOrder(
        certificate,
        named.filter((issuer) => !seen.has(issuer)),
      );
    }
  }

  /**
   * RFC 4158 §3.5: anchors first, then whose key is named (§3.5.12), then who is valid (§3.5.13). Key
   * identifiers are names, not proofs, and exclude nothing.
   */
  #inOrder(certificate: Certificate, named: readonly Certificate[]): readonly Certificate[] {
    if (named.length < 2) return named;
    // Nobody has hundreds of namesakes; to look at each of them at every step costs as much as a signature.
    this.#conditions.budget.spend("signatures", Math.floor(named.length / 500));
    const { time } = this.#conditions;
    const wanted = readable(() => authorityKeyIdentifier(certificate));
    const weight = (issuer: Certificate): number => {
      const identifier = wanted === null ? null : readable(() => subjectKeyIdentifier(issuer));
      const fits = identifier !== null && equal(identifier, wanted!);
      const isValid = issuer.notBefore <= time && time < issuer.notAfter + 1000;
      return (this.#anchors.has(issuer.fingerprint) ? 0 : 4) + (fits ? 0 : 2) + (isValid ? 0 : 1);
    };
    const weighed = named.map((issuer) => ({ issuer, weight: weight(issuer) }));
    return weighed.sort((a, b) => a.weight - b.weight).map(({ issuer }) => issuer);
  }
}

const noName = new Uint8Array([0x30, 0]) as Bytes;
/** Names may have hundreds of thousands of octets. */
const maximumDetail = 200;

/** RFC 4158 §2.4.2: the same name with the same key a second time is a loop. */
function isSameAuthority(a: Certificate, b: Certificate): boolean {
  return (
    a.fingerprint === b.fingerprint ||
    (equal(a.subjectPublicKeyInfo.der, b.subjectPublicKeyInfo.der) && equal(a.subject, b.subject))
  );
}

type Groups = ReadonlyMap<string, readonly Certificate[]>;

function groupedByOctets(list: readonly Certificate[]): Groups {
  const found = new Map<string, Certificate[]>();
  for (const certificate of list) add(found, toLatin1(certificate.subject), certificate);
  return found;
}

/** Each name is read once. What has none that can be read is nobody's issuer. */
function groupedByName(byOctets: Groups): Groups {
  const found = new Map<string, Certificate[]>();
  for (const group of byOctets.values()) {
    const key = readable(() => nameKey(group[0]!.subject));
    if (key !== null) for (const certificate of group) add(found, key, certificate);
  }
  return found;
}

function add(groups: Map<string, Certificate[]>, key: string, certificate: Certificate): void {
  const namesakes = groups.get(key);
  if (namesakes === undefined) groups.set(key, [certificate]);
  else namesakes.push(certificate);
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
