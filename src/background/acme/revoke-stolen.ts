/**
 * Telling an authority that a key was stolen (RFC 8555 §7.6): by the account that ordered the certificate; where that
 * is gone, by the certificate's own key, which proves at least that it is out of its owner's hands alone.
 */
import type { Identity } from "../../engine/index.js";
import { Refusal } from "../refusal.js";
import type { Accounts } from "./accounts.js";
import type { Account, AcmeClient } from "./acme-client.js";
import { AcmeProblem } from "./acme-problem.js";
import { certificateSigner } from "./certificate-signer.js";
import type { Signer } from "./jws.js";

/** Says no to this account, and may say yes to the key itself. */
const accountRefused: ReadonlySet<string | null> = new Set(["accountDoesNotExist", "unauthorized"]);

/** @throws AcmeProblem; Refusal `vault-locked` where only the certificate's own key could ask */
export async function revokeStolen(accounts: Accounts, directory: string, identity: Identity): Promise<void> {
  const client = accounts.client(directory);
  const key = await accounts.known(directory);
  const refused = key === null ? null : await refusal(client, () => client.existingAccount(key), identity);
  if (key !== null && refused === null) return;
  const signer = await ownSigner(identity);
  if (signer === null) throw refused ?? new AcmeProblem("server-cannot", "key");
  const again = await refusal(client, async () => signer, identity);
  if (again !== null) throw again;
}

/** @returns why this signer may not; null where it is revoked now */
async function refusal(
  client: AcmeClient,
  find: () => Promise<Account | Signer>,
  { certificate }: Identity,
): Promise<AcmeProblem | null> {
  try {
    await client.revokeStolen(await find(), certificate.der);
    return null;
  } catch (error) {
    if (!(error instanceof AcmeProblem)) throw error;
    // §7.6: somebody was quicker, perhaps we, before the background was stopped.
    if (error.type === "alreadyRevoked") return null;
    if (error.code === "server-refused" && accountRefused.has(error.type)) return error;
    throw error;
  }
}

async function ownSigner({ certificate, privateKey }: Identity): Promise<Signer | null> {
  if (privateKey === null) throw new Refusal("vault-locked");
  return certificateSigner(certificate, privateKey);
}
