/**
 * RFC 9216's people and their two authorities, who certify each other: each certificate has its path to
 * either root, for mail, and none where the authority between is missing.
 */
import { Budget } from "../../src/engine/base/budget.js";
import { type Certificate, defaultReadPolicy, readCertificates } from "../../src/engine/index.js";
import { findPath } from "../../src/engine/x509/build-path.js";
import { readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, asDemanded, otherwise } from "./case.js";

const folder = "ietf/rfc9216/";
const rsaRoot = `${folder}3-1-RSA-Certification-Authority-Root-Certificate.crt`;
const edRoot = `${folder}6-1-Ed25519-Certification-Authority-Root-Certificate.crt`;
const crossed: Readonly<Record<string, string>> = {
  [rsaRoot]: `${folder}6-3-Ed25519-Certification-Authority-Cross-Signed-Certificate.crt`,
  [edRoot]: `${folder}3-3-RSA-Certification-Authority-Cross-Signed-Certificate.crt`,
};

async function one(path: string): Promise<Certificate> {
  const [certificate] = await readCertificates(readCorpus(path));
  return certificate!;
}

/** @returns the number of certificates in the path, or the codes of what is wrong */
async function judge(path: string, anchor: string, candidates: readonly string[]): Promise<number | string> {
  const sources = { anchors: [await one(anchor)], candidates: await Promise.all(candidates.map(one)) };
  const result = await findPath(await one(path), sources, {
    purpose: /Authority/.test(path) ? "status" : /Encryption/.test(path) ? "encrypt" : "sign",
    time: Date.parse("2026-01-01"),
    policy: defaultReadPolicy,
    budget: new Budget(),
  });
  return result.kind === "valid" ? result.path.length : result.faults.map(({ code }) => code).join(" ");
}

export const samplePaths: CaseFunctions = {
  matches: ({ kind, path }) => kind === "path" && path.startsWith(folder),
  async run({ path }) {
    const found: (number | string)[] = [];
    for (const root of [rsaRoot, edRoot]) {
      found.push(await judge(path, root, [crossed[root]!]));
      found.push(await judge(path, root, []));
    }
    const isAuthority = /Authority/.test(path);
    const lengths = found.map((length) => (typeof length === "number" ? length : 0)).sort();
    // To its own root directly, to the other over the certificate that the other gave it; a root is its own issuer.
    const wanted = isAuthority ? [0, 0, 1, 1] : [0, 2, 2, 3];
    const isCrossed = Object.values(crossed).includes(path);
    const holds = isCrossed
      ? found.some((length) => length === 2)
      : JSON.stringify(lengths) === JSON.stringify(wanted);
    return holds ? asDemanded : otherwise(found.join(" "));
  },
};
