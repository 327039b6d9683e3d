/** Certificates signed with every algorithm: the same rules as for messages, on the path to an anchor. */
import assert from "node:assert/strict";
import {
  type KeyObject,
  constants,
  createPublicKey,
  generateKeyPairSync,
  sign as nodeSign,
} from "node:crypto";
import { test } from "node:test";
import { Budget } from "../../../src/engine/base/budget.js";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { type Certificate, defaultReadPolicy } from "../../../src/engine/index.js";
import { validatePath } from "../../../src/engine/x509/validate-path.js";
import { addressed, authority } from "../../helpers/forge-certificate.js";
import {
  type Signing,
  certificateBy,
  ed448Key,
  postQuantumKey,
  withBrokenSignature,
} from "../../helpers/library-identity.js";

type Authority = Signing & { readonly spki: Bytes };

const spkiOf = (key: KeyObject): Bytes =>
  new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));

function nodeAuthority(key: KeyObject, algorithm: Bytes, digest: string, options: object = {}): Authority {
  const sign = (data: Bytes): Promise<Bytes> =>
    Promise.resolve(new Uint8Array(nodeSign(digest, data, { key, ...options })));
  return { spki: spkiOf(key), algorithm, sign };
}

const rsaKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const curveKey = (namedCurve: string): KeyObject => generateKeyPairSync("ec", { namedCurve }).privateKey;
const bare = (algorithm: string): Bytes => sequence(objectIdentifier(algorithm));
const withNull = (algorithm: string): Bytes => sequence(objectIdentifier(algorithm), nullValue);
const pssWithSha1Mask = sequence(
  objectIdentifier(oid.rsassaPss),
  sequence(encode(context(0), withNull(oid.sha256)), encode(context(2), smallInteger(32))),
);
const pss = sequence(
  objectIdentifier(oid.rsassaPss),
  sequence(
    encode(context(0), withNull(oid.sha3_256)),
    encode(context(1), sequence(objectIdentifier(oid.mgf1), withNull(oid.sha3_256))),
    encode(context(2), smallInteger(32)),
  ),
);

const authorities: readonly (readonly [string, () => Authority | Promise<Authority>])[] = [
  ["RSA with SHA-256", () => nodeAuthority(rsaKey, withNull(oid.sha256WithRsaEncryption), "sha256")],
  ["RSA with SHA-224", () => nodeAuthority(rsaKey, withNull(oid.sha224WithRsaEncryption), "sha224")],
  ["RSA with SHA3-384", () => nodeAuthority(rsaKey, withNull(oid.rsaWithSha3_384), "sha3-384")],
  [
    "RSA-PSS with SHA3-256",
    () =>
      nodeAuthority(rsaKey, pss, "sha3-256", { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  ],
  [
    "ECDSA P-256 with SHA3-256",
    () => nodeAuthority(curveKey("P-256"), bare(oid.ecdsaWithSha3_256), "sha3-256"),
  ],
  [
    "ECDSA brainpoolP256r1",
    () => nodeAuthority(curveKey("brainpoolP256r1"), bare(oid.ecdsaWithSha256), "sha256"),
  ],
  [
    "ECDSA brainpoolP512r1",
    () => nodeAuthority(curveKey("brainpoolP512r1"), bare(oid.ecdsaWithSha512), "sha512"),
  ],
  ["Ed448", ed448Key],
  ["ML-DSA-44", () => postQuantumKey("ML-DSA-44")],
  ["ML-DSA-87", () => postQuantumKey("ML-DSA-87")],
  ["SLH-DSA-SHA2-128f", () => postQuantumKey("SLH-DSA-SHA2-128f")],
  ["SLH-DSA-SHAKE-128f", () => postQuantumKey("SLH-DSA-SHAKE-128f")],
];

const leafKey = spkiOf(curveKey("P-256"));

async function pathBy(by: Authority) {
  const issuer = "Issuer";
  const root = await certificateBy({ subject: issuer, spki: by.spki, issuer, by, extensions: [authority] });
  const extensions = [addressed("alice@example.test")];
  const leaf = await certificateBy({ subject: "Alice", spki: leafKey, issuer, by, extensions });
  return { leaf, root };
}

async function faultsOf(path: Parameters<typeof validatePath>[0]): Promise<readonly string[]> {
  const time = Date.parse("2027-01-01");
  const conditions = { purpose: "sign", time, policy: defaultReadPolicy, budget: new Budget() } as const;
  const result = await validatePath(path, conditions);
  return result.kind === "valid" ? [] : result.faults.map(({ code }) => code);
}

for (const [says, by] of authorities) {
  test(`a certificate signed by ${says} is on the path, a changed one is not (RFC 5280 §6.1.3 (a)(1))`, async () => {
    const { leaf, root } = await pathBy(await by());
    assert.deepEqual(await faultsOf([leaf, root]), []);
    assert.deepEqual(await faultsOf([await withBrokenSignature(leaf), root]), [
      "certificate-signature-mismatch",
    ]);
  });
}

test("a mask by SHA-1 is no weakness of a signature by SHA-256 (RFC 8017 §9.1, note 4)", async () => {
  const by = nodeAuthority(rsaKey, pssWithSha1Mask, "sha256");
  const { leaf, root } = await pathBy(by);
  // Node cannot sign so; that it does not hold is told, and not that it is weak.
  assert.deepEqual(await faultsOf([leaf, root]), ["certificate-signature-mismatch"]);
});

test("MD5 and SHA-1, in any guise, prove no certificate; DSA is refused (RFC 8551 §2.1)", async () => {
  for (const [algorithm, digest] of [
    [oid.md5WithRsaEncryption, "md5"],
    [oid.sha1WithRsaEncryption, "sha1"],
    [oid.sha1WithRsaSignature, "sha1"],
  ] as const) {
    const { leaf, root } = await pathBy(nodeAuthority(rsaKey, withNull(algorithm), digest));
    assert.deepEqual(await faultsOf([leaf, root]), ["algorithm-weak"]);
  }
  const dsa = generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }).privateKey;
  const { leaf, root } = await pathBy(nodeAuthority(dsa, bare(oid.dsaWithSha256), "sha256"));
  assert.deepEqual((await faultsOf([leaf, root])).toSorted(), ["algorithm-unsupported", "key-unsupported"]);
});

test("a policy may have DSA verified, as old paths were: a right signature alone, strong digests alone (FIPS 186-4 §4.7)", async () => {
  const dsa = generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }).privateKey;
  const judge = async (path: readonly Certificate[]): Promise<readonly string[]> => {
    const policy = { ...defaultReadPolicy, dsa: "verify" as const };
    const time = Date.parse("2026-06-01");
    const result = await validatePath(path, { purpose: "sign", time, policy, budget: new Budget() });
    return result.kind === "valid" ? [] : result.faults.map(({ code }) => code);
  };
  const { leaf, root } = await pathBy(nodeAuthority(dsa, bare(oid.dsaWithSha256), "sha256"));
  assert.deepEqual(await judge([leaf, root]), []);
  assert.deepEqual(await judge([await withBrokenSignature(leaf), root]), ["certificate-signature-mismatch"]);
  const weak = await pathBy(nodeAuthority(dsa, bare(oid.dsaWithSha1), "sha1"));
  assert.deepEqual(await judge([weak.leaf, weak.root]), ["algorithm-weak"]);
  // RFC 5280 §6.1.4 (f): without parameters there is no key.
  const { algorithm, ...rest } = root.subjectPublicKeyInfo;
  const bareRoot = {
    ...root,
    subjectPublicKeyInfo: { ...rest, algorithm: { ...algorithm, parameters: null } },
  };
  assert.deepEqual(await judge([leaf, bareRoot]), ["key-unsupported"]);
});
