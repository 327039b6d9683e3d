/**
 * A small authority for a family or a team. Its root speaks for its own domains only, and its key leaves as a
 * password-protected file the moment it is made: it comes back for as long as one certificate takes.
 */
import type { Bytes, Certificate, CertificationRequest, Fault, PrivateKey } from "../../engine/index.js";
import {
  checkEncryptionCertificate,
  checkSigningCertificate,
  describeCertificate,
  domainOf,
  importPrivateKey,
  loadIssuing,
  normalizeAddress,
  readKeyFile,
  wipePrivateKey,
  writePkcs12,
} from "../../engine/index.js";
import type {
  CreatedAuthority,
  Handlers,
  IssuedCertificate,
  NewAuthority,
  PageRequests,
  RequestView,
} from "../../protocol/messages.js";
import { pkcs12Limit } from "../../protocol/handover.js";
import type { HandoverStore } from "../handover.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { pauses } from "../pause.js";
import { Refusal } from "../refusal.js";
import { isCertificateAuthority } from "../trust/is-authority.js";
import { minimumPassphrase } from "../vault/data-key.js";
import { pendingKeyId } from "../vault/pending-keys.js";
import { handedOver, readFile } from "./files.js";
import { longestName } from "./new-certificate.js";

export interface AuthorityParts {
  readonly handover: HandoverStore;
  readonly now: () => Date;
}

type Names = "authority:create" | "authority:examine" | "authority:issue";
type Issue = PageRequests["authority:issue"]["ask"];

export function authorityHandlers(parts: AuthorityParts): Pick<Handlers<PageRequests, PageOrigin>, Names> {
  return {
    "authority:create": async (wish) => ({ ok: true, answer: await createAuthority(parts, wish) }),
    "authority:examine": async ({ request }) => ({ ok: true, answer: await examine(parts, request) }),
    "authority:issue": async (question) => ({ ok: true, answer: await issue(parts, question) }),
  };
}

const oneDay = 24 * 60 * 60_000;
const oneYear = 365 * oneDay;
const rootYears = 10;
const personYears = 2;

async function createAuthority(
  { handover, now }: AuthorityParts,
  { name, domains, password }: NewAuthority,
): Promise<CreatedAuthority> {
  const speaksFor = domains.map((domain) => domain.trim()).filter((domain) => domain !== "");
  const normalised = speaksFor.map(normalizeDomain);
  if (normalised.length === 0) throw new Refusal("domain-malformed", "");
  if ([...password].length < minimumPassphrase)
    throw new Refusal("passphrase-too-short", String(minimumPassphrase));
  const { generateKey, privateRoot, writePem } = await loadIssuing();
  const key = await generateKey("p-256");
  try {
    const commonName = name.trim() === "" ? normalised[0]! : name.trim();
    const validity = validityFrom(now(), rootYears);
    const certificate = await privateRoot(key, { commonName, domains: [...new Set(normalised)] }, validity);
    const content = { privateKey: key.pkcs8, certificate, chain: [], friendlyName: commonName };
    const keyFile = await writePkcs12(content, { password, profile: "modern" });
    return {
      certificate: describeCertificate(certificate),
      keyFile: handover.put(keyFile),
      certificateFile: handover.put(writePem("CERTIFICATE", [certificate.der])),
    };
  } finally {
    key.pkcs8.fill(0);
    wipePrivateKey(key.privateKey);
  }
}

/** @returns A-labels @throws Refusal */
function normalizeDomain(domain: string): string {
  const address = normalizeAddress(`somebody@${domain.replace(/^@/, "")}`);
  if (address === null) throw new Refusal("domain-malformed", domain);
  return domainOf(address);
}

function validityFrom(now: Date, years: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - oneDay),
    notAfter: new Date(now.getTime() + years * oneYear),
  };
}

async function examine({ handover }: AuthorityParts, file: string): Promise<RequestView> {
  const { request, companion } = await provenRequests(handover, file);
  const { commonName, organization, addresses, publicKey } = request;
  const { describeKey } = await loadIssuing();
  const keys = [publicKey, ...(companion === null ? [] : [companion.publicKey])];
  const key = keys.map(describeKey).join(" + ");
  // The first key signed the second's request: whoever compares the one has compared both.
  return { commonName, organization, addresses, key, keyFingerprint: await pendingKeyId(publicKey.der) };
}

interface ProvenRequests {
  readonly request: CertificationRequest;
  /** for a key that cannot sign; the first one's stands for it (RFC 9883) */
  readonly companion: CertificationRequest | null;
}

/** @throws Refusal */
async function provenRequests(handover: HandoverStore, file: string): Promise<ProvenRequests> {
  const bytes = handedOver(handover, file, 64 * 1024);
  const issuing = await loadIssuing();
  const [request, companion = null] = await asRequest(async () => issuing.parseCertificationRequests(bytes));
  if (request === undefined) throw new Refusal("request-unreadable");
  const isProven =
    (await asRequest(() => issuing.verifyCertificationRequest(request))) &&
    (companion === null || (await asRequest(() => issuing.verifyCompanionRequest(companion, request))));
  if (!isProven) throw new Refusal("request-unproven");
  if (request.addresses.length === 0) throw new Refusal("request-without-address");
  return { request, companion };
}

async function asRequest<Found>(read: () => Promise<Found>): Promise<Found> {
  try {
    return await readFile(read);
  } catch (error) {
    if (error instanceof Refusal && error.code === "file-unreadable") throw new Refusal("request-unreadable");
    throw error;
  }
}

async function issue(
  { handover, now }: AuthorityParts,
  { authority, password, request: file }: Issue,
): Promise<IssuedCertificate> {
  const { request, companion } = await provenRequests(handover, file);
  const { issueFor, writePem } = await loadIssuing();
  const { certificate: root, pkcs8 } = await openAuthority(
    handedOver(handover, authority, pkcs12Limit),
    password,
  );
  let privateKey: PrivateKey | null = null;
  try {
    privateKey = await readFile(() => importPrivateKey(pkcs8));
    const { notBefore, notAfter } = validityFrom(now(), personYears);
    // RFC 5280 §6.1 does not ask for it, but what outlives its issuer is of no use.
    const validity = { notBefore, notAfter: new Date(Math.min(notAfter.getTime(), root.notAfter)) };
    const issuer = { certificate: root, privateKey };
    const made = await issueFor(request, subjectOf(request), { issuer, validity });
    const second =
      companion === null ? [] : [await issueFor(companion, subjectOf(companion), { issuer, validity })];
    for (const address of request.addresses) {
      const place = { root, address, time: now() };
      await checkIssued(made, place, checkSigningCertificate);
      for (const certificate of second) await checkIssued(certificate, place, checkEncryptionCertificate);
    }
    const bundle = writePem("CERTIFICATE", [made.der, ...second.map(({ der }) => der), root.der]);
    handover.wipe(authority);
    return { certificate: describeCertificate(made), file: handover.put(bundle) };
  } finally {
    pkcs8.fill(0);
    if (privateKey !== null) wipePrivateKey(privateKey);
  }
}

/** Names no longer than the page showed them to whoever signs (RFC 5280, Appendix A.1: ub-common-name). */
function subjectOf({ commonName, organization, addresses }: CertificationRequest) {
  return {
    commonName: shortened(commonName ?? addresses[0]!),
    addresses,
    ...(organization === null ? {} : { organization: shortened(organization) }),
  };
}

const shortened = (name: string): string => [...name].slice(0, longestName).join("");

interface OpenedAuthority {
  readonly certificate: Certificate;
  readonly pkcs8: Bytes;
}

async function openAuthority(bytes: Bytes, password: string): Promise<OpenedAuthority> {
  const entries = await readFile(() => readKeyFile(bytes, password, pauses()));
  for (const { certificate, privateKey } of entries) {
    if (certificate === null || privateKey === null || !isCertificateAuthority(certificate)) continue;
    for (const other of entries) if (other.privateKey !== privateKey) other.privateKey?.fill(0);
    return { certificate, pkcs8: privateKey };
  }
  for (const { privateKey } of entries) privateKey?.fill(0);
  throw new Refusal("not-an-authority-file");
}

/** What readers will say of it is said before it leaves. @throws Refusal */
async function checkIssued(
  certificate: Certificate,
  { root, address, time }: { readonly root: Certificate; readonly address: string; readonly time: Date },
  check: typeof checkSigningCertificate,
): Promise<void> {
  const use = { anchors: [root], candidates: [], address: normalizeAddress(address), time };
  const result = await check(certificate, use);
  if (result.kind !== "failed") return;
  throw refusalFor(result.faults[0]!, address);
}

function refusalFor({ code, detail }: Fault, address: string): Refusal {
  switch (code) {
    case "name-constraints-violated":
      return new Refusal("address-outside-domains", address);
    case "key-weak":
      return new Refusal("request-key-weak", detail);
    case "certificate-expired":
      return new Refusal("certificate-expired-already");
    default:
      return new Refusal("unsupported", code);
  }
}
