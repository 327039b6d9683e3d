/** Good at a time that is proven, though not now (state 2c): by a time stamp or by our own record, and by nothing else. */
import assert from "node:assert/strict";
import { createHash, createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import { encode, nullValue, objectIdentifier, sequence, setOf } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import type { Certificate, InspectContext, SignatureRecord } from "../../../src/engine/index.js";
import { inspect } from "../../../src/engine/index.js";
import {
  type Forgery,
  attribute,
  clearMail,
  digestOf,
  forgeSignedData,
  honestAttributes,
} from "../../helpers/forge-signed-data.js";
import { crlsAsEvidence } from "../../helpers/crl-evidence.js";
import { forgeCrl } from "../../helpers/forge-revocation.js";
import { testKeys } from "../../helpers/test-keys.js";
import { alice, codes, lunch, testCertificate, testContext } from "../../helpers/inspecting.js";
import { type TimeStampAuthority, timeStampAuthority } from "../../helpers/time-stamp-authority.js";

const day = 86_400_000;
let signer: Certificate;
let root: Certificate;
let authority: TimeStampAuthority;
/** a year after the signer's certificate has expired */
let later: Date;
before(async () => {
  [signer, root] = [await testCertificate("alice-rsa"), await testCertificate("root")];
  authority = await timeStampAuthority();
  later = new Date(signer.notAfter + 365 * day);
});

interface Letter {
  readonly raw: Bytes;
  /** of what the signature covers */
  readonly hash: string;
}

async function letter(change: Partial<Forgery> = {}): Promise<Letter> {
  const { attributes = honestAttributes(lunch) } = change;
  const forged = await forgeSignedData({ content: lunch, key: "alice-rsa", ...change });
  const covered = attributes === null ? digestOf(lunch) : setOf(attributes);
  return { raw: clearMail(alice, lunch, forged), hash: hashOf(covered) };
}

const hashOf = (octets: Bytes): string => createHash("sha256").update(octets).digest("hex");

const stampedBy = (one: TimeStampAuthority): Partial<Forgery> => ({
  unsigned: async (signature) => [attribute(oid.timeStampToken, await one.stamp(signature))],
});

async function judge({ raw }: Letter, change: Partial<InspectContext> = {}) {
  const inspection = await inspect(raw, await testContext({ time: later, ...change }));
  const layer = inspection.verdict.layers[0]!;
  assert.ok(layer.kind === "signed");
  return { inspection, summary: inspection.verdict.summary, signature: layer.signatures[0]! };
}

test("an expired certificate is good at the time of a stamp by an accepted authority (RFC 3161)", async () => {
  const { summary, signature } = await judge(await letter(stampedBy(authority)), {
    anchors: [root, authority.certificate],
  });
  assert.equal(summary.state, "2c");
  assert.ok(signature.status === "valid");
  assert.equal(signature.judgedAt?.source, "time-stamp");
  assert.equal(signature.judgedAt.time, signature.timeStamps![0]!.time);
  assert.equal(signature.timeStamps![0]!.proves, true);
  assert.deepEqual(summary.judgedAt, signature.judgedAt);
});

test("where the certificate is good now, now is when it is judged, stamp or no stamp", async () => {
  const time = new Date();
  const { summary, signature } = await judge(await letter(stampedBy(authority)), {
    anchors: [root, authority.certificate],
    time,
  });
  assert.equal(summary.state, "2");
  assert.ok(signature.status === "valid");
  assert.deepEqual(signature.judgedAt, { time: time.toISOString(), source: "now" });
});

test("a stamp proves nothing from an authority that nobody accepted, for another signature, or changed", async () => {
  const elsewhere: Partial<Forgery> = {
    unsigned: async () => [attribute(oid.timeStampToken, await authority.stamp(digestOf("another")))],
  };
  const turned: Partial<Forgery> = {
    unsigned: async (signature) => {
      const token = await authority.stamp(signature);
      const at = Buffer.from(token).indexOf(Buffer.from([0x18, 0x0f, 0x32, 0x30]));
      token[at + 8]! ^= 1;
      return [attribute(oid.timeStampToken, token)];
    },
  };
  const anchors = [root, authority.certificate];
  for (const [change, accepted] of [
    [stampedBy(authority), [root]],
    [elsewhere, anchors],
    [turned, anchors],
  ] as const) {
    const { inspection, summary, signature } = await judge(await letter(change), { anchors: accepted });
    assert.equal(summary.state, "6");
    assert.ok(codes(inspection).includes("certificate-expired"));
    assert.notEqual(signature.timeStamps![0]!.proves, true);
  }
});

test("an authority's certificate is for time stamps alone, says so critically, and is valid now (RFC 3161 §2.3)", async () => {
  for (const usage of ["timeStamping", "critical,timeStamping,emailProtection", "critical,emailProtection"]) {
    // OpenSSL refuses to stamp with some of them: then the token is another authority's.
    const other = await timeStampAuthority(usage);
    const made = await letter(stampedBy(other)).catch(() => null);
    if (made === null) continue;
    const { summary } = await judge(made, { anchors: [root, other.certificate] });
    assert.equal(summary.state, "6", usage);
  }
  const short = await timeStampAuthority("critical,timeStamping", 30);
  const { summary } = await judge(await letter(stampedBy(short)), { anchors: [root, short.certificate] });
  assert.equal(summary.state, "6");
});

test("the signer's own time proves nothing, however early it claims to be (RFC 5652 §11.3)", async () => {
  const claimed = encode(0x18, new Uint8Array(Buffer.from("20300101000000Z")));
  const attributes = [...honestAttributes(lunch), attribute(oid.signingTime, claimed)];
  const { summary } = await judge(await letter({ attributes }));
  assert.equal(summary.state, "6");
});

// ------------------------------------------------------------------ our own record

const recordOf = ({ hash }: Letter, change: Partial<SignatureRecord> = {}): SignatureRecord => ({
  covered: hash,
  signer: signer.fingerprint,
  time: new Date(signer.notBefore + day).toISOString(),
  ...change,
});

test("an expired certificate is good where we recorded this very message as good", async () => {
  const made = await letter();
  const record = recordOf(made);
  const { summary, signature } = await judge(made, { records: [record] });
  assert.equal(summary.state, "2c");
  assert.ok(signature.status === "valid");
  assert.deepEqual(signature.judgedAt, { time: record.time, source: "record" });
});

test("a record is of what was signed: neither order of attributes nor another value of the signature makes it another's", async () => {
  const attributes = [...honestAttributes(lunch)].reverse();
  const sorted = await letter();
  for (const change of [
    {
      attributes,
      signedBytes: encode(0x31, ...attributes),
      sentAttributes: encode(context(0), ...attributes),
    },
    { attributes, signedBytes: setOf(attributes), sentAttributes: encode(context(0), ...attributes) },
    { signatureAlgorithm: sequence(objectIdentifier(oid.sha256WithRsaEncryption), nullValue) },
  ]) {
    const { summary } = await judge(await letter(change), { records: [recordOf(sorted)] });
    assert.equal(summary.state, "2c");
  }
});

test("without signed attributes the record is of the content, in its canonical form (RFC 5652 §5.4)", async () => {
  const made = await letter({ attributes: null });
  assert.equal((await judge(made, { records: [recordOf(made)] })).summary.state, "2c");
  const unix = new Uint8Array(
    Buffer.from(Buffer.from(made.raw).toString("latin1").replaceAll("\r\n", "\n"), "latin1"),
  );
  assert.equal((await judge({ ...made, raw: unix }, { records: [recordOf(made)] })).summary.state, "2c");
  const other = { covered: hashOf(digestOf("Another letter")) };
  assert.equal((await judge(made, { records: [recordOf(made, other)] })).summary.state, "6");
});

test("a record of another message, of another certificate, or of a time that does not fit proves nothing", async () => {
  const made = await letter();
  for (const change of [
    { covered: hashOf(digestOf("another")) },
    { signer: root.fingerprint },
    { time: new Date(signer.notAfter + day).toISOString() },
    { time: new Date(later.getTime() + day).toISOString() },
    { time: new Date(signer.notBefore - day).toISOString() },
    { time: "nonsense" },
  ]) {
    const { summary } = await judge(made, { records: [recordOf(made, change)] });
    assert.equal(summary.state, "6", JSON.stringify(change));
  }
});

test("neither record nor stamp helps content that was changed, or a path that nobody accepts", async () => {
  const made = await letter(stampedBy(authority));
  const raw = new Uint8Array(
    Buffer.from(Buffer.from(made.raw).toString("latin1").replace("noon", "nine"), "latin1"),
  );
  const anchors = [root, authority.certificate];
  const records = [recordOf(made)];
  assert.equal((await judge({ ...made, raw }, { anchors, records })).summary.state, "7");
  assert.equal((await judge(made, { anchors: [authority.certificate], records })).summary.state, "5");
});

test("what is good by record is not recorded anew with today's time, and gives nothing to answer with", async () => {
  const made = await letter();
  const record = recordOf(made);
  const { inspection } = await judge(made, { records: [record] });
  assert.equal(inspection.sighting?.time, record.time);
  assert.deepEqual(inspection.certificates, []);
});

test("a token without the name of its certificate under the signature proves nothing (RFC 3161 §2.4.2)", async () => {
  // Any SignedData over a TSTInfo that lacks it; ours is signed by a person's key, which lacks more.
  const content = sequence();
  const token = await forgeSignedData({
    content,
    key: "bob-p256",
    eContentType: oid.tstInfo,
    encapsulated: true,
  });
  const { summary, signature } = await judge(
    await letter({ unsigned: async () => [attribute(oid.timeStampToken, token)] }),
  );
  assert.equal(summary.state, "6");
  assert.equal(signature.timeStamps![0]!.proves, false);
});

// ------------------------------------------------------------------ revoked since

/** The test CA's list: the signer was revoked `after` milliseconds after her certificate began. */
async function revokedAt(after: number, time: Date): Promise<Bytes> {
  const certificate = await testCertificate("intermediate");
  const pem = await readFile(`${await testKeys()}/intermediate.key.pem`);
  const by = { certificate, key: createPrivateKey(pem), name: certificate.subject };
  const at = new Date(signer.notBefore + after).toISOString();
  return forgeCrl({
    by,
    thisUpdate: new Date(time.getTime() - day).toISOString(),
    nextUpdate: new Date(time.getTime() + day).toISOString(),
    listed: [{ serial: signer.serialNumber, at }],
  });
}

test("a revocation later than our record leaves the signature good; one before it does not (RFC 5280 §6.3)", async () => {
  const time = new Date(signer.notBefore + 300 * day);
  const made = await letter();
  const records = [recordOf(made, { time: new Date(signer.notBefore + 100 * day).toISOString() })];
  for (const [after, remembered, expected] of [
    [200, records, "2c"],
    [200, [], "7r"],
    [50, records, "7r"],
  ] as const) {
    const evidence = crlsAsEvidence([await revokedAt(after * day, time)], time.getTime());
    const { summary } = await judge(made, { time, evidence, records: remembered });
    assert.equal(summary.state, expected, `revoked after ${after} days`);
  }
});
