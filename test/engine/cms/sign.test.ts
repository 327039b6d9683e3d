/** Signing by every kind of key: what is written, that it holds, and that changed mail does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, CanonicalMime } from "../../../src/engine/base/bytes.js";
import { readWhole } from "../../../src/engine/base/der-reader.js";
import { readSmallInteger } from "../../../src/engine/base/der-values.js";
import { oid } from "../../../src/engine/base/oid.js";
import { SignatureFailure, signContent } from "../../../src/engine/cms/sign.js";
import { type Signer, signingScheme } from "../../../src/engine/cms/signing-scheme.js";
import { parseContentInfo } from "../../../src/engine/cms-syntax/content-info.js";
import {
  type SignerInfo,
  parseSignedData,
  parseSignerInfo,
} from "../../../src/engine/cms-syntax/signed-data.js";
import { type Certificate, inspect } from "../../../src/engine/index.js";
import { publicKeyKind } from "../../../src/engine/x509/public-key.js";
import { clearMail, opaqueMail } from "../../helpers/forge-signed-data.js";
import { lunch, testContext, testIdentity } from "../../helpers/inspecting.js";
import { type LibraryKey, libraryIdentity, postQuantumKey } from "../../helpers/library-identity.js";

interface Written {
  readonly signer: Signer;
  readonly anchors?: readonly Certificate[];
}

type Case = readonly [says: string, written: () => Promise<Written>, expected: Expected];

interface Expected {
  readonly signature: string;
  readonly digest: string;
  readonly micalg: string;
  readonly digestAlgorithm: string;
  readonly signatureAlgorithm: string;
}

const named = (name: string) => async (): Promise<Written> => ({
  signer: (await testIdentity(name)) as Signer,
});

const made = (key: Promise<LibraryKey>) => async (): Promise<Written> => {
  const { identity, root } = await libraryIdentity(await key, "alice@example.test");
  return { signer: identity as Signer, anchors: [root] };
};

const sha = (bits: 256 | 384 | 512, signature: string, signatureAlgorithm: string): Expected => ({
  signature,
  digest: `SHA-${bits}`,
  micalg: `sha-${bits}`,
  digestAlgorithm: { 256: oid.sha256, 384: oid.sha384, 512: oid.sha512 }[bits],
  signatureAlgorithm,
});

const cases: readonly Case[] = [
  ["RSA (RFC 3370 §3.2)", named("alice-rsa"), sha(256, "RSASSA-PKCS1-v1_5", oid.rsaEncryption)],
  ["RSA bound to PSS (RFC 4056 §3)", named("judy-pss"), sha(256, "RSASSA-PSS", oid.rsassaPss)],
  ["P-256 (RFC 5753 §8)", named("bob-p256"), sha(256, "ECDSA P-256", oid.ecdsaWithSha256)],
  ["P-521 (RFC 5753 §8)", named("dave-p521"), sha(512, "ECDSA P-521", oid.ecdsaWithSha512)],
  ["brainpoolP256r1", named("frank-bp256"), sha(256, "ECDSA brainpoolP256r1", oid.ecdsaWithSha256)],
  ["brainpoolP384r1", named("grace-bp384"), sha(384, "ECDSA brainpoolP384r1", oid.ecdsaWithSha384)],
  ["brainpoolP512r1", named("heidi-bp512"), sha(512, "ECDSA brainpoolP512r1", oid.ecdsaWithSha512)],
  ["Ed25519 (RFC 8419 §3.1)", named("erin-ed25519"), sha(512, "Ed25519", oid.ed25519)],
  [
    "Ed448 (RFC 8419 §3.1)",
    named("ivan-ed448"),
    {
      signature: "Ed448",
      digest: "SHAKE256",
      micalg: "shake256",
      digestAlgorithm: oid.shake256Len,
      signatureAlgorithm: oid.ed448,
    },
  ],
  ["ML-DSA-44 (RFC 9882 §3.3)", made(postQuantumKey("ML-DSA-44")), sha(512, "ML-DSA-44", oid.mlDsa44)],
  ["ML-DSA-65 (RFC 9882 §3.3)", made(postQuantumKey("ML-DSA-65")), sha(512, "ML-DSA-65", oid.mlDsa65)],
  ["ML-DSA-87 (RFC 9882 §3.3)", made(postQuantumKey("ML-DSA-87")), sha(512, "ML-DSA-87", oid.mlDsa87)],
  [
    "SLH-DSA-SHA2-128f (RFC 9814 §4)",
    made(postQuantumKey("SLH-DSA-SHA2-128f")),
    sha(256, "SLH-DSA-SHA2-128f", oid.slhDsaSha2_128f),
  ],
];

const content = new Uint8Array(Buffer.from(lunch)) as CanonicalMime;
const at = new Date("2026-06-07T08:09:10Z");

function signerInfoOf(cms: Bytes): SignerInfo {
  return parseSignerInfo(parseSignedData(parseContentInfo(cms).content!).signerInfos[0]!);
}

async function judged(mail: Bytes, { anchors }: Written) {
  // The throwaway people are valid from today on; those made here, since January.
  const context = await testContext(anchors === undefined ? {} : { anchors, time: at });
  return (await inspect(mail, context)).verdict;
}

for (const [says, written, expected] of cases) {
  test(`signs with ${says}, and finds every change`, async () => {
    const who = await written();
    const address = who.anchors === undefined ? addressOf(who.signer) : "alice@example.test";
    const from = `From: ${address}\r\n`;
    const options = { content, rsaSignature: "pkcs1", time: at } as const;
    const { cms, micalg } = await signContent(who.signer, { ...options, form: "detached" });
    const { signedAttrs, digestAlgorithm, signatureAlgorithm } = signerInfoOf(cms);
    assert.equal(micalg, expected.micalg);
    assert.equal(digestAlgorithm.algorithm, expected.digestAlgorithm);
    assert.equal(signatureAlgorithm.algorithm, expected.signatureAlgorithm);
    if (expected.digestAlgorithm === oid.shake256Len) {
      assert.equal(readSmallInteger(readWhole(digestAlgorithm.parameters!, "der")), 512);
    }
    const types = signedAttrs!.list.map(({ type }) => type);
    for (const type of [oid.signingTime, oid.smimeCapabilities, oid.signingCertificateV2]) {
      assert.equal(types.includes(type), true);
    }
    const { summary, layers } = await judged(clearMail(from, lunch, cms), who);
    assert.deepEqual([summary.state, summary.faults], ["2", []]);
    const [layer] = layers;
    assert.ok(layer?.kind === "signed");
    const { digest, signature } = expected;
    assert.deepEqual(layer.signatures[0]!.algorithms, { digest, signature });
    assert.equal(layer.signatures[0]!.claimedTime, at.toISOString());
    const changed = clearMail(from, lunch.replace("noon", "nine"), cms);
    assert.equal((await judged(changed, who)).summary.state, "7");
    const opaque = await signContent(who.signer, { ...options, form: "encapsulated" });
    assert.equal((await judged(opaqueMail(from, opaque.cms), who)).summary.state, "2");
  });
}

function addressOf({ certificate }: Signer): string {
  const text = Buffer.from(certificate.der).toString("latin1");
  return /[a-z]+@example\.test/.exec(text)![0];
}

test("beside SLH-DSA stands the hash that the set is built of (RFC 9814 §4)", async () => {
  const { identity } = await libraryIdentity(await postQuantumKey("SLH-DSA-SHA2-128f"), "alice@example.test");
  for (const [parameterSet, identifier, length, digest] of [
    ["SLH-DSA-SHA2-128s", oid.slhDsaSha2_128s, 32, "SHA-256"],
    ["SLH-DSA-SHA2-192s", oid.slhDsaSha2_192s, 48, "SHA-512"],
    ["SLH-DSA-SHA2-256f", oid.slhDsaSha2_256f, 64, "SHA-512"],
    ["SLH-DSA-SHAKE-128s", oid.slhDsaShake_128s, 32, "SHAKE128"],
    ["SLH-DSA-SHAKE-192f", oid.slhDsaShake_192f, 48, "SHAKE256"],
    ["SLH-DSA-SHAKE-256s", oid.slhDsaShake_256s, 64, "SHAKE256"],
  ] as const) {
    const algorithm = { algorithm: identifier, parameters: null };
    const { der } = identity.certificate.subjectPublicKeyInfo;
    const subjectPublicKeyInfo = { der, algorithm, publicKey: new Uint8Array(length) };
    const certificate = { ...identity.certificate, subjectPublicKeyInfo };
    const privateKey = { kind: "slh-dsa", parameterSet, sign: () => Promise.reject(new Error()) } as const;
    const scheme = signingScheme({ certificate, chain: [], privateKey }, "pkcs1");
    assert.equal(scheme.digest, digest);
    assert.equal(scheme.micalg, digest.toLowerCase());
    assert.deepEqual(scheme.verification, { name: "SLH-DSA", digest: null, parameterSet });
  }
});

test("a key that is not the certificate's signs nothing, whatever their kinds (RFC 5652 §5.6)", async () => {
  const options = { content, rsaSignature: "pkcs1", time: at, form: "detached" } as const;
  const { certificate, chain } = await testIdentity("frank-bp256");
  const others = await Promise.all(
    ["alice-rsa", "bob-p256", "grace-bp384", "ivan-ed448", "kim-x25519"].map(testIdentity),
  );
  for (const { privateKey } of others) {
    const wrong = signContent({ certificate, chain, privateKey: privateKey! }, options);
    await assert.rejects(wrong, { code: "key-unsupported", detail: "ec" });
  }
  const mldsa = await libraryIdentity(await postQuantumKey("ML-DSA-44"), "alice@example.test");
  const stranger = await libraryIdentity(await postQuantumKey("ML-DSA-65"), "alice@example.test");
  const mixed = { ...mldsa.identity, privateKey: stranger.identity.privateKey! };
  await assert.rejects(signContent(mixed, options), { code: "key-unsupported" });
  // Of the right kind, and another's: it is found before anything leaves.
  const [alice, big] = await Promise.all(["alice-rsa", "big-rsa4096"].map(testIdentity));
  const swapped = signContent({ ...alice!, privateKey: big!.privateKey! }, options);
  await assert.rejects(swapped, SignatureFailure);
});

test("a certificate that can only agree on keys signs nothing (RFC 8410 §5)", async () => {
  const kim = await testIdentity("kim-x25519");
  assert.equal(publicKeyKind(kim.certificate.subjectPublicKeyInfo).kind, "x25519");
  const options = { content, rsaSignature: "pkcs1", time: at, form: "detached" } as const;
  await assert.rejects(signContent(kim as Signer, options), { code: "key-unsupported", detail: "x25519" });
});
