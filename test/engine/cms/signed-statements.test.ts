/** What a signer states beside the content: read where it is well made, named where it is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, fromUtf8 } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
  utf8String,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import type { SignedStatements } from "../../../src/engine/verdict/verdict.js";
import { attribute, clearMail, forgeSignedData, honestAttributes } from "../../helpers/forge-signed-data.js";
import { alice, inspectAs, lunch, testCertificate } from "../../helpers/inspecting.js";

async function stated(...more: readonly Bytes[]): Promise<SignedStatements | undefined> {
  const attributes = [...honestAttributes(lunch), ...more];
  const cms = await forgeSignedData({ content: lunch, key: "alice-rsa", attributes });
  const { verdict } = await inspectAs(clearMail(alice, lunch, cms));
  // None of it changes what the signature is worth.
  assert.equal(verdict.summary.state, "2");
  const layer = verdict.layers[0]!;
  assert.ok(layer.kind === "signed");
  // It crosses rooms as JSON.
  return JSON.parse(JSON.stringify(layer.signatures[0]!)).statements as SignedStatements | undefined;
}

const mailbox = (address: string): Bytes => sequence(encode(context(1, "primitive"), fromUtf8(address)));
const generalizedTime = (text: string): Bytes => encode(0x18, fromUtf8(text));
const printable = (text: string): Bytes => encode(0x13, fromUtf8(text));
const identifier = octetString(fromUtf8("one"));

test("states nothing where nothing is stated", async () => {
  assert.equal(await stated(), undefined);
  assert.equal(await stated(attribute("1.2.3.4", nullValue)), undefined);
});

test("a receipt request: of everybody, of the first tier, of these (RFC 2634 §2.7)", async () => {
  const to = sequence(mailbox("alice@example.test"));
  const request = (from: Bytes): Bytes => attribute(oid.receiptRequest, sequence(identifier, from, to));
  const expected = { to: ["alice@example.test"] };
  const all = encode(context(0, "primitive"), Uint8Array.of(0));
  assert.deepEqual(await stated(request(all)), { receiptRequest: { from: "everybody", ...expected } });
  const first = encode(context(0, "primitive"), Uint8Array.of(1));
  assert.deepEqual(await stated(request(first)), { receiptRequest: { from: "first-tier", ...expected } });
  const these = encode(context(1), mailbox("bob@example.test"), mailbox("carol@example.test"));
  assert.deepEqual(await stated(request(these)), {
    receiptRequest: { from: ["bob@example.test", "carol@example.test"], ...expected },
  });
  const third = encode(context(0, "primitive"), Uint8Array.of(2));
  assert.deepEqual(await stated(request(third)), { unreadable: [oid.receiptRequest] });
});

const policy = objectIdentifier("1.2.3.4.5");

test("a security label, its members in any order, and equivalent ones (RFC 2634 §3.2, §3.4)", async () => {
  const category = sequence(
    encode(context(0, "primitive"), objectIdentifier("1.2.3.9").slice(2)),
    encode(context(1), nullValue),
  );
  const whole = encode(0x31, smallInteger(4), policy, utf8String("eyes only"), encode(0x31, category));
  const secret = {
    policy: "1.2.3.4.5",
    classification: "secret",
    privacyMark: "eyes only",
    categories: ["1.2.3.9"],
  };
  assert.deepEqual(await stated(attribute(oid.securityLabel, whole)), { securityLabel: secret });
  const own = encode(0x31, policy, smallInteger(77), printable("mark"));
  assert.deepEqual(await stated(attribute(oid.equivalentLabels, sequence(whole, own))), {
    equivalentLabels: [
      secret,
      { policy: "1.2.3.4.5", classification: "77", privacyMark: "mark", categories: [] },
    ],
  });
  for (const wrong of [encode(0x31, smallInteger(4)), encode(0x31, policy, policy), sequence(policy)]) {
    assert.deepEqual(await stated(attribute(oid.securityLabel, wrong)), { unreadable: [oid.securityLabel] });
  }
});

test("hint, identifier and reference of the content (RFC 2634 §2.8–§2.11)", async () => {
  const hint = sequence(utf8String("a \u202egnitrevda"), objectIdentifier(oid.data));
  assert.deepEqual(
    await stated(
      attribute(oid.contentHint, hint),
      attribute(oid.contentIdentifier, identifier),
      attribute(
        oid.contentReference,
        sequence(objectIdentifier(oid.data), identifier, octetString(identifier)),
      ),
    ),
    {
      // Nobody's text turns another around.
      contentHint: { description: "a \ufffdgnitrevda", contentType: oid.data },
      contentIdentifier: "6f6e65",
      contentReference: "6f6e65",
    },
  );
  assert.deepEqual(await stated(attribute(oid.contentHint, sequence(utf8String("no type")))), {
    unreadable: [oid.contentHint],
  });
});

test("mailing lists on the way, by name or by key (RFC 2634 §4.4)", async () => {
  const { issuer } = await testCertificate("alice-rsa");
  const at = generalizedTime("20260102030405Z");
  const history = sequence(
    sequence(sequence(issuer, smallInteger(7)), at),
    sequence(octetString(Uint8Array.of(1, 2)), at, encode(context(0, "primitive"))),
  );
  const statements = await stated(attribute(oid.mlExpansionHistory, history));
  assert.deepEqual(
    statements?.mailLists?.map(({ time }) => time),
    ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z"],
  );
  assert.match(statements.mailLists[0]!.list, /Signet Test CA/);
  assert.equal(statements.mailLists[1]!.list, "0102");
  const endless = sequence(...Array.from({ length: 101 }, () => sequence(octetString(issuer), at)));
  assert.deepEqual(await stated(attribute(oid.mlExpansionHistory, endless)), {
    unreadable: [oid.mlExpansionHistory],
  });
});

test("policy, commitments and place of a signature (RFC 5126 §5.8.1, §5.11)", async () => {
  const lines = sequence(utf8String("1 High Street"), utf8String("Example"));
  const place = sequence(
    encode(context(0), printable("DE")),
    encode(context(1), utf8String("Berlin")),
    encode(context(2), lines),
  );
  assert.deepEqual(
    await stated(
      attribute(oid.sigPolicyId, sequence(policy, sequence())),
      attribute(oid.commitmentType, sequence(objectIdentifier("1.2.840.113549.1.9.16.6.5"))),
      attribute(oid.commitmentType, sequence(policy), sequence(objectIdentifier("1.2.9"))),
      attribute(oid.signerLocation, place),
    ),
    {
      signaturePolicy: "1.2.3.4.5",
      // in the order of DER
      commitments: ["1.2.3.4.5", "1.2.9", "1.2.840.113549.1.9.16.6.5"],
      location: ["1 High Street", "Example", "Berlin", "DE"],
    },
  );
  assert.deepEqual(await stated(attribute(oid.sigPolicyId, nullValue)), { signaturePolicy: "implied" });
  assert.deepEqual(await stated(attribute(oid.commitmentType, sequence())), {
    unreadable: [oid.commitmentType],
  });
});

test("an attribute that stands twice states nothing (RFC 2634 §1.3.4)", async () => {
  const one = attribute(oid.contentIdentifier, identifier);
  const other = attribute(oid.contentIdentifier, octetString(fromUtf8("two")));
  assert.deepEqual(await stated(one, other), { unreadable: [oid.contentIdentifier] });
});
