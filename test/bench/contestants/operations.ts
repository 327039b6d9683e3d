/** What Signet's engine is asked to do: whole messages in and out, as a mail client uses it. */
import {
  type Certificate,
  type Identity,
  type Recipient,
  type WritePolicy,
  defaultReadPolicy,
  emailAddresses,
  importPrivateKey,
  inspect,
  protect,
  readCertificates,
  readPkcs12,
} from "../../../src/engine/index.js";
import { encryptPkcs1 } from "../../../src/engine/cms/encrypt-key.js";
import { Budget } from "../../../src/engine/base/budget.js";
import { BudgetExceededError } from "../../../src/engine/base/errors.js";
import { findPath } from "../../../src/engine/x509/build-path.js";
import { checkRevocation } from "../../../src/engine/x509/revocation.js";
import { type Job, type Operations, readEach } from "./job.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** From the disk, or from a server, where a page asks. */
let read: (file: string) => Promise<Bytes>;

export function operationsReading(from: (file: string) => Promise<Bytes>): Operations {
  read = from;
  return operations;
}

const certificates = async (file: string): Promise<readonly Certificate[]> =>
  readCertificates(await read(`${file}.pem`));

async function identity(name: string): Promise<Identity> {
  const entries = await readPkcs12(await read(`${name}.p12`), "signet");
  const { certificate, chain, privateKey } = entries.find((entry) => entry.privateKey !== null)!;
  return { certificate: certificate!, chain, privateKey: await importPrivateKey(privateKey!) };
}

/** @param whose identity is unlocked; "-" for none */
async function inspecting(file: string, root: string, whose = "-"): Promise<Job> {
  const raw = await read(file);
  const context = {
    identities: whose === "-" ? [] : [await identity(whose)],
    anchors: await certificates(root),
    known: [],
    policy: defaultReadPolicy,
    time: new Date(),
  };
  const expected = whose === "-" ? ["signed"] : ["encrypted"];
  return async () => {
    const { verdict } = await inspect(raw, context);
    const kinds = verdict.layers.map(({ kind }) => kind);
    const good = verdict.summary.faults.length === 0 && String(kinds) === String(expected);
    if (!good) throw new Error(JSON.stringify(verdict.summary));
  };
}

/**
 * The same, but each message is from somebody else, under an authority of their own; by the time the first
 * comes again, the engine has forgotten it.
 */
async function inspectingStrangers(file: string, root: string): Promise<Job> {
  const letters = readEach(await read(file));
  const anchors = await certificates(root);
  const context = { identities: [], anchors, known: [], policy: defaultReadPolicy, time: new Date() };
  let turn = 0;
  return async () => {
    const { verdict } = await inspect(letters[turn++ % letters.length]!, context);
    const good = verdict.summary.faults.length === 0 && verdict.layers[0]?.kind === "signed";
    if (!good) throw new Error(JSON.stringify(verdict.summary));
  };
}

const policy: WritePolicy = {
  sign: false,
  encrypt: false,
  form: "clear-signed",
  purpose: "submit",
  authenticatedEncryption: "when-all-can",
  rsaSignature: "pkcs1",
  time: new Date(),
};

async function protecting(
  file: string,
  how: Partial<WritePolicy>,
  recipients: readonly Recipient[],
): Promise<Job> {
  const draft = await read(file);
  const sender = await identity("alice-rsa");
  const people = how.encrypt === true ? recipients : [];
  return async () => {
    const { kind } = await protect(draft, sender, people, { ...policy, ...how });
    if (kind !== "protected") throw new Error(kind);
  };
}

function toRecipients(list: readonly Certificate[]): readonly Recipient[] {
  return list.map((certificate) => ({
    address: emailAddresses(certificate)[0]!,
    field: "to",
    certificate,
    capabilities: null,
  }));
}

/** To somebody who is the sender: one recipientInfo, as in what it is measured against. */
async function encrypting(file: string, mode: string): Promise<Job> {
  const gcm = mode === "gcm" ? ({ authenticatedEncryption: "always" } as const) : {};
  return protecting(file, { encrypt: true, ...gcm }, toRecipients(await certificates("alice-rsa")));
}

/** @param count of the people that are written to, the sender's own copy not counted */
async function encryptingToMany(file: string, kind: string, count: string): Promise<Job> {
  const people = (await certificates(`people-${kind}`)).slice(0, Number(count));
  return protecting(file, { encrypt: true }, [
    ...toRecipients(await certificates("alice-rsa")),
    ...toRecipients(people),
  ]);
}

/** The public-key operations alone that so many recipients need, one after the other. */
async function publicKeyOperations(kind: string, count: string): Promise<Job> {
  const people = (await certificates(`people-${kind}`)).slice(0, Number(count));
  if (kind === "rsa") {
    // From octets to octets, padding included: one encryption by RFC 8017 §7.2.1.
    const key = crypto.getRandomValues(new Uint8Array(32));
    return () => {
      for (const person of people) encryptPkcs1(key, person);
      return Promise.resolve();
    };
  }
  const ecdh = { name: "ECDH", namedCurve: "P-256" };
  return async () => {
    for (const { subjectPublicKeyInfo } of people) {
      const key = await crypto.subtle.importKey("spki", subjectPublicKeyInfo.der, ecdh, false, []);
      const own = (await crypto.subtle.generateKey(ecdh, false, ["deriveBits"])) as CryptoKeyPair;
      await crypto.subtle.deriveBits({ name: "ECDH", public: key }, own.privateKey, 256);
    }
  };
}

async function digesting(file: string): Promise<Job> {
  const octets = await read(file);
  return () => crypto.subtle.digest("SHA-256", octets);
}

const pathConditions = () => ({
  purpose: "sign" as const,
  time: Date.now(),
  policy: defaultReadPolicy,
  budget: new Budget(),
});

async function validating(leaf: string, authority: string, root: string): Promise<Job> {
  const [endEntity] = (await certificates(leaf)) as [Certificate];
  const sources = { candidates: await certificates(authority), anchors: await certificates(root) };
  return async () => {
    const { kind } = await findPath(endEntity, sources, pathConditions());
    if (kind !== "valid") throw new Error(kind);
  };
}

/**
 * Five thousand of the authority's name, whose own signatures are wrong, and five thousand of other names,
 * none of them seen before. Built, not parsed: parsing is the message's cost.
 */
async function validatingAmongHostile(leaf: string, authority: string, root: string): Promise<Job> {
  const [endEntity] = (await certificates(leaf)) as [Certificate];
  const [real] = (await certificates(authority)) as [Certificate];
  const anchors = await certificates(root);
  let candidates: readonly Certificate[] = [];
  let count = 0;
  const impostor = (_: unknown, i: number): Certificate => {
    const [signatureValue, subject] = [real.signatureValue.slice(), real.subject.slice()];
    new DataView(signatureValue.buffer).setUint32(signatureValue.length - 4, count);
    // The last letters of its one name.
    if (i % 2 === 1)
      subject.set(new TextEncoder().encode(String(count % 1e6).padStart(6, "0")), subject.length - 6);
    const fingerprint = `hostile ${count++}` as Certificate["fingerprint"];
    return { ...real, signatureValue, subject: subject as Certificate["subject"], fingerprint };
  };
  const job = async (): Promise<void> => {
    try {
      const { kind } = await findPath({ ...endEntity }, { candidates, anchors }, pathConditions());
      if (kind === "valid") throw new Error(kind);
    } catch (error) {
      if (!(error instanceof BudgetExceededError)) throw error;
    }
  };
  const before = (): Promise<void> => {
    candidates = Array.from({ length: 10_000 }, impostor);
    return Promise.resolve();
  };
  return Object.assign(job, { before });
}

/** One certificate by one CRL, as it came: parsed, its signature verified, every entry walked. */
async function judgingByCrl(leaf: string, authority: string, file: string): Promise<Job> {
  const path = [...(await certificates(leaf)), ...(await certificates(authority))];
  const found = { kind: "found", evidence: [{ bytes: await read(file), fetchedAt: 0 }] } as const;
  const silent = () => Promise.resolve({ kind: "not-asked" } as const);
  const evidence = { crls: () => Promise.resolve(found), ocspResponse: silent, issuers: silent };
  return async () => {
    const conditions = { time: Date.now(), policy: "required" as const, budget: new Budget(), evidence };
    const { faults } = await checkRevocation(path, conditions);
    if (faults.length > 0) throw new Error(faults[0]!.code);
  };
}

// ------------------------------------------------------------------ what the host does by itself

function contentCipher(mode: string): AesCbcParams | AesGcmParams {
  return mode === "gcm"
    ? { name: "AES-GCM", iv: new Uint8Array(12) }
    : { name: "AES-CBC", iv: new Uint8Array(16) };
}

function contentKey({ name }: Algorithm): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", new Uint8Array(32), name, false, ["encrypt", "decrypt"]);
}

async function hostEncrypting(file: string, mode: string): Promise<Job> {
  const [octets, cipher] = [await read(file), contentCipher(mode)];
  const key = await contentKey(cipher);
  return () => crypto.subtle.encrypt(cipher, key, octets);
}

async function hostDecrypting(file: string, mode: string): Promise<Job> {
  const cipher = contentCipher(mode);
  const key = await contentKey(cipher);
  const octets = await crypto.subtle.encrypt(cipher, key, await read(file));
  return () => crypto.subtle.decrypt(cipher, key, octets);
}

/** by the words of `cases.ts` */
const operations: Operations = {
  inspect: inspecting,
  "inspect-strangers": inspectingStrangers,
  path: validating,
  "hostile-path": validatingAmongHostile,
  crl: judgingByCrl,
  sign: (file) => protecting(file, { sign: true }, []),
  encrypt: encrypting,
  "encrypt-to-many": encryptingToMany,
  "public-key-operations": publicKeyOperations,
  digest: digesting,
  "host-decrypt": hostDecrypting,
  "host-encrypt": hostEncrypting,
};
