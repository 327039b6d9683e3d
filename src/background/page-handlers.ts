/** Everything our own pages may ask, in one table: the core's answers, and the mail side's. */
import type { Handlers, HostCapabilities, PageRequests } from "../protocol/messages.js";
import type { OrdersSide } from "./acme/start-orders.js";
import type { Core } from "./core.js";
import { authorityHandlers } from "./handlers/authority-handlers.js";
import { backupHandlers } from "./handlers/backup-handlers.js";
import { identityHandlers } from "./handlers/identity-handlers.js";
import { memoryHandlers } from "./handlers/memory-handlers.js";
import { messageHandlers } from "./handlers/message-handlers.js";
import { nativeHandlers } from "./handlers/native-handlers.js";
import { requestHandlers } from "./handlers/request-handlers.js";
import { storeHandlers } from "./handlers/store-handlers.js";
import { onlyDirectory, policyHandlers } from "./handlers/policy-handlers.js";
import { orderHandlers } from "./handlers/order-handlers.js";
import { stolenHandlers } from "./handlers/stolen-handlers.js";
import { vaultHandlers } from "./handlers/vault-handlers.js";
import type { ComposeHandlers, MessageHandlers, PageOrigin } from "./mail/mail-host.js";
import { NativeCertificates } from "./native-certificates.js";

export interface MailSide {
  readonly compose: ComposeHandlers;
  readonly messages: MessageHandlers;
  readonly orders: OrdersSide;
  /** no mail client is here that answers a challenge */
  readonly byHand: boolean;
  /** the mail client's own store of certificates; absent where it is out of reach */
  readonly native?: NativeCertificates;
}

const identityParts = (core: Core) => ({ ...core, views: () => core.services.identityViews() });

export function pageHandlers(
  core: Core,
  mail: MailSide,
  capabilities: HostCapabilities,
): Handlers<PageRequests, PageOrigin> {
  return {
    ...vaultHandlers(core.vault),
    ...identityHandlers(identityParts(core)),
    ...requestHandlers({ ...identityParts(core), now: () => core.services.now() }),
    ...nativeHandlers({ ...identityParts(core), native: mail.native ?? new NativeCertificates(null) }),
    ...authorityHandlers({ handover: core.handover, now: () => core.services.now() }),
    ...backupHandlers(core),
    ...storeHandlers(core),
    ...memoryHandlers(core.memory),
    ...policyHandlers(core.policy),
    ...messageHandlers(core),
    ...onlyDirectory(
      core.policy,
      orderHandlers({ ...core, ...mail.orders, byHand: mail.byHand, now: () => core.services.now() }),
    ),
    ...stolenHandlers({ ...core, ...mail.orders, now: () => core.services.now() }),
    ...mail.messages,
    ...mail.compose,
    "network:status": async () => ({
      ok: true,
      answer: { allowed: (await core.desk?.isAllowed()) ?? false },
    }),
    "host:capabilities": async () => ({ ok: true, answer: capabilities }),
  };
}
