/**
 * A message whose certificates may have been withdrawn, from evidence to headline: state 7r, "could not
 * check" that takes nothing away or everything, what the message itself brings (RFC 5940), and who is asked
 * what, when.
 */
import assert from "node:assert/strict";
import { createHash, createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { children, context, encoded, readWhole } from "../../../src/engine/base/der-reader.js";
import { encode, objectIdentifier, reencodeAsDer, sequence } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import {
  type Bytes,
  type InspectContext,
  checkEncryptionCertificate,
  inspect,
} from "../../../src/engine/index.js";
import type { Forged } from "../../helpers/forge-certificate.js";
import { type CrlFields, forgeCrl, forgeOcsp, heldEvidence, reason } from "../../helpers/forge-revocation.js";
import {
  alice,
  codes,
  letter,
  lunch,
  tamper,
  testCertificate,
  testContext,
  testTime,
} from "../../helpers/inspecting.js";
import { cmsSign } from "../../helpers/openssl.js";
import { testKeys } from "../../helpers/test-keys.js";

async function holder(name: string): Promise<Forged> {
  const certificate = await testCertificate(name);
  const key = createPrivateKey(await readFile(`${await testKeys()}/${name}.key.pem`));
  return { certificate, key, name: certificate.subject };
}

const [root, intermediate, mallory] = await Promise.all(["root", "intermediate", "mallory-root"].map(holder));
const person = await testCertificate("alice-p256");
const now = await testTime();
const day = 86_400_000;
const at = (days: number): string => new Date(now.getTime() + days * day).toISOString();
const span = { thisUpdate: at(-0.5), nextUpdate: at(7) };
const serial = person.serialNumber;
const withdrawn = [{ serial, at: at(-0.5), extensions: [reason(1)] }];

const list = (by: Forged, fields: Partial<CrlFields> = {}): Bytes => forgeCrl({ by, ...span, ...fields });
const answer = (by: Forged, status: "good" | "revoked", dates = span): Bytes =>
  forgeOcsp({
    by,
    producedAt: dates.thisUpdate,
    responses: [
      {
        ...{ of: person, issuer: intermediate!.certificate, ...dates },
        status: status === "good" ? "good" : { revokedAt: at(-0.5), reason: 1 },
      },
    ],
  });
const crlsOf = (...crls: readonly Bytes[]) => heldEvidence({ crls });
const clean = [list(root!), list(intermediate!)];
const bad = [list(root!), list(intermediate!, { listed: withdrawn })];

const message = letter(await cmsSign(lunch, "alice-p256", "-binary"));
const opaque = await cmsSign(lunch, "alice-p256", "-nodetach", "-binary", "-outform", "DER");

function judge(raw: Bytes, change: Partial<InspectContext> = {}) {
  return testContext({ time: now, ...change }).then((context) => inspect(raw, context));
}

async function stateOf(raw: Bytes, change: Partial<InspectContext> = {}): Promise<string> {
  return (await judge(raw, change)).verdict.summary.state;
}

test("a certificate that was withdrawn takes the message down, and its date is told (state 7r)", async () => {
  const good = await judge(message, { evidence: crlsOf(...clean) });
  assert.equal(good.verdict.summary.state, "2");
  const inspection = await judge(message, { evidence: crlsOf(...bad) });
  const { summary, layers } = inspection.verdict;
  assert.equal(summary.state, "7r");
  assert.deepEqual(summary.faults, [
    { code: "certificate-revoked", detail: at(-0.5).replace(/\.\d+Z/, ".000Z") },
  ]);
  assert.equal(summary.signer?.fingerprint, person.fingerprint);
  assert.deepEqual(inspection.certificates, []);
  const [layer] = layers;
  assert.ok(layer?.kind === "signed");
  assert.deepEqual(
    layer.signatures[0]!.revocation?.map(({ status, source }) => `${status} ${source}`),
    ["revoked crl", "good crl"],
  );
});

test("an authority that was withdrawn takes down whom it vouches for", async () => {
  const listed = [{ serial: intermediate!.certificate.serialNumber, at: at(-0.5) }];
  assert.equal(
    await stateOf(message, { evidence: crlsOf(list(root!, { listed }), list(intermediate!)) }),
    "7r",
  );
});

test("a revocation after a proven time came too late: good since then, and told (state 2c)", async () => {
  const first = await judge(message);
  const sight = first.sighting;
  assert.ok(sight !== undefined);
  const recorded = (days: number) => ({
    covered: createHash("sha256").update(sight.covered).digest("hex"),
    signer: person.fingerprint,
    time: at(days),
  });
  const evidence = crlsOf(...bad);
  const before = await judge(message, { evidence, records: [recorded(-0.6)] });
  assert.equal(before.verdict.summary.state, "2c");
  const [layer] = before.verdict.layers;
  assert.ok(layer?.kind === "signed");
  const [found] = layer.signatures[0]!.revocation!;
  assert.deepEqual([found!.status, found!.reason], ["good", "keyCompromise"]);
  assert.equal(await stateOf(message, { evidence, records: [recorded(-0.4)] }), "7r");
  assert.equal(await stateOf(message, { evidence, records: [{ ...recorded(-0.6), covered: "00" }] }), "7r");
});

test("a changed message is changed, whatever became of the certificate; and nobody is asked about it", async () => {
  const evidence = crlsOf(...bad);
  assert.equal(await stateOf(tamper(message, "noon"), { evidence }), "7");
  assert.deepEqual(evidence.asked, []);
});

test("nobody is asked before a path reached an anchor", async () => {
  const evidence = crlsOf(...bad);
  assert.equal(await stateOf(message, { anchors: [mallory!.certificate], evidence }), "5");
  assert.deepEqual(
    evidence.asked.filter((question) => !question.startsWith("issuers")),
    [],
  );
});

test("silence is told, and is good only where no answer is required", async () => {
  const silent = heldEvidence({ crls: [], ocsp: [] });
  const told = await judge(message, { evidence: silent });
  assert.equal(told.verdict.summary.state, "2");
  const [layer] = told.verdict.layers;
  assert.ok(layer?.kind === "signed");
  assert.deepEqual(
    layer.signatures[0]!.revocation!.map(({ status }) => status),
    ["unknown", "unknown"],
  );
  const required = await judge(message, { evidence: silent, revocation: "required" });
  assert.deepEqual([required.verdict.summary.state, codes(required)], ["6", ["revocation-unknown"]]);
  assert.equal(await stateOf(message, { revocation: "required" }), "6");
  assert.equal(await stateOf(message, { revocation: "required", evidence: crlsOf(...clean) }), "2");
  assert.equal(await stateOf(message, { revocation: "off", evidence: crlsOf(...bad) }), "2");
});

test("without evidence and without anything in the message, nothing is said of revocation", async () => {
  const [layer] = (await judge(message)).verdict.layers;
  assert.ok(layer?.kind === "signed");
  assert.equal("revocation" in layer.signatures[0]!, false);
});

// ------------------------------------------------------------------ what the message brings

/** The same SignedData with RevocationInfoChoices. */
function bringing(choices: readonly Bytes[]): Bytes {
  const [type, explicit] = children(readWhole(opaque, "ber"));
  const [signedData] = children(explicit!);
  const parts = children(signedData!).map((element) => reencodeAsDer(element));
  parts.splice(-1, 0, encode(context(1), ...choices) as (typeof parts)[number]);
  const cms = sequence(encoded(type!), encode(context(0), sequence(...parts)));
  const text = Buffer.from(cms).toString("base64").replace(/.{76}/g, "$&\r\n");
  const head = `${alice}Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
  return new Uint8Array(Buffer.from(`${head}${text}\r\n`));
}
const ocspInfo = (response: Bytes): Bytes =>
  encode(context(1), objectIdentifier(oid.riOcspResponse), response);

test("a revocation that the message itself brings counts, as CRL and as OCSP answer (RFC 5940 §2.1)", async () => {
  assert.equal(await stateOf(bringing([])), "2");
  assert.equal(await stateOf(bringing(clean)), "2");
  assert.equal(await stateOf(bringing(bad)), "7r");
  assert.equal(await stateOf(bringing([ocspInfo(answer(intermediate!, "revoked"))])), "7r");
  assert.equal(await stateOf(bringing([...clean, ocspInfo(answer(intermediate!, "revoked"))])), "7r");
});

test("a 'good' in the message is as good as its own proof", async () => {
  const required = (choices: readonly Bytes[]) => stateOf(bringing(choices), { revocation: "required" });
  const ofRoot = list(root!);
  assert.equal(await required(clean), "2");
  assert.equal(await required([ofRoot, ocspInfo(answer(intermediate!, "good"))]), "2");
  assert.equal(await required([ofRoot]), "6");
  assert.equal(await required([ofRoot, list(intermediate!, { nextUpdate: at(-0.2) })]), "6");
  // The forgery that PKI.js believed: signed by the attacker, dated 2001.
  const old = { thisUpdate: "2001-01-01T00:00:00.000Z", nextUpdate: at(7) };
  assert.equal(await required([ofRoot, ocspInfo(answer(mallory!, "good", old))]), "6");
  assert.equal(await required([ofRoot, ocspInfo(answer(mallory!, "good"))]), "6");
  const forged = list(mallory!, { issuer: intermediate!.name });
  assert.equal(await required([ofRoot, forged]), "6");
});

test("a 'good' in the message does not silence whoever says that it was withdrawn", async () => {
  const staple = bringing([...clean, ocspInfo(answer(intermediate!, "good"))]);
  assert.equal(await stateOf(staple, { evidence: crlsOf(...bad) }), "7r");
  assert.equal(
    await stateOf(staple, { evidence: heldEvidence({ ocsp: [answer(intermediate!, "revoked")] }) }),
    "7r",
  );
  assert.equal(await stateOf(staple, { evidence: crlsOf(), revocation: "required" }), "2");
});

test("what is broken or unknown among it takes nothing away", async () => {
  const broken = [
    sequence(Uint8Array.of(5, 0)),
    encode(context(1), objectIdentifier("1.2.3"), Uint8Array.of(5, 0)),
  ];
  assert.equal(await stateOf(bringing(broken)), "2");
  assert.equal(await stateOf(bringing([Uint8Array.of(5, 0)])), "2");
  assert.equal(await stateOf(bringing([...broken, ...bad])), "7r");
});

// ------------------------------------------------------------------ encryption

test("nobody encrypts to a certificate that was withdrawn", async () => {
  const use = {
    anchors: [root!.certificate],
    candidates: [intermediate!.certificate],
    address: null,
    time: now,
  };
  const result = (change: object) => checkEncryptionCertificate(person, { ...use, ...change });
  assert.equal((await result({})).kind, "valid");
  assert.equal((await result({ evidence: crlsOf(...clean) })).kind, "valid");
  const revoked = await result({ evidence: crlsOf(...bad) });
  assert.ok(revoked.kind === "failed");
  assert.equal(revoked.faults[0]!.code, "certificate-revoked");
  const silent = { evidence: crlsOf() };
  assert.equal((await result(silent)).kind, "valid");
  assert.equal((await result({ ...silent, revocation: "required" })).kind, "failed");
});
