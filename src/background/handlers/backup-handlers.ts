/**
 * All keys as one file that a recovery code opens (PKCS #12, PBES2 with AES-256). The code is made by our
 * page and written down there; the file leaves encrypted. Coming back is an ordinary import.
 */
import { describeCertificate, writePkcs12Bundle, type Bytes } from "../../engine/index.js";
import type { BackupStatus, Handlers, MadeBackup, PageRequests, Reply } from "../../protocol/messages.js";
import { readRecoveryCode } from "../../protocol/recovery-code.js";
import type { BackupNotes } from "../backup/backup-notes.js";
import type { HandoverStore } from "../handover.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { Refusal } from "../refusal.js";
import type { IdentityStore } from "../vault/identity-store.js";
import type { Vault } from "../vault/vault.js";

export interface BackupParts {
  readonly vault: Vault;
  readonly identities: IdentityStore;
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
    answer: await parts.backups.status(await parts.identities.fingerprints()),
  });
  return {
    "backup:status": status,
    "backup:make": async ({ passphrase, code }) => ({
      ok: true,
      answer: await makeBackup(parts, passphrase, code),
    }),
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

/** @throws Refusal `not-allowed` for a code that is none of ours; those of `Vault.unlockedBy` */
async function makeBackup(parts: BackupParts, passphrase: string | null, code: string): Promise<MadeBackup> {
  if (readRecoveryCode(code) !== code) throw new Refusal("not-allowed");
  // Asked for even while unlocked: an open screen must not be enough to carry all keys away.
  const unlocked = await parts.vault.unlockedBy(passphrase);
  const opened = await parts.identities.open(unlocked);
  try {
    const contents = opened.flatMap(({ certificate, chain, pkcs8 }) =>
      pkcs8 === null ? [] : [{ certificate, chain, privateKey: pkcs8, friendlyName: nameFor(certificate) }],
    );
    if (contents.length === 0) throw new Refusal("not-found");
    const iterations = Math.min(roundsEach, Math.floor(mostRounds / (contents.length + 2)));
    const file: Bytes = await writePkcs12Bundle(contents, { password: code, profile: "modern", iterations });
    return {
      file: parts.handover.put(file),
      fingerprints: contents.map(({ certificate }) => certificate.fingerprint),
      left: opened
        .filter(({ pkcs8 }) => pkcs8 === null)
        .map(({ certificate }) => describeCertificate(certificate)),
    };
  } finally {
    for (const { pkcs8 } of opened) pkcs8?.fill(0);
  }
}

function nameFor(certificate: Parameters<typeof describeCertificate>[0]): string {
  const { addresses, subject, notBefore } = describeCertificate(certificate);
  return `${addresses[0] ?? subject} ${notBefore.slice(0, 10)}`;
}
