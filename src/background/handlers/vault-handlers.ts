/** What our own pages may ask of the vault. Passphrases come in, and nothing but its status goes out. */
import type { Handlers, PageRequests, Reply, VaultStatus } from "../../protocol/messages.js";
import type { PageOrigin } from "../mail/mail-host.js";
import type { Vault } from "../vault/vault.js";

type Names = "vault:status" | "vault:create" | "vault:unlock" | "vault:lock" | "vault:change-passphrase";

export function vaultHandlers(vault: Vault): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  const reply = async (status: Promise<VaultStatus>): Promise<Reply<VaultStatus>> => ({
    ok: true,
    answer: await status,
  });
  return {
    "vault:status": () => reply(vault.status()),
    "vault:create": ({ passphrase }) => reply(vault.create(passphrase)),
    // Where each message asks, a passphrase typed while writing waits for what is written.
    "vault:unlock": ({ passphrase, minutes }, { path }) =>
      reply(vault.unlock(passphrase, minutes, path.startsWith("/pages/compose/") ? "writing" : "any")),
    "vault:lock": () => reply(vault.lock()),
    "vault:change-passphrase": ({ current, next }) => reply(vault.changePassphrase(current, next)),
  };
}
