/**
 * Other people's signed messages, through `inspect`. "verify OK" asks for the mathematics (their own test
 * asks no more): no fault that says the signature is wrong, and none that says we could not check it.
 * Whether we trust the certificate, and whether SHA-1 is good enough for a badge, are other questions.
 */
import type { Bytes } from "../../src/engine/base/bytes.js";
import {
  type FaultCode,
  type Inspection,
  defaultReadPolicy,
  inspect,
  readCertificates,
} from "../../src/engine/index.js";
import { type CorpusCase, readCorpus } from "../helpers/corpora.js";
import { type CaseFunctions, type CaseOutcome, asDemanded, corpusOf, otherwise } from "./case.js";
import { certificatesOf, identitiesOf } from "./corpus-keys.js";
import { expectationOf } from "./expectations.js";

/** What may be wrong with a signature that holds: who vouches for it, how old it is, what it signs. */
const besideTheMathematics: ReadonlySet<FaultCode> = new Set<FaultCode>([
  "path-not-found",
  "certificate-expired",
  "certificate-not-yet-valid",
  "certificate-signature-mismatch",
  "certificate-without-address",
  "certificate-malformed",
  "extended-key-usage-unsuitable",
  "key-usage-unsuitable",
  "basic-constraints-violated",
  "critical-extension-unknown",
  "certificate-policy-unsatisfied",
  "algorithm-weak",
  "key-weak",
  "content-type-unsupported",
]);

export const signatureCases: CaseFunctions = {
  matches: ({ kind }) => kind === "verify",
  async run(row) {
    const expected = expectationOf(row);
    const raw = readCorpus(row.path);
    if (expected === "certs-only") return certificatesOnly(raw);
    const anchor = /^refused by its path, under (\S+)$/.exec(expected)?.[1];
    if (anchor !== undefined) return refusedByPath(raw, anchor);
    const content = /^holds over "(.*)"$/.exec(expected)?.[1];
    const problem = await problemOf(content === undefined ? raw : clearSigned(content, raw), row);
    if (/^(verify )?OK|^verify OK|^holds/.test(expected)) {
      return problem === null ? asDemanded : otherwise(problem);
    }
    if (/FAIL|^refused/.test(expected)) return problem === null ? otherwise("holds") : asDemanded;
    return otherwise(`expectation not understood: ${expected}`);
  },
};

/** A signature that holds, by a certificate whose path must not: nothing may be wrong but the path. */
async function refusedByPath(raw: Bytes, anchor: string): Promise<CaseOutcome> {
  const anchors = await readCertificates(readCorpus(anchor));
  const time = new Date("2015-01-01T00:00:00Z");
  const { verdict } = await inspect(raw, { ...(await contextFor("none")), anchors, time });
  const [layer] = verdict.layers;
  const signature = layer?.kind === "signed" ? layer.signatures[0] : undefined;
  if (signature === undefined || signature.status === "valid") return otherwise("its path is found good");
  const codes = signature.faults
    .map(({ code }) => code)
    .filter((code) => code !== "certificate-without-address");
  const known = codes.every((code) => besideTheMathematics.has(code));
  return known && codes.length > 0 && !codes.includes("path-not-found")
    ? asDemanded
    : otherwise(codes.join(" "));
}

/** RFC 8551 §3.8: certificates, and no signature that a badge could speak of. */
async function certificatesOnly(raw: Bytes): Promise<CaseOutcome> {
  const found = await readCertificates(raw);
  const { verdict } = await inspect(raw, await contextFor("none"));
  if (verdict.layers.length > 0) return otherwise(`layers ${JSON.stringify(verdict.layers)}`);
  return found.length > 0 ? asDemanded : otherwise("no certificates");
}

async function contextFor(corpus: string): Promise<Parameters<typeof inspect>[1]> {
  return {
    identities: await identitiesOf(corpus),
    anchors: corpus === "rfc9788" ? await readCertificates(readCorpus("ietf/rfc9216/ca.pem")) : [],
    known: await certificatesOf(corpus),
    policy: defaultReadPolicy,
    time: new Date("2021-03-01T00:00:00Z"),
  };
}

/** @returns null where every signature of the outermost layer holds, with its path too where that is asked */
async function problemOf(raw: Bytes, row: CorpusCase): Promise<string | null> {
  const corpus = corpusOf(row);
  const inspection = await inspect(raw, await contextFor(corpus));
  const layer = inspection.verdict.layers[0];
  if (layer?.kind !== "signed") return `no signed layer: ${summary(inspection)}`;
  if (layer.signatures.length === 0) return "no signature";
  const faults = layer.signatures.flatMap((signature) =>
    signature.status === "valid" ? [] : signature.faults,
  );
  // A letter from its author, by a CA we were given: nothing at all may be wrong.
  const open = corpus === "rfc9788" ? faults : faults.filter(({ code }) => !besideTheMathematics.has(code));
  return open.length === 0 ? null : open.map(({ code, detail }) => `${code} ${detail ?? ""}`).join(", ");
}

function summary({ verdict }: Inspection): string {
  return `state ${verdict.summary.state}, ${verdict.summary.faults.map(({ code }) => code).join(" ")}`;
}

/** A multipart/signed around content that its source keeps beside the signature. */
function clearSigned(content: string, pem: Bytes): Bytes {
  const base64 = Buffer.from(pem)
    .toString("latin1")
    .replace(/-----[^-]+-----/g, "");
  const text = [
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=b',
    "",
    "--b",
    content,
    "--b",
    "Content-Type: application/pkcs7-signature",
    "Content-Transfer-Encoding: base64",
    "",
    base64.trim(),
    "--b--",
    "",
  ];
  return new Uint8Array(Buffer.from(text.join("\r\n"), "latin1"));
}
