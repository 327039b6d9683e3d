/** Which certificate an answer will be encrypted to (RFC 8551 §2.5.3, RFC 8550 §2.3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  time,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { subjectKeyIdentifier } from "../../../src/engine/x509/extensions.js";
import { type Bytes, type Certificate, inspect } from "../../../src/engine/index.js";
import { attribute, clearMail, forgeSignedData, honestAttributes } from "../../helpers/forge-signed-data.js";
import {
  type CertificateFields,
  addressed,
  authority,
  extension,
  forgeCertificate,
  name,
  usage,
} from "../../helpers/forge-certificate.js";
import { type LetterFields, forgeChain, letterBy } from "../../helpers/forge-chain.js";
import { alice, inspectAs, lunch, testCertificate, testContext } from "../../helpers/inspecting.js";

const bag = ["alice-rsa", "alice-p256", "expired", "server-eku", "bob-p256", "intermediate"];

async function seen(attributes: readonly Bytes[], headers = alice): Promise<readonly string[]> {
  const cms = await forgeSignedData({
    content: lunch,
    key: "alice-rsa",
    certificates: bag,
    attributes: [...honestAttributes(lunch), ...attributes],
  });
  const { certificates } = await inspectAs(clearMail(headers, lunch, cms));
  return certificates.map(({ certificate }) => certificate.fingerprint);
}

async function preference(name: string): Promise<Bytes> {
  const { issuer, serialNumber } = await testCertificate(name);
  return attribute(oid.encryptionKeyPreference, encode(context(0), issuer, encode(0x02, serialNumber)));
}

test("keeps the signer's own certificate, and no other that came along", async () => {
  assert.deepEqual(await seen([]), [(await testCertificate("alice-rsa")).fingerprint]);
});

test("keeps the one that the signer prefers (RFC 8551 §2.5.3)", async () => {
  const preferred = await seen([await preference("alice-p256")]);
  assert.deepEqual(preferred, [(await testCertificate("alice-p256")).fingerprint]);
});

test("a preference for one that is another's, expired or unfit is none", async () => {
  for (const name of ["bob-p256", "expired", "server-eku"]) {
    assert.deepEqual(await seen([await preference(name)]), [
      (await testCertificate("alice-rsa")).fingerprint,
    ]);
  }
});

test("keeps nothing of a message that is not good", async () => {
  assert.deepEqual(await seen([], "From: bob@example.test\r\n"), []);
});

test("keeps the capabilities that were signed, as they stood", async () => {
  const list = sequence(sequence(objectIdentifier(oid.aes256Gcm)));
  const cms = await forgeSignedData({
    content: lunch,
    key: "alice-rsa",
    attributes: [...honestAttributes(lunch), attribute(oid.smimeCapabilities, list)],
  });
  const { certificates } = await inspectAs(clearMail(alice, lunch, cms));
  assert.deepEqual(
    certificates.map(({ capabilities }) => capabilities),
    [list],
  );
});

test("says whether the signer named it, by issuer and number or by its key's identifier (RFC 8551 §2.5.3)", async () => {
  const wanted = await testCertificate("alice-p256");
  const keyIdentifier = subjectKeyIdentifier(wanted);
  assert.ok(keyIdentifier);
  const octets = encode(0x04, keyIdentifier);
  const wishes = [
    await preference("alice-p256"),
    attribute(oid.encryptionKeyPreference, encode(context(1), octets)),
    attribute(oid.encryptionKeyPreference, encode(context(2, "primitive"), keyIdentifier)),
  ];
  const preferred = async (attributes: readonly Bytes[]) => {
    const cms = await forgeSignedData({
      ...{ content: lunch, key: "alice-rsa", certificates: bag },
      attributes: [...honestAttributes(lunch), ...attributes],
    });
    const { certificates } = await inspectAs(clearMail(alice, lunch, cms));
    return certificates.map(({ certificate, preferred: named }) => [certificate.fingerprint, named]);
  };
  for (const wish of wishes) assert.deepEqual(await preferred([wish]), [[wanted.fingerprint, true]]);
  const own = (await testCertificate("alice-rsa")).fingerprint;
  assert.deepEqual(await preferred([]), [[own, false]]);
  const broken = attribute(oid.encryptionKeyPreference, encode(context(1), encode(0x02, keyIdentifier)));
  assert.deepEqual(await preferred([broken]), [[own, false]]);
});

test("says when she said so: the time in her own signature, whatever others claim beside it (RFC 8551 §2.5.3, RFC 5652 §11.3)", async () => {
  const hers = await forgeChain();
  // Nobody vouches for it, and anybody can make one.
  const stranger = await forgeChain();
  const at = (date: string): Bytes => attribute(oid.signingTime, time(new Date(date)));
  const context = await testContext({ anchors: [hers.root.certificate], time: new Date("2026-06-01") });
  const claimed = async (letter: Bytes) => {
    const { certificates } = await inspect(letter, context);
    return certificates.map(({ certificate, claimedTime }) => [certificate.fingerprint, claimedTime]);
  };
  const { fingerprint } = hers.person.certificate;
  const january = [at("2026-01-10")];
  const told = [[fingerprint, "2026-01-10T00:00:00.000Z"]];
  assert.deepEqual(await claimed(letterBy([hers], lunch, { each: [january] })), told);
  for (const date of ["2026-05-30", "2025-01-01", "2049-01-01"]) {
    const [before, after] = [
      letterBy([stranger, hers], lunch, { each: [[at(date)], january] }),
      letterBy([hers, stranger], lunch, { each: [january, [at(date)]] }),
    ];
    for (const letter of [before, after]) assert.deepEqual(await claimed(letter), told, date);
    const untimed = letterBy([stranger, hers], lunch, { each: [[at(date)], []] });
    assert.deepEqual(await claimed(untimed), [[fingerprint, null]], date);
  }
  assert.deepEqual(await claimed(letterBy([hers])), [[fingerprint, null]]);
});

// ------------------------------------------------------------------ a key to sign, another to be encrypted to

const [signs, receives] = [usage(0b10000000), usage(0b00001000)];
const address = "alice@example.test";

/** Alice, whose signing key cannot be encrypted to; certificates for her and for others by the same authority. */
async function dual() {
  const chain = await forgeChain({ person: { extensions: [addressed(address), signs] } });
  const made = (fields: CertificateFields = {}): Promise<Certificate> =>
    forgeCertificate({
      ...{ by: chain.intermediate, subject: chain.person.name },
      ...{ extensions: [addressed(address), receives] },
      ...fields,
    }).then(({ certificate }) => certificate);
  const stranger = await forgeCertificate({ subject: chain.intermediate.name, extensions: [authority] });
  const other = await forgeCertificate({ subject: name("Fooled Authority"), extensions: [authority] });
  const kept = async (more: readonly Certificate[], attributes: LetterFields["attributes"] = []) => {
    const raw = letterBy([chain], lunch, { more, attributes });
    const anchors = [chain.root.certificate, other.certificate];
    const { certificates, verdict } = await inspect(
      raw,
      await testContext({ anchors, time: new Date("2026-06-01") }),
    );
    assert.equal(verdict.summary.state, "2");
    return certificates.map(({ certificate }) => certificate.fingerprint);
  };
  return { chain, made, stranger, other, kept };
}

const wish = ({ issuer, serialNumber }: Certificate): Bytes =>
  attribute(oid.encryptionKeyPreference, encode(context(0), issuer, encode(0x02, serialNumber)));

test("of a signer with two keys the one is kept that can be encrypted to and bears her name by her authority (RFC 8551 §2.5.3.1)", async () => {
  const { made, kept } = await dual();
  const hers = await made();
  assert.deepEqual(await kept([]), []);
  assert.deepEqual(await kept([hers]), [hers.fingerprint]);
  assert.deepEqual(await kept([hers, hers]), [hers.fingerprint]);
  assert.deepEqual(await kept([hers], [wish(hers)]), [hers.fingerprint]);
});

test("nothing is kept that is for another address, not valid, or by another authority, whoever put it into the bag", async () => {
  const { chain, made, stranger, other, kept } = await dual();
  const unfit = await Promise.all([
    made({ extensions: [addressed("mallory@example.test"), receives] }),
    made({ extensions: [receives] }),
    made({ to: "2026-05-01" }),
    made({ from: "2026-07-01" }),
    made({ extensions: [addressed(address), signs] }),
    made({ by: stranger }),
    made({ by: other }),
    made({ subject: name("Alice, somebody else") }),
    made({ by: chain.person, issuer: chain.intermediate.name }),
  ]);
  const hers = await made();
  for (const [n, certificate] of unfit.entries()) {
    assert.deepEqual(await kept([certificate]), [], String(n));
    assert.deepEqual(await kept([certificate, hers]), [hers.fingerprint], String(n));
    // Even named in what she signed it is no more fit, unless she herself has it from another authority.
    const named = n === 6 || n === 7 ? [certificate.fingerprint] : [];
    assert.deepEqual(await kept([certificate, hers], [wish(certificate)]), named, String(n));
  }
});

test("two that fit are none, for one may be an attacker's choice; her signed word decides (RFC 8551 §2.5.3)", async () => {
  const { made, kept } = await dual();
  const [hers, stolen] = await Promise.all([made(), made({ from: "2026-02-01" })]);
  assert.deepEqual(await kept([hers, stolen]), []);
  assert.deepEqual(await kept([stolen, hers]), []);
  assert.deepEqual(await kept([stolen, hers], [wish(hers)]), [hers.fingerprint]);
  // Taken out of the bag on the way, nothing takes its place.
  assert.deepEqual(await kept([stolen], [wish(hers)]), []);
  const crowd = await Promise.all(Array.from({ length: 5 }, () => made({ to: "2026-05-01" })));
  assert.deepEqual(await kept([...crowd, hers]), []);
});

test("a key's identifier that two certificates bear names neither", async () => {
  const { made, kept, other } = await dual();
  const identifier = new Uint8Array(20).fill(5);
  const marked = extension(oid.subjectKeyIdentifier, octetString(identifier), false);
  const extensions = [addressed(address), receives, marked];
  const hers = await made({ extensions });
  const his = await made({ extensions, by: other });
  const named = attribute(oid.encryptionKeyPreference, encode(context(2, "primitive"), identifier));
  assert.deepEqual(await kept([hers], [named]), [hers.fingerprint]);
  assert.deepEqual(await kept([his, hers], [named]), []);
});
