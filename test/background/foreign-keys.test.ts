/**
 * Somebody else's key in the place of ours: whoever has our certificate, which everybody has, makes a file, and we
 * import it. Only numbers say whose a key is.
 */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { identityHandlers } from "../../src/background/handlers/identity-handlers.js";
import { HandoverStore } from "../../src/background/handover.js";
import { viewIdentity } from "../../src/background/identity-view.js";
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
import { type Certificate, writePkcs12 } from "../../src/engine/index.js";
import { noteAttribute } from "../../src/engine/keys/pkcs12-bags.js";
import { privateKeyInfo } from "../../src/engine/keys/private-key-info.js";
import type { ImportedIdentities } from "../../src/protocol/messages.js";
import { actAsGecko } from "../helpers/as-gecko.js";
import { Disk, testCertificate, testIdentity, wake } from "../helpers/background.js";

const origin = { tabId: 1, path: "/pages/options/options.html" };

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
  return { ...life, views, take };
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
      const options = { password: "pw", profile: "modern", iterations: 10 } as const;
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
