/** Verdicts as the engine would give them, one for each state of the table: recorded shapes for drawing. */
import type {
  CertificateSummary,
  CryptographicLayer,
  CryptographicSummary,
  EncryptionState,
  MemorySummary,
  MessageVerdict,
  SummaryState,
} from "../../src/engine/verdict/verdict.js";
import type { Fault } from "../../src/engine/fault/faults.js";

export const states: readonly SummaryState[] = [
  "0",
  "1",
  "2",
  "2o",
  "2a",
  "2b",
  "2c",
  "3",
  "4",
  "5",
  "5b",
  "6",
  "7",
  "7r",
  "8",
  "9",
];
export const encryptions: readonly EncryptionState[] = [
  "not-encrypted",
  "encrypted",
  "encrypted-unauthenticated",
  "key-missing",
  "key-locked",
  "password-needed",
  "damaged",
];

export function certificate(address: string, change: Partial<CertificateSummary> = {}): CertificateSummary {
  const name = address.split("@")[0]!;
  const commonName = `${name[0]!.toUpperCase()}${name.slice(1)} Example`;
  return {
    fingerprint: [...address]
      .map((letter) => letter.charCodeAt(0).toString(16))
      .join("")
      .padEnd(64, "4c")
      .slice(0, 64),
    subject: `CN=${commonName}`,
    commonName,
    organization: null,
    addresses: [address],
    issuer: "O=Example Trust, CN=Example Mail CA",
    issuerName: "Example Mail CA",
    serialNumber: "4f1d6b2c90a7",
    notBefore: "2026-03-01T00:00:00Z",
    notAfter: "2028-03-01T00:00:00Z",
    key: "P-256",
    ...change,
  };
}

export const root = certificate("root@example.org", {
  subject: "O=Example Trust, CN=Example Root",
  commonName: "Example Root",
  addresses: [],
  issuer: "O=Example Trust, CN=Example Root",
  issuerName: "Example Root",
});
const authority = certificate("ca@example.org", {
  subject: "O=Example Trust, CN=Example Mail CA",
  commonName: "Example Mail CA",
  addresses: [],
  issuer: "O=Example Trust, CN=Example Root",
  issuerName: "Example Root",
});

const faultOf: Partial<Record<SummaryState, Fault>> = {
  "4": { code: "signer-not-author", detail: "mallory@evil.test" },
  "5": { code: "path-not-found" },
  "6": { code: "certificate-expired", detail: "2021-01-01T00:00:00Z" },
  "7": { code: "message-digest-mismatch" },
  "7r": { code: "certificate-revoked", detail: "2026-10-02T00:00:00Z" },
  "9": { code: "partly-signed" },
};

export function summary(
  state: SummaryState,
  encryption: EncryptionState = "not-encrypted",
): CryptographicSummary {
  const unsigned = ["0", "1", "8"].includes(state);
  const fault = faultOf[state];
  return {
    state,
    encryption,
    author: {
      address: "alice@example.org",
      from: ["alice@example.org"],
      displayName: "Alice Example",
      sender: null,
    },
    signer: unsigned ? null : certificate(state === "4" ? "mallory@evil.test" : "alice@example.org"),
    faults: fault === undefined ? [] : [fault],
    ...rememberedOf(state),
  };
}

const remembered: MemorySummary = {
  messages: 13,
  signed: 12,
  since: null,
  confirmed: null,
  expectsSignature: false,
  usual: null,
};

/** What the memory adds, where a state comes from it. */
function rememberedOf(state: SummaryState): Pick<CryptographicSummary, "memory" | "judgedAt"> {
  const day = "2026-05-03T10:00:00.000Z";
  if (state === "2a") return { memory: { ...remembered, since: day } };
  if (state === "2c") return { judgedAt: { time: day, source: "record" } };
  if (state === "3") return { memory: { ...remembered, usual: { issuerName: "Other CA", lastSeen: day } } };
  if (state === "5") return { memory: remembered };
  if (state === "5b") return { memory: { ...remembered, confirmed: day } };
  return state === "8" ? { memory: { ...remembered, expectsSignature: true } } : {};
}

export function verdict(state: SummaryState, encryption: EncryptionState = "not-encrypted"): MessageVerdict {
  const made = summary(state, encryption);
  return { summary: made, layers: [...encryptionLayer(encryption), ...signatureLayer(made)] };
}

function signatureLayer(made: CryptographicSummary): readonly CryptographicLayer[] {
  if (made.signer === null) return [];
  const facts = {
    algorithms: { digest: "SHA-256", signature: "ECDSA P-256" },
    claimedTime: "2026-11-20T09:30:00Z",
  };
  const invalid = ["7", "7r"].includes(made.state);
  const indeterminate = ["5", "6"].includes(made.state);
  return [
    {
      kind: "signed",
      form: "clear-signed",
      signatures: [
        invalid || indeterminate
          ? {
              ...facts,
              status: invalid ? "invalid" : "indeterminate",
              signer: made.signer,
              faults: made.faults,
            }
          : { ...facts, status: "valid", signer: made.signer, path: [made.signer, authority, root] },
      ],
    },
  ];
}

function encryptionLayer(encryption: EncryptionState): readonly CryptographicLayer[] {
  switch (encryption) {
    case "not-encrypted":
      return [];
    case "encrypted":
    case "encrypted-unauthenticated":
      return [
        {
          kind: "encrypted",
          status: "opened",
          contentEncryption: encryption === "encrypted" ? "AES-256-GCM" : "AES-256-CBC",
          keyManagement: "ECDH P-256",
          authenticated: encryption === "encrypted",
          legacy: false,
          openedWith: certificate("bob@example.org").fingerprint,
        },
      ];
    case "key-missing":
    case "key-locked":
    case "password-needed":
      return [
        {
          kind: "encrypted",
          status: "locked",
          reason: encryption,
          recipients: [
            {
              issuer: "O=Example Trust, CN=Example Mail CA",
              serialNumber: "4f1d6b2c90a7",
              subjectKeyIdentifier: null,
            },
          ],
        },
      ];
    case "damaged":
      return [{ kind: "encrypted", status: "damaged", faults: [{ code: "decryption-failed" }] }];
  }
}
