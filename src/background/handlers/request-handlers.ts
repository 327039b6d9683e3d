/**
 * Certificates that are asked for by a file, and such as a person makes alone. The key is made here, by the
 * platform and off any window's thread, and sealed before its request can be seen (`own-requests.ts`): whatever
 * happens then, the answer finds it.
 */
import type { Bytes, Certificate } from "../../engine/index.js";
import { emailAddresses, loadIssuing, readCertificates, wipePrivateKey } from "../../engine/index.js";
import type {
  AnsweredRequests,
  HandoverId,
  Handlers,
  IdentityView,
  NewCertificate,
  PageRequests,
} from "../../protocol/messages.js";
import { certificateFileLimit } from "../../protocol/handover.js";
import { toBase64 } from "../../protocol/wire.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { Refusal } from "../refusal.js";
import { isCertificateAuthority, isSelfIssued } from "../trust/is-authority.js";
import { handedOver, readFile } from "./files.js";
import type { IdentityParts } from "./identity-handlers.js";
import { wanted } from "./new-certificate.js";
import { createRequest, removeRequest, requestFile, requestsOf } from "./own-requests.js";
import { keeping } from "./store-handlers.js";

export interface RequestParts extends IdentityParts {
  readonly now: () => Date;
}

type Names =
  "request:create" | "request:list" | "request:file" | "request:remove" | "request:answer" | "identity:make";

export function requestHandlers(parts: RequestParts): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  const { handover } = parts;
  return {
    "request:create": async (wish) => ({ ok: true, answer: await createRequest(parts, wish) }),
    "request:list": async () => ({ ok: true, answer: await requestsOf(parts) }),
    "request:file": async ({ id }) => ({
      ok: true,
      answer: { file: handover.put(await requestFile(parts, id)) },
    }),
    "request:remove": async ({ id }) => {
      await removeRequest(parts, id);
      return { ok: true, answer: {} };
    },
    "request:answer": async ({ file, otherAddress }) => ({
      ok: true,
      answer: await takeAnswer(parts, file, otherAddress),
    }),
    "identity:make": async (wish) => ({ ok: true, answer: await makeIdentity(parts, wish) }),
  };
}

const oneDay = 24 * 60 * 60_000;
/** Long enough to try it out, short enough that nobody builds on it. */
const selfMadeDays = 2 * 365;

async function makeIdentity(parts: RequestParts, wish: NewCertificate): Promise<IdentityView> {
  const subject = wanted(wish);
  if ((await parts.vault.unlocked()) === null) throw new Refusal("vault-locked");
  const { generateKey, selfSigned } = await loadIssuing();
  const key = await generateKey(wish.kind);
  try {
    const now = parts.now().getTime();
    // A day before: the clocks of those who read it may be behind.
    const validity = { notBefore: new Date(now - oneDay), notAfter: new Date(now + selfMadeDays * oneDay) };
    const certificate = await selfSigned(key, subject, validity);
    await parts.identities.add([{ certificate, chain: [], pkcs8: key.pkcs8 }]);
    await parts.vault.used("any");
    return await viewOf(parts, certificate);
  } finally {
    key.pkcs8.fill(0);
    wipePrivateKey(key.privateKey);
  }
}

async function viewOf({ views }: RequestParts, { fingerprint }: Certificate): Promise<IdentityView> {
  return (await views()).find(({ certificate }) => certificate.fingerprint === fingerprint)!;
}

interface Match {
  readonly certificate: Certificate;
  /** what was asked for */
  readonly addresses: readonly string[];
  /** null: the key has a certificate already, and gets another one */
  readonly pendingId: string | null;
}

/** Whatever is wrong is found before anything is written; the key goes on waiting then. */
async function takeAnswer(
  parts: RequestParts,
  file: HandoverId,
  otherAddress: "refuse" | "accept",
): Promise<AnsweredRequests> {
  const bytes = handedOver(parts.handover, file, certificateFileLimit);
  const found = await readFile(() => readCertificates(bytes));
  if (found.length === 0) throw new Refusal("no-certificate-in-file");
  const matches = await readFile(() => matchesIn(parts, found));
  const known = (await parts.views()).filter(({ certificate }) =>
    found.some(({ fingerprint }) => fingerprint === certificate.fingerprint),
  );
  if (matches.length === 0) {
    if (known.length > 0) return { added: [], known, incomplete: false };
    throw new Refusal("no-request-for-certificate");
  }
  for (const match of matches) checkMatch(match, parts.now(), otherAddress);
  const candidates = [...found, ...(await parts.certificates.authorities())];
  const ready = await readFile(() => withChains(matches, found, candidates));
  const added: IdentityView[] = [];
  for (const { match, chain } of ready) {
    await store(parts, match, chain);
    added.push(await viewOf(parts, match.certificate));
  }
  await parts.vault.used("any");
  await parts.certificates.keep(found.filter(isLink).map(keeping), "imported");
  return { added, known, incomplete: ready.some(({ isIncomplete }) => isIncomplete) };
}

interface Ready {
  readonly match: Match;
  readonly chain: readonly Certificate[];
  /** no link is known, and no root in the file issued it */
  readonly isIncomplete: boolean;
}

async function withChains(
  matches: readonly Match[],
  found: readonly Certificate[],
  candidates: readonly Certificate[],
): Promise<readonly Ready[]> {
  const { completeChain, isIssuedByOneOf } = await loadIssuing();
  const roots = found.filter(isSelfIssued);
  const ready: Ready[] = [];
  for (const match of matches) {
    const { certificate } = match;
    const chain = await completeChain(certificate, candidates);
    // Straight by a root: there is no link to be missed.
    const isStraight = isSelfIssued(certificate) || (await isIssuedByOneOf(certificate, roots));
    ready.push({ match, chain, isIncomplete: chain.length === 0 && !isStraight });
  }
  return ready;
}

const isLink = (one: Certificate): boolean => isCertificateAuthority(one) && !isSelfIssued(one);

/** A key that waits, or one that has a certificate already: authorities renew with the same request, too. */
async function matchesIn(
  { pendingKeys, identities }: RequestParts,
  found: readonly Certificate[],
): Promise<Match[]> {
  const own = (await identities.all()).map(({ certificate }) => certificate);
  const matches: Match[] = [];
  for (const certificate of found) {
    const pending = await pendingKeys.find(certificate.subjectPublicKeyInfo.der);
    const before = own.find((one) => sameKey(one, certificate));
    const isKnown = own.some(({ fingerprint }) => fingerprint === certificate.fingerprint);
    if (pending !== null) {
      matches.push({ certificate, addresses: pending.addresses, pendingId: pending.id });
    } else if (before !== undefined && !isKnown) {
      matches.push({ certificate, addresses: emailAddresses(before), pendingId: null });
    }
  }
  return matches;
}

function sameKey(a: Certificate, b: Certificate): boolean {
  return toBase64(a.subjectPublicKeyInfo.der) === toBase64(b.subjectPublicKeyInfo.der);
}

/** @throws Refusal */
function checkMatch({ certificate, addresses }: Match, now: Date, otherAddress: "refuse" | "accept"): void {
  if (certificate.notAfter < now.getTime()) throw new Refusal("certificate-expired-already");
  const asked = new Set(addresses.map((address) => address.toLowerCase()));
  const named: readonly string[] = emailAddresses(certificate);
  // Some authorities write addresses in small letters.
  const others = named.filter((address) => !asked.has(address.toLowerCase()));
  if ((named.length === 0 || others.length > 0) && otherAddress === "refuse")
    throw new Refusal("certificate-other-address", others.length > 0 ? others.join("\n") : undefined);
}

/** The key is sealed in its new place before it leaves the old one: a crash between leaves it twice. */
async function store(parts: RequestParts, match: Match, chain: readonly Certificate[]): Promise<void> {
  const { certificate, pendingId } = match;
  const pkcs8 =
    pendingId === null ? await keyInUse(parts, certificate) : await parts.pendingKeys.take(pendingId);
  if (pkcs8 === null) throw new Refusal("unavailable");
  try {
    await readFile(() => parts.identities.add([{ certificate, chain, pkcs8 }]));
  } catch (error) {
    // What lies beside its public half is another key: an earlier version took such from a backup that lied.
    if (error instanceof Refusal && error.code === "key-mismatch")
      throw new Refusal("no-request-for-certificate");
    throw error;
  } finally {
    pkcs8.fill(0);
  }
  if (pendingId !== null) await parts.pendingKeys.remove(pendingId);
}

/** @returns a copy of the key that has a certificate already; the others are overwritten at once */
async function keyInUse({ vault, identities }: RequestParts, wanted: Certificate): Promise<Bytes | null> {
  const unlocked = await vault.unlocked();
  if (unlocked === null) throw new Refusal("vault-locked");
  const opened = await identities.open(unlocked);
  const found = opened.find(({ certificate }) => sameKey(certificate, wanted))?.pkcs8?.slice() ?? null;
  for (const { pkcs8 } of opened) pkcs8?.fill(0);
  return found;
}
