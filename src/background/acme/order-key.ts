/**
 * The key that a certificate is ordered for, and its request (PKCS #10), made before the first request leaves so
 * that nobody need unlock for it later: a new one, sealed at once, or the one of the certificate that ends.
 */
import { loadIssuing, wipePrivateKey } from "../../engine/index.js";
import { Refusal } from "../refusal.js";
import type { IdentityStore } from "../vault/identity-store.js";
import type { PendingKeys } from "../vault/pending-keys.js";
import type { NewOrder, OrderedKey } from "./records.js";

/** @throws Refusal `vault-locked` */
export async function newKey({ kind, address }: NewOrder, pendingKeys: PendingKeys): Promise<OrderedKey> {
  const { generateKey, certificationRequest } = await loadIssuing();
  // RSA numbers are made by the browser, in a thread of its own: no window waits for them.
  const { pkcs8, publicKey, privateKey } = await generateKey(kind);
  try {
    const request = await certificationRequest({ publicKey, privateKey }, null, [address]);
    const facts = { way: "acme", kind, publicKey: publicKey.der, request, commonName: null } as const;
    return { id: await pendingKeys.add({ ...facts, addresses: [address], pkcs8 }), request };
  } finally {
    pkcs8.fill(0);
    wipePrivateKey(privateKey);
  }
}

/** @throws Refusal `vault-locked`, `not-found`; UnsupportedError for a key that signs nothing */
export async function sameKey({ renews, address }: NewOrder, identities: IdentityStore): Promise<OrderedKey> {
  const identity = (await identities.all()).find(({ certificate }) => certificate.fingerprint === renews);
  if (identity === undefined) throw new Refusal("not-found");
  const { certificate, privateKey } = identity;
  if (privateKey === null) throw new Refusal("vault-locked");
  const { certificationRequest } = await loadIssuing();
  const pair = { publicKey: certificate.subjectPublicKeyInfo, privateKey };
  return { id: null, request: await certificationRequest(pair, null, [address]) };
}
