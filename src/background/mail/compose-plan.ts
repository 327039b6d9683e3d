/**
 * What would happen if the message left now: signed and encrypted or not, by which identity, for which
 * certificates, and everything that stands in the way. Computed before a send and again while it happens.
 */
import type { Blocker, Fault, Identity, Recipient, WritePolicy } from "../../engine/index.js";
import { describeCertificate } from "../../engine/index.js";
import type {
  ComposeMode,
  ComposeOrganisation,
  IdentityView,
  RecipientView,
} from "../../protocol/messages.js";
import type { CertificateAnswer, Services } from "../services.js";
import type { Lock } from "./compose-lock.js";
import { atLeast, describeRules, escrowRecipients, mustEncrypt, ruleBlockers } from "./compose-rules.js";
import { mailboxesOf } from "./compose-recipients.js";
import type { Fields, ResolvedRecipients } from "./compose-recipients.js";
import { resolveRecipients } from "./compose-recipients.js";

export interface PlanInput {
  readonly lock: Lock;
  /** header value, decoded */
  readonly from: string;
  readonly fields: Fields;
}

export interface Plan {
  /** the lock's, or what the organisation asks at the least */
  readonly mode: ComposeMode;
  readonly sign: boolean;
  readonly encrypt: boolean;
  /** the sender's address; null where there is not exactly one */
  readonly author: string | null;
  readonly identity: Identity | null;
  readonly identityView: IdentityView | null;
  readonly choices: readonly IdentityView[];
  /** with the organisation's, where it reads too */
  readonly recipients: readonly Recipient[];
  readonly recipientViews: readonly RecipientView[];
  readonly blockers: readonly Blocker[];
  readonly organisation: ComposeOrganisation | null;
  /** recipients as they stand in the composer: addresses, names of lists */
  readonly entries: readonly string[];
  readonly hindrance: Hindrance;
}

/** Why a lock that encrypts when possible does not. */
interface Hindrance {
  readonly blockers: readonly Blocker[];
  /** who has no certificate, as they stand in the composer; not Bcc, which is never encrypted for */
  readonly entries: readonly string[];
}

const noHindrance: Hindrance = { blockers: [], entries: [] };

export type PlanServices = Pick<
  Services,
  | "identities"
  | "identitiesFor"
  | "identityView"
  | "certificateFor"
  | "search"
  | "settings"
  | "organisation"
  | "now"
>;

type ExpandList = (name: string) => Promise<readonly string[] | null>;

export async function makePlan(
  services: PlanServices,
  expandList: ExpandList,
  input: PlanInput,
): Promise<Plan> {
  const authors = mailboxesOf(input.from);
  const author = authors.length === 1 ? (authors[0]?.address ?? null) : null;
  const [own, resolved, rules] = await Promise.all([
    chooseIdentity(services, author, input.lock.fingerprint),
    resolveRecipients(input.fields, expandList),
    services.organisation(),
  ]);
  const asked = { alwaysSign: rules.alwaysSign, mustEncrypt: mustEncrypt(rules, resolved, author) };
  const mode = atLeast(input.lock.mode, asked);
  // Whoever does not want to encrypt need not tell anybody whom they write to.
  const looks = mode !== "off" && mode !== "sign";
  const known = await knownRecipients(services, resolved, { author, looks });
  const sign = mode !== "off" && mode !== "encrypt";
  const encrypt = asked.mustEncrypt || willEncrypt(mode, known, resolved);
  const identity = mode === "off" ? [] : identityBlockers({ ...own, author, sign });
  const blockers = [
    ...ruleBlockers(rules, { encrypt, identity, time: services.now() }),
    ...identity,
    ...(encrypt ? recipientBlockers(known, resolved) : []),
  ];
  return {
    mode,
    sign,
    encrypt,
    author,
    ...own,
    recipients: [...known.map(({ recipient }) => recipient), ...escrowRecipients(rules, encrypt)],
    recipientViews: known.map(({ view }) => view),
    blockers,
    organisation: describeRules(rules, { mustEncrypt: asked.mustEncrypt, encrypt }),
    entries: resolved.entries,
    hindrance: mode === "automatic" && !encrypt ? hindranceOf(known, resolved) : noHindrance,
  };
}

export async function writePolicy(
  services: Pick<Services, "settings" | "organisation" | "now">,
  what: Pick<WritePolicy, "sign" | "encrypt" | "purpose">,
): Promise<WritePolicy> {
  const [{ contentEncryption }, { form, rsaSignature }] = await Promise.all([
    services.settings(),
    services.organisation(),
  ]);
  return {
    ...what,
    form,
    authenticatedEncryption: contentEncryption,
    rsaSignature,
    time: services.now(),
  };
}

interface Own {
  readonly identity: Identity | null;
  readonly identityView: IdentityView | null;
  readonly choices: readonly IdentityView[];
}

/** The person's choice, else the best for the address; where none names it, all are there to choose from. */
async function chooseIdentity(
  services: PlanServices,
  author: string | null,
  fingerprint: string | null,
): Promise<Own> {
  const fitting = author === null ? [] : await services.identitiesFor(author);
  const all = fitting.length > 0 ? fitting : await services.identities();
  const chosen = all.find(({ certificate }) => certificate.fingerprint === fingerprint);
  const identity = chosen ?? fitting[0] ?? null;
  return {
    identity,
    identityView: identity && (await services.identityView(identity)),
    choices: await Promise.all(all.map((each) => services.identityView(each))),
  };
}

interface KnownRecipient {
  /** as it stands in the composer */
  readonly entry: string;
  readonly recipient: Recipient;
  readonly view: RecipientView;
}

function knownRecipients(
  services: PlanServices,
  { people }: ResolvedRecipients,
  { author, looks }: { readonly author: string | null; readonly looks: boolean },
): Promise<readonly KnownRecipient[]> {
  const time = services.now();
  return Promise.all(
    people.map(async ({ address, displayName, field, entry }): Promise<KnownRecipient> => {
      const answer: CertificateAnswer = await services.certificateFor(address, time, author);
      const usable = answer.kind === "usable" ? answer : null;
      const certificate = usable && describeCertificate(usable.certificate);
      const problem = answer.kind === "none" ? answer.problem : null;
      const searches = usable === null && looks ? await services.search(address) : [];
      const origin = usable?.origin ?? null;
      return {
        entry,
        recipient: {
          address,
          field,
          certificate: usable?.certificate ?? null,
          capabilities: usable?.capabilities ?? null,
        },
        view: { address, displayName, field, certificate, problem, origin, searches },
      };
    }),
  );
}

function willEncrypt(
  mode: ComposeMode,
  known: readonly KnownRecipient[],
  { unresolved }: ResolvedRecipients,
): boolean {
  switch (mode) {
    case "off":
    case "sign":
      return false;
    case "encrypt":
    case "sign-and-encrypt":
      return true;
    case "automatic":
      return (
        known.length > 0 &&
        unresolved.length === 0 &&
        known.every(({ view }) => view.certificate !== null && view.field !== "bcc")
      );
  }
}

function hindranceOf(known: readonly KnownRecipient[], resolved: ResolvedRecipients): Hindrance {
  const without = known.filter(({ view }) => view.certificate === null && view.field !== "bcc");
  return {
    blockers: recipientBlockers(known, resolved),
    entries: [...resolved.unresolved, ...without.map(({ entry }) => entry)],
  };
}

interface Author extends Own {
  readonly author: string | null;
  readonly sign: boolean;
}

function identityBlockers({ author, identity, identityView, choices, sign }: Author): readonly Blocker[] {
  if (author === null) return [{ code: "author-ambiguous" }];
  if (identity === null || identityView === null) {
    return [{ code: choices.length > 0 ? "identity-address-mismatch" : "identity-missing", address: author }];
  }
  const { addresses, notAfter, notBefore } = identityView.certificate;
  if (!addresses.includes(author)) return [{ code: "identity-address-mismatch", address: author }];
  // Encrypting too: the copy that we keep would be for the thief.
  if (identityView.stolen !== undefined)
    return [{ code: "identity-stolen", address: author, detail: identityView.stolen.since }];
  // Encrypting alone needs our certificate, for the copy that we keep, but not our key.
  if (!sign) return [];
  switch (identityView.problem?.code) {
    case undefined:
      break;
    case "certificate-expired":
      return [{ code: "identity-expired", address: author, detail: notAfter }];
    case "certificate-not-yet-valid":
      return [{ code: "identity-not-yet-valid", address: author, detail: notBefore }];
    default:
      return [{ code: "identity-unsuitable", address: author }];
  }
  if (!identityView.canSign) return [{ code: "identity-unsuitable", address: author }];
  return identity.privateKey === null ? [{ code: "identity-locked", address: author }] : [];
}

function recipientBlockers(
  known: readonly KnownRecipient[],
  { unresolved }: ResolvedRecipients,
): readonly Blocker[] {
  if (known.length === 0 && unresolved.length === 0) return [{ code: "recipients-missing" }];
  const missing = known
    .filter(({ view }) => view.certificate === null)
    .map(({ view }) => certificateBlocker(view.address, view.problem));
  const hidden = known.filter(({ view }) => view.field === "bcc").map(({ view }) => view.address);
  return [
    ...missing,
    ...unresolved.map((address): Blocker => ({ code: "recipient-list-unresolved", address })),
    ...hidden.map((address): Blocker => ({ code: "bcc-with-encryption", address })),
  ];
}

function certificateBlocker(address: string, problem: Fault | null): Blocker {
  switch (problem?.code) {
    case undefined:
      return { code: "recipient-certificate-missing", address };
    case "certificate-expired":
      return {
        code: "recipient-certificate-expired",
        address,
        ...(problem?.detail ? { detail: problem.detail } : {}),
      };
    case "certificate-revoked":
      return {
        code: "recipient-certificate-revoked",
        address,
        ...(problem?.detail ? { detail: problem.detail } : {}),
      };
    case "key-usage-unsuitable":
    case "extended-key-usage-unsuitable":
    case "key-unsupported":
      return { code: "recipient-certificate-unsuitable", address };
    default:
      return { code: "recipient-certificate-unconfirmed", address };
  }
}
