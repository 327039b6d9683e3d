/**
 * The end of an order: the certificate that was issued meets its key. What an authority sends is believed only as
 * far as numbers prove it: for the address that was ordered, and for this key.
 */
import type { Bytes, Certificate } from "../../engine/index.js";
import {
  MalformedError,
  UnsupportedError,
  emailAddresses,
  keyBelongsTo,
  loadIssuing,
  readCertificates,
} from "../../engine/index.js";
import type { IdentityStore } from "../vault/identity-store.js";
import type { PendingKeys } from "../vault/pending-keys.js";
import { AcmeProblem } from "./acme-problem.js";
import type { OrderRecord } from "./records.js";

export interface Keys {
  readonly identities: IdentityStore;
  readonly pendingKeys: PendingKeys;
}

const longestChain = 10;

/** Done twice, it does nothing the second time. @throws AcmeProblem; Refusal `vault-locked` */
export async function installCertificate(order: OrderRecord, keys: Keys): Promise<Certificate> {
  const { key, chain } = order;
  if (key === null || chain === null) throw new AcmeProblem("key-lost", "");
  const [certificate, ...others] = await parseChain(chain);
  if (certificate === undefined || !isForAlone(certificate, order.address))
    throw new AcmeProblem("certificate-wrong", "address");
  const there = await keys.identities.fingerprints();
  if (there.includes(certificate.fingerprint)) return certificate;
  const pkcs8 = await privateKey(order, keys);
  if (pkcs8 === null) throw new AcmeProblem("key-lost", "");
  try {
    if (!(await keyBelongsTo(pkcs8, certificate))) throw new AcmeProblem("certificate-wrong", "key");
    const { completeChain } = await loadIssuing();
    // They go out with every letter, so a link has to have signed what is below it.
    const links = await completeChain(certificate, others.slice(0, longestChain));
    await keys.identities.add([{ certificate, chain: links, pkcs8 }]);
  } catch (error) {
    if (error instanceof UnsupportedError || error instanceof MalformedError)
      throw new AcmeProblem("certificate-wrong", "unsupported");
    throw error;
  } finally {
    pkcs8.fill(0);
  }
  return certificate;
}

/** RFC 8823 §3: the order proves one address. One beside it is somebody's who was not asked. */
function isForAlone(certificate: Certificate, address: string): boolean {
  const named: readonly string[] = emailAddresses(certificate);
  const isOrdered = (one: string): boolean => one.toLowerCase() === address.toLowerCase();
  return named.includes(address) && named.every(isOrdered);
}

/** A new key waits among the pending ones; one that is kept lies with the certificate before. */
async function privateKey({ key, renews }: OrderRecord, keys: Keys): Promise<Bytes | null> {
  if (key?.id != null) return keys.pendingKeys.take(key.id);
  return renews === null ? null : keys.identities.take(renews);
}

async function parseChain(pem: Bytes): Promise<readonly Certificate[]> {
  try {
    return await readCertificates(pem);
  } catch (error) {
    if (error instanceof MalformedError) throw new AcmeProblem("certificate-wrong", "malformed");
    throw error;
  }
}
