/** Counter-signatures and time stamps: told as what they are, and worth nothing to the headline. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { encode, objectIdentifier, octetString, sequence } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import type { SignatureVerdict } from "../../../src/engine/verdict/verdict.js";
import {
  type Forgery,
  attribute,
  clearMail,
  digestOf,
  forgeSignedData,
  forgeSignerInfo,
} from "../../helpers/forge-signed-data.js";
import { alice, inspectAs, lunch } from "../../helpers/inspecting.js";
import { timeStampAuthority } from "../../helpers/time-stamp-authority.js";

type Unsigned = NonNullable<Forgery["unsigned"]>;

async function judged(unsigned: Unsigned, change: Partial<Forgery> = {}) {
  const certificates = ["alice-rsa", "bob-p256", "intermediate"];
  const forgery = { content: lunch, key: "alice-rsa", certificates, unsigned, ...change };
  const { verdict } = await inspectAs(clearMail(alice, lunch, await forgeSignedData(forgery)));
  const layer = verdict.layers[0]!;
  assert.ok(layer.kind === "signed");
  return { state: verdict.summary.state, signature: layer.signatures[0]! };
}

const stateAnd = (signature: SignatureVerdict) => ({
  counter: signature.counterSignatures?.map(({ mathematics }) => mathematics),
  stamps: signature.timeStamps?.map(({ mathematics }) => mathematics),
});

const counterSign =
  (change: Partial<Omit<Forgery, "content">> & { readonly content?: Bytes } = {}): Unsigned =>
  async (signature) => {
    const attributes = [attribute(oid.messageDigest, octetString(digestOf(signature)))];
    const info = await forgeSignerInfo({ content: signature, key: "bob-p256", attributes, ...change });
    return [attribute(oid.countersignature, info)];
  };

test("a counter-signature is told with whose it is, with attributes and without (RFC 5652 §11.4)", async () => {
  for (const change of [{}, { attributes: null }] as const) {
    const { state, signature } = await judged(counterSign(change));
    assert.equal(state, "2");
    const [counter] = signature.counterSignatures!;
    assert.equal(counter!.mathematics, "holds");
    assert.equal(counter!.signer?.commonName, "Bob Example");
    assert.deepEqual(counter!.algorithms, { digest: "SHA-256", signature: "ECDSA P-256" });
    assert.deepEqual(counter!.faults, []);
  }
});

test("a counter-signature over anything else is told as broken, and takes nothing away", async () => {
  const elsewhere = digestOf("another signature");
  for (const change of [
    { content: elsewhere, attributes: null },
    { attributes: [attribute(oid.messageDigest, octetString(elsewhere))] },
    { attributes: [] },
    { key: "carol-p384", signer: "bob-p256" },
  ] as const) {
    const { state, signature } = await judged(counterSign(change));
    assert.equal(state, "2");
    assert.deepEqual(stateAnd(signature).counter, ["broken"]);
  }
});

test("a content type in a counter-signature is id-data, as Windows writes it, or wrong (RFC 5652 §11.4)", async () => {
  for (const [type, expected] of [
    [oid.data, "holds"],
    [oid.tstInfo, "broken"],
  ] as const) {
    const unsigned: Unsigned = (signature) =>
      counterSign({
        attributes: [
          attribute(oid.contentType, objectIdentifier(type)),
          attribute(oid.messageDigest, octetString(digestOf(signature))),
        ],
      })(signature);
    const { signature } = await judged(unsigned);
    assert.deepEqual(stateAnd(signature).counter, [expected]);
  }
});

test("a counter-signer who is not named, or whose algorithm is not known, is not judged", async () => {
  const { signature } = await judged(counterSign({ key: "carol-p384" }));
  const [counter] = signature.counterSignatures!;
  assert.equal(counter!.mathematics, "unchecked");
  assert.deepEqual(counter!.faults, [{ code: "signer-certificate-missing" }]);
  const unknown = sequence(objectIdentifier("1.3.6.1.5.5.7.6.2"));
  const second = await judged(counterSign({ signatureAlgorithm: unknown }));
  assert.deepEqual(stateAnd(second.signature).counter, ["unchecked"]);
  assert.equal(second.state, "2");
});

test("a good counter-signature does not help a signature that does not hold", async () => {
  const { state, signature } = await judged(counterSign(), { signedBytes: digestOf("something else") });
  assert.equal(state, "7");
  assert.deepEqual(stateAnd(signature).counter, ["holds"]);
});

test("unsigned attributes that do not parse, and too many of them, are passed over", async () => {
  const rubbish: Unsigned = () => Promise.resolve([sequence(octetString(digestOf("x")))]);
  const first = await judged(rubbish);
  assert.deepEqual([first.state, stateAnd(first.signature).counter], ["2", undefined]);
  const empty: Unsigned = () =>
    Promise.resolve([
      attribute(oid.countersignature, sequence()),
      attribute(oid.timeStampToken, sequence(objectIdentifier(oid.data))),
    ]);
  const second = await judged(empty);
  assert.deepEqual(stateAnd(second.signature), { counter: ["unchecked"], stamps: ["unchecked"] });
  const many: Unsigned = async (signature) => {
    const [one] = await counterSign()(signature);
    return Array.from({ length: 50 }, () => one!);
  };
  assert.equal((await judged(many)).signature.counterSignatures?.length, 4);
});

// ------------------------------------------------------------------ time stamps

async function stamp(signature: Bytes): Promise<Bytes> {
  return (await timeStampAuthority()).stamp(signature);
}

const stamped =
  (change: (token: Bytes) => Bytes = (token) => token): Unsigned =>
  async (signature) => [attribute(oid.timeStampToken, change(await stamp(signature)))];

test("a time stamp by OpenSSL is told with its time, its rules and its authority (RFC 3161 §A)", async () => {
  const { state, signature } = await judged(stamped());
  assert.equal(state, "2");
  const [found] = signature.timeStamps!;
  assert.equal(found!.mathematics, "holds");
  assert.deepEqual(found!.faults, []);
  assert.equal(found!.signer?.commonName, "Example Stamps");
  assert.deepEqual([found!.policy, found!.serialNumber], ["1.2.3.4.1", "2b"]);
  assert.match(found!.time!, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("a time stamp of another signature, or a changed one, is told as broken", async () => {
  const other: Unsigned = async () => [attribute(oid.timeStampToken, await stamp(digestOf("another")))];
  const first = await judged(other);
  assert.equal(first.state, "2");
  assert.deepEqual(first.signature.timeStamps![0]!.faults, [{ code: "message-digest-mismatch" }]);
  assert.equal(first.signature.timeStamps![0]!.mathematics, "broken");
  const later = (token: Bytes): Bytes => {
    const copy = token.slice();
    const at = Buffer.from(copy).indexOf(Buffer.from([0x18, 0x0f, 0x32, 0x30]));
    copy[at + 4]! ^= 1;
    return copy;
  };
  const second = await judged(stamped(later));
  assert.deepEqual(stateAnd(second.signature).stamps, ["broken"]);
});

test("a token that is no time stamp is not judged (RFC 3161 §2.4.2)", async () => {
  const letter: Unsigned = async (signature) => [
    attribute(
      oid.timeStampToken,
      await forgeSignedData({ content: signature, key: "bob-p256", encapsulated: true }),
    ),
  ];
  const { signature } = await judged(letter);
  assert.deepEqual(stateAnd(signature).stamps, ["unchecked"]);
  const noDer = encode(0x30, objectIdentifier(oid.signedData));
  const second = await judged(() => Promise.resolve([attribute(oid.timeStampToken, noDer)]));
  assert.deepEqual(stateAnd(second.signature).stamps, ["unchecked"]);
});
