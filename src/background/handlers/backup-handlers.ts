/**
 * All keys as one file that a recovery code opens (PKCS #12, PBES2 with AES-256). The code is made by our
 * page and written down there; the file leaves encrypted. Coming back is an ordinary import.
 */
import {
  describeCertificate,
  writePkcs12Bundle,
  type Bytes,
  type Pkcs12Content,
  type Pkcs12WaitingKey,
} from "../../engine/index.js";
import type { BackupStatus, Handlers, MadeBackup, PageRequests, Reply } from "../../protocol/messages.js";
import { readRecoveryCode } from "../../protocol/recovery-code.js";
import type { BackupNotes } from "../backup/backup-notes.js";
import { writeStolenNote } from "../backup/stolen-note.js";
import { writeNote } from "../backup/waiting-note.js";
import type { HandoverStore } from "../handover.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { Refusal } from "../refusal.js";
import type { StolenKeys } from "../stolen-keys.js";
import type { IdentityStore, OpenedIdentity } from "../vault/identity-store.js";
import type { OpenedPendingKey, PendingKeys } from "../vault/pending-keys.js";
import type { Vault } from "../vault/vault.js";

export interface BackupParts {
  readonly vault: Vault;
  readonly identities: IdentityStore;
  readonly pendingKeys: PendingKeys;
  readonly stolen: StolenKeys;
  readonly backups: BackupNotes;
  readonly handover: HandoverStore;
}

type Names = "backup:status" | "backup:make" | "backup:made" | "backup:later";

/** .NET's loader, and with it Windows, stops at a million rounds in a file. A random code needs none of them. */
const mostRounds = 900_000;
const roundsEach = 100_000;

export function backupHandlers(parts: BackupParts): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  const status = async (): Promise<Reply<BackupStatus>> => ({
    ok: true,
    answer: await parts.backups.status(await keysHere(parts)),
  });
  return {
    "backup:status": status,
    "backup:make": async (wish) => ({ ok: true, answer: await makeBackup(parts, wish) }),
    "backup:made": async ({ fingerprints }) => {
      await parts.backups.made(fingerprints);
      return status();
    },
    "backup:later": async () => {
      await parts.backups.later();
      return status();
    },
  };
}

/**
 * What a backup must hold: the keys, by their certificates, and those that were asked for by a file and may wait for
 * weeks. What is ordered by mail waits for minutes: nobody is reminded of it, though a backup takes it along.
 */
async function keysHere({ identities, pendingKeys }: BackupParts): Promise<readonly string[]> {
  const waiting = (await pendingKeys.list()).filter(({ way }) => way === "file");
  return [...(await identities.fingerprints()), ...waiting.map(({ id }) => id)];
}

/** @throws Refusal `not-allowed` for a code that is none of ours; those of `Vault.unlockedBy` */
async function makeBackup(
  parts: BackupParts,
  { passphrase, code, mac }: PageRequests["backup:make"]["ask"],
): Promise<MadeBackup> {
  if (readRecoveryCode(code) !== code) throw new Refusal("not-allowed");
  // Asked for even while unlocked: an open screen must not be enough to carry all keys away.
  const unlocked = await parts.vault.unlockedBy(passphrase);
  const opened = await parts.identities.open(unlocked);
  const waiting = await parts.pendingKeys.open(unlocked);
  try {
    const [own, asked] = [await ownContents(opened, parts.stolen), waitingContents(waiting)];
    const count = own.length + asked.length;
    if (count === 0) throw new Refusal("not-found");
    const iterations = Math.min(roundsEach, Math.floor(mostRounds / (count + 2)));
    const protection = { password: code, profile: "modern", iterations } as const;
    const file: Bytes = await writePkcs12Bundle(own, { ...protection, ...(mac && { mac }) }, asked);
    const kept = waiting.flatMap(({ record, pkcs8 }) => (pkcs8 === null ? [] : [record]));
    return {
      file: parts.handover.put(file),
      fingerprints: [...own.map(({ certificate }) => certificate.fingerprint), ...kept.map(({ id }) => id)],
      left: opened
        .filter(({ pkcs8 }) => pkcs8 === null)
        .map(({ certificate }) => describeCertificate(certificate)),
      waiting: [...new Set(kept.flatMap(({ addresses }) => addresses))],
    };
  } finally {
    for (const { pkcs8 } of [...opened, ...waiting]) pkcs8?.fill(0);
  }
}

async function ownContents(
  opened: readonly OpenedIdentity[],
  stolen: StolenKeys,
): Promise<readonly Pkcs12Content[]> {
  const contents: Pkcs12Content[] = [];
  for (const { certificate, chain, pkcs8 } of opened) {
    if (pkcs8 === null) continue;
    const record = await stolen.record(certificate);
    const note = record === null ? {} : { note: writeStolenNote(record) };
    contents.push({ certificate, chain, privateKey: pkcs8, friendlyName: nameFor(certificate), ...note });
  }
  return contents;
}

function waitingContents(waiting: readonly OpenedPendingKey[]): readonly Pkcs12WaitingKey[] {
  return waiting.flatMap(({ record, pkcs8 }) => {
    const friendlyName = `${record.addresses[0] ?? ""} ${record.since.slice(0, 10)}, no certificate yet`;
    return pkcs8 === null ? [] : [{ privateKey: pkcs8, friendlyName, note: writeNote(record) }];
  });
}

function nameFor(certificate: Parameters<typeof describeCertificate>[0]): string {
  const { addresses, subject, notBefore } = describeCertificate(certificate);
  return `${addresses[0] ?? subject} ${notBefore.slice(0, 10)}`;
}
