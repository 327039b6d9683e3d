/**
 * "My key was stolen." The key stops sending before anybody is asked, so that nothing that fails later leaves it in
 * use; then its authority is told, where it speaks ACME. What the authority said is kept beside the key.
 */
import { type Identity, authorityContact } from "../../engine/index.js";
import type { Handlers, PageRequests } from "../../protocol/messages.js";
import type { OrderProblem, OrderRequests, StolenView } from "../../protocol/orders.js";
import { AcmeProblem } from "../acme/acme-problem.js";
import { isAllowedUrl } from "../acme/allowed-url.js";
import { orderProblem } from "../acme/order-problem.js";
import type { Orders } from "../acme/orders.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { Refusal } from "../refusal.js";
import type { StolenKeys } from "../stolen-keys.js";
import type { IdentityStore } from "../vault/identity-store.js";

export interface StolenParts {
  readonly orders: Orders;
  readonly identities: IdentityStore;
  readonly stolen: StolenKeys;
  readonly now: () => Date;
}

type Names = Extract<keyof OrderRequests, `stolen:${string}`>;

export function stolenHandlers(parts: StolenParts): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  const find = async (fingerprint: string): Promise<Identity> => {
    const all = await parts.identities.all();
    const identity = all.find(({ certificate }) => certificate.fingerprint === fingerprint);
    if (identity === undefined) throw new Refusal("not-found");
    return identity;
  };
  return {
    "stolen:ways": async ({ fingerprint }) => {
      const { certificate } = await find(fingerprint);
      const directory = await parts.orders.directoryOf(fingerprint);
      return { ok: true, answer: { directory, contact: authorityContact(certificate) } };
    },
    "stolen:report": async ({ fingerprint, directory }) => {
      if (directory !== null && !isAllowedUrl(directory)) throw new Refusal("acme-address");
      return { ok: true, answer: await report(parts, await find(fingerprint), directory) };
    },
    "stolen:take-back": async ({ fingerprint }) => {
      const { certificate } = await find(fingerprint);
      if (!(await parts.stolen.takeBack(certificate))) throw new Refusal("revoked-already");
      return { ok: true, answer: {} };
    },
  };
}

async function report(parts: StolenParts, named: Identity, directory: string | null): Promise<StolenView> {
  await parts.stolen.add(named.certificate);
  const { der } = named.certificate.subjectPublicKeyInfo;
  const all = await parts.identities.all();
  // A key that was kept has several certificates, and the thief can use each.
  for (const identity of all.filter(({ certificate }) => isSame(certificate.subjectPublicKeyInfo.der, der))) {
    const isNamed = identity.certificate.fingerprint === named.certificate.fingerprint;
    await revoke(parts, identity, isNamed ? directory : null);
  }
  const view = await parts.stolen.of(named.certificate);
  if (view === null) throw new Refusal("not-found");
  return view;
}

async function revoke(parts: StolenParts, identity: Identity, typed: string | null): Promise<void> {
  const { certificate } = identity;
  const { fingerprint, notAfter } = certificate;
  const now = parts.now();
  const before = await parts.stolen.of(certificate);
  const directory = (await parts.orders.directoryOf(fingerprint)) ?? typed ?? before?.directory ?? null;
  // Nobody accepts an expired one, and no authority keeps lists of them (RFC 5280 §3.3).
  if (directory === null || (before !== null && before.revokedAt !== null) || notAfter < now.getTime())
    return;
  const note = (revokedAt: string | null, problem: OrderProblem | null): Promise<void> =>
    parts.stolen.add(certificate, { fingerprint, directory, revokedAt, problem });
  // Should we be stopped in the middle, it is not told yet.
  await note(null, "server-unreachable");
  try {
    await parts.orders.revoke(directory, identity);
  } catch (error) {
    return note(null, problemOf(error));
  }
  await note(now.toISOString(), null);
}

/** @throws what is neither the authority's no nor ours */
function problemOf(error: unknown): OrderProblem {
  if (error instanceof AcmeProblem) return orderProblem(error);
  if (error instanceof Refusal && error.code === "vault-locked") return "vault-locked";
  throw error;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}
