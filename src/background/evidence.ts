/**
 * What the engine is told: keys, anchors and certificates from the stores, gathered for one question.
 * That a certificate lies in a store proves nothing; the engine judges its path each time.
 */
import type {
  Bytes,
  Certificate,
  EmailAddress,
  Fault,
  Identity,
  InspectContext,
  Inspection,
  Origin,
  PublicRoots,
} from "../engine/index.js";
import {
  checkEncryptionCertificate,
  emailAddresses,
  normalizeAddress,
  ownCapabilities,
  readOrigin,
} from "../engine/index.js";
import { isStorageFailure } from "./database.js";
import type { Engine } from "./engine/engine.js";
import { noPolicy, readPolicyFor } from "./policy/policy.js";
import type { PolicyStore } from "./policy/policy-store.js";
import { viewIdentity } from "./identity-view.js";
import type { Finder } from "./finding/finder.js";
import type { EvidenceDesk } from "./network/evidence-desk.js";
import type { EvidenceSession, Manner } from "./network/evidence-session.js";
import type { CertificateAnswer, InspectPurpose, Judged, JudgedMessage } from "./services.js";
import { type StolenKeys, sortOut } from "./stolen-keys.js";
import type { AnchorStore } from "./trust/anchor-store.js";
import type { RootStore } from "./trust/root-store.js";
import type { CertificateStore, KnownCertificate } from "./trust/certificate-store.js";
import type { Correspondents } from "./trust/correspondents.js";
import { keepings } from "./trust/letter-keepings.js";
import type { Remembered, SignerMemory } from "./trust/signer-memory.js";
import type { IdentityStore } from "./vault/identity-store.js";
import { nameOfError } from "./name-of-error.js";

export interface EvidenceStores {
  readonly identities: IdentityStore;
  readonly certificates: CertificateStore;
  readonly anchors: AnchorStore;
  readonly roots: RootStore;
  /** absent: nobody is known, and nobody looks like anybody */
  readonly correspondents?: Correspondents;
  readonly memory: SignerMemory;
  /** absent: no key was stolen */
  readonly stolen?: StolenKeys;
  /** the organisation's; absent: nobody manages this browser */
  readonly policy?: PolicyStore;
  /** Addresses that the person writes from; absent: none is known. */
  readonly writesFrom?: () => Promise<readonly string[]>;
  /** absent: nobody's DNS vouches for anything */
  readonly finder?: Pick<Finder, "vouched">;
}

/** The stores, and who judges what they hold. */
export interface Judging extends EvidenceStores {
  readonly engine: Engine;
  /** absent: nobody is asked for evidence */
  readonly desk?: EvidenceDesk;
}

export interface ReadQuestion {
  readonly raw: Bytes;
  readonly time: Date;
  readonly signal?: AbortSignal | undefined;
  /** `ask`: a person clicked to have missing issuers looked for; absent: those that were found before */
  readonly issuers?: "ask";
}
export interface InspectQuestion extends ReadQuestion {
  readonly purpose: InspectPurpose;
  /** `after`: nobody who waits for a badge waits for the disk */
  readonly learning?: "first" | "after";
}

export async function inspectWith(judging: Judging, question: InspectQuestion): Promise<Judged> {
  const { raw, purpose, signal } = question;
  const session = await sessionFor(judging, purpose === "display" ? "later" : "wait", question);
  // Before the engine gets the octets: they move.
  const origin = await readOrigin(raw);
  const context = { ...(await contextFor(judging, question, origin)), ...(session && { evidence: session }) };
  const inspection = withEvidence(await judging.engine.inspect(raw, context, signal), session);
  if (purpose !== "display") return inspection;
  const learnt = Promise.all([
    learn(judging.certificates, inspection, context),
    remember(judging.memory, inspection, origin),
  ]);
  if (question.learning === "after")
    learnt.catch((error: unknown) =>
      console.error("Signet could not keep what it learnt", nameOfError(error)),
    );
  else await learnt;
  return inspection;
}

/** For our reader. Nothing is learnt from it. */
export async function readWith(judging: Judging, question: ReadQuestion): Promise<JudgedMessage> {
  const session = await sessionFor(judging, "wait", question);
  const context = { ...(await contextFor(judging, question)), ...(session && { evidence: session }) };
  return withEvidence(await judging.engine.read(question.raw, context, question.signal), session);
}

async function sessionFor(
  { desk }: Judging,
  manner: Manner,
  { issuers }: ReadQuestion,
): Promise<EvidenceSession | null> {
  return desk === undefined ? null : desk.session(manner, issuers);
}

function withEvidence<Result extends object>(
  result: Result,
  session: EvidenceSession | null,
): Result & Pick<Judged, "pending" | "issuerHosts"> {
  return { ...result, pending: session?.pending ?? null, issuerHosts: session?.issuerHosts ?? [] };
}

async function contextFor(
  stores: EvidenceStores,
  { raw, time }: ReadQuestion,
  asked?: Origin,
): Promise<InspectContext> {
  const origin = asked ?? (await readOrigin(raw));
  const [identities, anchors, publicRoots, remembered, known] = await Promise.all([
    stores.identities.all(),
    stores.anchors.all(),
    stores.roots.inUse(),
    recollect(stores.memory, origin),
    candidatesFor(stores, origin.authors),
  ]);
  const lookAlike = (await stores.correspondents?.lookAlike(origin.authors)) ?? null;
  const links = identities.flatMap(({ chain }) => chain);
  const trusted = { anchors, ...(publicRoots && { publicRoots }) };
  const told = { ...(await demandsOf(stores)), time, lookAlike, ...remembered };
  return { identities, ...trusted, known: [...known, ...links], ...told };
}

/** How strictly is read: ours, and what the organisation asks beyond it. */
async function demandsOf({ policy }: EvidenceStores): Promise<Pick<InspectContext, "policy" | "revocation">> {
  const asked = (await policy?.get()) ?? noPolicy;
  return { policy: readPolicyFor(asked), revocation: asked.revocation };
}

/** A memory that cannot be read tells nothing apart; the message is judged all the same. */
async function recollect(memory: SignerMemory, origin: Origin): Promise<Remembered | null> {
  try {
    return await memory.of(origin);
  } catch (error) {
    if (!isStorageFailure(error)) throw error;
    console.warn("Signet could not look into its memory of signers", error.name);
    return null;
  }
}

async function remember(memory: SignerMemory, inspection: Inspection, origin: Origin): Promise<void> {
  try {
    await memory.learn(inspection, origin);
  } catch (error) {
    if (!isStorageFailure(error)) throw error;
    console.warn("Signet could not remember a signer", error.name);
  }
}

/** Keep what an answer needs. Our own certificates are kept with their keys already. */
async function learn(
  certificates: CertificateStore,
  inspection: Inspection,
  { identities, time }: { readonly identities: readonly Identity[]; readonly time: Date },
): Promise<void> {
  const own = new Set<string>(identities.map(({ certificate }) => certificate.fingerprint));
  const others = keepings(inspection, time).filter(({ certificate }) => !own.has(certificate.fingerprint));
  try {
    await certificates.keep(others, "seen-on-mail");
  } catch (error) {
    // A full disk takes nothing away from the verdict: the message can be read all the same.
    if (!isStorageFailure(error)) throw error;
    console.warn("Signet could not keep a certificate", error.name);
  }
}

/** Intermediates, and what we know of the visible authors: a signature may come without its certificate. */
async function candidatesFor(
  { certificates }: EvidenceStores,
  authors: readonly EmailAddress[],
): Promise<readonly Certificate[]> {
  const [authorities, ...people] = await Promise.all([
    certificates.authorities(),
    ...authors.map((address) => certificates.byAddress(address)),
  ]);
  return [...authorities, ...people.flat().map(({ certificate }) => certificate)];
}

/** Usable ones first, then the newest: a renewed certificate replaces the old one by itself. */
export async function identitiesFor(
  all: readonly Identity[],
  address: string,
  time: Date,
): Promise<readonly Identity[]> {
  const normalised = normalizeAddress(address);
  const own = all.filter(({ certificate }) =>
    emailAddresses(certificate).some((name) => name === normalised),
  );
  const judged = await Promise.all(
    own.map(async (identity) => ({
      identity,
      usable: (await viewIdentity(identity, time)).problem === null,
    })),
  );
  return judged
    .sort((a, b) => Number(b.usable) - Number(a.usable) || newestFirst(a.identity, b.identity))
    .map(({ identity }) => identity);
}

/**
 * Which certificate encrypts to an address: the newest one that may, at this time, and whose path ends
 * at one of the person's anchors; before it, one that its owner asked for since. Our own need no anchor for an
 * address that the person writes from: we hold their keys. Nor does one that the domain's signed DNS vouches for
 * (DANE-EE, RFC 8162): address, validity and purpose are looked at all the same (docs/decisions/finding-certificates.md).
 */
export async function certificateFor(
  stores: EvidenceStores & Pick<Judging, "desk">,
  address: string,
  time: Date,
): Promise<CertificateAnswer> {
  const normalised = normalizeAddress(address);
  if (normalised === null) return { kind: "none", problem: null };
  const [identities, known, anchors, publicRoots, authorities, vouched] = await Promise.all([
    stores.identities.all(),
    stores.certificates.byAddress(normalised),
    stores.anchors.all(),
    stores.roots.inUse(),
    stores.certificates.authorities(),
    stores.finder?.vouched(normalised),
  ]);
  // Nobody encrypts to a key that a thief has; what others know of our certificate changes nothing.
  const gone = stores.stolen ? (await sortOut(stores.stolen, identities)).stolen : [];
  const ours = identities.filter(
    (one) => !gone.includes(one) && emailAddresses(one.certificate).includes(normalised),
  );
  const trusted = { anchors, ...(publicRoots && { publicRoots }) };
  const own = await ownCandidates(stores, ours, { address: normalised, trusted });
  const others = known
    .filter(
      ({ certificate }) =>
        ![...own, ...gone].some((mine) => mine.certificate.fingerprint === certificate.fingerprint),
    )
    .map((one) => ({ ...one, ...trusted }))
    .flatMap((one) => (vouched?.has(one.certificate.fingerprint) ? [one, vouchedByDns(one)] : [one]));
  const candidates = [...authorities, ...identities.flatMap(({ chain }) => chain)];
  // Nobody who writes waits for a network: what is held counts, and what is not is fetched for the next time.
  const evidence = await stores.desk?.session("later");
  const demands = await demandsOf(stores);
  return choose([...own, ...others], async (candidate) => {
    const { certificate, anchors, publicRoots } = candidate;
    const asked = { ...demands, address: normalised, time, ...(evidence && { evidence }) };
    const use = { anchors, ...(publicRoots && { publicRoots }), ...asked, candidates };
    const result = await checkEncryptionCertificate(certificate, use);
    return result.kind === "valid" ? undefined : result.faults[0];
  });
}

interface Candidate extends KnownCertificate {
  readonly anchors: readonly Certificate[];
  readonly publicRoots?: PublicRoots;
}

async function choose(
  candidates: readonly Candidate[],
  judge: (candidate: Candidate) => Promise<Fault | undefined>,
): Promise<CertificateAnswer> {
  let problem: Fault | null = null;
  // Of two that both may, the later one is what its owner uses now.
  for (const candidate of [...candidates].sort(lastWordFirst)) {
    const fault = await judge(candidate);
    const { certificate, capabilities } = candidate;
    if (fault === undefined)
      return { kind: "usable", certificate, capabilities, origin: withReason(candidate, candidates) };
    problem ??= fault;
  }
  return { kind: "none", problem };
}

/** Of several, why this one: its owner's wish, which tells itself, or its age. */
function withReason(
  { certificate, origin }: Candidate,
  candidates: readonly Candidate[],
): KnownCertificate["origin"] {
  const isOnly = candidates.every((other) => other.certificate.fingerprint === certificate.fingerprint);
  const isWished = origin.preferredAt !== null && Date.parse(origin.preferredAt) >= certificate.notBefore;
  return isOnly || isWished ? origin : { ...origin, newestOfSeveral: true };
}

type Trusted = Pick<Candidate, "anchors" | "publicRoots">;

/**
 * A file or an authority can put anybody's address into a certificate that we hold the key of. For somebody else's
 * address it needs a path like any other; where nobody knows whose address it is, it is somebody else's.
 */
async function ownCandidates(
  { writesFrom }: EvidenceStores,
  ours: readonly Identity[],
  { address, trusted }: { readonly address: EmailAddress; readonly trusted: Trusted },
): Promise<readonly Candidate[]> {
  const mine = ours.length === 0 ? [] : ((await writesFrom?.()) ?? []);
  const isMine = mine.some((one) => normalizeAddress(one)?.toLowerCase() === address.toLowerCase());
  return ours.map(({ certificate }) => ({
    ...{ certificate, capabilities: ownCapabilities(certificate), origin: ownOrigin },
    ...(isMine ? { anchors: [certificate] } : trusted),
  }));
}

interface Dated {
  readonly certificate: Certificate;
}

const ownOrigin = { source: "own", since: "", preferredAt: null } as const;

/** The domain speaks for its address, so nobody else has to: the certificate is where its path ends. */
function vouchedByDns(one: Candidate): Candidate {
  const { publicRoots: _others, ...rest } = one;
  return { ...rest, anchors: [one.certificate], origin: { ...one.origin, vouchedByDns: true } };
}

/** A wish counts from when it was said: what its owner got later is what they use now. */
const lastWord = ({ certificate, origin }: Candidate): number =>
  Math.max(certificate.notBefore, origin.preferredAt === null ? 0 : Date.parse(origin.preferredAt));

const lastWordFirst = (a: Candidate, b: Candidate): number => lastWord(b) - lastWord(a);

const newestFirst = (a: Dated, b: Dated): number => b.certificate.notBefore - a.certificate.notBefore;
