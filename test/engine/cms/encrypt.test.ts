/** What we encrypt, and for whom: every kind of key in one message, versions, passwords (RFC 5652 §6). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { concat } from "../../../src/engine/base/bytes.js";
import { SequenceReader, children, context, tags } from "../../../src/engine/base/der-reader.js";
import { bitString, objectIdentifier, sequence } from "../../../src/engine/base/der-writer.js";
import { readSmallInteger } from "../../../src/engine/base/der-values.js";
import { parseContentInfo } from "../../../src/engine/cms-syntax/content-info.js";
import { encryptInParts } from "../../../src/engine/cms/encrypt.js";
import { kemIdentifiers } from "../../../src/engine/cms/kem-identifiers.js";
import { ownCapabilities } from "../../../src/engine/cms/smime-capabilities.js";
import {
  type Bytes,
  type Certificate,
  type Identity,
  type Recipient,
  inspect,
} from "../../../src/engine/index.js";
import { decapsulate, keysFromSeed } from "../../../src/engine/primitives/ml-kem.js";
import type { MlKemSet } from "../../../src/engine/primitives/names.js";
import { addressed, forgeCertificate, name, usage } from "../../helpers/forge-certificate.js";
import { opaqueLetter } from "../../helpers/forge-enveloped-data.js";
import {
  codes,
  inspectAs,
  lunch,
  testCertificate,
  testContext,
  testIdentity,
} from "../../helpers/inspecting.js";
import { openssl } from "../../helpers/openssl.js";
import { blockersOf, protectedMessage, testRecipient } from "../../helpers/protecting.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text));
const draft = (to: readonly Recipient[], body = lunch): string =>
  `From: alice@example.test\r\nTo: ${to.map(({ address }) => address).join(",\r\n ")}\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\n${body}`;

const people = {
  "alice-rsa": "RSAES-PKCS1-v1_5",
  "bob-p256": "ECDH P-256",
  "carol-p384": "ECDH P-384",
  "dave-p521": "ECDH P-521",
  "frank-bp256": "ECDH brainpoolP256r1",
  "grace-bp384": "ECDH brainpoolP384r1",
  "heidi-bp512": "ECDH brainpoolP512r1",
  "kim-x25519": "X25519",
  "lee-x448": "X448",
} as const;

/** An identity whose certificate holds an ML-KEM key, which no CA of ours can make yet. */
async function kemIdentity(set: MlKemSet, address: string, bits = 0x20): Promise<Identity> {
  const seed = crypto.getRandomValues(new Uint8Array(64));
  const { publicKey, secretKey } = await keysFromSeed(set, seed);
  const spki = sequence(sequence(objectIdentifier(kemIdentifiers[set])), bitString(publicKey));
  const extensions = [addressed(address), usage(bits)];
  const { certificate } = await forgeCertificate({
    subject: name("Kem"),
    spki,
    extensions,
    from: "2020-01-01",
  });
  return {
    certificate,
    chain: [],
    privateKey: {
      kind: "ml-kem",
      parameterSet: set,
      decapsulate: (ciphertext) => decapsulate(set, secretKey, ciphertext),
    },
  };
}

function recipientOf(certificate: Certificate, address: string): Recipient {
  return { address, field: "to", certificate, capabilities: null };
}

async function opened(message: Bytes, identity: Identity) {
  const { verdict, payload } = await inspect(message, await testContext({ identities: [identity] }));
  const [layer] = verdict.layers;
  assert.ok(layer?.kind === "encrypted" && layer.status === "opened", JSON.stringify(layer));
  return { layer, content: Buffer.from(payload.mime).toString() };
}

test("one message for RSA, NIST, brainpool, X25519, X448 and ML-KEM keys: each opens it, in its own way", async () => {
  const kems = await Promise.all(
    (["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] as const).map((set) =>
      kemIdentity(set, `${set.toLowerCase()}@example.test`),
    ),
  );
  const to = [
    ...(await Promise.all(Object.keys(people).map((one) => testRecipient(one)))),
    ...kems.map(({ certificate }, i) =>
      recipientOf(certificate, ["ml-kem-512", "ml-kem-768", "ml-kem-1024"][i]! + "@example.test"),
    ),
  ];
  const policy = { sign: false, encrypt: true } as const;
  const message = await protectedMessage({ draft: draft(to), to, policy });
  for (const [person, keys] of Object.entries(people)) {
    const { layer, content } = await opened(message, await testIdentity(person));
    assert.deepEqual([layer.keyManagement, content], [keys, lunch], person);
  }
  for (const identity of kems) {
    const { layer, content } = await opened(message, identity);
    assert.match(layer.keyManagement, /^ML-KEM-/);
    assert.equal(content, lunch);
  }
  const stranger = await kemIdentity("ML-KEM-768", "x@example.test");
  const { verdict } = await inspect(message, await testContext({ identities: [stranger] }));
  assert.equal(verdict.summary.encryption, "key-missing");
});

test("a KEM certificate must allow keyEncipherment, one for X25519 keyAgreement (RFC 9935 §5, RFC 8410 §5)", async () => {
  const { certificate } = await kemIdentity("ML-KEM-768", "kem@example.test", 0x08);
  const to = [recipientOf(certificate, "kem@example.test")];
  const policy = { sign: false, encrypt: true } as const;
  const blockers = await blockersOf({ draft: draft(to), to, policy });
  assert.deepEqual(blockers, ["recipient-certificate-unsuitable kem@example.test"]);
});

test("a KEM key that is none refuses the whole message, and nothing leaves (FIPS 203 §7.2)", async () => {
  const { certificate } = await kemIdentity("ML-KEM-768", "kem@example.test");
  const { subjectPublicKeyInfo } = certificate;
  const publicKey = subjectPublicKeyInfo.publicKey.slice().fill(0xff, 0, 3);
  const broken = { ...certificate, subjectPublicKeyInfo: { ...subjectPublicKeyInfo, publicKey } };
  const to = [recipientOf(broken, "kem@example.test")];
  const blockers = await blockersOf({ draft: draft(to), to, policy: { sign: false, encrypt: true } });
  assert.deepEqual(blockers, ["recipient-certificate-unsuitable kem@example.test"]);
});

/** Version of the envelope, and the tags of its recipientInfos. */
function shape(cms: Bytes): { version: number; kinds: readonly number[] } {
  const reader = new SequenceReader(parseContentInfo(cms).content!);
  const version = readSmallInteger(reader.next(tags.integer));
  const kinds = children(reader.next(tags.set)).map(({ tag }) => tag);
  return { version, kinds };
}

/** A complete ContentInfo. */
const encrypted = async (...task: Parameters<typeof encryptInParts>): Promise<Bytes> =>
  concat((await encryptInParts(...task)).parts);

test("versions: 0 for key transport alone, 3 with a password or a KEM, else 2; 0 for AEAD (RFC 5652 §6.1, RFC 5083 §2.1)", async () => {
  const cbc = { mode: "AES-CBC", keyLength: 32 } as const;
  const gcm = { mode: "AES-GCM", keyLength: 32 } as const;
  const rsa = { certificate: await testCertificate("alice-rsa"), capabilities: null };
  const ec = { certificate: await testCertificate("bob-p256"), capabilities: null };
  const kem = {
    certificate: (await kemIdentity("ML-KEM-512", "k@example.test")).certificate,
    capabilities: null,
  };
  const shapeOf = async (recipients: Parameters<typeof encryptInParts>[1], cipher: typeof cbc | typeof gcm) =>
    shape(await encrypted(bytes(lunch), recipients, cipher));
  assert.deepEqual(await shapeOf([rsa, rsa], cbc), { version: 0, kinds: [tags.sequence, tags.sequence] });
  assert.deepEqual(await shapeOf([rsa, ec], cbc), { version: 2, kinds: [tags.sequence, context(1)] });
  assert.deepEqual(await shapeOf([rsa, kem], cbc), { version: 3, kinds: [tags.sequence, context(4)] });
  assert.deepEqual(await shapeOf([{ password: "x" }], cbc), { version: 3, kinds: [context(3)] });
  assert.deepEqual(await shapeOf([rsa, ec, kem], gcm), {
    version: 0,
    kinds: [tags.sequence, context(1), context(4)],
  });
});

test("500 recipients in one message, of four kinds; the last one opens it as the first does", async () => {
  const kinds = ["alice-rsa", "bob-p256", "kim-x25519"];
  const known = await Promise.all(kinds.map((one) => testCertificate(one)));
  const kem = await kemIdentity("ML-KEM-768", "kem@example.test");
  const certificates = [...known, kem.certificate];
  const recipients = Array.from({ length: 500 }, (_, i) => ({
    certificate: certificates[i % 4]!,
    capabilities: null,
  }));
  const cms = await encrypted(bytes(lunch), recipients, { mode: "AES-GCM", keyLength: 32 });
  assert.equal(shape(cms).kinds.length, 500);
  const message = opaqueLetter(cms);
  for (const one of kinds) assert.equal((await opened(message, await testIdentity(one))).content, lunch);
  assert.equal((await opened(message, kem)).content, lunch);
});

for (const cipher of [
  { mode: "AES-CBC", keyLength: 32 },
  { mode: "AES-CBC", keyLength: 16 },
  { mode: "AES-GCM", keyLength: 32 },
] as const) {
  const says = `${cipher.mode} of ${cipher.keyLength * 8} bits`;
  test(`a password in place of a certificate, ${says}: OpenSSL and we open it, with no other password (RFC 3211)`, async () => {
    const password = "Grüß Gott, 12 Uhr";
    const cms = await encrypted(bytes(lunch), [{ password }], cipher);
    const message = opaqueLetter(cms);
    const { payload } = await inspect(message, await testContext({ passwords: [password] }));
    assert.equal(Buffer.from(payload.mime).toString(), lunch);
    const wrong = await inspect(message, await testContext({ passwords: ["Grüß Gott"] }));
    assert.deepEqual(codes(wrong), ["decryption-failed"]);
    const decrypt = ["cms", "-decrypt", "-inform", "DER", "-binary", "-pwri_password"];
    assert.equal(Buffer.from(await openssl([...decrypt, password], cms)).toString(), lunch);
    await assert.rejects(openssl([...decrypt, "x"], cms));
  });
}

test("OpenSSL opens what we encrypt for brainpool keys (RFC 5753, RFC 5639)", async () => {
  for (const one of ["frank-bp256", "grace-bp384", "heidi-bp512"]) {
    const recipient = { certificate: await testCertificate(one), capabilities: null };
    const cms = await encrypted(bytes(lunch), [recipient], { mode: "AES-CBC", keyLength: 32 });
    const decrypt = ["cms", "-decrypt", "-inform", "DER", "-binary", "-inkey", `KEYS/${one}.key.pem`];
    assert.equal(Buffer.from(await openssl(decrypt, cms)).toString(), lunch);
  }
});

test("what we say we read, we read: our capabilities name nothing else (RFC 8551 §2.5.2)", async () => {
  for (const one of ["alice-rsa", "bob-p256", "heidi-bp512", "kim-x25519", "lee-x448"]) {
    const to = [await testRecipient(one, { capabilities: ownCapabilities(await testCertificate(one)) })];
    const message = await protectedMessage({
      draft: draft(to),
      to,
      policy: { sign: false, encrypt: true },
    });
    const { verdict } = await inspectAs(message, [one]);
    assert.equal(verdict.summary.encryption, "encrypted", one);
  }
});
