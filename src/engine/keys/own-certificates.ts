/**
 * Which certificates of a key file belong to which key. Only the numbers decide; what a label says is told of keys that
 * cannot be used, and makes nobody theirs. Who makes a file may put in what costs, as often as it fits: so each key is
 * read once, and its public half made once, and only where a certificate of its kind is there. What is then done with
 * each certificate is to compare octets.
 */
import { type Bytes, equal } from "../base/bytes.js";
import { BudgetExceededError, MalformedError, UnsupportedError } from "../base/errors.js";
import type { Certificate } from "../x509/certificate.js";
import { type PublicKeyKind, publicKeyKind } from "../x509/public-key.js";
import { ComparedKey, isAmong, publicOctets } from "./match-certificate.js";
import type { CertificateBag, KeyBag } from "./pkcs12-bags.js";

export interface NamedCertificate {
  readonly certificate: Certificate;
  readonly bag: CertificateBag;
}

/** The engine has no timers: whoever has, lets others speak here. */
export type Pause = () => Promise<void>;

/**
 * A backup of ours holds the keys of decades; nobody has hundreds. Each becomes an identity, which every message that
 * comes is held against. A certificate may be renewed with the same key: a hundred times, and it lasted for 25 years.
 * Of the keys whose public half takes a second nobody has more than a few.
 */
export const mostIn = { keys: 200, slowKeys: 10, certificatesOfKey: 100, identities: 200 } as const;

export type KeyFault = MalformedError | UnsupportedError;

export interface OwnCertificates {
  readonly certificates: readonly NamedCertificate[];
  /** why the key cannot be used: then the file's labels name its certificates, and anybody writes labels; null: proven */
  readonly keyFault: KeyFault | null;
}

/**
 * @param pause awaited after each key
 * @returns by their keys; nothing for a key without any
 * @throws BudgetExceededError; MalformedError where the file's only key is broken
 */
export async function ownCertificates(
  keys: readonly KeyBag[],
  candidates: readonly NamedCertificate[],
  pause: Pause = async () => undefined,
): Promise<ReadonlyMap<KeyBag, OwnCertificates>> {
  if (keys.length > mostIn.keys) throw new BudgetExceededError("keys in a file");
  const found = new Map<KeyBag, OwnCertificates>();
  if (candidates.length === 0) return found;
  const known = { all: candidates, readable: readableOf(candidates), isOnly: keys.length === 1, slow: 0 };
  let identities = 0;
  for (const key of keys) {
    const { certificates, keyFault } = await ownOf(key, known);
    identities += certificates.length;
    if (certificates.length > mostIn.certificatesOfKey || identities > mostIn.identities)
      throw new BudgetExceededError("certificates of keys in a file");
    if (certificates.length > 0) found.set(key, { certificates: labelledFirst(key, certificates), keyFault });
    await pause();
  }
  return found;
}

/** A certificate whose public key can be read. */
interface Candidate extends NamedCertificate {
  readonly kind: PublicKeyKind;
  readonly publicKey: Bytes;
}

interface Candidates {
  readonly all: readonly NamedCertificate[];
  readonly readable: readonly Candidate[];
  /** the file has no other key */
  readonly isOnly: boolean;
  /** keys whose public half took long, until now */
  slow: number;
}

function readableOf(certificates: readonly NamedCertificate[]): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const named of certificates) {
    const info = named.certificate.subjectPublicKeyInfo;
    try {
      found.push({ ...named, kind: publicKeyKind(info), publicKey: publicOctets(info) });
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }
  return found;
}

/** All of them: a renewed certificate may stand beside the old one that still opens old mail. */
async function ownOf(key: KeyBag, known: Candidates): Promise<OwnCertificates> {
  const { all, readable, isOnly } = known;
  const compared = orFault(() => new ComparedKey(key.der), isOnly);
  // DSA, a broken key and the like: nothing will ever be done with the key, but the file may say whose it is.
  if (!(compared instanceof ComparedKey)) return labelledOf(key, all, compared);
  try {
    const alike = readable.filter(({ kind }) => compared.isOfKind(kind));
    if (alike.length === 0) return { certificates: [], keyFault: null };
    if (compared.isSlow && ++known.slow > mostIn.slowKeys)
      throw new BudgetExceededError("slow keys in a file");
    const half = await compared.publicHalf().catch((error: unknown) => faultOf(error, isOnly));
    if (half instanceof Error) return labelledOf(key, alike, half);
    return { certificates: alike.filter((one) => isAmong(half, one.publicKey)), keyFault: null };
  } finally {
    compared.wipe();
  }
}

function labelledOf(
  key: KeyBag,
  certificates: readonly NamedCertificate[],
  keyFault: KeyFault,
): OwnCertificates {
  return { certificates: certificates.filter((one) => isLabelled(key, one)), keyFault };
}

function orFault<Found>(read: () => Found, isOnly: boolean): Found | KeyFault {
  try {
    return read();
  } catch (error) {
    return faultOf(error, isOnly);
  }
}

/** A broken key beside others is as one of a kind that we do not know; alone, it is what the file is refused for. */
function faultOf(error: unknown, isOnly: boolean): KeyFault {
  if (error instanceof UnsupportedError || (error instanceof MalformedError && !isOnly)) return error;
  throw error;
}

function isLabelled({ localKeyId }: KeyBag, { bag }: NamedCertificate): boolean {
  return localKeyId !== null && bag.localKeyId !== null && equal(localKeyId, bag.localKeyId);
}

function labelledFirst(key: KeyBag, own: readonly NamedCertificate[]): readonly NamedCertificate[] {
  return [...own].sort((a, b) => Number(isLabelled(key, b)) - Number(isLabelled(key, a)));
}
