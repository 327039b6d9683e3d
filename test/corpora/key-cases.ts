/**
 * Private keys in the corpora: those of RFC 9216 belong to their certificates, those of the LAMPS working
 * group in all their forms to theirs; the inconsistent ones (RFC 9881 §C.4, RFC 9935 §C.4) are refused.
 */
import { Budget } from "../../src/engine/base/budget.js";
import { equal } from "../../src/engine/base/bytes.js";
import { SequenceReader, readWhole, tags } from "../../src/engine/base/der-reader.js";
import { readBitStringOctets } from "../../src/engine/base/der-values.js";
import { MalformedError } from "../../src/engine/base/errors.js";
import { type Certificate, defaultReadPolicy } from "../../src/engine/index.js";
import { importPrivateKey } from "../../src/engine/keys/import-private-key.js";
import { keyBelongsTo } from "../../src/engine/keys/match-certificate.js";
import type { PrivateKey } from "../../src/engine/keys/private-key.js";
import { encapsulate } from "../../src/engine/primitives/ml-kem.js";
import { verifyByLibrary } from "../../src/engine/primitives/signatures.js";
import { findPath } from "../../src/engine/x509/build-path.js";
import { publicKeyKind } from "../../src/engine/x509/public-key.js";
import { readCertificates } from "../../src/engine/x509/read-certificates.js";
import { readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, type CaseOutcome, asDemanded, otherwise } from "./case.js";

export const keyCases: CaseFunctions = {
  matches: ({ kind, path }) =>
    kind === "vector" && /\.(?:key|priv)$|(?:dilithium|kyber).*\.(?:crt|pub)$/.test(path),
  async run({ path }) {
    if (path.endsWith(".crt")) return runCertificate(path);
    if (path.endsWith(".pub")) return runPublicKey(path);
    const pkcs8 = pem(path);
    if (path.includes("/bad-")) return refused(pkcs8);
    const [certificate] = await readCertificates(readCorpus(certificateOf(path)));
    if (!(await keyBelongsTo(pkcs8, certificate!))) return otherwise("not its certificate's");
    if (path.includes("/rfc9216/") && !(await hasPath(path, certificate!))) return otherwise("no path");
    const key = await importPrivateKey(pkcs8);
    return worksWith(key, certificate!.subjectPublicKeyInfo.publicKey);
  },
};

function pem(path: string): Uint8Array<ArrayBuffer> {
  const base64 = Buffer.from(readCorpus(path))
    .toString()
    .replace(/-----.*-----|\s/g, "");
  return new Uint8Array(Buffer.from(base64, "base64"));
}

/** 4-2-….key is the key of 4-1-….crt; ML-DSA-44-seed.priv that of ML-DSA-44.crt. */
function certificateOf(path: string): string {
  const known: Readonly<Record<string, string>> = {
    "3-2": "3-1-RSA-Certification-Authority-Root-Certificate",
    "4-2": "4-1-Alice-s-Signature-Verification-End-Entity-Certificate",
    "4-4": "4-3-Alice-s-Encryption-End-Entity-Certificate",
    "5-2": "5-1-Bob-s-Signature-Verification-End-Entity-Certificate",
    "5-4": "5-3-Bob-s-Encryption-End-Entity-Certificate",
    "6-2": "6-1-Ed25519-Certification-Authority-Root-Certificate",
    "7-2": "7-1-Carlos-s-Signature-Verification-End-Entity-Certificate",
    "7-4": "7-3-Carlos-s-Encryption-End-Entity-Certificate",
    "8-2": "8-1-Dana-s-Signature-Verification-End-Entity-Certificate",
    "8-4": "8-3-Dana-s-Encryption-End-Entity-Certificate",
  };
  const section = /rfc9216\/(\d-\d)/.exec(path)?.[1];
  return section === undefined
    ? path.replace(/-(?:seed|expanded|both)\.priv$/, ".crt")
    : `ietf/rfc9216/${known[section]!}.crt`;
}

/** "chain to 3.1/6.1 root valid; emailProtection", for what the key is for. */
async function hasPath(path: string, certificate: Certificate): Promise<boolean> {
  const anchors = await readCertificates(readCorpus("ietf/rfc9216/ca.pem"));
  if (anchors.some(({ fingerprint }) => fingerprint === certificate.fingerprint)) return true;
  const purpose = path.includes("Decryption") ? ("encrypt" as const) : ("sign" as const);
  const time = Date.parse("2021-03-01");
  const conditions = { purpose, time, policy: defaultReadPolicy, budget: new Budget() };
  return (await findPath(certificate, { candidates: [], anchors }, conditions)).kind === "valid";
}

async function refused(pkcs8: Uint8Array<ArrayBuffer>): Promise<CaseOutcome> {
  try {
    await importPrivateKey(pkcs8);
    return otherwise("imported");
  } catch (error) {
    if (error instanceof MalformedError && error.code === "key-malformed") return asDemanded;
    throw error;
  }
}

/** What the private key makes, the public one takes; kinds that WebCrypto holds are tried elsewhere. */
async function worksWith(key: PrivateKey, publicKey: Uint8Array<ArrayBuffer>): Promise<CaseOutcome> {
  if (key.kind === "ml-dsa") {
    const { parameterSet } = key;
    const data = new TextEncoder().encode("what is signed") as Uint8Array<ArrayBuffer>;
    const signature = await key.sign(data);
    const holds = await verifyByLibrary({ name: "ML-DSA", parameterSet }, publicKey, { data, signature });
    return holds ? asDemanded : otherwise("its signature does not hold");
  }
  if (key.kind === "ml-kem") {
    const { ciphertext, sharedSecret } = await encapsulate(key.parameterSet, publicKey);
    return equal(await key.decapsulate(ciphertext), sharedSecret)
      ? asDemanded
      : otherwise("opens something else");
  }
  return asDemanded;
}

async function runCertificate(path: string): Promise<CaseOutcome> {
  const [certificate] = await readCertificates(readCorpus(path));
  const key = publicKeyKind(certificate!.subjectPublicKeyInfo);
  const name = /ML-(?:DSA|KEM)-\d+/.exec(path)![0];
  return "parameterSet" in key && key.parameterSet === name ? asDemanded : otherwise(`a key of ${key.kind}`);
}

async function runPublicKey(path: string): Promise<CaseOutcome> {
  const [certificate] = await readCertificates(readCorpus(path.replace(/pub$/, "crt")));
  const reader = new SequenceReader(readWhole(pem(path), "der"));
  reader.next(tags.sequence);
  const publicKey = readBitStringOctets(reader.next(tags.bitString));
  reader.finish();
  return equal(publicKey, certificate!.subjectPublicKeyInfo.publicKey)
    ? asDemanded
    : otherwise("another key");
}
