/**
 * The person's own requests: made with their keys, shown while they wait, given up. A key that cannot sign has its
 * request beside that of the key that asks for it (RFC 9883), and both are one thing to a person.
 */
import { type Bytes, type NewKeyKind, loadIssuing, wipePrivateKey } from "../../engine/index.js";
import type { NewRequest, PendingRequestView } from "../../protocol/messages.js";
import { Refusal } from "../refusal.js";
import type { NewPendingKey, PendingKeys } from "../vault/pending-keys.js";
import type { PendingKeyRecord } from "../vault/records.js";
import type { Vault } from "../vault/vault.js";
import { wanted, type Wanted } from "./new-certificate.js";

export interface OwnRequestParts {
  readonly vault: Vault;
  readonly pendingKeys: PendingKeys;
  readonly now: () => Date;
}

const kindsOf: Readonly<Record<NewRequest["kind"], readonly [NewKeyKind, NewKeyKind | null]>> = {
  "rsa-3072": ["rsa-3072", null],
  "p-256": ["p-256", null],
  ed25519: ["ed25519", null],
  "ml-dsa-65": ["ml-dsa-65", null],
  "ed25519+x25519": ["ed25519", "x25519"],
  "ml-dsa-65+ml-kem-768": ["ml-dsa-65", "ml-kem-768"],
};

export async function createRequest(parts: OwnRequestParts, wish: NewRequest): Promise<PendingRequestView> {
  const asked = wanted(wish);
  // Asked before the key is made: nobody waits a second for a refusal.
  if ((await parts.vault.unlocked()) === null) throw new Refusal("vault-locked");
  const [kind, second] = kindsOf[wish.kind];
  const made = await makeRequests(asked, { kind, second, now: parts.now() });
  try {
    const id = await parts.pendingKeys.add(made.key, made.companion);
    await parts.vault.used("any");
    return (await requestsOf(parts)).find((request) => request.id === id)!;
  } finally {
    made.key.pkcs8.fill(0);
    made.companion?.pkcs8.fill(0);
  }
}

interface Kinds {
  readonly kind: NewKeyKind;
  readonly second: NewKeyKind | null;
  readonly now: Date;
}

async function makeRequests(
  { commonName, addresses }: Wanted,
  { kind, second, now }: Kinds,
): Promise<{ readonly key: NewPendingKey; readonly companion: NewPendingKey | null }> {
  const { certificationRequest, companionRequest, generateKey } = await loadIssuing();
  const signing = await generateKey(kind);
  const facts = { commonName, addresses, way: "file" } as const;
  try {
    const request = await certificationRequest(signing, { commonName }, addresses);
    const key = { ...facts, kind, request, pkcs8: signing.pkcs8, publicKey: signing.publicKey.der };
    if (second === null) return { key, companion: null };
    const { pkcs8, publicKey, privateKey } = await generateKey(second);
    wipePrivateKey(privateKey);
    const wish = { subject: { commonName }, addresses, now };
    const asked = await companionRequest({ publicKey }, wish, signing);
    return { key, companion: { ...facts, kind: second, request: asked, pkcs8, publicKey: publicKey.der } };
  } finally {
    wipePrivateKey(signing.privateKey);
  }
}

/** The oldest first; a key whose signing key has its certificate already stands for itself. */
export async function requestsOf({ pendingKeys }: OwnRequestParts): Promise<readonly PendingRequestView[]> {
  const records = await pendingKeys.list();
  const hidden = records.map(({ id }) => companionIn(records, id));
  const shown = records.filter((record) => !hidden.includes(record));
  return shown.map((record) => view(record, companionIn(records, record.id)));
}

/**
 * A stranger's backup may say that a key belongs to itself, that two belong to each other, or several to one: a
 * companion has none itself, and a key has one, so that each key that waits is shown and can be given up.
 */
function companionIn(records: readonly PendingKeyRecord[], id: string): PendingKeyRecord | null {
  const signer = records.find((record) => record.id === id)?.companionOf;
  if (records.some((record) => record.id === signer)) return null;
  return records.find(({ companionOf }) => companionOf === id) ?? null;
}

function view(record: PendingKeyRecord, companion: PendingKeyRecord | null): PendingRequestView {
  const { id, way, commonName, addresses, kind, since } = record;
  return {
    id,
    way,
    commonName,
    addresses,
    kind: companion === null ? kind : `${kind}+${companion.kind}`,
    since,
  };
}

/** @returns PEM, one block a key @throws Refusal `not-found` */
export async function requestFile({ pendingKeys }: OwnRequestParts, id: string): Promise<Bytes> {
  const records = await pendingKeys.list();
  const both = [records.find((record) => record.id === id), companionIn(records, id)];
  const requests = both.flatMap((record) => record?.request ?? []);
  if (requests.length === 0) throw new Refusal("not-found");
  const { writePem } = await loadIssuing();
  return writePem("CERTIFICATE REQUEST", requests);
}

/** Given up: nobody else will ever ask for what the second key was for. */
export async function removeRequest({ pendingKeys }: OwnRequestParts, id: string): Promise<void> {
  const companion = companionIn(await pendingKeys.list(), id);
  if (companion !== null) await pendingKeys.remove(companion.id);
  await pendingKeys.remove(id);
}
