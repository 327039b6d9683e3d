/** Attributes and digests that stand where they must not, or not where they must. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Element, children, context, encoded, readWhole } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import type { Bytes } from "../../../src/engine/index.js";
import { attribute, clearMail, forgeSignedData } from "../../helpers/forge-signed-data.js";
import { alice, inspectAs, lunch } from "../../helpers/inspecting.js";

interface Change {
  readonly digestAlgorithms?: readonly Bytes[];
  readonly unsignedAttrs?: readonly Bytes[];
}

/** A good SignedData with these two put in. */
async function changed({ digestAlgorithms, unsignedAttrs }: Change): Promise<Bytes> {
  const good = await forgeSignedData({ content: lunch, key: "alice-rsa" });
  const [type, explicit] = children(readWhole(good, "der")) as [Element, Element];
  const fields = children(children(explicit)[0]!);
  const [signerInfo] = children(fields[4]!);
  const unsigned = unsignedAttrs === undefined ? [] : [setOf(unsignedAttrs, context(1))];
  const signer = sequence(...children(signerInfo!).map(encoded), ...unsigned);
  const digests = digestAlgorithms === undefined ? encoded(fields[1]!) : setOf(digestAlgorithms);
  const body = sequence(
    encoded(fields[0]!),
    digests,
    ...fields.slice(2, 4).map(encoded),
    encode(0x31, signer),
  );
  return sequence(encoded(type), encode(context(0), body));
}

async function judged(change: Change): Promise<readonly string[]> {
  const { verdict } = await inspectAs(clearMail(alice, lunch, await changed(change)));
  const { state, faults } = verdict.summary;
  return [state, ...faults.map(({ code, detail }) => `${code} ${detail ?? ""}`)];
}

const algorithm = (name: string): Bytes => sequence(objectIdentifier(name));

test("contentType, messageDigest and signingTime are never unsigned (RFC 5652 §11.1–§11.3)", async () => {
  const values = {
    [oid.contentType]: objectIdentifier(oid.data),
    [oid.messageDigest]: octetString(new Uint8Array(32)),
    [oid.signingTime]: time(new Date(0)),
  };
  for (const [type, value] of Object.entries(values)) {
    const unsignedAttrs = [attribute(type, value)];
    assert.deepEqual(await judged({ unsignedAttrs }), ["6", `cms-malformed unsigned attribute ${type}`]);
  }
});

test("any other unsigned attribute takes nothing from a signature (RFC 5652 §5.3)", async () => {
  const unsignedAttrs = [attribute("1.2.3.4", octetString(new Uint8Array(1)))];
  assert.deepEqual(await judged({ unsignedAttrs }), ["2"]);
  assert.deepEqual(await judged({}), ["2"]);
});

test("a digest that digestAlgorithms does not announce cannot be judged (RFC 5652 §5.1)", async () => {
  const refused = ["6", "cms-malformed digest not among digestAlgorithms"];
  assert.deepEqual(await judged({ digestAlgorithms: [] }), refused);
  assert.deepEqual(await judged({ digestAlgorithms: [algorithm(oid.sha512)] }), refused);
  assert.deepEqual(await judged({ digestAlgorithms: [algorithm("1.2.3.4")] }), refused);
});

test("announced by the signature's identifier, or among others, it is announced", async () => {
  assert.deepEqual(await judged({ digestAlgorithms: [algorithm(oid.sha256WithRsaEncryption)] }), ["2"]);
  const several = [algorithm(oid.sha512), algorithm("1.2.3.4"), algorithm(oid.sha256)];
  assert.deepEqual(await judged({ digestAlgorithms: several }), ["2"]);
});
