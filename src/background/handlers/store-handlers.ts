/** Other people's certificates, own anchors and settings, as the options page asks for them. */
import type { Bytes, Certificate } from "../../engine/index.js";
import { describeCertificate, loadMailScope, readCertificates } from "../../engine/index.js";
import type { HandoverId, Handlers, PageRequests, Reply } from "../../protocol/messages.js";
import { certificateFileLimit } from "../../protocol/handover.js";
import type { HandoverStore } from "../handover.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { Refusal } from "../refusal.js";
import type { SettingsStore } from "../settings.js";
import type { AnchorStore } from "../trust/anchor-store.js";
import type { CertificateStore } from "../trust/certificate-store.js";
import type { RootStore } from "../trust/root-store.js";
import { isCertificateAuthority } from "../trust/is-authority.js";
import { handedOver, readFile } from "./files.js";

export interface StoreParts {
  readonly certificates: CertificateStore;
  readonly anchors: AnchorStore;
  readonly roots: RootStore;
  readonly settings: SettingsStore;
  readonly handover: HandoverStore;
}

type Names =
  | "certificate:import"
  | "certificate:list"
  | "certificate:remove"
  | "anchor:examine"
  | "anchor:import"
  | "anchor:list"
  | "anchor:remove"
  | "root:list"
  | "root:switch"
  | "settings:get"
  | "settings:set";

const done = <Answer>(answer: Answer): Reply<Answer> => ({ ok: true, answer });

export function storeHandlers(parts: StoreParts): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  const { certificates, anchors, roots, settings, handover } = parts;
  return {
    "certificate:import": async ({ file }) => {
      const found = await certificatesIn(handover, file);
      return done({ added: await certificates.keep(found.map(keeping), "imported") });
    },
    "certificate:list": async () => done(await certificates.list()),
    "certificate:remove": async ({ fingerprint }) => {
      await certificates.remove(fingerprint);
      return done({});
    },
    "anchor:examine": async ({ file }) => {
      const { mailScope } = await loadMailScope();
      const known = new Set((await anchors.list()).map(({ fingerprint }) => fingerprint));
      const found = await authoritiesIn(handover, file);
      return done(
        found.map((authority) => ({
          certificate: describeCertificate(authority),
          ...mailScope(authority),
          known: known.has(authority.fingerprint),
        })),
      );
    },
    "anchor:import": async ({ file, fingerprints }) => {
      const found = await authoritiesIn(handover, file);
      const chosen = found.filter((authority) => fingerprints.includes(authority.fingerprint));
      // All or none, also where the file is another one than the person was shown.
      if (chosen.length < new Set(fingerprints).size) throw new Refusal("not-found");
      return done({ added: await anchors.add(chosen) });
    },
    "anchor:list": async () => done(await anchors.list()),
    "anchor:remove": async ({ fingerprint }) => {
      await anchors.remove(fingerprint);
      return done({});
    },
    "root:list": async () => done(await roots.list()),
    "root:switch": async ({ fingerprint, on }) => {
      await roots.switch(fingerprint, on);
      return done({});
    },
    "settings:get": async () => done(await settings.get()),
    "settings:set": async ({ change }) => done(await settings.set(change)),
  };
}

/** @throws Refusal `no-certificate-in-file` and those of `readFile` */
async function certificatesIn(handover: HandoverStore, file: HandoverId): Promise<readonly Certificate[]> {
  const bytes: Bytes = handedOver(handover, file, certificateFileLimit);
  const found = await readFile(() => readCertificates(bytes));
  if (found.length === 0) throw new Refusal("no-certificate-in-file");
  return found;
}

/** @throws Refusal `not-a-certificate-authority` where one is none: half a file taken over would look like success */
async function authoritiesIn(handover: HandoverStore, file: HandoverId): Promise<readonly Certificate[]> {
  const found = await certificatesIn(handover, file);
  const other = found.find((certificate) => !isCertificateAuthority(certificate));
  if (other !== undefined) throw new Refusal("not-a-certificate-authority", nameOf(other));
  return found;
}

/** An authority is kept as a link for paths; it never is a person to write to. */
export function keeping(certificate: Certificate) {
  const role = isCertificateAuthority(certificate) ? ("authority" as const) : ("person" as const);
  return { certificate, role, capabilities: null };
}

function nameOf(certificate: Certificate): string {
  const { commonName, subject } = describeCertificate(certificate);
  return commonName ?? subject;
}
