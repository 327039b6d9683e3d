/**
 * Identities out of `.p12` and `.pfx` files, as OpenSSL, NSS, Windows, macOS, Java and GnuPG write them
 * (RFC 7292). Opening is here, with each way in which programs turn a password into octets; what the file
 * says in `pkcs12-bags.ts`; whose certificate is whose in `match-entries.ts`.
 */
import { type Bytes, fromUtf8, toAscii, toHex } from "../base/bytes.js";
import { BudgetExceededError, DecryptionError, MalformedError } from "../base/errors.js";
import { decodeBase64 } from "../kernels/base64.js";
import { type Pkcs12Entry, matchEntries } from "./match-entries.js";
import type { Pause } from "./own-certificates.js";
import { type PasswordForm, RoundCounter, passwordForms } from "./password-secret.js";
import { type Bag, type Pfx, checkMac, macPassword, parsePfx, readBags } from "./pkcs12-bags.js";

/** Key files are a few thousand octets. */
export const maximumFileBytes = 4 * 1024 * 1024;

/**
 * @param bytes DER or BER, or either in PEM or bare base64
 * @param pause awaited between costly steps
 * @returns an entry for each key and certificate of its own, one for each key without, and one for each
 *   certificate that is neither a key's nor above one
 * @throws DecryptionError for a wrong password, or a damaged file: the format cannot tell the two apart;
 *   MalformedError, UnsupportedError, BudgetExceededError
 */
export async function readPkcs12(
  bytes: Bytes,
  password: string,
  pause?: Pause,
): Promise<readonly Pkcs12Entry[]> {
  if (bytes.length > maximumFileBytes) throw new BudgetExceededError("PKCS #12 file");
  try {
    const pfx = parsePfx(withoutArmour(bytes));
    return await matchEntries(await openWithAnyForm(pfx, passwordForms(password)), pause);
  } catch (cause) {
    if (!(cause instanceof MalformedError) || cause.code === "key-malformed") throw cause;
    throw new MalformedError("pkcs12-malformed", cause.detail, { cause });
  }
}

/** DER begins with a SEQUENCE (0x30, "0"); base64 of one with "M". */
function withoutArmour(bytes: Bytes): Bytes {
  if (bytes[0] === 0x30) return bytes;
  const text = toAscii(bytes);
  const armoured = /-----BEGIN (?:PKCS12|PFX)-----([^-]*)-----END/.exec(text)?.[1];
  return decodeBase64(armoured === undefined ? bytes : fromUtf8(armoured));
}

async function openWithAnyForm(pfx: Pfx, forms: readonly PasswordForm[]): Promise<readonly Bag[]> {
  const rounds = new RoundCounter();
  const macs = new Map<string, boolean>();
  for (const form of forms) {
    // Forms differ in one half or the other; a MAC of 600,000 rounds is not computed twice for the same.
    const half = pfx.mac === null ? "" : toHex(macPassword(pfx.mac, form));
    const holds = macs.get(half) ?? (pfx.mac === null || (await checkMac(pfx, pfx.mac, { form, rounds })));
    macs.set(half, holds);
    if (!holds) continue;
    try {
      return await readBags(pfx, { form, rounds });
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
    }
  }
  throw new DecryptionError();
}
