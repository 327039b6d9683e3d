/**
 * One message with everything that an attacker has, joined: layers in layers, two thousand recipients of long
 * names, ninety authorities of two names that vouch for each other in circles, twenty signers, lists of revoked
 * certificates and answers inside, a header made to be read in two ways, parts in parts. And then each of them
 * driven over its bound. It ends, with a fault that has a name, and is never good. Times are printed, not asserted.
 */
import assert from "node:assert/strict";
import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes, sign } from "node:crypto";
import { type TestContext, before, test } from "node:test";
import { deflateSync } from "node:zlib";
import { context } from "../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { issuerAndSerialNumber } from "../../src/engine/cms/sign.js";
import { faults as faultTable } from "../../src/engine/fault/faults.js";
import { type Bytes, type Inspection, inspect } from "../../src/engine/index.js";
import { assemble, opaqueEntity } from "../../src/engine/mime/build-entity.js";
import { type Forged, addressed, authority, forgeCertificate, name } from "../helpers/forge-certificate.js";
import { contentInfo, contentKey, envelopedData, view } from "../helpers/forge-enveloped-data.js";
import { crlEntry, forgeCrl, forgeOcsp } from "../helpers/forge-revocation.js";
import { honestAttributes } from "../helpers/forge-signed-data.js";
import { testContext, testIdentity } from "../helpers/inspecting.js";

const timeout = 120_000;
const bytes = (text: string): Bytes => view(Buffer.from(text, "latin1"));

interface Knobs {
  /** multiparts in multiparts, and parts beside each other */
  readonly depth: number;
  readonly parts: number;
  readonly signers: number;
  /** authorities that vouch for each other */
  readonly circles: number;
  /** signed layers around the first */
  readonly shells: number;
  readonly recipients: number;
  /** octets that the compressed layer is blown up by */
  readonly zeros: number;
}
const within: Knobs = {
  depth: 20,
  parts: 400,
  signers: 20,
  circles: 92,
  shells: 0,
  recipients: 1_900,
  zeros: 100_000,
};

const addresses = ["alice@example.test", "bob@example.test"];
let person: Forged;
let crowd: readonly Forged[];
let evidence: readonly Bytes[];
before(async () => {
  const [a, b] = [name("Circle"), name("Round")];
  const first = await forgeCertificate({ subject: a, extensions: [authority] });
  const second = await forgeCertificate({ subject: b, extensions: [authority] });
  person = await forgeCertificate({ by: first, extensions: [addressed(...addresses)] });
  const made = Array.from({ length: 30 }, (_, i) => [
    // Each key under each name, by the other: every step leads on, and none leads out.
    forgeCertificate({
      subject: a,
      key: first.key,
      by: second,
      extensions: [authority],
      serial: 2 * i + 9_000,
    }),
    forgeCertificate({
      subject: b,
      key: second.key,
      by: first,
      extensions: [authority],
      serial: 2 * i + 9_001,
    }),
    forgeCertificate({ subject: a, issuer: b, extensions: [authority] }),
  ]);
  crowd = [first, second, ...(await Promise.all(made.flat()))];
  const entry = crlEntry({ serial: Uint8Array.of(0x55) });
  const entries = view(Buffer.alloc(entry.length * 2_000, entry));
  const crls = Array.from({ length: 20 }, () => forgeCrl({ by: first, entries }));
  const answer = { of: person.certificate, issuer: first.certificate };
  const responses = Array.from({ length: 900 }, () => answer);
  const ocsp = forgeOcsp({
    by: second,
    responses,
    certificates: crowd.slice(0, 19).map(({ certificate }) => certificate),
  });
  const choice = encode(context(1), objectIdentifier(oid.riOcspResponse), ocsp);
  evidence = [...crls, ...Array.from({ length: 10 }, () => choice)];
});

// ------------------------------------------------------------------ its layers, from the inside out

/** Multiparts that open each other, with S/MIME in between, boundaries that begin alike, and lines that nearly end them. */
function evilMime({ depth, parts }: Knobs): Bytes {
  const head = (n: number): string => `Content-Type: multipart/mixed; boundary="b${"b".repeat(n)}"\r\n\r\n`;
  const errant =
    "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3\r\n";
  const plain = "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n--b\r\n --bb\r\n--bbb-\r\n";
  let text = "";
  for (let n = 1; n <= depth; n++) text += `${head(n)}--b${"b".repeat(n)}\r\n`;
  text += Array.from({ length: parts }, (_, i) => (i % 3 === 0 ? errant : plain)).join(
    `--b${"b".repeat(depth)}\r\n`,
  );
  return bytes(text);
}

function signedLayer(content: Bytes, { signers, circles }: Pick<Knobs, "signers" | "circles">): Bytes {
  const attributes = honestAttributes(content);
  const digest = sequence(objectIdentifier(oid.sha256));
  const { issuer, serialNumber } = person.certificate;
  const info = sequence(
    smallInteger(1),
    sequence(issuer, encode(0x02, serialNumber)),
    digest,
    setOf(attributes, context(0)),
    sequence(objectIdentifier(oid.ecdsaWithSha256)),
    octetString(view(sign("sha256", setOf(attributes), person.key))),
  );
  const signedData = sequence(
    smallInteger(1),
    setOf([digest]),
    sequence(objectIdentifier(oid.data), encode(context(0), octetString(content))),
    encode(
      context(0),
      person.certificate.der,
      ...crowd.slice(0, circles).map(({ certificate }) => certificate.der),
    ),
    ...(circles === 0 ? [] : [encode(context(1), ...evidence)]),
    encode(0x31, ...Array.from({ length: signers }, () => info)),
  );
  return assemble(opaqueEntity(contentInfo(oid.signedData, signedData), "signed-data"));
}

function compressedLayer(content: Bytes, { zeros }: Knobs): Bytes {
  const packed = view(deflateSync(Buffer.concat([content, Buffer.alloc(zeros)])));
  const inner = sequence(objectIdentifier(oid.data), encode(context(0), octetString(packed)));
  const body = sequence(smallInteger(0), sequence(objectIdentifier(oid.zlibCompress)), inner);
  return assemble(opaqueEntity(contentInfo(oid.compressedData, body), "signed-data"));
}

const longName = sequence(
  ...Array.from({ length: 2 }, () =>
    setOf([sequence(objectIdentifier(oid.commonName), encode(0x0c, bytes("N".repeat(100))))]),
  ),
);

async function encryptedLayer(content: Bytes, { recipients }: Knobs): Promise<Bytes> {
  const { certificate } = await testIdentity("alice-rsa");
  const key = createPublicKey({
    key: Buffer.from(certificate.subjectPublicKeyInfo.der),
    format: "der",
    type: "spki",
  });
  const info = (id: Bytes, encryptedKey: Uint8Array): Bytes =>
    sequence(
      smallInteger(0),
      id,
      sequence(objectIdentifier(oid.rsaEncryption), nullValue),
      octetString(view(encryptedKey)),
    );
  const decoy = info(sequence(longName, smallInteger(7)), randomBytes(256));
  const ours = info(
    issuerAndSerialNumber(certificate),
    publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, contentKey),
  );
  const nonce = view(randomBytes(12));
  const gcm = createCipheriv("aes-256-gcm", contentKey, nonce);
  const ciphertext = view(Buffer.concat([gcm.update(content), gcm.final()]));
  const algorithm = sequence(
    objectIdentifier(oid.aes256Gcm),
    sequence(octetString(nonce), encode(0x02, Uint8Array.of(16))),
  );
  const recipientInfos = [...Array.from({ length: recipients }, () => decoy), ours];
  const encrypted = { algorithm, ciphertext, mac: view(gcm.getAuthTag()) };
  return assemble(
    opaqueEntity(envelopedData({ content: "", recipientInfos, encrypted }), "authEnveloped-data"),
  );
}

const header = [
  "Received: from nowhere\r\n".repeat(300),
  `From: "alice@example.test, Alice" <alice@example.test>, bob@example.test (${"x".repeat(900)})\r\n`,
  "Sender: =?utf-8?Q?alice=40example=2Etest?= <mallory@evil.test>\r\n",
  `To: ${"undisclosed, ".repeat(400)}bob@example.test\r\n`,
  "List-Id: <users.example.test>\r\nSubject: \u202e\u200b=?utf-8?B?4oCu?=\r\n",
].join("");

async function joined(change: Partial<Knobs> = {}): Promise<Bytes> {
  const knobs = { ...within, ...change };
  let content = signedLayer(evilMime(knobs), knobs);
  for (let shell = 0; shell < knobs.shells; shell++)
    content = signedLayer(content, { signers: 1, circles: 0 });
  const outer = await encryptedLayer(compressedLayer(content, knobs), knobs);
  return view(Buffer.concat([Buffer.from(header), outer]));
}

async function judged(t: TestContext, message: Bytes): Promise<Inspection> {
  const root = await forgeCertificate({ subject: name("Circle"), extensions: [authority] });
  const asked = await testContext({
    ...{ identities: [await testIdentity("alice-rsa")], anchors: [root.certificate] },
    revocation: "required",
  });
  const from = performance.now();
  const inspection = await inspect(message, asked);
  const took = Math.round(performance.now() - from);
  const { summary } = inspection.verdict;
  const told = summary.faults.map(({ code, detail = "" }) => `${code} ${detail}`.slice(0, 60));
  t.diagnostic(
    `${Math.round(message.length / 1024)} KiB in ${took} ms: state ${summary.state}: ${told.join("; ")}`,
  );
  assert.ok(!summary.state.startsWith("2"));
  for (const { code } of summary.faults) assert.ok(code in faultTable, code);
  assert.ok(JSON.stringify(inspection.verdict).length < 1_000_000);
  return inspection;
}

const codesOf = ({ verdict }: Inspection): readonly string[] =>
  verdict.summary.faults.map(({ code, detail }) => (code === "budget-exceeded" ? `${code} ${detail}` : code));

test(
  "everything at once, below each bound: it is read to the innermost, ends, and is not good",
  { timeout },
  async (t) => {
    const inspection = await judged(t, await joined());
    assert.ok(codesOf(inspection).includes("budget-exceeded signatures"), codesOf(inspection).join(" "));
    assert.deepEqual(
      inspection.verdict.layers.map(({ kind }) => kind),
      ["encrypted", "compressed", "signed"],
    );
  },
);

test("each of them driven over its bound is a fault of its name", { timeout }, async (t) => {
  const over: readonly (readonly [Partial<Knobs>, string])[] = [
    [{ signers: 300 }, "signers"],
    [{ recipients: 2_100 }, "recipients"],
    [{ zeros: 150_000_000 }, "inflatedBytes"],
    [{ circles: 0, signers: 1, shells: 9 }, "layers"],
    // The innermost is looked through for parts that are signed or sealed, as far as its bounds go: told in the details.
    [{ circles: 0, signers: 1, depth: 40, parts: 3_000 }, "author-ambiguous"],
  ];
  for (const [knobs, bound] of over) {
    const found = codesOf(await judged(t, await joined(knobs)));
    assert.ok(
      found.some((code) => code.includes(bound)),
      `${bound}: ${found.join(" ")}`,
    );
  }
});
