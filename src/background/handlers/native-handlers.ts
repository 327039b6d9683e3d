/** Certificates that Thunderbird itself holds: shown to the person, and taken over when they say which. */
import { describeCertificate } from "../../engine/index.js";
import type { Handlers, PageRequests } from "../../protocol/messages.js";
import type { PageOrigin } from "../mail/mail-host.js";
import type { NativeCertificates } from "../native-certificates.js";
import { Refusal } from "../refusal.js";
import { type IdentityParts, importKeys } from "./identity-handlers.js";

export interface NativeParts extends IdentityParts {
  readonly native: NativeCertificates;
}

type Names = "native:list" | "native:import";

export function nativeHandlers(parts: NativeParts): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  const { native, vault, views } = parts;
  return {
    "native:list": async () => {
      const [found, own] = await Promise.all([native.list(), views()]);
      const known = new Set(own.map(({ certificate }) => certificate.fingerprint));
      const answer = found.map((certificate) => ({
        certificate: describeCertificate(certificate),
        known: known.has(certificate.fingerprint),
      }));
      return { ok: true, answer };
    },
    "native:import": async ({ fingerprints }) => {
      if (fingerprints.length === 0) throw new Refusal("not-found");
      // Asked first: Thunderbird may ask for its own password, and nobody should type that in vain.
      if ((await vault.unlocked()) === null) throw new Refusal("vault-locked");
      const answer = await native.exported(fingerprints, (file, password) =>
        importKeys(parts, file, password),
      );
      await vault.used("any");
      return { ok: true, answer };
    },
  };
}
