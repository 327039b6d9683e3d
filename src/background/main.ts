/**
 * The background's beginning. Every listener is registered here, at once and in the first turn: the
 * event page sleeps, and the browser wakes it only for what was registered then. Which mail side there
 * is, the host tells.
 */
import type { HostCapabilities } from "../protocol/messages.js";
import { putPort, takePort } from "../protocol/handover.js";
import { jobPort } from "../protocol/job.js";
import type { MessageListener, Port } from "../protocol/runtime.js";
import { extensionRuntime } from "../protocol/runtime.js";
import { broadcast } from "../protocol/ask.js";
import { isAskEnvelope } from "../protocol/wire.js";
import { startOrders } from "./acme/start-orders.js";
import { ownAddresses } from "./acme/thunderbird-mailbox.js";
import type { Core } from "./core.js";
import { createCore } from "./core.js";
import { watchContacts } from "./mail/contacts.js";
import { startDedicatedWorker } from "./engine/dedicated-worker.js";
import type { StartWorker } from "./engine/engine-worker.js";
import type { OffscreenHost, ServiceWorkerScope } from "./engine/offscreen-worker.js";
import { OffscreenDocument } from "./engine/offscreen-worker.js";
import { type FirstRunHost, welcomeOnce } from "./first-run.js";
import { serveHandover } from "./handover.js";
import type { Idle } from "./idle-lock.js";
import { startIdleLock } from "./idle-lock.js";
import type { Alarms } from "./lock-timer.js";
import { startLockTimer } from "./lock-timer.js";
import { startCompose } from "./mail/compose.js";
import { startDisplay } from "./mail/display.js";
import type { ContentOrigin, PageOrigin } from "./mail/mail-host.js";
import { noCompose, noDisplay } from "./mail/mail-host.js";
import { NativeCertificates, type NativeCertificatesApi } from "./native-certificates.js";
import { pageHandlers } from "./page-handlers.js";
import type { NetworkBrowser } from "./network/browser-network.js";
import { browserNetwork, findingNetwork } from "./network/browser-network.js";
import { contentReaders, pageReaders } from "./readers.js";
import { answer, judgeSender, table } from "./router.js";
import type { ManagedArea } from "./policy/policy-store.js";
import type { LocalArea } from "./settings.js";
import type { SessionArea } from "./vault/session.js";
import type { ContentRequests, PageRequests } from "../protocol/messages.js";

/** What of the extension API is used here, the same in Gecko and Chrome. */
interface Host extends NetworkBrowser {
  readonly storage: Storage;
  readonly alarms: Alarms;
  readonly idle: Idle;
  /** Chrome only */
  readonly offscreen?: OffscreenHost["offscreen"];
  readonly runtime: OffscreenHost["runtime"] & FirstRunHost["runtime"];
  readonly tabs: FirstRunHost["tabs"];
  /** Thunderbird only */
  readonly composeAction?: unknown;
  readonly signetOutgoing?: unknown;
  readonly signetNativeCertificates?: NativeCertificatesApi;
}

interface Storage {
  readonly local: LocalArea & Guarded;
  readonly session: SessionArea;
  readonly managed?: ManagedArea;
  readonly onChanged?: { addListener(listener: (changes: unknown, area: string) => void): void };
}

/** Chrome: content scripts may read and write `storage.local` unless they are kept out. */
interface Guarded {
  setAccessLevel?(level: { accessLevel: "TRUSTED_CONTEXTS" }): Promise<void>;
}

const everyMinute = 60_000;

function start(host: Host): void {
  const runtime = extensionRuntime();
  const inMailClient = host.composeAction !== undefined;
  const core = createCore({
    databaseName: "signet",
    session: host.storage.session,
    local: host.storage.local,
    managed: host.storage.managed,
    now: () => new Date(),
    broadcast,
    startWorker: workerStarter(host),
    network: browserNetwork(host),
    finding: findingNetwork(host),
    ...(inMailClient && { writesFrom: ownAddresses }),
  });
  watchHost(host, core);
  startLockTimer(core.vault, host.alarms);
  welcomeOnce(host);
  core.services.onStoreChanged(startIdleLock(core, host.idle));
  const compose = inMailClient ? startCompose(core.services) : noCompose;
  const display = inMailClient ? startDisplay(core.services) : noDisplay;
  const native = new NativeCertificates(host.signetNativeCertificates ?? null);
  const orders = startOrders({ core, alarms: host.alarms, compose: inMailClient ? compose : null });
  const mail = { compose, messages: display.pages, native, orders, byHand: !inMailClient };
  const tables = {
    pages: table<PageRequests, PageOrigin>(pageReaders, pageHandlers(core, mail, capabilitiesOf(host))),
    content: table<ContentRequests, ContentOrigin>(contentReaders, display.content),
  };
  const onMessage: MessageListener = (message, sender, sendResponse) => {
    if (!isAskEnvelope(message)) return undefined;
    void answer(message, judgeSender(sender, runtime), tables).then(sendResponse);
    return true;
  };
  const onConnect = (port: Port): void => {
    if (port.name !== putPort && port.name !== takePort && port.name !== jobPort) return;
    if (judgeSender(port.sender ?? {}, runtime).kind !== "page") port.disconnect();
    else if (port.name === jobPort) core.jobs.watch(port);
    else void serveHandover(port, core.handover);
  };
  runtime.onMessage.addListener(onMessage);
  runtime.onConnect.addListener(onConnect);
  setInterval(() => {
    core.handover.sweep();
    core.engine.rest();
  }, everyMinute);
  // In a mail client somebody is about to look at a message.
  if (inMailClient) {
    core.engine.warm();
    watchContacts(core.correspondents, core.finder);
  }
}

/** Permissions, and policies: Chrome tells of a new one, Gecko reads one when it starts. */
function watchHost({ permissions, storage }: Host, core: Core): void {
  void storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" });
  permissions.onAdded.addListener(core.changed);
  permissions.onRemoved.addListener(core.changed);
  storage.onChanged?.addListener((_changes, area) => {
    if (area !== "managed") return;
    core.policy.forget();
    core.changed();
  });
}

/** A service worker can start none itself. */
function workerStarter(host: Host): StartWorker {
  if (host.offscreen === undefined) return startDedicatedWorker;
  return new OffscreenDocument(host as OffscreenHost, globalThis as unknown as ServiceWorkerScope)
    .startWorker;
}

function capabilitiesOf(host: Host): HostCapabilities {
  return {
    host: host.composeAction === undefined ? "browser" : "thunderbird",
    inPlace: host.signetOutgoing !== undefined,
  };
}

const { browser: gecko, chrome } = globalThis as { readonly browser?: unknown; readonly chrome?: unknown };
start((gecko ?? chrome) as Host);
