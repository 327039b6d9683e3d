/**
 * What the memory of the author adds to a state that the cryptography gave. It tells good states apart (2a,
 * 2b), takes one down to "signer changed" (3), and says of unsigned mail that a signature was expected (8).
 * It never makes anything good. Why it works like this: docs/decisions/memory-of-signers.md.
 */
import type { Fault } from "../fault/faults.js";
import type { MailingList } from "../mime/mailing-list.js";
import type { AuthorMemory, RememberedSigner, SignatureRecord } from "./author-memory.js";
import type {
  CertificateSummary,
  CryptographicLayer,
  MemorySummary,
  SignatureVerdict,
  SummaryState,
} from "./verdict.js";

export interface Remembering {
  readonly memory: AuthorMemory;
  /** of this message's signatures, from earlier */
  readonly records: readonly SignatureRecord[];
  /** fingerprint of a signer's certificate → SHA-256 of its key; those that the memory does not know */
  readonly keys: ReadonlyMap<string, string>;
  readonly mailingList: MailingList | null;
  /** when the message arrived, milliseconds since the epoch; null: nobody tells */
  readonly arrival: number | null;
  readonly layers: readonly CryptographicLayer[];
}

/** A certificate that signed, and the anchor that vouches for it. */
export interface GoodSigner {
  readonly certificate: CertificateSummary;
  /** fingerprint */
  readonly anchor: string | null;
}

export function goodSigner(signature: SignatureVerdict): GoodSigner {
  const anchor = signature.status === "valid" ? (signature.path.at(-1)?.fingerprint ?? null) : null;
  return { certificate: signature.signer!, anchor };
}

export interface Recalled {
  readonly state: SummaryState;
  readonly memory: MemorySummary;
  readonly faults: readonly Fault[];
}

/**
 * @param state as the cryptography gave it
 * @param signers of each signed layer, those whose valid signature is the author's; empty unless the state is good
 */
export function recall(
  state: SummaryState,
  signers: readonly (readonly GoodSigner[])[],
  remembering: Remembering,
): Recalled {
  const { memory } = remembering;
  if (state === "2" || state === "2c") return recallGood(state, signers, remembering);
  const told = memorySummary(memory);
  if (state === "5b") {
    const confirmed = signers
      .flat()
      .map(({ certificate }) => confirmedSince(memory, certificate.fingerprint));
    return { state, memory: { ...told, confirmed: confirmed[0] ?? null }, faults: [] };
  }
  // What a list added to is told as that: it is no louder, and says more.
  const isPlain = state === "1" || (state === "9" && remembering.mailingList === null);
  if (isPlain && isMissed(remembering)) {
    return { state: "8", memory: told, faults: [{ code: "signature-expected" }] };
  }
  return { state, memory: told, faults: [] };
}

function memorySummary({ messages, signed, expectsSignature }: AuthorMemory): MemorySummary {
  return { messages, signed, since: null, confirmed: null, expectsSignature, usual: null };
}

function confirmedSince({ confirmed }: AuthorMemory, fingerprint: string): string | null {
  return confirmed.find((one) => one.fingerprint === fingerprint)?.since ?? null;
}

// ------------------------------------------------------------------ signed well

function recallGood(
  state: "2" | "2c",
  signers: readonly (readonly GoodSigner[])[],
  { memory, records, keys }: Remembering,
): Recalled {
  const usual = usualOf(memory);
  const told = memorySummary(memory);
  const isOne = (signer: GoodSigner): boolean => isHers(signer, memory, keys);
  if (usual.length > 0 && !signers.every((layer) => layer.some(isOne))) {
    const [last] = [...usual].sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1));
    const { issuerName, lastSeen } = last!;
    const faults: readonly Fault[] = [{ code: "signer-changed", detail: issuerName }];
    return { state: "3", memory: { ...told, usual: { issuerName, lastSeen } }, faults };
  }
  const confirmed = signers
    .flat()
    .map(({ certificate }) => confirmedSince(memory, certificate.fingerprint))
    .find((since) => since !== null);
  const seenBefore = memory.signed - (isRecorded(signers.flat(), records) ? 1 : 0) > 0;
  const since = seenBefore ? earliest(usual) : null;
  const better = since === null ? ("2b" as const) : ("2a" as const);
  return {
    state: state === "2c" ? state : better,
    memory: { ...told, since, confirmed: confirmed ?? null },
    faults: [],
  };
}

function usualOf({ signers }: AuthorMemory): readonly RememberedSigner[] {
  return signers.filter(({ standing }) => standing === "usual");
}

/**
 * Does the memory take this signer for the author? Where it knows nobody, anybody whose signature is good.
 * One that is not hers is not named and not learnt, though it stands beside hers: anybody with a certificate
 * in her name could have added it.
 */
export function isHers(signer: GoodSigner, memory: AuthorMemory, keys: ReadonlyMap<string, string>): boolean {
  const usual = usualOf(memory);
  return (
    usual.length === 0 ||
    confirmedSince(memory, signer.certificate.fingerprint) !== null ||
    usual.some((known) => isSameOrNext(signer, known, keys))
  );
}

/** This very message was counted when it was shown before: it is still the first one. */
function isRecorded(signers: readonly GoodSigner[], records: readonly SignatureRecord[]): boolean {
  return records.some(({ signer }) => signers.some(({ certificate }) => certificate.fingerprint === signer));
}

function earliest(signers: readonly RememberedSigner[]): string | null {
  return signers.reduce<string | null>(
    (first, { firstSeen }) => (first === null || firstSeen < first ? firstSeen : first),
    null,
  );
}

const day = 86_400_000;
/** how long before the end of a certificate its successor is no surprise */
const renewalTime = 60 * day;

/**
 * The same certificate, the same key in another, or a renewal: vouched for by the same authority, for the same
 * name, and made when the old one came to its end. Who can get one of those from her authority has fooled it
 * already; a new one in the middle of the old one's life is what he would need.
 */
function isSameOrNext(
  { certificate, anchor }: GoodSigner,
  known: RememberedSigner,
  keys: ReadonlyMap<string, string>,
): boolean {
  if (certificate.fingerprint === known.fingerprint) return true;
  if (keys.get(certificate.fingerprint) === known.key) return true;
  if (certificate.subject !== known.subject) return false;
  if (certificate.issuer !== known.issuer && (anchor === null || anchor !== known.anchor)) return false;
  const [begin, end] = [Date.parse(known.notBefore), Date.parse(known.notAfter)];
  return Date.parse(certificate.notBefore) >= end - Math.min(renewalTime, (end - begin) / 2);
}

// ------------------------------------------------------------------ not signed

/** A signature is missing where she signs, where all layers are open, and where the message is no older than her signing. */
function isMissed({ memory, layers, arrival }: Remembering): boolean {
  if (!memory.expectsSignature) return false;
  if (layers.some((layer) => layer.kind !== "signed" && layer.status !== "opened")) return false;
  const since = memory.signingSince === null ? null : Date.parse(memory.signingSince);
  return arrival === null || since === null || arrival >= since;
}
