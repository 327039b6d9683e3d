/** Everything our own pages may ask, in one table: the core's answers, and the mail side's. */
import type { Handlers, HostCapabilities, PageRequests } from "../protocol/messages.js";
import type { Core } from "./core.js";
import { identityHandlers } from "./handlers/identity-handlers.js";
import { memoryHandlers } from "./handlers/memory-handlers.js";
import { messageHandlers } from "./handlers/message-handlers.js";
import { storeHandlers } from "./handlers/store-handlers.js";
import { vaultHandlers } from "./handlers/vault-handlers.js";
import type { ComposeHandlers, MessageHandlers, PageOrigin } from "./mail/mail-host.js";

export interface MailSide {
  readonly compose: ComposeHandlers;
  readonly messages: MessageHandlers;
}

export function pageHandlers(
  core: Core,
  mail: MailSide,
  capabilities: HostCapabilities,
): Handlers<PageRequests, PageOrigin> {
  return {
    ...vaultHandlers(core.vault),
    ...identityHandlers({ ...core, views: () => core.services.identityViews() }),
    ...storeHandlers(core),
    ...memoryHandlers(core.memory),
    ...messageHandlers(core),
    ...mail.messages,
    ...mail.compose,
    "network:status": async () => ({
      ok: true,
      answer: { allowed: (await core.desk?.isAllowed()) ?? false },
    }),
    "host:capabilities": async () => ({ ok: true, answer: capabilities }),
  };
}
