/**
 * Addresses that a person knows, to be asked: which of them could this one be taken for? Made for a hundred
 * thousand: each question looks into a few maps. What is asked after, and what is let pass so that honest
 * mail raises no alarm, was measured: `test/engine/verdict/ordinary-addresses.ts`.
 */
import type { EmailAddress } from "../base/bytes.js";
import { toUnicodeDomain } from "../base/punycode.js";
import { domainOf, sameAddress } from "../mime/address.js";
import { type Domain, closeEdit, crossesMiddle, readDomain, swapAt } from "./compare-domains.js";
import { crowdedDomains, roleAccounts } from "./ordinary-names.js";
import { mixesScripts, skeletonOf } from "./skeleton.js";
import type { LookAlike } from "./verdict.js";

export interface KnownAddress {
  readonly address: EmailAddress;
  /**
   * Since when, in milliseconds; −Infinity where the person herself said so (own, contacts, imported). One that
   * was known later never makes an older one suspicious: else a forger who was seen once would be the genuine.
   */
  readonly since: number;
}

interface Known extends KnownAddress {
  readonly localPart: string;
  readonly domain: Domain;
}

/** The oldest wins a place: it is the one that others imitate. */
type Places = Map<string, Known>;

export class KnownAddresses {
  readonly #addresses: Places = new Map();
  readonly #skeletons: Places = new Map();
  /** by the domain as it is, and by what it looks like */
  readonly #domains: Places = new Map();
  readonly #domainSkeletons: Places = new Map();
  readonly #bareDomains: Places = new Map();
  /** local part and name of the domain, whatever it ends in */
  readonly #elsewhere: Places = new Map();
  /** halves of domain names: one edit leaves one of them whole */
  readonly #halves = new Map<string, Known[]>();

  constructor(list: Iterable<KnownAddress>) {
    this.add(list);
  }

  add(list: Iterable<KnownAddress>): void {
    for (const { address, since } of list) this.#add(read(address, since));
  }

  /** @returns null where it looks like nobody else */
  resembled(address: EmailAddress): LookAlike | null {
    const since = this.#addresses.get(address)?.since ?? Infinity;
    if (since === -Infinity) return null;
    const asked = read(address, since);
    const found = this.#find(asked);
    if (found !== null) return { address, resembles: found[0].address, why: found[1] };
    const odd = [...asked.shown.split("."), ...asked.localPart.split(".")].some(mixesScripts);
    return odd ? { address, resembles: null, why: "mixed-scripts" } : null;
  }

  #find(asked: Asked): readonly [Known, LookAlike["why"]] | null {
    const older = (known: Known | undefined): known is Known =>
      known !== undefined &&
      known.since < asked.since &&
      // Many programs write capitals as they like: that is nobody else's address.
      !sameAddress(known.address, asked.address, "any-case");
    const { localPart, domain } = asked;
    const twin = this.#skeletons.get(skeletonOfAddress(asked));
    if (older(twin)) return [twin, "confusable"];
    const knowsDomain = older(this.#domains.get(domain.whole));
    if (!knowsDomain) {
      const disguised = this.#domainSkeletons.get(domain.skeleton);
      if (older(disguised) && disguised.domain.whole !== domain.whole) return [disguised, "confusable"];
      const dressed = disguises(domain)
        .map((name) => this.#domains.get(name))
        .find(older);
      if (dressed !== undefined) return [dressed, "domain-swap"];
      const hyphenated = this.#bareDomains.get(bare(domain));
      if (older(hyphenated) && hyphenated.domain.name !== domain.name) return [hyphenated, "domain-swap"];
      const elsewhere = this.#elsewhere.get(`${localPart}@${domain.name}`);
      if (older(elsewhere) && isSwapOfEnding(asked, elsewhere)) return [elsewhere, "domain-swap"];
      const edited = this.#editedDomain(asked, older);
      if (edited !== null) return [edited, "one-character"];
    }
    const slip = this.#slip(asked, older);
    return slip === null ? null : [slip, "one-character"];
  }

  /**
   * At the same domain others have names that are nearly the same, and rightly so ("schmidt", "schmitt"). Only
   * long names count, and of them a letter inside, or two that changed places.
   */
  #slip({ localPart, domain }: Asked, older: (known: Known | undefined) => known is Known): Known | null {
    if (localPart.length < 7) return null;
    const swaps = swapsOf(localPart).map((name) => this.#addresses.get(`${name}@${domain.whole}`));
    const edits = halvesAround(localPart, `@${domain.whole}`).flatMap((key) => this.#halves.get(key) ?? []);
    const close = edits.filter((known) => closeEdit(localPart, known.localPart, longPiece));
    return [...swaps, ...close].find(older) ?? null;
  }

  #editedDomain(asked: Asked, older: (known: Known | undefined) => known is Known): Known | null {
    const { domain } = asked;
    const candidates = halvesAround(domain.name, `.${domain.ending}`).flatMap(
      (key) => this.#halves.get(key) ?? [],
    );
    const swapped = this.#domains.get(swapAt(domain, Math.floor(domain.name.length / 2) - 1));
    if (swapped !== undefined && crossesMiddle(domain)) candidates.push(swapped);
    const close = candidates.filter(older).filter((known) => isCloseDomain(asked, known));
    return close.find(({ localPart }) => localPart === asked.localPart) ?? close[0] ?? null;
  }

  #add(known: Known & Asked): void {
    keepOldest(this.#addresses, known.address, known);
    keepOldest(this.#skeletons, skeletonOfAddress(known), known);
    keepOldest(this.#domainSkeletons, known.domain.skeleton, known);
    keepOldest(this.#bareDomains, bare(known.domain), known);
    if (!roleAccounts.has(known.localPart))
      keepOldest(this.#elsewhere, `${known.localPart}@${known.domain.name}`, known);
    for (const key of halvesOf(known.localPart, `@${known.domain.whole}`)) this.#addHalf(key, known, true);
    const before = this.#domains.get(known.domain.whole);
    keepOldest(this.#domains, known.domain.whole, known);
    if (before !== undefined && before.localPart === known.localPart) return;
    const { name, ending } = known.domain;
    for (const key of halvesOf(name, `.${ending}`)) this.#addHalf(key, known, before === undefined);
  }

  /** One of each domain, and a few more for the sake of their local parts. */
  #addHalf(key: string, known: Known, isNew: boolean): void {
    const list = this.#halves.get(key);
    if (list === undefined) this.#halves.set(key, [known]);
    else if (list.length < mostInBucket && (isNew || list.length < 4)) list.push(known);
  }
}

const mostInBucket = 200;
/** letters of the piece in which one is another */
const longPiece = 7;

interface Asked extends Known {
  /** the domain as people see it */
  readonly shown: string;
}

function read(address: EmailAddress, since: number): Known & Asked {
  const whole = domainOf(address);
  const localPart = address.slice(0, address.length - whole.length - 1).toLowerCase();
  const shown = toUnicodeDomain(whole);
  return { address, since, localPart, domain: readDomain(whole, skeletonOf(shown)), shown };
}

function skeletonOfAddress({ localPart, domain }: Known): string {
  return `${skeletonOf(localPart)}@${domain.skeleton}`;
}

function keepOldest(places: Places, key: string, known: Known): void {
  const before = places.get(key);
  if (before === undefined || known.since < before.since) places.set(key, known);
}

// ------------------------------------------------------------------ domains in disguise

/** "example.org.evil.com", "example-org.com", "exam-ple.org": known names that this one could be made of. */
function disguises({ labels, name, ending }: Domain): readonly string[] {
  const pairs = labels.slice(0, -2).map((label, i) => `${label}.${labels[i + 1]}`);
  // The last pair of all is the owner's name for itself: "uni.example.org" is no "uni.example".
  const above = pairs.slice(0, labels.length - 2 - ending.split(".").length + 1);
  const deep = labels.slice(0, -3).map((label, i) => `${label}.${labels[i + 1]}.${labels[i + 2]}`);
  const hyphens = [...name.matchAll(/-/g)].map(
    ({ index }) => `${name.slice(0, index)}.${name.slice(index + 1)}`,
  );
  return [...above, ...deep, ...hyphens].filter((one) => one.length >= 7);
}

/** "my-bank.com" and "mybank.com": by what is left without hyphens. */
function bare({ name, ending }: Domain): string {
  return `${name.replaceAll("-", "")}.${ending}`;
}

/** The same person at the same name, but .com for .org. At large providers that is somebody else, and usual. */
function isSwapOfEnding({ localPart, domain }: Asked, known: Known): boolean {
  if (roleAccounts.has(localPart) || crowdedDomains.has(known.domain.name)) return false;
  return domain.name.length >= 5 && domain.ending !== known.domain.ending;
}

// ------------------------------------------------------------------ one letter

function isCloseDomain({ localPart, domain }: Asked, known: Known): boolean {
  if (domain.ending !== known.domain.ending || domain.name === known.domain.name) return false;
  if (crowdedDomains.has(domain.name)) return false;
  const isSamePerson = localPart === known.localPart && !roleAccounts.has(localPart);
  return closeEdit(domain.name, known.domain.name, isSamePerson ? 4 : 7);
}

/** Where the one half of a name stays, the name that is one edit away is found by it. */
function halvesOf(name: string, rest: string): readonly string[] {
  const half = Math.floor(name.length / 2);
  return [`${name.length}<${name.slice(0, half)}${rest}`, `${name.length}>${name.slice(half)}${rest}`];
}

function halvesAround(name: string, rest: string): readonly string[] {
  return [name.length - 1, name.length, name.length + 1].flatMap((length) => {
    const half = Math.floor(length / 2);
    const last = name.slice(name.length - (length - half));
    return [`${length}<${name.slice(0, half)}${rest}`, `${length}>${last}${rest}`];
  });
}

/** Two neighbours exchanged, but for the first letter. */
function swapsOf(name: string): readonly string[] {
  const swaps: string[] = [];
  for (let i = 1; i < name.length - 1; i++) {
    const [a, b] = [name[i]!, name[i + 1]!];
    if (a === b || !/[a-z]/.test(a) || !/[a-z]/.test(b)) continue;
    swaps.push(`${name.slice(0, i)}${b}${a}${name.slice(i + 2)}`);
  }
  return swaps;
}
