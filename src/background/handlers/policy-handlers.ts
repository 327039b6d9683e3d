/** The organisation's policy as the settings page shows it. */
import { describeCertificate } from "../../engine/index.js";
import type { Handlers, PageRequests } from "../../protocol/messages.js";
import type { PageOrigin } from "../mail/mail-host.js";
import type { PolicyStore } from "../policy/policy-store.js";

export function policyHandlers(policy: PolicyStore): Pick<Handlers<PageRequests, PageOrigin>, "policy:get"> {
  return {
    "policy:get": async () => {
      const { settings, names, outgoing, problems } = await policy.get();
      const { alwaysSign, encryptInside, escrow } = outgoing;
      return {
        ok: true,
        answer: {
          settings: Object.keys(settings),
          names,
          alwaysSign,
          encryptInside,
          escrow: escrow && describeCertificate(escrow),
          problems,
        },
      };
    },
  };
}
