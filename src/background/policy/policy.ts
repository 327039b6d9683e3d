/**
 * What an organisation asks, as its administrator wrote it into the browser's policies (`storage.managed`).
 * Read value by value: a bad one is named and never weakens anything. Where a rule for mail that leaves
 * cannot be read, nobody knows what was meant, so that such mail stays (docs/organisations.md).
 */
import type { Certificate, InspectContext, ReadPolicy, WritePolicy } from "../../engine/index.js";
import { defaultReadPolicy, normalizeAddress } from "../../engine/index.js";
import type { PolicyProblem, Settings } from "../../protocol/messages.js";
import { isAllowedUrl } from "../acme/allowed-url.js";
import { isRecord } from "../../protocol/wire.js";
import { readSettingsChange, settingNames } from "../settings.js";
import { readAnchors, readEscrow } from "./policy-certificates.js";

/** What is asked of mail that is written. */
export interface OutgoingRules {
  readonly alwaysSign: boolean;
  /** domains as in normalised addresses; a subdomain is another domain */
  readonly encryptInside: readonly string[];
  /** mail that goes inside and outside at once */
  readonly mixedRecipients: "encrypt" | "free";
  /** everything encrypted is encrypted for it too, and the composer says so */
  readonly escrow: Certificate | null;
  readonly form: WritePolicy["form"];
  readonly rsaSignature: WritePolicy["rsaSignature"];
  /** names of rules about mail that leaves which cannot be read: it does not leave until they are repaired */
  readonly unreadable: readonly string[];
}

export interface OrganisationPolicy {
  /** these override what a person chose */
  readonly settings: Partial<Settings>;
  readonly anchors: readonly Certificate[];
  readonly minimumRsaBits: number;
  /** the only authority that is asked for certificates; null: the person's choice */
  readonly acmeDirectory: string | null;
  /** what counts where nobody could be asked whether a certificate was revoked */
  readonly revocation: NonNullable<InspectContext["revocation"]>;
  readonly outgoing: OutgoingRules;
  /** every name that counts, for the settings page */
  readonly names: readonly string[];
  readonly problems: readonly PolicyProblem[];
}

export const freeOutgoing: OutgoingRules = {
  alwaysSign: false,
  encryptInside: [],
  mixedRecipients: "encrypt",
  escrow: null,
  form: "clear-signed",
  rsaSignature: "pkcs1",
  unreadable: [],
};

export const noPolicy: OrganisationPolicy = {
  settings: {},
  anchors: [],
  minimumRsaBits: defaultReadPolicy.minimumRsaBits,
  acmeDirectory: null,
  revocation: "when-available",
  outgoing: freeOutgoing,
  names: [],
  problems: [],
};

/** Beside the settings of the same name. A test compares both with the schema that Chrome wants. */
export const ruleNames = [
  "anchors",
  "minimumRsaBits",
  "acmeDirectory",
  "revocationAnswer",
  "alwaysSign",
  "encryptInside",
  "mixedRecipients",
  "escrowCertificate",
  "signatureForm",
  "rsaSignature",
] as const;

type RuleName = (typeof ruleNames)[number];

/** A rule of these that cannot be read keeps mail from leaving; of the others, it is as if it were not there. */
const strict: ReadonlySet<string> = new Set<RuleName>([
  "alwaysSign",
  "encryptInside",
  "mixedRecipients",
  "escrowCertificate",
]);

const mostDomains = 1000;

type Taken = Partial<Omit<OrganisationPolicy, "outgoing" | "names" | "problems">> & {
  readonly outgoing?: Partial<OutgoingRules>;
};
/** @returns what the value says; a problem's code where it cannot be taken */
type Reader = (value: unknown) => Taken | PolicyProblem["code"] | Promise<Taken | PolicyProblem["code"]>;

const readers: Readonly<Record<RuleName, Reader>> = {
  anchors: async (value) => {
    const read = await readAnchors(value);
    return typeof read === "string" ? read : { anchors: read };
  },
  minimumRsaBits: (value) =>
    value === 2048 || value === 3072 || value === 4096 ? { minimumRsaBits: value } : "value-unreadable",
  acmeDirectory: (value) =>
    typeof value === "string" && isAllowedUrl(value)
      ? { acmeDirectory: new URL(value).href }
      : "value-unreadable",
  revocationAnswer: (value) =>
    value === "when-available" || value === "required" ? { revocation: value } : "value-unreadable",
  alwaysSign: (value) =>
    typeof value === "boolean" ? { outgoing: { alwaysSign: value } } : "value-unreadable",
  encryptInside: (value) => {
    const domains = readDomains(value);
    return domains === null ? "value-unreadable" : { outgoing: { encryptInside: domains } };
  },
  mixedRecipients: (value) =>
    value === "encrypt" || value === "free" ? { outgoing: { mixedRecipients: value } } : "value-unreadable",
  escrowCertificate: async (value) => {
    const read = await readEscrow(value);
    return typeof read === "string" ? read : { outgoing: { escrow: read } };
  },
  signatureForm: (value) =>
    value === "clear-signed" || value === "opaque-signed"
      ? { outgoing: { form: value } }
      : "value-unreadable",
  rsaSignature: (value) =>
    value === "pkcs1" || value === "pss" ? { outgoing: { rsaSignature: value } } : "value-unreadable",
};

/** @param raw what `storage.managed` holds */
export async function readPolicy(raw: unknown): Promise<OrganisationPolicy> {
  if (!isRecord(raw)) return unreadablePolicy;
  let policy = noPolicy;
  for (const [name, value] of Object.entries(raw)) {
    const taken = await readOne(name, value);
    policy = typeof taken === "string" ? faulty(policy, name, taken) : merged(policy, name, taken);
  }
  return policy;
}

/** There is one and nobody can read it: whatever it asks of outgoing mail, it is not fulfilled. */
export const unreadablePolicy = faulty(noPolicy, "*", "value-unreadable");

async function readOne(name: string, value: unknown): Promise<Taken | PolicyProblem["code"]> {
  if (isSetting(name)) {
    const settings = readSettingsChange({ [name]: minutesOf(name, value) });
    return settings === null ? "value-unreadable" : { settings };
  }
  return isRule(name) ? readers[name](value) : "name-unknown";
}

/** Chrome's schema has one type for each value, so that a number comes as text beside the words. */
function minutesOf(name: string, value: unknown): unknown {
  const isTime = name === "unlockMinutes" || name === "idleMinutes";
  return isTime && typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
}

function merged(policy: OrganisationPolicy, name: string, taken: Taken): OrganisationPolicy {
  return {
    ...policy,
    ...taken,
    settings: { ...policy.settings, ...taken.settings },
    outgoing: { ...policy.outgoing, ...taken.outgoing },
    names: [...policy.names, name],
  };
}

function faulty(policy: OrganisationPolicy, name: string, code: PolicyProblem["code"]): OrganisationPolicy {
  const { outgoing, problems } = policy;
  const stops = strict.has(name) || name === "*";
  return {
    ...policy,
    outgoing: stops ? { ...outgoing, unreadable: [...outgoing.unreadable, name] } : outgoing,
    problems: [...problems, { name, code }],
  };
}

function readDomains(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostDomains) return null;
  const domains = value.map((domain) => (typeof domain === "string" ? normalizedDomain(domain) : null));
  // One that cannot be read may be the very one that matters.
  return domains.every((domain) => domain !== null) ? domains : null;
}

/** The same letters as in addresses: lower case, and A-labels for other scripts. */
function normalizedDomain(domain: string): string | null {
  if (!domain.includes(".") || domain.includes("@")) return null;
  const address = normalizeAddress(`somebody@${domain}`);
  return address === null ? null : address.slice(address.indexOf("@") + 1);
}

export function readPolicyFor({ minimumRsaBits }: OrganisationPolicy): ReadPolicy {
  return { ...defaultReadPolicy, minimumRsaBits };
}

function isSetting(name: string): name is keyof Settings {
  return settingNames.some((known) => known === name);
}

function isRule(name: string): name is RuleName {
  return ruleNames.some((known) => known === name);
}
