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
import { modularPower, toBigInt } from "../../../src/engine/kernels/big-integers.js";
import { type Job, type Operations, readBytes } from "./serve.js";

const certificates = (file: string): Promise<readonly Certificate[]> =>
  readCertificates(readBytes(`${file}.pem`));

async function identity(name: string): Promise<Identity> {
  const entries = await readPkcs12(readBytes(`${name}.p12`), "signet");
  const { certificate, chain, privateKey } = entries.find((entry) => entry.privateKey !== null)!;
  return { certificate: certificate!, chain, privateKey: await importPrivateKey(privateKey!, certificate!) };
}

/** @param whose identity is unlocked; "-" for none */
async function inspecting(file: string, root: string, whose = "-"): Promise<Job> {
  const raw = readBytes(file);
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
  const draft = readBytes(file);
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
    const [base, modulus] = [256, 256].map(
      (size) => toBigInt(crypto.getRandomValues(new Uint8Array(size))) | 1n,
    );
    return () => {
      for (const _ of people) modularPower(base!, 65537n, modulus!);
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

function digesting(file: string): Job {
  const octets = readBytes(file);
  return () => crypto.subtle.digest("SHA-256", octets);
}

/** by the words of `cases.ts` */
export const operations: Operations = {
  inspect: inspecting,
  badge: (file, root) => inspecting(file, root),
  sign: (file) => protecting(file, { sign: true }, []),
  encrypt: encrypting,
  "encrypt-to-many": encryptingToMany,
  "public-key-operations": publicKeyOperations,
  digest: digesting,
};
