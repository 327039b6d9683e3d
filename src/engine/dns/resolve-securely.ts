/**
 * Answers of the DNS that are proven to be the owner's, from the root key down (RFC 4033–4035, RFC 6840).
 * Whoever answers is believed in nothing: each zone's keys are asked for and tied to the parent's DS. How
 * an answer travels is the caller's business; work is bounded, because zones are made by strangers too.
 */
import { BudgetExceededError } from "../base/errors.js";
import { type DenialRecords, type Denial, deniesCloserMatch, denialOf } from "./denial.js";
import { type DnsMessage, type ResourceRecord, readPlainName, recordTypes } from "./dns-message.js";
import { type DnsName, checkName, isWithin, nameText, sameName } from "./dns-name.js";
import {
  type DelegationSigner,
  type DnsKey,
  type RrSignature,
  parseDelegationSigner,
  parseDnsKey,
  parseNsec,
  parseNsec3,
  parseSignature,
} from "./dnssec-records.js";
import {
  type RecordSet,
  isSupportedAlgorithm,
  isSupportedDigest,
  isZoneKey,
  matchesDelegation,
  mayCover,
  namesKey,
  verifyRecordSet,
} from "./verify-rrset.js";

export interface Resolving {
  /** asks with DO and CD (`buildQuery`); what it throws comes out again */
  readonly ask: (name: DnsName, type: number) => Promise<DnsMessage>;
  /** of the root zone (RFC 5011, RFC 7958) */
  readonly anchors: readonly DelegationSigner[];
  /** milliseconds since the epoch */
  readonly time: number;
}

/**
 * `secure`: proven · `absent`: proven that there is none · `insecure`: proven that the zone is not signed,
 * or only with what counts no more · `bogus`: signed, and the proof is missing or wrong
 */
export type SecureAnswer =
  | { readonly status: "secure"; readonly records: readonly ResourceRecord[] }
  | { readonly status: "absent" }
  | { readonly status: "insecure" }
  | { readonly status: "bogus"; readonly reason: string };

/** `ttl`: seconds for which everything stands that the answer was proven with */
export type TimedAnswer = SecureAnswer & { readonly ttl: number };

/** @throws MalformedError, BudgetExceededError, and what `ask` throws */
export function resolveSecurely(name: DnsName, type: number, resolving: Resolving): Promise<TimedAnswer> {
  return new Resolver(resolving).resolve(name, type);
}

const limits = {
  /** questions to the resolver for one look-up */
  questions: 60,
  /** signatures verified for one look-up: "KeyTrap" (CVE-2023-50387) multiplies keys by signatures */
  verifications: 60,
  /** keys compared with what a parent names: many of both, all with one tag, multiply as well */
  digests: 100,
  /** rounds of SHA-1 for NSEC3 */
  hashes: 20_000,
  /** of one name and type, that could be right */
  signatures: 4,
  /** of one zone with the same tag */
  keys: 4,
  aliases: 8,
} as const;

type Standing = "insecure" | "bogus";
type ZoneKeys =
  { readonly status: "secure"; readonly keys: readonly DnsKey[] } | { readonly status: Standing };
type Verified =
  /** `wildcardLabels`: of what stands after the "*" that the answer came out of; null: it did not */
  | { readonly status: "secure"; readonly wildcardLabels: number | null; readonly zone: DnsName }
  | { readonly status: Standing };

class Resolver {
  readonly #resolving: Resolving;
  readonly #seconds: number;
  readonly #zones = new Map<string, Promise<ZoneKeys>>();
  readonly #spent = { questions: 0, verifications: 0, digests: 0, hashes: 0 };
  #ttl = Infinity;

  constructor(resolving: Resolving) {
    this.#resolving = resolving;
    this.#seconds = Math.floor(resolving.time / 1000);
  }

  async resolve(name: DnsName, type: number): Promise<TimedAnswer> {
    const answer = await this.#follow(name, type);
    return { ...answer, ttl: Number.isFinite(this.#ttl) ? this.#ttl : 0 };
  }

  async #follow(name: DnsName, type: number): Promise<SecureAnswer> {
    let current = name;
    for (let aliases = 0; aliases <= limits.aliases; aliases++) {
      const message = await this.#ask(current, type);
      const answer = await this.#answerIn(message, current, type);
      if ("status" in answer) return answer;
      current = answer.alias;
    }
    return { status: "bogus", reason: "too many aliases" };
  }

  async #answerIn(
    message: DnsMessage,
    name: DnsName,
    type: number,
  ): Promise<SecureAnswer | { readonly alias: DnsName }> {
    const direct = recordSet(message.answer, name, type);
    if (direct !== null) return this.#proven(direct, message, { status: "secure", records: direct.records });
    const alias = aliasIn(message.answer, name);
    if (alias === null) return this.#absence(message, name, type);
    const proven = await this.#proven(alias.set, message, { status: "secure", records: [] });
    return proven.status === "secure" ? { alias: alias.target } : proven;
  }

  async #proven(set: RecordSet, message: DnsMessage, answer: SecureAnswer): Promise<SecureAnswer> {
    const verified = await this.#verify(set, message.answer);
    if (verified.status !== "secure") {
      if (verified.status === "insecure") return { status: "insecure" };
      return this.#insecureOrBogus(set.name, "signature");
    }
    if (verified.wildcardLabels === null) return answer;
    const records = await this.#denialRecords(message, set.name);
    const isOwn = records !== null && sameName(records.zone, verified.zone);
    const nearer = isOwn ? await deniesCloserMatch(records, set.name, verified.wildcardLabels) : null;
    if (nearer === "opt-out") return { status: "insecure" };
    return nearer === "denied" ? answer : { status: "bogus", reason: "wildcard without its proof" };
  }

  async #absence(message: DnsMessage, name: DnsName, type: number): Promise<SecureAnswer> {
    const denial = await this.#denial(message, name, type);
    if (denial === null) return this.#insecureOrBogus(name, "no proof of absence");
    return denial.kind === "opt-out" ? { status: "insecure" } : { status: "absent" };
  }

  /** RFC 4035 §4.3: unsigned is only what is proven to be, by a zone above that is signed. */
  async #insecureOrBogus(name: DnsName, reason: string): Promise<SecureAnswer> {
    for (let length = 1; length <= name.length; length++) {
      const zone = name.slice(name.length - length);
      const cut = await this.#cutAt(zone);
      if (cut === "insecure") return { status: "insecure" };
      if (cut === "bogus") break;
    }
    return { status: "bogus", reason: `${reason}: ${nameText(name)}` };
  }

  // ---------------------------------------------------------------- zones

  /** Is there a delegation at this name, and is it signed? */
  async #cutAt(zone: DnsName): Promise<"secure" | "insecure" | "no-cut" | "bogus"> {
    const message = await this.#ask(zone, recordTypes.ds);
    const set = recordSet(message.answer, zone, recordTypes.ds);
    if (set !== null) {
      const verified = await this.#verify(set, message.answer);
      if (verified.status !== "secure") return verified.status;
      if (verified.wildcardLabels !== null) return "bogus";
      return usableSigners(set).length > 0 ? "secure" : "insecure";
    }
    const denial = await this.#denial(message, zone, recordTypes.ds);
    if (denial === null) return "bogus";
    if (denial.kind === "opt-out") return "insecure";
    return denial.kind === "no-such-type" && denial.types.has(recordTypes.ns) ? "insecure" : "no-cut";
  }

  #keysOf(zone: DnsName): Promise<ZoneKeys> {
    const name = nameText(zone);
    let keys = this.#zones.get(name);
    if (keys === undefined) this.#zones.set(name, (keys = this.#findKeys(zone)));
    return keys;
  }

  async #findKeys(zone: DnsName): Promise<ZoneKeys> {
    const signers = zone.length === 0 ? this.#resolving.anchors : await this.#signersOf(zone);
    if (typeof signers === "string") return { status: signers };
    const { answer } = await this.#ask(zone, recordTypes.dnskey);
    const set = recordSet(answer, zone, recordTypes.dnskey);
    if (set === null) return { status: "bogus" };
    const keys = set.records.map(parseDnsKey).filter(isZoneKey);
    const entries: DnsKey[] = [];
    for (const key of keys) {
      for (const signer of signers.filter((one) => namesKey(one, key))) {
        this.#spend("digests");
        if (await matchesDelegation(zone, key, signer)) entries.push(key);
      }
    }
    const verified = await this.#verifyWith(set, signaturesFor(answer, set), (signature) =>
      sameName(signature.signer, zone) ? entries : [],
    );
    return verified === null ? { status: "bogus" } : { status: "secure", keys };
  }

  async #signersOf(zone: DnsName): Promise<readonly DelegationSigner[] | Standing> {
    const message = await this.#ask(zone, recordTypes.ds);
    const set = recordSet(message.answer, zone, recordTypes.ds);
    if (set === null) {
      const cut = await this.#cutAt(zone);
      return cut === "insecure" ? "insecure" : "bogus";
    }
    const verified = await this.#verify(set, message.answer);
    if (verified.status !== "secure") return verified.status;
    if (verified.wildcardLabels !== null) return "bogus";
    const usable = usableSigners(set);
    return usable.length > 0 ? usable : "insecure";
  }

  // ---------------------------------------------------------------- signatures

  /** @param above only signatures of zones above this name count; null: of all */
  async #verify(
    set: RecordSet,
    among: readonly ResourceRecord[],
    above: DnsName | null = null,
  ): Promise<Verified> {
    // RFC 4035 §2.4: a DS is the parent's, so the zone itself cannot vouch for it.
    const below = set.type === recordTypes.ds ? set.name.length : (above?.length ?? Infinity);
    const signatures = signaturesFor(among, set).filter(({ signer }) => signer.length < below);
    const byZone = new Map<RrSignature, readonly DnsKey[]>();
    for (const signature of signatures.slice(0, limits.signatures)) {
      if (!mayCover(signature, set, this.#seconds)) continue;
      const zone = await this.#keysOf(signature.signer);
      if (zone.status === "insecure") return { status: "insecure" };
      if (zone.status === "secure") byZone.set(signature, zone.keys);
    }
    const verified = await this.#verifyWith(set, [...byZone.keys()], (one) => byZone.get(one)!);
    if (verified === null) return { status: "bogus" };
    const labels = set.name[0] === "*" ? set.name.length - 1 : set.name.length;
    const wildcardLabels = verified.labels < labels ? verified.labels : null;
    return { status: "secure", wildcardLabels, zone: verified.signer };
  }

  /** @returns the signature that holds */
  async #verifyWith(
    set: RecordSet,
    signatures: readonly RrSignature[],
    keysFor: (signature: RrSignature) => readonly DnsKey[],
  ): Promise<RrSignature | null> {
    for (const signature of signatures.slice(0, limits.signatures)) {
      if (!mayCover(signature, set, this.#seconds)) continue;
      const { keyTag, algorithm } = signature;
      const keys = keysFor(signature).filter((key) => key.keyTag === keyTag && key.algorithm === algorithm);
      for (const key of keys.slice(0, limits.keys)) {
        this.#spend("verifications");
        if (!(await verifyRecordSet(set, signature, key))) continue;
        this.#ttl = Math.min(this.#ttl, lifetime(set, signature, this.#seconds));
        return signature;
      }
    }
    return null;
  }

  // ---------------------------------------------------------------- absence

  async #denial(message: DnsMessage, name: DnsName, type: number): Promise<Denial> {
    // Nor can it say that there is no DS: its keys would wait for an answer that waits for its keys.
    const above = type === recordTypes.ds ? name : null;
    const records = await this.#denialRecords(message, name, above);
    return records === null ? null : denialOf(records, name, type);
  }

  /** The verified NSEC and NSEC3 records of the zone that speaks: the one furthest down. */
  async #denialRecords(
    message: DnsMessage,
    name: DnsName,
    above: DnsName | null = null,
  ): Promise<DenialRecords | null> {
    const types = [recordTypes.nsec, recordTypes.nsec3];
    const sets = recordSets(message.authority, types, limits.aliases);
    const verified: { readonly set: RecordSet; readonly zone: DnsName }[] = [];
    for (const set of sets) {
      const result = await this.#verify(set, message.authority, above);
      if (result.status !== "secure" || result.wildcardLabels !== null) continue;
      if (isWithin(name, result.zone)) verified.push({ set, zone: result.zone });
    }
    const zone = verified.map((one) => one.zone).sort((a, b) => b.length - a.length)[0];
    if (zone === undefined) return null;
    const own = verified.filter((one) => sameName(one.zone, zone)).flatMap(({ set }) => set.records);
    return {
      zone,
      nsec: own.filter(({ type }) => type === recordTypes.nsec).map(parseNsec),
      nsec3: own.filter(({ type }) => type === recordTypes.nsec3).map(parseNsec3),
      spend: (hashes) => this.#spend("hashes", hashes),
    };
  }

  // ---------------------------------------------------------------- bounds

  async #ask(name: DnsName, type: number): Promise<DnsMessage> {
    this.#spend("questions");
    const message = await this.#resolving.ask(name, type);
    const { question } = message;
    const isOurs = sameName(question.name, name) && question.type === type && !message.truncated;
    // 2: the resolver could not; 5: it would not. Neither is an answer.
    const isAnswer = message.responseCode === 0 || message.responseCode === 3;
    return isOurs && isAnswer ? message : { ...message, answer: [], authority: [] };
  }

  /** @throws BudgetExceededError */
  #spend(what: "questions" | "verifications" | "digests" | "hashes", amount = 1): void {
    if ((this.#spent[what] += amount) > limits[what]) throw new BudgetExceededError(`dns ${what}`);
  }
}

// ------------------------------------------------------------------ records

function recordSet(records: readonly ResourceRecord[], name: DnsName, type: number): RecordSet | null {
  const own = records.filter((record) => record.type === type && sameName(record.name, name));
  return own.length === 0 ? null : { name, type, records: own };
}

/** RFC 4035 §5.3.3: no longer than the owner said, and than the signature holds. */
function lifetime({ records }: RecordSet, { originalTtl, expiration }: RrSignature, seconds: number): number {
  const shortest = records.reduce((least, { ttl }) => Math.min(least, ttl), originalTtl);
  return Math.min(shortest, (expiration - seconds) | 0);
}

function recordSets(
  records: readonly ResourceRecord[],
  types: readonly number[],
  most: number,
): readonly RecordSet[] {
  const wanted = records.filter(({ type }) => types.includes(type));
  const names = new Map(wanted.map((record) => [`${nameText(record.name)} ${record.type}`, record]));
  return [...names.values()].slice(0, most).map(({ name, type }) => recordSet(records, name, type)!);
}

function signaturesFor(records: readonly ResourceRecord[], set: RecordSet): readonly RrSignature[] {
  return records
    .filter(({ name, type }) => type === recordTypes.rrsig && sameName(name, set.name))
    .map(parseSignature)
    .filter(({ typeCovered, algorithm }) => typeCovered === set.type && isSupportedAlgorithm(algorithm));
}

interface Alias {
  readonly set: RecordSet;
  readonly target: DnsName;
}

/** CNAME (RFC 1034 §3.6.2), or DNAME above the name, whose CNAMEs bear no signature (RFC 6672 §5.3.1). */
function aliasIn(records: readonly ResourceRecord[], name: DnsName): Alias | null {
  for (const { name: owner, type } of records) {
    if (type !== recordTypes.dname || owner.length >= name.length || !isWithin(name, owner)) continue;
    const set = recordSet(records, owner, type)!;
    const head = name.slice(0, name.length - owner.length);
    return { set, target: checkName([...head, ...targetOf(set)]) };
  }
  const set = recordSet(records, name, recordTypes.cname);
  return set && { set, target: targetOf(set) };
}

function targetOf({ records }: RecordSet): DnsName {
  return readPlainName(records[0]!.rdata, 0).name;
}

function usableSigners({ records }: RecordSet): readonly DelegationSigner[] {
  return records
    .map(parseDelegationSigner)
    .filter(({ algorithm, digestType }) => isSupportedAlgorithm(algorithm) && isSupportedDigest(digestType));
}
