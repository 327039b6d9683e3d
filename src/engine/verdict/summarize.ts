/**
 * From evidence to headline: the only function that makes a summary. It fails closed. Good needs, in
 * every signed layer, a valid signature of the visible author and none that is invalid; whatever is
 * missing, doubtful or unreadable takes the state down, never up.
 */
import { sameAddress } from "../mime/address.js";
import type { ReadPolicy } from "../policy/policy.js";
import { type Fault, type FaultCode, byRank, faults as faultTable } from "../fault/faults.js";
import type { MailingList } from "../mime/mailing-list.js";
import type { MessageSender } from "../mime/sender.js";
import type { AuthorMemory, SignatureRecord } from "./author-memory.js";
import { type Remembering, goodSigner, isHers, recall } from "./recall.js";
import type {
  Author,
  CertificateSummary,
  CryptographicLayer,
  CryptographicSummary,
  EncryptionState,
  JudgedAt,
  LookAlike,
  SignatureVerdict,
  SummaryState,
} from "./verdict.js";

/** `localPart`: does case count in it (ReadPolicy)? Absent: it does. */
type JudgedSender = MessageSender & { readonly localPart?: ReadPolicy["localPart"] };

export interface Evidence {
  /** outermost first */
  readonly layers: readonly CryptographicLayer[];
  readonly sender: JudgedSender;
  /** some part of the payload is signed, the whole is not */
  readonly partlySigned: boolean;
  /** why the reading stopped before the payload; empty where it did not */
  readonly halted: readonly Fault[];
  /** what the header inside of the envelope gives away (`protected-header.ts`); it changes no state */
  readonly headerFaults?: readonly Fault[];
  readonly lookAlike?: LookAlike | null;
  /** what is remembered of the author; absent: nobody was asked */
  readonly memory?: AuthorMemory;
  readonly records?: readonly SignatureRecord[];
  /** of signers whom the memory does not know: fingerprint → SHA-256 of the key */
  readonly signerKeys?: ReadonlyMap<string, string>;
  readonly mailingList?: MailingList | null;
  /** milliseconds since the epoch, by the server that took the message in */
  readonly arrival?: number | null;
}

type SignedLayer = Extract<CryptographicLayer, { kind: "signed" }>;
type EncryptedLayer = Extract<CryptographicLayer, { kind: "encrypted" }>;
/** of one layer, and of them all: worst first */
const standings = ["7", "7r", "4", "5", "6", "5b", "2"] as const satisfies readonly SummaryState[];
type Standing = (typeof standings)[number];

export function summarize(evidence: Evidence): CryptographicSummary {
  const { layers, sender } = evidence;
  const signed = layers.filter((layer) => layer.kind === "signed");
  const author: Author = {
    address: sender.address,
    from: sender.from,
    displayName: sender.displayName,
    sender: sender.sender,
  };
  const { state, memory, faults } = recalled(evidence, signed);
  const list = evidence.mailingList ?? null;
  const signer = signerOf(state, signed, evidence);
  return {
    state: state === "2" && hasIdentity(signer) ? "2o" : state,
    encryption: encryptionOf(layers.filter((layer) => layer.kind === "encrypted")),
    author,
    signer,
    faults: distinct(byRank([...faultsOf(evidence, signed), ...faults])),
    ...lookAlikeOf(evidence.lookAlike ?? null, author),
    ...(memory === undefined ? {} : { memory }),
    ...judgedAtOf(state, signed, sender),
    ...(list === null ? {} : { mailingList: { name: list.name, rewritten: list.rewritten } }),
  };
}

/** The authority checked more than the mailbox (CA/B Forum S/MIME Baseline Requirements §7.1.6.1). */
function hasIdentity(signer: CertificateSummary | null): boolean {
  const validation = signer?.validation;
  return validation !== undefined && (validation.organization ?? validation.person) !== null;
}

/** Whoever looked it up read the header by itself: only what this message names counts. */
function lookAlikeOf(lookAlike: LookAlike | null, { from, sender }: Author): { lookAlike?: LookAlike } {
  if (lookAlike === null || ![...from, sender].includes(lookAlike.address)) return {};
  return { lookAlike };
}

// ------------------------------------------------------------------ the state

function stateOf(evidence: Evidence, signed: readonly SignedLayer[]): SummaryState {
  const { sender, partlySigned } = evidence;
  const stopped = evidence.halted.length > 0 || evidence.layers.some(isBrokenWrapping);
  if (signed.length === 0) {
    if (stopped) return "6";
    return partlySigned ? "9" : "1";
  }
  const found = signed.map((layer) => standingOf(layer, evidence));
  if (stopped || isOnlyAround(evidence.layers)) found.push("6");
  // A name that says another address than the one that is signed for: the signature does not cure that.
  const worst = standings.find((standing) => found.includes(standing))!;
  if (worst !== "2" && worst !== "5b") return worst;
  if (sender.faults.length > 0) return "4";
  return worst === "2" && isJudgedInThePast(signed, sender) ? "2c" : worst;
}

/** Some layer holds only because it is proven to have held. */
function isJudgedInThePast(signed: readonly SignedLayer[], sender: MessageSender): boolean {
  return signed.some((layer) => validByAuthor(layer, sender).every(isPast));
}

function isPast({ judgedAt }: ValidSignature): boolean {
  return judgedAt !== undefined && judgedAt.source !== "now";
}

function judgedAtOf(
  state: SummaryState,
  signed: readonly SignedLayer[],
  sender: MessageSender,
): { readonly judgedAt?: JudgedAt } {
  if (state !== "2c") return {};
  const past = signed.flatMap((layer) => validByAuthor(layer, sender)).filter(isPast);
  const judgedAt = past.at(-1)?.judgedAt;
  return judgedAt === undefined ? {} : { judgedAt };
}

/**
 * RFC 8551 §3.7: a signature around an encrypted layer says nothing of the text inside. Whoever caught the
 * ciphertext can have put it into an envelope and a signature of his own.
 */
function isOnlyAround(layers: readonly CryptographicLayer[]): boolean {
  const innermost = layers.findLast(({ kind }) => kind !== "compressed");
  return innermost?.kind === "encrypted" && layers.some(({ kind }) => kind === "signed");
}

/** What is inside of it, a signature perhaps, is not known. */
function isBrokenWrapping(layer: CryptographicLayer): boolean {
  return layer.kind === "compressed" && layer.status === "damaged";
}

function standingOf({ signatures }: SignedLayer, { sender, memory }: Evidence): Standing {
  // Anybody can add a signature, and a broken one costs the message its standing: that is the price of
  // never calling changed mail good.
  const invalid = signatures.filter(({ status }) => status === "invalid");
  if (invalid.length > 0) return invalid.every(isRevoked) ? "7r" : "7";
  const valid = signatures.filter(({ status }) => status === "valid");
  if (valid.some((signature) => isByAuthor(signature, sender))) return "2";
  if (valid.length > 0) return "4";
  if (signatures.some((signature) => isConfirmed(signature, sender, memory))) return "5b";
  const unconfirmed = signatures.some((signature) => faultsOfSignature(signature).every(isAboutTrust));
  return unconfirmed && signatures.length > 0 ? "5" : "6";
}

/** The mathematics holds, and the authority has withdrawn the certificate. */
function isRevoked(signature: SignatureVerdict): boolean {
  const invalid = faultsOfSignature(signature).filter(({ code }) => faultTable[code].bearing === "invalid");
  return invalid.length > 0 && invalid.every(({ code }) => code === "certificate-revoked");
}

/** Nobody vouches for the certificate but the person who compared it, and nothing else stands against it. */
function isConfirmed(
  signature: SignatureVerdict,
  sender: MessageSender,
  memory: AuthorMemory | undefined,
): boolean {
  if (signature.status !== "indeterminate" || !isByAuthor(signature, sender)) return false;
  if (memory === undefined || !isOf(memory, sender)) return false;
  return (
    memory.confirmed.some(({ fingerprint }) => fingerprint === signature.signer?.fingerprint) &&
    signature.faults.every(
      ({ code }) => code === "path-not-found" || code === "certificate-signature-mismatch",
    )
  );
}

/** A memory is of all ways to write an address: a capital letter makes no stranger of her. */
function isOf(memory: AuthorMemory, { address }: MessageSender): boolean {
  return address !== null && sameAddress(memory.address, address, "any-case");
}

type ValidSignature = Extract<SignatureVerdict, { status: "valid" }>;

function validByAuthor({ signatures }: SignedLayer, sender: JudgedSender): readonly ValidSignature[] {
  return signatures
    .filter((signature) => signature.status === "valid")
    .filter((one) => isByAuthor(one, sender));
}

function isByAuthor({ signer }: SignatureVerdict, { address, localPart = "exact" }: JudgedSender): boolean {
  if (address === null || signer === null) return false;
  return signer.addresses.some((named) => sameAddress(named, address, localPart));
}

/** Faults that say "nobody we know vouches for this", where the others say "we could not check". */
const aboutTrust: ReadonlySet<FaultCode> = new Set([
  "path-not-found",
  "authority-distrusted",
  "certificate-signature-mismatch",
  "extended-key-usage-unsuitable",
  "key-usage-unsuitable",
  "basic-constraints-violated",
  "path-length-exceeded",
  "name-constraints-violated",
  "certificate-without-address",
]);

function isAboutTrust({ code }: Fault): boolean {
  return aboutTrust.has(code);
}

function faultsOfSignature(signature: SignatureVerdict): readonly Fault[] {
  return signature.status === "valid" ? [] : signature.faults;
}

// ------------------------------------------------------------------ what is remembered

function recalled(
  evidence: Evidence,
  signed: readonly SignedLayer[],
): Partial<ReturnType<typeof recall>> & {
  readonly state: SummaryState;
  readonly faults: readonly Fault[];
} {
  const state = stateOf(evidence, signed);
  const { memory, records = [], signerKeys = new Map<string, string>(), sender, layers } = evidence;
  if (memory === undefined) return { state, faults: [] };
  const { mailingList = null, arrival = null } = evidence;
  const remembering = { memory, records, keys: signerKeys, mailingList, arrival, layers };
  if (!isOf(memory, sender)) {
    return isTakenFor(memory, sender) ? recallUnclear(state, sender, remembering) : { state, faults: [] };
  }
  const signers = signed.map((layer) =>
    state === "5b"
      ? layer.signatures.filter((one) => isConfirmed(one, sender, memory)).map(goodSigner)
      : validByAuthor(layer, sender).map(goodSigner),
  );
  return recall(state, signers, remembering);
}

/** Readers may show her as the author, though the header does not clearly say so. */
function isTakenFor(memory: AuthorMemory, { address, named }: MessageSender): boolean {
  if (address !== null || !memory.expectsSignature) return false;
  return named.some((one) => sameAddress(one, memory.address, "any-case"));
}

/** A line that makes the author unclear must not make a missing signature silent. */
function recallUnclear(
  state: SummaryState,
  sender: MessageSender,
  remembering: Remembering,
): ReturnType<typeof recalled> {
  // Somebody else's signature is told as that.
  if (state === "4") return { state, faults: [] };
  const found = recall(state, [], remembering);
  const memory = { ...found.memory, address: remembering.memory.address };
  return {
    state: found.state,
    memory,
    faults: found.state === "8" ? [...found.faults, ...sender.faults] : [],
  };
}

// ------------------------------------------------------------------ the signer

/** Nobody is named for mail that was changed: whoever signed did not sign this. */
function signerOf(
  state: SummaryState,
  signed: readonly SignedLayer[],
  { sender, memory, signerKeys = new Map<string, string>() }: Evidence,
): CertificateSummary | null {
  if (state === "7") return null;
  // The innermost signature stands nearest to what is read.
  const signatures = [...signed].reverse().flatMap((layer) => layer.signatures);
  if (state === "7r") return signatures.find(isRevoked)?.signer ?? null;
  if (state === "5b") return signatures.find((one) => isConfirmed(one, sender, memory))?.signer ?? null;
  const valid = signatures.filter(({ status }) => status === "valid");
  if (state === "4") {
    const other = valid.find((signature) => !isByAuthor(signature, sender));
    if (other !== undefined) return other.signer;
  }
  const byAuthor = valid.filter((signature) => isByAuthor(signature, sender));
  // Where somebody who can has added a signature to hers, hers is the one to name; of a changed signer, the other.
  const told = byAuthor.find((one) => {
    const isOne =
      memory === undefined || !isOf(memory, sender) || isHers(goodSigner(one), memory, signerKeys);
    return isOne === (state !== "3");
  });
  const signer = told ?? byAuthor[0] ?? valid[0] ?? signatures.find((one) => one.signer !== null);
  return signer?.signer ?? null;
}

// ------------------------------------------------------------------ encryption

function encryptionOf(layers: readonly EncryptedLayer[]): EncryptionState {
  let state: EncryptionState = "not-encrypted";
  for (const layer of layers) {
    if (layer.status === "damaged") return "damaged";
    if (layer.status === "locked") return layer.reason;
    // One layer that can be altered unseen is enough for an attacker.
    if (state !== "encrypted-unauthenticated") {
      state = layer.authenticated ? "encrypted" : "encrypted-unauthenticated";
    }
  }
  return state;
}

// ------------------------------------------------------------------ the reasons

function faultsOf(evidence: Evidence, signed: readonly SignedLayer[]): readonly Fault[] {
  const { layers, sender, partlySigned, halted } = evidence;
  const list: Fault[] = [...halted];
  for (const layer of layers) {
    if (layer.kind === "signed") list.push(...layer.signatures.flatMap(faultsOfSignature));
    else if (layer.status === "damaged") list.push(...layer.faults);
    else if (layer.status === "locked") list.push({ code: layer.reason });
    else if (layer.kind === "encrypted" && layer.legacy) {
      list.push({ code: "encryption-weak", detail: layer.contentEncryption });
    }
  }
  if (signed.length === 0 && partlySigned) list.push({ code: "partly-signed" });
  for (const layer of signed) {
    if (layer.signatures.length === 0) list.push({ code: "signer-info-missing" });
    list.push(...strangers(layer, sender));
  }
  if (signed.length > 0) list.push(...sender.faults);
  if (isOnlyAround(layers)) list.push({ code: "signature-outside-encryption" });
  list.push(...(evidence.headerFaults ?? []));
  return list;
}

/** Who signed a layer that the author did not sign, as far as the certificates say. */
function strangers({ signatures }: SignedLayer, sender: MessageSender): readonly Fault[] {
  if (sender.address === null || signatures.some((signature) => isByAuthor(signature, sender))) return [];
  const named = signatures.filter(({ status, signer }) => status !== "invalid" && signer !== null);
  const addresses = named.flatMap(({ signer }) => signer!.addresses);
  if (addresses.length === 0) return [];
  const faults: Fault[] = [{ code: "signer-not-author", detail: [...new Set(addresses)].join(" ") }];
  if (sender.sender !== null && addresses.includes(sender.sender)) {
    faults.push({ code: "sender-differs", detail: sender.sender });
  }
  return faults;
}

function distinct(list: readonly Fault[]): readonly Fault[] {
  return [...new Map(list.map((fault) => [`${fault.code} ${fault.detail ?? ""}`, fault])).values()];
}
