/**
 * Importing, listing and removing the person's own certificates and keys. Whatever is wrong with a file
 * is found before anything is written, so a file that is refused leaves everything as it was.
 */
import type { Bytes, Certificate, Pkcs12Entry } from "../../engine/index.js";
import {
  BudgetExceededError,
  MalformedError,
  UnsupportedError,
  describeCertificate,
  importPrivateKey,
  loadIssuing,
  readKeyFile,
  wipePrivateKey,
} from "../../engine/index.js";
import type { CertificateSummary } from "../../engine/index.js";
import type {
  HandoverId,
  Handlers,
  IdentityView,
  ImportedIdentities,
  PageRequests,
} from "../../protocol/messages.js";
import { pkcs12Limit } from "../../protocol/handover.js";
import { toBase64 } from "../../protocol/wire.js";
import { readRecoveryCode } from "../../protocol/recovery-code.js";
import { readStolenNote } from "../backup/stolen-note.js";
import { type WaitingKeys, waitingIn } from "../backup/waiting-note.js";
import type { HandoverStore } from "../handover.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { pauses } from "../pause.js";
import { Refusal } from "../refusal.js";
import type { StolenKeyRecord } from "../stolen-records.js";
import type { CertificateStore } from "../trust/certificate-store.js";
import type { IdentityStore, NewIdentity } from "../vault/identity-store.js";
import type { PendingKeys, RestoredKey } from "../vault/pending-keys.js";
import type { Vault } from "../vault/vault.js";
import { handedOver, readFile } from "./files.js";
import { keeping } from "./store-handlers.js";

export interface IdentityParts {
  readonly vault: Vault;
  readonly identities: IdentityStore;
  readonly pendingKeys: PendingKeys;
  readonly certificates: CertificateStore;
  readonly handover: HandoverStore;
  readonly views: () => Promise<readonly IdentityView[]>;
}

type Names = "identity:import" | "identity:list" | "identity:remove";

export function identityHandlers(parts: IdentityParts): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  return {
    "identity:import": async ({ file, password }) => ({
      ok: true,
      answer: await importKeyFile(parts, file, password),
    }),
    "identity:list": async () => ({ ok: true, answer: await parts.views() }),
    "identity:remove": async ({ fingerprint }) => {
      await parts.identities.remove(fingerprint);
      return { ok: true, answer: {} };
    },
  };
}

async function importKeyFile(
  parts: IdentityParts,
  file: HandoverId,
  password: string,
): Promise<ImportedIdentities> {
  const bytes = handedOver(parts.handover, file, pkcs12Limit);
  // Asked first: whoever typed the file's password right should not have to type it again.
  if ((await parts.vault.unlocked()) === null) throw new Refusal("vault-locked");
  const answer = await importKeys(parts, bytes, password);
  parts.handover.wipe(file);
  await parts.vault.used("any");
  return answer;
}

/** @param bytes of a key file, with the vault open @throws Refusal */
export async function importKeys(
  parts: Omit<IdentityParts, "vault" | "handover">,
  bytes: Bytes,
  password: string,
): Promise<ImportedIdentities> {
  const entries = await openKeyFile(bytes, password);
  try {
    const restored = await waitingIn(entries, pauses());
    const { found, unusable } = await readFile(async () =>
      sortOut(await identitiesIn(entries, restored), entries),
    );
    const { waiting, added, withoutKey } = await store(parts, found, { entries, restored });
    // No certificate of the file belongs to them, usable or not: nobody can say whose they are.
    const unnamed = entries.filter(
      (entry) => entry.certificate === null && entry.privateKey !== null && !restored.has(entry),
    ).length;
    const fingerprints = new Set<string>(found.map(({ certificate }) => certificate.fingerprint));
    const views = (await parts.views()).filter(({ certificate }) =>
      fingerprints.has(certificate.fingerprint),
    );
    return {
      added: views.filter(({ certificate }) => added.has(certificate.fingerprint)),
      known: views.filter(({ certificate }) => !added.has(certificate.fingerprint)),
      withoutKey,
      unusable,
      ...(waiting.length > 0 && { waiting }),
      ...(unnamed > 0 && { unnamed }),
      fileProtection: entries.some(({ keyProtection }) => keyProtection === "none") ? "none" : "password",
    };
  } finally {
    for (const { privateKey } of entries) privateKey?.fill(0);
  }
}

/** A recovery code may be typed in small letters and without its hyphens. */
async function openKeyFile(bytes: Bytes, password: string): Promise<readonly Pkcs12Entry[]> {
  const open = (secret: string) => readFile(() => withinReason(() => readKeyFile(bytes, secret, pauses())));
  try {
    return await open(password);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "password-wrong") throw error;
    const code = readRecoveryCode(password);
    if (code === "mistyped") throw new Refusal("recovery-code-mistyped");
    if (code === null || code === password) throw error;
    return open(code);
  }
}

interface SortedOut {
  readonly found: readonly NewIdentity[];
  readonly unusable: readonly CertificateSummary[];
}

/**
 * One key that cannot be used must not keep the others out. Where only a label says that one is a certificate's, its
 * person is named, and nothing more comes of it: anybody can write the label, for whom he likes.
 *
 * @param all those whose key was proven to be the certificate's
 * @throws what is wrong with the first, where none can be used
 */
async function sortOut(all: readonly NewIdentity[], entries: readonly Pkcs12Entry[]): Promise<SortedOut> {
  const found: NewIdentity[] = [];
  const failures = entries.flatMap(({ certificate, keyFault: error }) =>
    certificate === null || error === undefined ? [] : [{ certificate, error }],
  );
  const pause = pauses();
  for (const identity of all) {
    await pause();
    try {
      wipePrivateKey(await importPrivateKey(identity.pkcs8));
      found.push(identity);
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof UnsupportedError)) throw error;
      failures.push({ certificate: identity.certificate, error });
    }
  }
  if (found.length === 0 && failures.length > 0) throw failures[0]!.error;
  return { found, unusable: failures.map(({ certificate }) => describeCertificate(certificate)) };
}

/** The file's size was looked at before: what can still be too much is the work that it asks for. */
async function withinReason<Found>(read: () => Promise<Found>): Promise<Found> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BudgetExceededError) throw new Refusal("file-too-costly");
    throw error;
  }
}

/** @throws Refusal where there is no key, or none that one of the file's certificates belongs to */
async function identitiesIn(
  entries: readonly Pkcs12Entry[],
  restored: WaitingKeys,
): Promise<readonly NewIdentity[]> {
  const { completeChain, searchInFile } = await loadIssuing();
  const pause = pauses();
  const search = searchInFile(pause);
  const found: NewIdentity[] = [];
  const all = entries.flatMap(({ certificate, chain }) => [certificate ?? [], chain].flat());
  for (const { certificate, privateKey, keyFault } of entries) {
    if (certificate === null || privateKey === null || keyFault !== undefined) continue;
    // They go out with every letter, so a link has to have signed what is below it; readers have their own roots.
    const chain = await completeChain(certificate, all, search);
    found.push({ certificate, chain, pkcs8: privateKey, isProven: true });
    await pause();
  }
  const isClaimed = entries.some(({ keyFault }) => keyFault !== undefined);
  if (found.length > 0 || isClaimed || restored.size > 0) return found;
  if (entries.every(({ privateKey }) => privateKey === null)) throw new Refusal("no-key-in-file");
  throw new Refusal(
    entries.every(({ certificate }) => certificate === null) ? "no-certificate-for-key" : "key-mismatch",
  );
}

interface Stored {
  /** fingerprints */
  readonly added: ReadonlySet<string>;
  /** the addresses of keys that wait and were not here */
  readonly waiting: readonly string[];
  readonly withoutKey: readonly CertificateSummary[];
}

/**
 * All of the file at once, or, where the program dies meanwhile, nothing of it. Certificates of other people go where
 * they belong; links of paths are kept with them, unmentioned.
 */
async function store(
  {
    identities,
    pendingKeys,
    certificates,
  }: Pick<IdentityParts, "identities" | "pendingKeys" | "certificates">,
  found: readonly NewIdentity[],
  { entries, restored }: { readonly entries: readonly Pkcs12Entry[]; readonly restored: WaitingKeys },
): Promise<Stored> {
  const here = publicKeysOf(await identities.all());
  const [keys, stolen] = [
    stillWaiting(restored, publicKeysOf(entries), here),
    await stolenKeys(found, { entries, here }),
  ];
  const others = entries.flatMap(({ certificate, privateKey }) =>
    certificate === null || privateKey !== null ? [] : [keeping(certificate)],
  );
  const { added, waiting } = await readFile(() =>
    identities.addWith(found, async (unlocked) => ({
      waiting: await pendingKeys.sealRestored(keys, unlocked),
      certificates: certificates.records(others, "imported"),
      stolen,
    })),
  );
  return {
    added: new Set(added),
    waiting: [...new Set(waiting.flatMap(({ addresses }) => addresses))],
    withoutKey: others
      .filter(({ role }) => role === "person")
      .map(({ certificate }) => describeCertificate(certificate)),
  };
}

type PublicKeys = ReadonlySet<string>;

function publicKeysOf(list: readonly Pick<Pkcs12Entry, "certificate">[]): PublicKeys {
  return new Set(list.flatMap(({ certificate }) => (certificate === null ? [] : [publicKeyIn(certificate)])));
}

const publicKeyIn = ({ subjectPublicKeyInfo }: Certificate): string => toBase64(subjectPublicKeyInfo.der);

/** What has got its certificate since does not wait again. */
function stillWaiting(restored: WaitingKeys, ...certified: readonly PublicKeys[]): readonly RestoredKey[] {
  return [...restored.values()].filter(({ publicKey }) =>
    certified.every((publicKeys) => !publicKeys.has(toBase64(publicKey))),
  );
}

/**
 * What was given up as stolen where the backup was made signs here no more than there. Only of keys that are proven
 * to lie in the file: else anybody could silence ours by its certificate. Of a key that is here already the person has
 * said here what is to be said: a backup from before must not mark it again.
 */
async function stolenKeys(
  found: readonly NewIdentity[],
  { entries, here }: { readonly entries: readonly Pkcs12Entry[]; readonly here: PublicKeys },
): Promise<readonly StolenKeyRecord[]> {
  const proven = new Set(found.map(({ certificate }) => certificate));
  const records: StolenKeyRecord[] = [];
  for (const { certificate, note } of entries) {
    if (certificate === null || note === undefined || !proven.has(certificate)) continue;
    if (here.has(publicKeyIn(certificate))) continue;
    const record = await readStolenNote(note, certificate);
    if (record !== null) records.push(record);
  }
  return records;
}
