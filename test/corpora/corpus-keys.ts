/** The keys and certificates that the corpora's messages were made with, as identities of ours. */
import { createPrivateKey } from "node:crypto";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { MalformedError, UnsupportedError } from "../../src/engine/base/errors.js";
import {
  type Certificate,
  type Identity,
  importPrivateKey,
  parseCertificate,
  readCertificates,
} from "../../src/engine/index.js";
import { readCorpus } from "../helpers/corpora.js";

/** By corpus: files with a certificate, and with its key. */
const pairs: Readonly<Record<string, readonly (readonly [certificate: string, key: string])[]>> = {
  forge: [["forge/pkcs7-02-certificate.pem", "forge/pkcs7-03-privateKey.pem"]],
  openssl: [
    ...["smrsa1", "smrsa2", "smec1", "smec3"].map((name) => samePem(`openssl/test/smime-certs/${name}.pem`)),
    ["openssl/test/80-test_cms_data/ecdh-cert.pem", "openssl/test/80-test_cms_data/ecdh-key.pem"],
  ],
  pyca: [
    ["pyca/x509/custom/ca/rsa_ca.pem", "pyca/x509/custom/ca/rsa_key.pem"],
    rfc9216("4-3-Alice-s-Encryption-End-Entity-Certificate", "4-4-Alice-s-Decryption-Private-Key-Material"),
    rfc9216("5-3-Bob-s-Encryption-End-Entity-Certificate", "5-4-Bob-s-Decryption-Private-Key-Material"),
  ],
  lamps: [["ietf/cms-kyber/ML-KEM-512.pem", "ietf/cms-kyber/ML-KEM-512-both.priv"]],
};

/** Certificates that a message may need to have seen before. */
const certificateFiles: Readonly<Record<string, readonly string[]>> = {
  lamps: ["44", "65", "87"].map((set) => `ietf/dilithium-certificates/examples/ML-DSA-${set}.crt`),
  openssl: ["openssl/test/smime-certs/smroot.pem"],
};

function samePem(path: string): readonly [string, string] {
  return [path, path];
}

function rfc9216(certificate: string, key: string): readonly [string, string] {
  return [`ietf/rfc9216/${certificate}.crt`, `ietf/rfc9216/${key}.key`];
}

/** Those whose keys the engine can use; where one cannot be read, its certificate alone. */
export function identitiesOf(corpus: string): Promise<readonly Identity[]> {
  return Promise.all((pairs[corpus] ?? []).map(([certificate, key]) => loadIdentity(certificate, key)));
}

async function loadIdentity(certificatePath: string, keyPath: string): Promise<Identity> {
  const [certificate] = await readCertificates(readCorpus(certificatePath));
  return { certificate: certificate!, chain: [], privateKey: await loadKey(keyPath) };
}

async function loadKey(path: string): Promise<Identity["privateKey"]> {
  try {
    return await importPrivateKey(pkcs8Of(path));
  } catch (error) {
    if (error instanceof MalformedError || error instanceof UnsupportedError) return null;
    throw error;
  }
}

/** PKCS #8 of a PEM file; PKCS #1 and SEC 1 keys are rewritten by Node. */
export function pkcs8Of(path: string): Bytes {
  const text = Buffer.from(readCorpus(path)).toString("latin1");
  const plain = /-----BEGIN PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1];
  if (plain !== undefined) return new Uint8Array(Buffer.from(plain, "base64"));
  return new Uint8Array(createPrivateKey(text).export({ type: "pkcs8", format: "der" }));
}

export async function certificatesOf(corpus: string): Promise<readonly Certificate[]> {
  if (corpus === "dotnet") return dotnetCertificates();
  const lists = await Promise.all(
    (certificateFiles[corpus] ?? []).map((path) => readCertificates(readCorpus(path))),
  );
  return lists.flat();
}

async function dotnetCertificates(): Promise<readonly Certificate[]> {
  const folder = fileURLToPath(new URL("../../../shared/corpora/dotnet/", import.meta.url));
  const names = readdirSync(folder).filter((name) => /^Certificates.*(?<!Pfx.*)\.der$/.test(name));
  const found: Certificate[] = [];
  for (const name of names) {
    try {
      found.push(await parseCertificate(readCorpus(`dotnet/${name}`)));
    } catch (error) {
      if (!(error instanceof MalformedError) && !(error instanceof UnsupportedError)) throw error;
    }
  }
  return found;
}
