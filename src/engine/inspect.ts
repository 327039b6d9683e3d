/**
 * A message in, a verdict out: the use case of reading. The layers of the cryptographic envelope are taken
 * off from the outside in (RFC 9787 §4); what they say together is `summarize`'s to tell. Never throws for
 * the message's sake, whatever the message is.
 */
import { Budget, maximumInflation } from "./base/budget.js";
import type { Bytes, EmailAddress } from "./base/bytes.js";
import { BudgetExceededError, MalformedError } from "./base/errors.js";
import { type ErrantParts, findErrantParts, isPartlySigned } from "./cms/errant-parts.js";
import { type Inside, isNestedCms } from "./cms/nested-content.js";
import { bareCmsEntity } from "./cms/recognize-envelope.js";
import { type PeeledLayer, peelLayer } from "./cms/peel-layer.js";
import type { KeyEncryptionKey } from "./cms/secret-recipients.js";
import { type SeenCertificate, seenCertificates } from "./cms/seen-certificates.js";
import { sightingOf, signedBy, unknownSignerKeys } from "./cms/sightings.js";
import type { SignedDataOutcome } from "./cms/verify-signed-data.js";
import type { Fault } from "./fault/faults.js";
import type { Identity } from "./keys/private-key.js";
import { endLines } from "./mime/canonical.js";
import { type Entity, parseEntity, wholeEntity } from "./mime/entity.js";
import { type MailingList, readArrival, readMailingList } from "./mime/mailing-list.js";
import { type MessageSender, readSenderAndTaken } from "./mime/sender.js";
import type { ReadPolicy } from "./policy/policy.js";
import type { AuthorMemory, Sighting, SignatureRecord } from "./verdict/author-memory.js";
import { summarize } from "./verdict/summarize.js";
import { checkProtectedHeader, readProtectedHeader } from "./verdict/protected-header.js";
import type { LookAlike, MessageVerdict, ProtectedHeader, SummaryState } from "./verdict/verdict.js";
import type { Certificate } from "./x509/certificate.js";
import { emailAddresses } from "./x509/names.js";
import type { EvidenceSource, RevocationPolicy } from "./x509/evidence-source.js";
import type { PublicRoots } from "./x509/public-roots.js";

export interface InspectContext {
  /** ours, to open what is encrypted; those without a private key are locked */
  readonly identities: readonly Identity[];
  /** what a person typed for this message; each is tried (RFC 5652 §6.2.4) */
  readonly passwords?: readonly string[];
  /** keys that were handed over before (RFC 5652 §6.2.3) */
  readonly keyEncryptionKeys?: readonly KeyEncryptionKey[];
  /** whom the person or the administrator trusts to vouch for addresses */
  readonly anchors: readonly Certificate[];
  /** the built-in authorities, looked up by name when a path needs one; absent: none of them counts */
  readonly publicRoots?: PublicRoots;
  /** certificates we have seen: they help to build paths, nobody believes them */
  readonly known: readonly Certificate[];
  readonly policy: ReadPolicy;
  /** when validity is judged */
  readonly time: Date;
  /** whom to ask whether certificates were revoked, once a path reached an anchor; absent: nobody */
  readonly evidence?: EvidenceSource;
  /** absent: `when-available` */
  readonly revocation?: RevocationPolicy;
  /** what is remembered of the visible author; absent: nobody was asked, and nothing is told apart */
  readonly memory?: AuthorMemory;
  /** what we recorded of signatures that this message may hold */
  readonly records?: readonly SignatureRecord[];
  /** what whoever knows the person's correspondents found out about the author's address (`verdict/look-alike.ts`) */
  readonly lookAlike?: LookAlike | null;
}

/** The innermost MIME entity that could be reached, header and body. Of a locked layer: that layer itself. */
export interface Payload {
  readonly mime: Bytes;
}

export interface Inspection {
  readonly verdict: MessageVerdict;
  readonly payload: Payload;
  /** only of a good verdict: what an answer can be encrypted to */
  readonly certificates: readonly SeenCertificate[];
  /** what the memory of signers may learn from this message; absent where there is nothing */
  readonly sighting?: Sighting;
}

/**
 * @param raw a message as it was received, with any line ends; or the CMS of a .p7m file, DER or PEM
 */
export async function inspect(raw: Bytes, context: InspectContext): Promise<Inspection> {
  const { limits } = context.policy;
  const inflatedBytes = Math.min(limits.inflatedBytes, maximumInflation(raw.length));
  const budget = new Budget({ ...limits, inflatedBytes });
  const reading: Reading = {
    peeled: [],
    payload: null,
    sender: nobody,
    errant: { found: [], ended: null },
    protectedHeader: null,
    mailingList: null,
    arrival: null,
    halted: [],
  };
  try {
    budget.require("messageBytes", raw.length);
    const message = bareCmsEntity(raw) ?? parseEntity(endLines(raw), budget);
    reading.sender = await readSenderAndTaken(message);
    reading.mailingList = readMailingList(message, reading.sender.address);
    reading.arrival = readArrival(message);
    const { known: candidates, passwords = [], keyEncryptionKeys = [] } = context;
    await peelAll(message, reading, { ...context, candidates, passwords, keyEncryptionKeys, budget });
  } catch (error) {
    reading.halted.push(haltOf(error));
  }
  const signed = reading.peeled.map((layer) => layer.signed).filter((outcome) => outcome !== null);
  const { memory } = context;
  const signerKeys = memory === undefined ? undefined : await unknownSignerKeys(signed, memory);
  const verdict = verdictOf(reading, context, signerKeys);
  const { address } = reading.sender;
  const { state, signer } = verdict.summary;
  // Headline, memory and what is kept for answers are of one certificate, whoever else has signed.
  const hers = signer === null ? [] : signedBy(signed, signer);
  const isSeen = address !== null && (isGood(state) || state === "3");
  const sighting = isSeen ? await sightingOf(hers, address) : null;
  return {
    verdict,
    payload: { mime: reading.payload === null ? raw : wholeEntity(reading.payload) },
    // Of a changed signer nothing is kept to answer with, until somebody has said that it is still her.
    certificates: isGood(state) ? await keep(hers, address!, context) : [],
    ...(sighting === null ? {} : { sighting }),
  };
}

function isGood(state: SummaryState): boolean {
  return state.startsWith("2");
}

interface Reading {
  readonly peeled: PeeledLayer[];
  payload: Entity | null;
  sender: MessageSender;
  errant: ErrantParts;
  protectedHeader: ProtectedHeader | null;
  mailingList: MailingList | null;
  arrival: number | null;
  readonly halted: Fault[];
}

const nobody: MessageSender = {
  address: null,
  from: [],
  named: [],
  displayName: null,
  sender: null,
  faults: [],
};

async function peelAll(
  message: Entity,
  reading: Reading,
  context: Parameters<typeof peelLayer>[1],
): Promise<void> {
  let current: Inside = message;
  for (;;) {
    if (!isNestedCms(current)) reading.payload = current;
    const peeled = await peelLayer(current, context);
    if (peeled === null) break;
    reading.peeled.push(peeled);
    if (peeled.inside === null) return;
    current = peeled.inside;
  }
  if (isNestedCms(current)) return;
  const isSigned = reading.peeled.some(({ layer }) => layer.kind === "signed");
  reading.errant = findErrantParts(current, context.policy.limits, !isSigned);
  reading.protectedHeader = readProtectedHeader(current, message);
}

function verdictOf(
  reading: Reading,
  context: InspectContext,
  signerKeys: ReadonlyMap<string, string> | undefined,
): MessageVerdict {
  const { sender, errant, protectedHeader, halted, mailingList, arrival } = reading;
  const layers = reading.peeled.map(({ layer }) => layer);
  const own = context.identities.flatMap(({ certificate }) => emailAddresses(certificate));
  const covered = layers.some(
    (layer) => layer.kind === "signed" && layer.signatures.some(({ status }) => status === "valid"),
  );
  const headerFaults = checkProtectedHeader(protectedHeader, own, covered);
  const { found, ended } = errant;
  const partlySigned = isPartlySigned(found);
  const { lookAlike = null, memory, records } = context;
  const remembered = {
    ...(memory === undefined ? {} : { memory }),
    ...(records === undefined ? {} : { records }),
    ...(signerKeys === undefined ? {} : { signerKeys }),
  };
  const judged = { ...sender, localPart: context.policy.localPart };
  const evidence = {
    layers,
    sender: judged,
    partlySigned,
    halted,
    headerFaults,
    lookAlike,
    mailingList,
    arrival,
  };
  return {
    summary: summarize({ ...evidence, ...remembered }),
    layers,
    ...(found.length === 0 ? {} : { errant: found }),
    ...(ended === null ? {} : { errantBeyond: ended }),
    ...(protectedHeader === null ? {} : { protectedHeader }),
  };
}

function keep(
  signed: readonly SignedDataOutcome[],
  author: EmailAddress,
  context: InspectContext,
): Promise<readonly SeenCertificate[]> {
  const { anchors, publicRoots, known: candidates, time } = context;
  const sources = { anchors, candidates, ...(publicRoots && { publicRoots }) };
  return seenCertificates(signed, author, { ...sources, time });
}

/** @throws whatever is our own bug */
function haltOf(error: unknown): Fault {
  if (error instanceof MalformedError || error instanceof BudgetExceededError) {
    return { code: error.code, detail: error.detail };
  }
  throw error;
}
