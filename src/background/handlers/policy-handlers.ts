/** The organisation's policy as the settings page shows it. */
import { describeCertificate } from "../../engine/index.js";
import type { Handlers, PageRequests } from "../../protocol/messages.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { Refusal } from "../refusal.js";
import type { PolicyStore } from "../policy/policy-store.js";

export function policyHandlers(policy: PolicyStore): Pick<Handlers<PageRequests, PageOrigin>, "policy:get"> {
  return {
    "policy:get": async () => {
      const { settings, names, acmeDirectory, outgoing, problems } = await policy.get();
      const { alwaysSign, encryptInside, escrow } = outgoing;
      return {
        ok: true,
        answer: {
          settings: Object.keys(settings),
          names,
          acmeDirectory,
          alwaysSign,
          encryptInside,
          escrow: escrow && describeCertificate(escrow),
          problems,
        },
      };
    },
  };
}

type AskingAuthorities = Pick<Handlers<PageRequests, PageOrigin>, "order:authority" | "order:begin">;

/** Where the organisation names an ACME directory, no other is asked. */
export function onlyDirectory<Table extends AskingAuthorities>(policy: PolicyStore, table: Table): Table {
  const check = async (directory: string): Promise<void> => {
    const { acmeDirectory } = await policy.get();
    if (acmeDirectory === null) return;
    if (!URL.canParse(directory) || new URL(directory).href !== acmeDirectory)
      throw new Refusal("set-by-organisation");
  };
  return {
    ...table,
    "order:authority": async (ask, origin) => {
      await check(ask.directory);
      return table["order:authority"](ask, origin);
    },
    "order:begin": async (ask, origin) => {
      await check(ask.directory);
      return table["order:begin"](ask, origin);
    },
  };
}
