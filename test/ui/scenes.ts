/** What the background would answer, scene by scene. */
import type {
  ComposeState,
  IdentityView,
  MemoryView,
  PendingRequestView,
  PolicyView,
  PublicRootsView,
  PublicRootView,
  RecipientView,
  Settings,
  VaultStatus,
} from "../../src/protocol/messages.js";
import type { Scene } from "./stage.js";
import { certificate, encryptions, root, states, verdict } from "./verdicts.js";

export function answer<Answer>(given: Answer): { readonly ok: true; readonly answer: Answer } {
  return { ok: true, answer: given };
}

export const unlocked: VaultStatus = {
  state: "unlocked",
  protection: "passphrase",
  unlockedUntil: "2026-11-22T17:30:00Z",
};
export const locked: VaultStatus = { state: "locked", protection: "passphrase", unlockedUntil: null };
export const empty: VaultStatus = { state: "empty", protection: null, unlockedUntil: null };

export const settings = {
  defaultMode: "automatic",
  nativeLabel: "hidden",
  unlockMinutes: 60,
  idleMinutes: 15,
  contentEncryption: "when-all-can",
  revocation: "crl",
  ...{ resolver: "", directory: "" },
} as const;

export const alice: IdentityView = {
  certificate: certificate("alice@example.org", { key: "RSA 3072" }),
  chain: [],
  canSign: true,
  canDecrypt: true,
  problem: null,
};
export const oldAlice: IdentityView = {
  certificate: certificate("alice@example.org", {
    fingerprint: "a0".repeat(32),
    notAfter: "2024-03-01T00:00:00Z",
  }),
  chain: [],
  canSign: false,
  canDecrypt: true,
  problem: { code: "certificate-expired", detail: "2024-03-01T00:00:00Z" },
};

export function recipient(address: string, change: Partial<RecipientView> = {}): RecipientView {
  return {
    address,
    displayName: null,
    field: "to",
    certificate: certificate(address),
    problem: null,
    ...change,
  };
}

const composing: ComposeState = {
  mode: "sign-and-encrypt",
  willSign: true,
  willEncrypt: true,
  hook: "ready",
  identity: alice,
  identityChoices: [alice],
  recipients: [recipient("bob@example.org", { displayName: "Bob Example" }), recipient("carol@example.net")],
  blockers: [],
  notices: ["subject-readable"],
  vault: unlocked,
  quotesDecrypted: false,
};

export function compose(change: Partial<ComposeState> = {}): Scene {
  return {
    "compose:state": answer({ ...composing, ...change }),
    "compose:change": answer({ ...composing, ...change }),
    "settings:get": answer(settings),
    "vault:unlock": { ok: false, code: "passphrase-wrong" },
  };
}

export const composeScenes: Readonly<Record<string, Scene>> = {
  both: compose(),
  off: compose({ mode: "off", willSign: false, willEncrypt: false, notices: [] }),
  sign: compose({ mode: "sign", willEncrypt: false, notices: [] }),
  automatic: compose({
    mode: "automatic",
    willEncrypt: false,
    recipients: [
      recipient("bob@example.org"),
      recipient("carol@example.net", { certificate: null, problem: { code: "signer-certificate-missing" } }),
    ],
    identityChoices: [alice, { ...alice, certificate: certificate("alice@example.org") }],
  }),
  stopped: compose({
    mode: "automatic",
    willEncrypt: false,
    recipients: [recipient("bob@example.org", { certificate: null, problem: null })],
    notices: ["less-than-said"],
  }),
  blocked: compose({
    willSign: true,
    willEncrypt: true,
    recipients: [
      recipient("bob@example.org"),
      recipient("carol@example.net", { certificate: null, problem: { code: "signer-certificate-missing" } }),
      recipient("dave.with.a.very.long.local.part@mail.department.example.org", {
        field: "bcc",
        problem: { code: "certificate-expired", detail: "2026-01-05T00:00:00Z" },
      }),
    ],
    blockers: [
      { code: "identity-locked" },
      { code: "recipient-certificate-missing", address: "carol@example.net" },
      {
        code: "bcc-with-encryption",
        address: "dave.with.a.very.long.local.part@mail.department.example.org",
      },
    ],
    vault: locked,
    notices: ["subject-readable", "linked-attachments-unprotected", "native-smime-switched-off"],
  }),
  unavailable: compose({ mode: "off", willSign: false, willEncrypt: false, hook: "unavailable" }),
  outbox: compose({
    hook: "outbox",
    notices: ["subject-readable", "drafts-unprotected", "sends-through-outbox"],
  }),
  failed: { "compose:state": { ok: false, code: "bug" } },
};

const remembered: MemoryView = {
  address: "bob@example.org",
  signers: [
    {
      ...certificate("bob@example.org"),
      key: "22".repeat(32),
      anchor: "33".repeat(32),
      firstSeen: "2026-05-03T10:00:00.000Z",
      lastSeen: "2026-11-20T10:00:00.000Z",
      messages: 12,
      standing: "usual",
    },
  ],
  confirmed: [{ fingerprint: "44".repeat(32), since: "2026-06-01T10:00:00.000Z" }],
  signed: 12,
  messages: 13,
  expectation: "expected",
};

const publicRoot = (name: string, country: string, change: Partial<PublicRootView> = {}): PublicRootView => ({
  fingerprint: name.length.toString(16).padStart(2, "0").repeat(32),
  name,
  organization: `${name.split(" ")[0]!} Ltd`,
  country,
  notAfter: "2038-01-18T00:00:00.000Z",
  emailDistrustAfter: null,
  on: true,
  ...change,
});

export const publicRoots: PublicRootsView = {
  origin: { program: "Thunderbird 153.7.0", date: "2026-11-10", nss: "3.125.1" },
  on: true,
  roots: [
    publicRoot("Umbra Root CA", "DE"),
    publicRoot("Árbol Mail Root", "ES"),
    publicRoot("Old Tree Authority", "US", {
      emailDistrustAfter: "2026-03-01T00:00:00.000Z",
      on: false,
    }),
  ],
};

export const noPolicy: PolicyView = {
  ...{
    settings: [],
    names: [],
    acmeDirectory: null,
    alwaysSign: false,
    encryptInside: [],
    escrow: null,
    problems: [],
  },
};

export const pendingRequest: PendingRequestView = {
  id: "5e".repeat(32),
  way: "file",
  commonName: "Alice Example",
  addresses: ["alice@example.org", "alice@team.example.org"],
  kind: "rsa-3072",
  since: "2026-11-10T10:00:00Z",
};

const home: Scene = {
  "vault:status": answer(unlocked),
  "identity:list": answer([alice, oldAlice]),
  "request:list": answer([pendingRequest]),
  "order:list": answer([]),
  "order:addresses": answer(["alice@example.org"]),
  "backup:status": answer({ state: "missing", since: null, remind: true }),
  "certificate:list": answer([
    { certificate: certificate("bob@example.org"), source: "seen-on-mail", since: "2026-05-03T10:00:00Z" },
    { certificate: certificate("carol@example.net"), source: "imported", since: "2026-06-11T10:00:00Z" },
  ]),
  "memory:list": answer({ entries: [remembered], more: false }),
  "anchor:list": answer([{ ...root, permitted: null, excluded: [] }]),
  "root:list": answer(publicRoots),
  "root:switch": answer({}),
  "settings:get": answer(settings),
  "settings:set": answer(settings),
  "policy:get": answer(noPolicy),
  "network:status": answer({ allowed: true }),
  "host:capabilities": answer({ host: "thunderbird", inPlace: true }),
  "identity:import": { ok: false, code: "password-wrong" },
  "vault:create": answer(unlocked),
  "vault:unlock": { ok: false, code: "passphrase-wrong" },
};

export const optionsScenes: Readonly<Record<string, Scene>> = {
  first: {
    ...home,
    "vault:status": answer(empty),
    "identity:list": answer([]),
    "request:list": answer([]),
    "backup:status": answer({ state: "nothing", since: null, remind: false }),
    "certificate:list": answer([]),
    "memory:list": answer({ entries: [], more: false }),
    "anchor:list": answer([]),
  },
  home,
  locked: { ...home, "vault:status": answer(locked) },
  device: {
    ...home,
    "vault:status": answer({ state: "unlocked", protection: "device", unlockedUntil: null }),
  },
  browser: { ...home, "host:capabilities": answer({ host: "browser", inPlace: false }) },
  "network-missing": { ...home, "network:status": answer({ allowed: false }) },
  failed: { ...home, "vault:status": { ok: false, code: "unavailable" } },
};

const mailTab: Scene = {
  "host:capabilities": answer({ host: "thunderbird", inPlace: true }),
  "message:open": { ok: false, code: "unavailable" },
  "settings:get": answer(settings),
  "vault:unlock": { ok: false, code: "passphrase-wrong" },
};

function displayed(made: ReturnType<typeof verdict>, action: "open" | "unlock" | null = null): Scene {
  return {
    ...mailTab,
    "message:displayed": answer({ kind: "message", subject: "Minutes of Tuesday", verdict: made, action }),
  };
}

/** Of a good signature nobody could say whether its certificate was withdrawn. */
function notAsked(chosen: Settings, allowed: boolean): Scene {
  const made = verdict("2");
  const layers = made.layers.map((layer) =>
    layer.kind === "signed"
      ? { ...layer, signatures: layer.signatures.map((one) => ({ ...one, revocation: [unknownRevocation] })) }
      : layer,
  );
  return {
    ...mailTab,
    "message:displayed": answer({
      ...{ kind: "message", subject: "Minutes of Tuesday", verdict: { ...made, layers }, action: null },
    }),
    "settings:get": answer(chosen),
    "network:status": answer({ allowed }),
  };
}

const unknownRevocation = {
  fingerprint: certificate("alice@example.org").fingerprint,
  status: "unknown",
  source: null,
  thisUpdate: null,
  nextUpdate: null,
  faults: [],
} as const;

export const popupScenes: Readonly<Record<string, Scene>> = {
  ...Object.fromEntries(states.map((state) => [`state-${state}`, displayed(verdict(state))])),
  ...Object.fromEntries(
    encryptions.map((encryption) => [
      encryption,
      displayed(
        verdict(["encrypted", "encrypted-unauthenticated"].includes(encryption) ? "2" : "1", encryption),
        encryption === "key-locked" ? "unlock" : null,
      ),
    ]),
  ),
  unread: displayed(verdict("1", "encrypted"), "open"),
  asking: {
    ...mailTab,
    "message:displayed": answer({
      ...{ kind: "message", subject: "Minutes of Tuesday", verdict: verdict("2"), action: null },
      isAsking: true,
    }),
  },
  "not-asked-never": notAsked({ ...settings, revocation: "never" }, true),
  "not-asked-forbidden": notAsked(settings, false),
  "asked-in-vain": notAsked(settings, true),
  "missing-issuer": {
    ...mailTab,
    "message:displayed": answer({
      ...{ kind: "message", subject: "Minutes of Tuesday", verdict: verdict("5"), action: null },
      issuerHosts: ["ca.example.org"],
    }),
    "message:find-issuers": answer({}),
  },
  failed: { ...mailTab, "message:displayed": { ok: false, code: "bug" } },
  none: { ...mailTab, "message:displayed": answer({ kind: "none" }) },
  browser: { "host:capabilities": answer({ host: "browser", inPlace: false }) },
};

const letter = {
  subject: "Minutes of Tuesday, and the plan for spring",
  from: "Alice Example <alice@example.org>",
  to: "Bob Example <bob@example.org>, carol@example.net",
  date: "Fri, 20 Nov 2026 10:30:00 +0100",
};
const plainText =
  "Dear Bob,\n\nhere are the minutes. The main points:\n\n    * the roof is done,\n    * the garden waits for spring.\n\nThe drawings are attached.\n\nYours\nAlice";
const html =
  "<html><head><style>h2{color:#0b5}</style></head><body><h2>Minutes</h2><p>Dear Bob,</p><p>the roof is <b>done</b>. See <a href='https://example.org/plan?id=7'>the plan</a>.</p><img src='https://canary.test/x.png' alt='Garden'><script>parent.ran=1</script></body></html>";
const attachments = [
  { name: "drawings.pdf", mediaType: "application/pdf", size: 1_843_201, file: "file-2" },
  { name: "Protokoll März.txt", mediaType: "text/plain", size: 0, file: "file-3" },
];

function read(
  made: ReturnType<typeof verdict>,
  content: { text: string | null; html: string | null } | null,
): Scene {
  return {
    "message:inspect": answer({
      verdict: made,
      headers: letter,
      content: content === null ? null : { ...content, attachments },
    }),
    "settings:get": answer(settings),
  };
}

export const readerScenes: Readonly<Record<string, Scene>> = {
  text: read(verdict("2", "encrypted"), { text: plainText, html: null }),
  html: read(verdict("2"), { text: plainText, html }),
  changed: read(verdict("7"), { text: plainText, html: null }),
  unauthenticated: read(verdict("1", "encrypted-unauthenticated"), { text: null, html }),
  locked: read(verdict("1", "key-locked"), null),
  garbage: { "message:inspect": { ok: false, code: "file-unreadable" } },
  forgotten: { "message:inspect": { ok: false, code: "not-found" } },
};
