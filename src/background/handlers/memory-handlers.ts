/** The memory of signers, as the badge's popup and the options page ask for it. */
import type { Handlers, PageRequests, Reply } from "../../protocol/messages.js";
import type { PageOrigin } from "../mail/mail-host.js";
import type { SignerMemory } from "../trust/signer-memory.js";

type Names = Extract<keyof PageRequests, `memory:${string}`>;

export function memoryHandlers(memory: SignerMemory): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  const done = async (work: Promise<void>): Promise<Reply<Record<string, never>>> => {
    await work;
    return { ok: true, answer: {} };
  };
  return {
    "memory:list": async ({ search, after }) => ({ ok: true, answer: await memory.list(search, after) }),
    "memory:confirm": ({ address, fingerprint }) => done(memory.confirm(address, fingerprint)),
    "memory:unconfirm": ({ address, fingerprint }) => done(memory.unconfirm(address, fingerprint)),
    "memory:expect": ({ address, expects }) =>
      done(memory.expect(address, expects ? "expected" : "declined")),
    "memory:remove": ({ address }) => done(memory.remove(address)),
    "memory:clear": () => done(memory.clear()),
  };
}
