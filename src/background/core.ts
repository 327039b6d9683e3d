/**
 * The background's parts put together over what the host gives: storage areas, a clock, a way to tell
 * pages. Holds nothing that a new life of the event page could not make again.
 */
import type { PageEvent } from "../protocol/messages.js";
import { normalizeAddress } from "../engine/index.js";
import { BackupNotes } from "./backup/backup-notes.js";
import { type Database, databaseOpener } from "./database.js";
import { HandoverStore } from "./handover.js";
import { keepCertificates } from "./finding/attached-certificates.js";
import { Finder, type FinderNetwork } from "./finding/finder.js";
import { EngineHost } from "./engine/engine-host.js";
import type { StartWorker } from "./engine/engine-worker.js";
import { certificateFor, identitiesFor, inspectWith, readWith } from "./evidence.js";
import { EvidenceDesk, type NetworkHost } from "./network/evidence-desk.js";
import { PageJobs } from "./page-jobs.js";
import { viewIdentity } from "./identity-view.js";
import { withSeparateKeys } from "./separate-keys.js";
import type { Services } from "./services.js";
import { StolenKeys, sortOut } from "./stolen-keys.js";
import type { LocalArea } from "./settings.js";
import { SettingsStore } from "./settings.js";
import { type ManagedArea, PolicyStore } from "./policy/policy-store.js";
import { AnchorStore } from "./trust/anchor-store.js";
import { CertificateStore } from "./trust/certificate-store.js";
import { Correspondents } from "./trust/correspondents.js";
import { RootStore } from "./trust/root-store.js";
import { ParsedCertificates } from "./trust/parsed-certificates.js";
import { SignerMemory } from "./trust/signer-memory.js";
import { IdentityStore } from "./vault/identity-store.js";
import { PendingKeys } from "./vault/pending-keys.js";
import type { SessionArea } from "./vault/session.js";
import { VaultSession } from "./vault/session.js";
import { Vault } from "./vault/vault.js";

export interface CoreHost {
  readonly databaseName: string;
  readonly session: SessionArea;
  readonly local: LocalArea;
  /** `storage.managed`; absent: nobody manages this browser */
  readonly managed?: ManagedArea | undefined;
  readonly now: () => Date;
  readonly broadcast: (event: PageEvent) => void;
  readonly startWorker: StartWorker;
  /** absent: nobody is asked for evidence */
  readonly network?: NetworkHost;
  /** that the mail client writes from; absent: there is no mail client */
  readonly writesFrom?: () => Promise<readonly string[]>;
  /** absent: nobody is asked for people's certificates */
  readonly finding?: FinderNetwork;
}

export interface Core {
  readonly services: Services;
  readonly vault: Vault;
  readonly identities: IdentityStore;
  readonly backups: BackupNotes;
  readonly pendingKeys: PendingKeys;
  readonly stolen: StolenKeys;
  readonly certificates: CertificateStore;
  readonly anchors: AnchorStore;
  readonly roots: RootStore;
  readonly memory: SignerMemory;
  readonly settings: SettingsStore;
  readonly policy: PolicyStore;
  readonly handover: HandoverStore;
  readonly engine: EngineHost;
  readonly correspondents: Correspondents;
  readonly finder: Finder;
  readonly jobs: PageJobs;
  readonly database: () => Promise<Database>;
  readonly desk?: EvidenceDesk;
  /** what pages and the screen show may be different now */
  readonly changed: () => void;
}

type Stores = Omit<Core, "services">;

export function createCore(host: CoreHost): Core {
  const storeListeners: ((why?: "learnt") => void)[] = [];
  const stores = createStores(host, (why) => {
    for (const listener of storeListeners) listener(why);
    host.broadcast({ event: "store-changed" });
  });
  const { vault, handover, engine } = stores;
  storeListeners.push(() => stores.correspondents.forget());
  vault.onChanged((event) => {
    if (event === "locked") handover.dropOpened();
    // Spent: what was opened stays on the screen, and the workers that opened it go.
    if (event !== "unlocked") engine.locked();
    host.broadcast({ event: "vault-changed" });
  });
  storeListeners.push(() => void stores.desk?.settingsChanged());
  storeListeners.push(() => void stores.finder.settingsChanged());
  return { ...stores, services: createServices(host, stores, (listener) => storeListeners.push(listener)) };
}

function createStores(host: CoreHost, onChanged: (why?: "learnt") => void): Stores {
  const database = databaseOpener(host.databaseName);
  const policy = new PolicyStore(host.managed, host.local);
  const settings = new SettingsStore(host.local, onChanged, async () => (await policy.get()).settings);
  const { now } = host;
  const vault = new Vault({
    database,
    session: new VaultSession(host.session),
    now,
    unlockMinutes: async () => (await settings.get()).unlockMinutes,
    local: host.local,
  });
  const storeHost = { database, parsed: new ParsedCertificates(), now, onChanged };
  const identities = new IdentityStore({ ...storeHost, vault });
  const certificates = new CertificateStore(storeHost);
  const anchors = new AnchorStore(storeHost, async () => (await policy.get()).anchors);
  const finding = { database, now, settings: () => settings.get(), certificates, onChanged };
  const deskParts = { database, now, settings: () => settings.get(), anchors: () => anchors.all() };
  return {
    changed: onChanged,
    ...(host.network && { desk: new EvidenceDesk(host.network, deskParts) }),
    vault,
    settings,
    policy,
    identities,
    backups: new BackupNotes({ local: host.local, now, onChanged }),
    pendingKeys: new PendingKeys({ ...storeHost, vault }),
    stolen: new StolenKeys(storeHost),
    certificates,
    correspondents: new Correspondents({ identities, certificates }, onChanged),
    finder: new Finder({ ...finding, ...(host.finding && { network: host.finding }) }),
    anchors,
    roots: new RootStore(storeHost),
    memory: new SignerMemory(storeHost),
    handover: new HandoverStore(() => now().getTime()),
    engine: new EngineHost(
      host.startWorker,
      (kind) => void vault.used(kind === "protect" ? "writing" : "any"),
    ),
    jobs: new PageJobs(),
    database,
  };
}

function createServices(
  host: CoreHost,
  stores: Stores,
  onStoreChanged: Services["onStoreChanged"],
): Services {
  const { vault, identities, anchors, settings, handover, engine } = stores;
  const { now } = host;
  const identityView: Services["identityView"] = async (identity) =>
    viewIdentity(identity, now(), await stores.stolen.of(identity.certificate));
  return {
    identities: () => identities.all(),
    identityView,
    identityViews: async () => Promise.all((await identities.all()).map(identityView)),
    identitiesFor: async (address) => {
      const { kept, stolen } = await sortOut(stores.stolen, await identities.all());
      const usable = withSeparateKeys(await identitiesFor(kept, address, now()), now());
      // Last, so that it is named where it is the only one: nothing leaves by it.
      return [...(await usable), ...(await identitiesFor(stolen, address, now()))];
    },
    certificateFor: (address, time, author = null) =>
      certificateFor({ ...stores, writesFrom: () => addressesOf(host, author) }, address, time),
    search: async (address) => {
      const normalised = normalizeAddress(address);
      return normalised === null ? [] : stores.finder.search(normalised);
    },
    anchors: () => anchors.all(),
    keepCertificates: (files) => keepCertificates(stores.certificates, files),
    inspect: (raw, purpose, signal) =>
      inspectWith(stores, { raw, purpose, time: now(), signal, learning: "after" }),
    read: (raw, signal) => readWith(stores, { raw, time: now(), signal }),
    findIssuers: async (raw, signal) =>
      void (await inspectWith(stores, { raw, purpose: "file", time: now(), signal, issuers: "ask" })),
    onEvidence: (listener) => stores.desk?.onLate(listener),
    // eslint-disable-next-line max-params -- as in the engine
    protect: (draft, identity, recipients, policy, signal) =>
      engine.protect({ draft, identity, recipients, policy }, signal),
    settings: () => settings.get(),
    organisation: async () => (await stores.policy.get()).outgoing,
    vaultStatus: () => vault.status(),
    rememberedMode: (identityId) => settings.rememberedMode(identityId),
    rememberMode: (identityId, mode) => settings.rememberMode(identityId, mode),
    handOver: (bytes) => handover.put(bytes),
    // Spent keys take nothing off the screen, and give nobody new ones.
    onVaultChanged: (listener) => vault.onChanged((event) => event !== "spent" && listener()),
    onStoreChanged,
    broadcast: host.broadcast,
    now,
  };
}

/** The mail client's, and the one that a letter is from though no account has it. */
async function addressesOf({ writesFrom }: CoreHost, author: string | null): Promise<readonly string[]> {
  const known = (await writesFrom?.()) ?? [];
  return author === null ? known : [...known, author];
}
