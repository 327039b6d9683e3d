/**
 * Somebody else's key in the place of ours: whoever has our certificate, which everybody has, makes a file, and we
 * import it. Only numbers say whose a key is.
 */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { writeNote } from "../../src/background/backup/waiting-note.js";
import { identityHandlers } from "../../src/background/handlers/identity-handlers.js";
import { requestHandlers } from "../../src/background/handlers/request-handlers.js";
import { HandoverStore } from "../../src/background/handover.js";
import { viewIdentity } from "../../src/background/identity-view.js";
import { pendingKeyId } from "../../src/background/vault/pending-keys.js";
import type { PendingKeyRecord } from "../../src/background/vault/records.js";
import { type Bytes, fromUtf8 } from "../../src/engine/base/bytes.js";
import { context, tags } from "../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import {
  type Certificate,
  keyBelongsTo,
  loadIssuing,
  writePkcs12,
  writePkcs12Bundle,
} from "../../src/engine/index.js";
import { noteAttribute } from "../../src/engine/keys/pkcs12-bags.js";
import { privateKeyInfo } from "../../src/engine/keys/private-key-info.js";
import type { ImportedIdentities } from "../../src/protocol/messages.js";
import { actAsGecko } from "../helpers/as-gecko.js";
import { Disk, testCertificate, testIdentity, wake } from "../helpers/background.js";

const origin = { tabId: 1, path: "/pages/options/options.html" };
const options = { password: "pw", profile: "modern", iterations: 10 } as const;

async function device() {
  const disk = new Disk();
  disk.time = new Date((await testCertificate("alice-rsa")).notBefore + 24 * 3_600_000);
  const life = wake(disk);
  await life.vault.create(null);
  const handover = new HandoverStore(() => 0);
  const views = async () => {
    const all = await life.identities.all();
    return Promise.all(
      all.map(async (one) => viewIdentity(one, disk.time, await life.stolen.of(one.certificate))),
    );
  };
  const handlers = identityHandlers({ ...life, handover, views });
  const take = async (file: Bytes, password: string): Promise<ImportedIdentities> => {
    const reply = await handlers["identity:import"]({ file: handover.put(file), password }, origin);
    assert.ok(reply.ok);
    return reply.answer;
  };
  return { ...life, handover, now: () => disk.time, views, take };
}

// ------------------------------------------------------------------ by a label

/** RFC 7292 §4.2, RFC 2985 §5.5.2 */
const bags = { key: "1.2.840.113549.1.12.10.1.1", certificate: "1.2.840.113549.1.12.10.1.3" };
const [localKeyId, x509Certificate] = ["1.2.840.113549.1.9.21", "1.2.840.113549.1.9.22.1"];

/** As many keys as numbers, the first labelled as the certificate's; no password, no MAC. */
function labelledFile(certificate: Certificate, numbers: readonly Bytes[]): Bytes {
  const algorithm = sequence(objectIdentifier(oid.ecPublicKey), objectIdentifier(oid.secp256r1));
  const attribute = (type: string, value: Bytes) =>
    sequence(objectIdentifier(type), encode(tags.set, octetString(value)));
  const note = { version: 1, stolen: "2026-01-01T00:00:00Z", revoked: [] };
  const label = attribute(localKeyId, Uint8Array.of(1));
  const said = attribute(noteAttribute, fromUtf8(JSON.stringify(note)));
  const bag = (type: string, value: Bytes, attributes: readonly Bytes[]) =>
    sequence(
      objectIdentifier(type),
      encode(context(0), value),
      ...(attributes.length > 0 ? [setOf(attributes)] : []),
    );
  const keys = numbers.map((number, index) => {
    const key = privateKeyInfo(algorithm, sequence(smallInteger(1), octetString(number)));
    return bag(bags.key, key, index === 0 ? [label, said] : []);
  });
  const inside = encode(context(0), octetString(certificate.der));
  const certificateBag = bag(bags.certificate, sequence(objectIdentifier(x509Certificate), inside), [label]);
  const data = (content: Bytes) =>
    sequence(objectIdentifier(oid.data), encode(context(0), octetString(content)));
  return sequence(smallInteger(3), data(sequence(data(sequence(...keys, certificateBag)))));
}

const noKeys = {
  zero: new Uint8Array(32),
  "the group's order": Uint8Array.from(
    Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex"),
  ),
  "beyond the order": new Uint8Array(32).fill(255),
};
const another = new Uint8Array(32).fill(7);

for (const [what, number] of Object.entries(noKeys)) {
  test(`a number that is no key (${what}), labelled as our certificate's, neither silences our key nor takes its place, in Gecko too`, async (t) => {
    const bob = await testIdentity("bob-p256");
    actAsGecko(t);
    const { fingerprint } = bob.certificate;
    for (const isHere of [true, false]) {
      const one = await device();
      if (isHere) await one.identities.add([bob]);
      // With nobody's key that could be used the file is refused, and says why.
      const file = labelledFile(bob.certificate, [number, another]);
      await assert.rejects(one.take(file, ""), { name: "Refusal", code: "file-unreadable" });
      assert.equal(await one.stolen.of(bob.certificate), null);
      assert.deepEqual(await one.identities.fingerprints(), isHere ? [fingerprint] : []);
      const his = {
        privateKey: bob.pkcs8.slice(),
        certificate: bob.certificate,
        chain: [],
        friendlyName: "B",
      };
      const { added, known } = await one.take(await writePkcs12(his, options), "pw");
      assert.deepEqual([added.length, known.length], isHere ? [0, 1] : [1, 0]);
      assert.deepEqual(await one.identities.take(fingerprint), bob.pkcs8);
      assert.deepEqual(
        (await one.views()).map(({ canSign }) => canSign),
        [true],
      );
    }
  });
}

// ------------------------------------------------------------------ by a note

test("whoever saw a request puts no key of his in the place of the one that it was made for: a restored key brings its own public half", async () => {
  const { generateKey } = await loadIssuing();
  const [hers, his] = [await generateKey("p-256"), await generateKey("p-256")];
  const noteOf = (kind: string, publicKey: Bytes): Bytes => {
    const facts = { kind, publicKey, request: null, commonName: null, addresses: ["alice@example.test"] };
    return writeNote({ ...facts, since: "2026-01-01T00:00:00Z" } as unknown as PendingKeyRecord);
  };
  const fileOf = (kind: string, { pkcs8 }: { readonly pkcs8: Bytes }): Promise<Bytes> => {
    const note = noteOf(kind, hers.publicKey.der);
    return writePkcs12Bundle([], options, [{ privateKey: pkcs8.slice(), friendlyName: "waits", note }]);
  };
  const one = await device();
  const foreign = { name: "Refusal", code: "no-certificate-for-key" };
  await assert.rejects(one.take(await fileOf("p-256", his), "pw"), foreign);
  await assert.rejects(one.take(await fileOf("ml-dsa-65", hers), "pw"), foreign);
  const noKey = noteOf("p-256", Uint8Array.of(0x30, 0));
  const file = await writePkcs12Bundle([], options, [
    { privateKey: his.pkcs8.slice(), friendlyName: "waits", note: noKey },
  ]);
  await assert.rejects(one.take(file, "pw"), foreign);
  assert.deepEqual(await one.pendingKeys.list(), []);
  const { waiting } = await one.take(await fileOf("p-256", hers), "pw");
  assert.deepEqual(waiting, ["alice@example.test"]);
  const id = await pendingKeyId(hers.publicKey.der);
  const kept = await one.pendingKeys.take(id);
  assert.ok(await keyBelongsTo(kept!, { subjectPublicKeyInfo: hers.publicKey }));
});

for (const [name, other] of [
  ["alice-rsa", "big-rsa4096"],
  ["bob-p256", "alice-p256"],
  ["erin-ed25519", "bob-p256"],
] as const)
  test(`no other key is stored under a certificate, and the true one not kept out by it: ${name}`, async () => {
    const one = await device();
    const { certificate, pkcs8, chain } = await testIdentity(name);
    const stranger = (await testIdentity(other)).pkcs8;
    const mismatch = { name: "Refusal", code: "key-mismatch" };
    await assert.rejects(one.identities.add([{ certificate, chain, pkcs8: stranger }]), mismatch);
    // Beside a key that waits, as an earlier version might have stored it, the answer stores nothing either.
    const { der: publicKey } = certificate.subjectPublicKeyInfo;
    const facts = { way: "file", kind: "p-256", request: null, commonName: null } as const;
    const addresses = ["alice@example.test"];
    await one.pendingKeys.add({ ...facts, publicKey, addresses, pkcs8: stranger });
    const given = { file: one.handover.put(certificate.der.slice()), otherAddress: "accept" } as const;
    const none = { name: "Refusal", code: "no-request-for-certificate" };
    await assert.rejects(requestHandlers(one)["request:answer"](given, origin), none);
    assert.deepEqual(await one.identities.fingerprints(), []);
    const own = { privateKey: pkcs8, certificate, chain: [], friendlyName: null };
    assert.equal((await one.take(await writePkcs12(own, options), "pw")).added.length, 1);
    const kept = await one.identities.take(certificate.fingerprint);
    assert.ok(await keyBelongsTo(kept!, certificate));
  });
