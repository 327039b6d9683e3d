/** Certificates and public keys that other cases need: each parses, and we know whose kind its key is. */
import { readWhole } from "../../src/engine/base/der-reader.js";
import { MalformedError, readCertificates } from "../../src/engine/index.js";
import { parseSubjectPublicKeyInfo } from "../../src/engine/x509/parse-certificate.js";
import { describeKey, publicKeyKind } from "../../src/engine/x509/public-key.js";
import { type CorpusCase, readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, asDemanded, otherwise } from "./case.js";
import { expectationOf } from "./expectations.js";

const certificates: CaseFunctions = {
  matches: ({ kind, path }) => kind === "vector" && /Certificates__.*\.der$|\.crt$/.test(path),
  async run(row) {
    const { path } = row;
    const refused = expectationOf(row).startsWith("refused");
    try {
      const [certificate] = await readCertificates(readCorpus(path));
      if (refused) return otherwise("read");
      return keyOf(path, certificate!.subjectPublicKeyInfo);
    } catch (error) {
      if (error instanceof MalformedError && refused) return asDemanded;
      throw error;
    }
  },
};

const publicKeys: CaseFunctions = {
  matches: ({ kind, path }) => kind === "vector" && path.endsWith(".pub"),
  run({ path }) {
    const pem = Buffer.from(readCorpus(path)).toString("latin1");
    const body = /-----BEGIN PUBLIC KEY-----([^-]+)-----END/.exec(pem)![1]!;
    const der = new Uint8Array(Buffer.from(body, "base64"));
    return Promise.resolve(keyOf(path, parseSubjectPublicKeyInfo(readWhole(der, "der"))));
  },
};

/** What the file is called is what the key must be. */
function keyOf(path: string, info: Parameters<typeof publicKeyKind>[0]) {
  const named = /(ML-(?:DSA|KEM)-\d+)/.exec(path)?.[1];
  const found = describeKey(info);
  if (named !== undefined) return found === named ? asDemanded : otherwise(found);
  return publicKeyKind(info).kind === "other" && !isUnusable({ path }) ? otherwise(found) : asDemanded;
}

/**
 * DSA, finite-field DH, and RSA keys that their identifier binds to OAEP (RFC 4055 §4.1), which no CA gives
 * out for mail: their certificates are read and described, their keys do nothing here.
 */
function isUnusable({ path }: Pick<CorpusCase, "path">): boolean {
  return /dsa1024|DHKeyAgree|RsaOaep2048/.test(path);
}

export const certificateCases: readonly CaseFunctions[] = [certificates, publicKeys];
