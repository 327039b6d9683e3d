/**
 * What is kept of an author, and the counting: pure, record in, record out. Only mail with a good signature
 * makes a record, so that nobody who merely writes an address into From can make one, and only good
 * signatures build the expectation of the next. What unsigned mail may do to it: docs/decisions/memory-of-signers.md.
 */
import type { AuthorMemory, RememberedSigner, Sighting } from "../../engine/index.js";

export interface SignerRecord extends Pick<
  AuthorMemory,
  "address" | "signers" | "confirmed" | "signed" | "signingSince"
> {
  /** messages that nobody signed, since the first signed one */
  readonly unsigned: number;
  /** on how many days those were seen: one flood counts as one */
  readonly unsignedDays: number;
  /** YYYY-MM-DD; null: none yet */
  readonly lastUnsignedDay: string | null;
  /** hashes of the last of them, so that each is counted once */
  readonly unsignedSeen: readonly string[];
  /** `declined`: a person said that no signature is to be expected */
  readonly expectation: "learning" | "expected" | "declined";
}

/** That one message was signed well, when, and by which path: so that it stays explainable. */
export interface VerdictRecord {
  /**
   * SHA-256 of what the signature covers: with address and signer the key, so that no other message can be meant.
   * Where it was seen under another name first, a space and `message` follow.
   */
  readonly covered: string;
  /** fingerprint */
  readonly signer: string;
  readonly address: string;
  /** SHA-256 of what tells the message from others */
  readonly message: string;
  /** fingerprints, end entity first */
  readonly path: readonly string[];
  /** when it was proven good, ISO 8601 */
  readonly time: string;
  /**
   * By our own clock; or by a time stamp from before we saw the message: that is counted, and proves nothing by
   * itself, for its authority may not be accepted any more. Absent: written when nobody noted it, so it proves nothing.
   */
  readonly provenBy?: "clock" | "time-stamp";
}

const mostSigners = 16;
const mostConfirmed = 16;
const mostUnsignedSeen = 32;
/** so many signed messages, and four for each day with unsigned ones, make a habit */
const habit = { signed: 3, signedForEachDay: 4 } as const;
/** milliseconds: so long after her last certificate has ended nobody is surprised by unsigned mail */
const lapse = 90 * 86_400_000;

export function emptyRecord(address: string): SignerRecord {
  return {
    address,
    signers: [],
    confirmed: [],
    signed: 0,
    unsigned: 0,
    unsignedDays: 0,
    lastUnsignedDay: null,
    unsignedSeen: [],
    signingSince: null,
    expectation: "learning",
  };
}

/** The engine's view of it. @param now the expectation ends with the certificates */
export function memoryOf(record: SignerRecord, now: Date): AuthorMemory {
  const { address, signers, confirmed, signed, unsigned, signingSince } = record;
  return {
    address,
    signers,
    confirmed,
    signed,
    messages: signed + unsigned,
    signingSince,
    expectsSignature: record.expectation === "expected" && isStillSigning(record, now),
  };
}

function isStillSigning({ signers }: SignerRecord, now: Date): boolean {
  return signers.some(
    ({ standing, notAfter }) => standing === "usual" && Date.parse(notAfter) + lapse > now.getTime(),
  );
}

export interface Seen {
  readonly sighting: Sighting;
  /** SHA-256 of the SubjectPublicKeyInfo */
  readonly key: string;
  readonly standing: RememberedSigner["standing"];
  readonly now: Date;
}

export function afterSigned(record: SignerRecord, seen: Seen): SignerRecord {
  const { sighting, standing, now } = seen;
  const time = now.toISOString();
  const before = record.signers.find(({ fingerprint }) => fingerprint === sighting.signer.fingerprint);
  const signer: RememberedSigner = {
    ...sighting.signer,
    key: seen.key,
    firstSeen: before?.firstSeen ?? time,
    lastSeen: time,
    messages: (before?.messages ?? 0) + 1,
    standing: before?.standing === "usual" ? "usual" : standing,
  };
  const others = record.signers.filter((one) => one !== before);
  const signers = bounded([...others, signer]);
  // A changed signer is written down, and builds nothing.
  if (standing === "other") return { ...record, signers };
  const claimed = sighting.claimedTime;
  const began = claimed !== null && claimed < time ? claimed : time;
  const signingSince =
    record.signingSince !== null && record.signingSince < began ? record.signingSince : began;
  return withHabit({ ...record, signers, signed: record.signed + 1, signingSince });
}

/** Those that a person or time made usual stay the longest. */
function bounded(signers: readonly RememberedSigner[]): readonly RememberedSigner[] {
  const rank = ({ standing, lastSeen }: RememberedSigner): string =>
    `${standing === "usual" ? 1 : 0} ${lastSeen}`;
  if (signers.length <= mostSigners) return signers;
  return [...signers].sort((a, b) => (rank(a) < rank(b) ? 1 : -1)).slice(0, mostSigners);
}

/** Once there is a habit, no unsigned mail ends it: that may be anybody's. */
function withHabit(record: SignerRecord): SignerRecord {
  const { signed, unsignedDays, expectation } = record;
  if (expectation !== "learning") return record;
  const isHabit = signed >= habit.signed && signed >= habit.signedForEachDay * unsignedDays;
  return isHabit ? { ...record, expectation: "expected" } : record;
}

export interface Unsigned {
  /** SHA-256 of what tells the message from others */
  readonly message: string;
  /** milliseconds; null: nobody tells */
  readonly arrival: number | null;
  readonly now: Date;
}

/** @returns the record itself where there is nothing new */
export function afterUnsigned(record: SignerRecord, { message, arrival, now }: Unsigned): SignerRecord {
  const { signingSince, unsignedSeen, lastUnsignedDay } = record;
  if (signingSince === null || unsignedSeen.includes(message)) return record;
  // Old mail, from before she signed.
  if (arrival !== null && arrival < Date.parse(signingSince)) return record;
  const today = now.toISOString().slice(0, 10);
  return {
    ...record,
    unsigned: record.unsigned + 1,
    unsignedDays: record.unsignedDays + (today === lastUnsignedDay ? 0 : 1),
    lastUnsignedDay: today,
    unsignedSeen: [...unsignedSeen, message].slice(-mostUnsignedSeen),
  };
}

export function afterConfirmed(record: SignerRecord, fingerprint: string, now: Date): SignerRecord {
  if (record.confirmed.some((one) => one.fingerprint === fingerprint)) return record;
  const confirmed = [...record.confirmed, { fingerprint, since: now.toISOString() }].slice(-mostConfirmed);
  const signers = record.signers.map((signer) =>
    signer.fingerprint === fingerprint ? { ...signer, standing: "usual" as const } : signer,
  );
  return { ...record, confirmed, signers };
}

/** A signer that counted before others did stays usual; one that only the confirmation let in is another again. */
export function afterUnconfirmed(record: SignerRecord, fingerprint: string): SignerRecord {
  const confirmed = record.confirmed.filter((one) => one.fingerprint !== fingerprint);
  const usual = record.signers.filter(({ standing }) => standing === "usual");
  const signers = record.signers.map((signer) => {
    const isLater = usual.some((one) => one.fingerprint !== fingerprint && one.firstSeen <= signer.firstSeen);
    return signer.fingerprint === fingerprint && isLater ? { ...signer, standing: "other" as const } : signer;
  });
  return { ...record, confirmed, signers };
}
