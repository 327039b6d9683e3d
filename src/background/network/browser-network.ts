/**
 * The network as the browser gives it to an extension: to any host, but only after the person allowed it in
 * the settings. Without that permission a request would still leave, and only its answer be withheld, so the
 * permission is looked at first.
 */
import type { FinderNetwork } from "../finding/finder.js";
import { hostPattern } from "../finding/look-up-url.js";
import type { NetworkHost } from "./evidence-desk.js";

const anyHost = { origins: ["http://*/*", "https://*/*"] } as const;

/** The parts of the extension API that are used. */
export interface NetworkBrowser {
  readonly permissions: {
    contains(what: { origins: readonly string[] }): Promise<boolean>;
    readonly onAdded: { addListener(listener: () => void): void };
    readonly onRemoved: { addListener(listener: () => void): void };
  };
  /** Gecko only */
  readonly dns?: { resolve(host: string): Promise<{ readonly addresses: readonly string[] }> };
}

/** For looking up certificates: the host that the person named, and no other, has to be allowed. */
export function findingNetwork({ permissions }: NetworkBrowser): FinderNetwork {
  return {
    fetch: (url, options) => fetch(url, options),
    mayAsk: async (url) => navigator.onLine && (await permissions.contains({ origins: [hostPattern(url)] })),
  };
}

export function browserNetwork({ permissions, dns }: NetworkBrowser): NetworkHost {
  return {
    fetch: (url, options) => fetch(url, options),
    isAllowed: () => permissions.contains(anyHost),
    isOnline: () => navigator.onLine,
    ...(dns && { resolve: async (host) => (await dns.resolve(host)).addresses }),
  };
}
