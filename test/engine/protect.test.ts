import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, inspect, parseCertificate, protect } from "../../src/engine/index.js";
import { inspectAs, testCertificate, testContext, testIdentity } from "../helpers/inspecting.js";
import {
  type Writing,
  blockersOf,
  protectAs,
  protectedMessage,
  testPolicy,
  testRecipient,
} from "../helpers/protecting.js";

const head =
  "From: Alice <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\n";
const plain = "Content-Type: text/plain; charset=utf-8\r\n\r\nSee you at noon.\r\n";
const draft = head + plain;
const text = (bytes: Bytes): string => Buffer.from(bytes).toString("latin1");
const sealed: Writing = { draft, to: ["bob-p256"], policy: { encrypt: true } };

// ------------------------------------------------------------------ what comes out

test("signed and encrypted to Bob: Bob and Alice open it, and it is Alice's (RFC 8551 §3)", async () => {
  const message = await protectedMessage(sealed);
  for (const reader of ["bob-p256", "alice-rsa"]) {
    const { verdict, payload } = await inspectAs(message, [reader]);
    assert.equal(verdict.summary.state, "2", reader);
    assert.deepEqual(
      verdict.layers.map(({ kind }) => kind),
      ["encrypted", "signed"],
    );
    assert.equal(text(payload.mime), plain);
  }
  const { verdict } = await inspectAs(message, ["carol-p384"]);
  assert.equal(verdict.summary.encryption, "key-missing");
});

test("the outer header stays, byte for byte, folds and odd fields too; Content-* goes inside (RFC 8551 §3.1)", async () => {
  const outer =
    "From: alice@example.test\r\nTo: bob@example.test,\r\n\tbob@example.test\r\nX-Odd:=?utf-8?q?=C3=A4?=\r\nSubject:  two  blanks \r\n";
  const inner =
    "Content-Type: text/plain\r\nContent-Language: de\r\nCONTENT-transfer-encoding: 7bit\r\n\r\nHi.\r\n";
  const message = text(await protectedMessage({ draft: `${outer}Mime-Version: 1.0 (odd)\r\n${inner}` }));
  assert.ok(message.startsWith(`${outer}MIME-Version: 1.0\r\nContent-Type: multipart/signed;`));
  assert.ok(message.includes(`\r\n${inner}\r\n--signet=_`));
  assert.equal(message.match(/^MIME-Version/gim)!.length, 1);
});

test("drafts with LF alone, and with a mailbox's From line, come out with CRLF and without it", async () => {
  const message = text(
    await protectedMessage({ draft: `From - Sun Nov 22\n${draft.replaceAll("\r\n", "\n")}` }),
  );
  assert.ok(message.startsWith("From: Alice"));
  assert.doesNotMatch(message, /[^\r]\n/);
});

for (const [says, body, encoding] of [
  ["eight bits", "K\u00e4se\r\n", "quoted-printable"],
  ["a line that begins with From", "Hi.\r\nFrom here on\r\n", "quoted-printable"],
  ["blanks at the end of a line (format=flowed)", "Hi. \r\nthere\r\n-- \r\nA.\r\n", "quoted-printable"],
  ["a line of 999 octets", `${"x".repeat(999)}\r\n`, "quoted-printable"],
  ["a bare CR", "a\rb\r\n", "quoted-printable"],
  ["a NUL", "a\0b\r\n", "quoted-printable"],
  ["600 KB of text with eight bits", `${"\u00e4".repeat(30)}\r\n`.repeat(10_000), "base64"],
] as const) {
  test(`${says} is encoded before it is signed, and decodes to what was written (RFC 8551 §3.1.3)`, async () => {
    for (const form of ["clear-signed", "opaque-signed"] as const) {
      const message = await protectedMessage({
        draft: `${head}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${body}`,
        policy: { form },
      });
      assert.doesNotMatch(text(message), /[\x80-\xff\0]|\r[^\n]|^From |[^\r\n]{999}/m);
      const { verdict, payload } = await inspectAs(message);
      assert.equal(verdict.summary.state, "2");
      assert.match(text(payload.mime), new RegExp(`Content-Transfer-Encoding: ${encoding}\r\n`));
      const { readContent } = await import("../../src/engine/index.js");
      const shown = await readContent(payload);
      assert.equal(
        shown.text?.replaceAll("\r\n", "\n"),
        body.replaceAll("\r\n", "\n").replaceAll("\0", "\0"),
      );
    }
  });
}

test("only the part that needs it is encoded anew; its neighbours keep every octet", async () => {
  const attached =
    'Content-Type: image/png; name="a.png"\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n';
  const mixed = `Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nK\u00e4se\r\n--b\r\n${attached}\r\n--b--\r\n`;
  const { payload } = await inspectAs(await protectedMessage({ draft: head + mixed }));
  const shown = text(payload.mime);
  assert.ok(shown.includes("Content-Transfer-Encoding: quoted-printable\r\n\r\nK=C3=A4se\r\n--b\r\n"));
  assert.ok(shown.includes(`\r\n--b\r\n${attached}\r\n--b--\r\n`));
  assert.ok(shown.includes("\r\n\r\npreamble\r\n--b\r\n"));
});

test("an attached message is made fit inside; a signed one is left alone, and then not sent in the clear", async () => {
  const attach = (message: string) =>
    `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n${message}\r\n--b--\r\n`;
  const plainLetter =
    "Subject: inner\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nK\u00e4se\r\n";
  const { payload } = await inspectAs(await protectedMessage({ draft: attach(plainLetter) }));
  assert.ok(
    text(payload.mime).includes(
      "Subject: inner\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nK=C3=A4se",
    ),
  );
  const signed =
    "Subject: inner\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\nK\u00e4se\r\n--s--\r\n";
  assert.deepEqual(await blockersOf({ draft: attach(signed) }), ["draft-malformed"]);
  const opened = await inspectAs(await protectedMessage({ ...sealed, draft: attach(signed) }), ["bob-p256"]);
  assert.ok(Buffer.from(opened.payload.mime).includes("--s\r\n\r\nKäse\r\n--s--"));
});

test("a binary part keeps its line feeds (RFC 2045 §6.2)", async () => {
  const body = "a\nb\r\nc\rd\n";
  const entity = `Content-Type: application/x-any\r\nContent-Transfer-Encoding: binary\r\n\r\n${body}`;
  const { payload } = await inspectAs(await protectedMessage({ draft: head + entity }));
  const [, encoded] = text(payload.mime).split("\r\n\r\n");
  assert.equal(Buffer.from(encoded!, "base64").toString("latin1"), body);
});

// ------------------------------------------------------------------ Bcc

test("Bcc is named nowhere in what is sent", async () => {
  for (const form of ["clear-signed", "opaque-signed"] as const) {
    const message = await protectedMessage({
      draft: `Bcc: carol@example.test,\r\n dave@example.test\r\n${draft}`,
      policy: { form },
    });
    // "@" and ":" are no base64, so that chance does not spell a name
    const octets = Buffer.from(text(message).split("\r\n\r\n").at(-1)!, "base64").toString("latin1");
    assert.doesNotMatch(`${text(message)}\n${octets}`, /bcc:|carol@|dave@/i);
  }
});

test("what a mail client submits keeps Bcc for the envelope, and is not encrypted with it either", async () => {
  const submitted = `Bcc: carol@example.test\r\n${draft}`;
  const message = await protectedMessage({
    draft: submitted,
    policy: { sign: true, encrypt: false, purpose: "submit" },
  });
  assert.match(text(message), /^Bcc: carol@example\.test\r$/m);
  assert.deepEqual(
    await blockersOf({ ...sealed, draft: submitted, policy: { encrypt: true, purpose: "submit" } }),
    ["bcc-with-encryption carol@example.test"],
  );
});

test("a mail client that takes Bcc out itself gets it back, outside; encryption is refused all the same", async () => {
  const bcc = `Bcc: carol@example.test\r\n${draft}`;
  const message = text(await protectedMessage({ draft: bcc, policy: { purpose: "submit" } }));
  assert.equal(message.match(/carol/g)!.length, 1);
  assert.match(message, /^Bcc: carol@example\.test\r\n/);
  const submit = { encrypt: true, purpose: "submit" } as const;
  assert.deepEqual(await blockersOf({ ...sealed, draft: bcc, policy: submit }), [
    "bcc-with-encryption carol@example.test",
  ]);
  const sent = await protectedMessage({ ...sealed, policy: submit });
  assert.equal((await inspectAs(sent, ["bob-p256"])).verdict.summary.state, "2");
  assert.deepEqual(await blockersOf({ ...sealed, to: [], policy: submit }), [
    "recipient-certificate-missing bob@example.test",
  ]);
});

test("encryption with Bcc is refused, whether the header or the recipient says so (RFC 5322 §3.6.3)", async () => {
  const { to } = sealed;
  assert.deepEqual(await blockersOf({ ...sealed, draft: `Bcc: carol@example.test\r\n${draft}` }), [
    "bcc-with-encryption carol@example.test",
  ]);
  const carol = await testRecipient("carol-p384", { field: "bcc" });
  assert.deepEqual(await blockersOf({ ...sealed, to: [...to!, carol] }), [
    "bcc-with-encryption carol@example.test",
  ]);
  await protectedMessage({ ...sealed, draft: `Bcc: \r\n${draft}` });
});

test("a stored draft is for its writer alone and keeps Bcc, so that reopening it loses nobody", async () => {
  const bcc = `Bcc: carol@example.test\r\n${draft}`;
  const to = [...sealed.to!, await testRecipient("carol-p384", { field: "bcc" })];
  const message = await protectedMessage({
    draft: bcc,
    to,
    policy: { sign: false, encrypt: true, purpose: "store" },
  });
  assert.match(text(message), /^Bcc: carol@example\.test\r\n/);
  const { verdict, payload } = await inspectAs(message, ["alice-rsa"]);
  assert.equal(verdict.summary.encryption, "encrypted");
  assert.equal(text(payload.mime), plain);
  for (const other of ["bob-p256", "carol-p384"]) {
    assert.equal((await inspectAs(message, [other])).verdict.summary.encryption, "key-missing", other);
  }
});

test("a draft is stored without author, recipients or a valid certificate, but not without any", async () => {
  const store = { sign: false, encrypt: true, purpose: "store" } as const;
  await protectedMessage({ draft: "Subject: nothing yet\r\n\r\n", policy: store });
  await protectedMessage({ draft, as: "expired", policy: store });
  assert.deepEqual(await blockersOf({ draft, as: null, policy: store }), [
    "identity-missing alice@example.test",
  ]);
  assert.deepEqual(await blockersOf({ draft, as: "erin-ed25519", policy: store }), [
    "identity-unsuitable alice@example.test",
  ]);
});

// ------------------------------------------------------------------ failures

test("drafts that are no messages, cannot be cut or decoded are refused as such", async () => {
  const bad = [
    "",
    "no header at all",
    "\r\n\r\nbody",
    `${head}Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nK\u00e4se\r\n--x--\r\n`,
    `${head}Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n\u00e4\r\n`,
    `${head}Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n\u00e4\r\n`,
  ];
  for (const one of bad) {
    const codes = await blockersOf({ draft: one });
    assert.ok(
      codes.includes("draft-malformed") || codes.some((code) => code.startsWith("author-ambiguous")),
      one,
    );
  }
  let nested = plain;
  for (let i = 0; i < 40; i++)
    nested = `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n${nested}\u00e4\r\n--b${i}--\r\n`;
  assert.deepEqual(await blockersOf({ draft: head + nested }), ["draft-malformed"]);
});

test("a key that is not the certificate's signs nothing", async () => {
  const { privateKey } = await testIdentity("mallory");
  const identity = { ...(await testIdentity("alice-rsa")), privateKey };
  const bytes = new TextEncoder().encode(draft) as Bytes;
  assert.deepEqual(await protect(bytes, identity, [], await testPolicy()), {
    kind: "refused",
    blockers: [{ code: "protection-failed" }],
  });
});

test("a recipient's broken public key is refused, not skipped (RFC 8017 §3.1)", async () => {
  // The last octet of the exponent 65537 becomes 00: even.
  const { der } = await testCertificate("big-rsa4096");
  const broken = der.slice() as Bytes;
  const at = Buffer.from(broken).indexOf(Buffer.from("0203010001", "hex"));
  broken[at + 4] = 0;
  const certificate = await parseCertificate(broken);
  const big = await testRecipient("big-rsa4096", { certificate });
  const protection = await protectAs({
    draft: draft.replace("bob@", "big@"),
    to: [big],
    policy: { encrypt: true },
  });
  assert.deepEqual(protection, {
    kind: "refused",
    blockers: [{ code: "recipient-certificate-unsuitable", address: "big@example.test" }],
  });
});

test("nothing to do is our own bug, not a message in clear", async () => {
  await assert.rejects(protectAs({ draft, policy: { sign: false, encrypt: false } }), RangeError);
});

// ------------------------------------------------------------------ properties

const names = ["alice-rsa", "alice-p256", "bob-p256", "carol-p384", "dave-p521", "erin-ed25519"] as const;
const readers = ["bob-p256", "carol-p384", "dave-p521", "big-rsa4096"] as const;
const addressOf = (name: string): string => `${name.split("-")[0]}@example.test`;

test("inspect(protect(m)) = m for any octets, any sender, any readers, any form", async () => {
  const asserted = fc.asyncProperty(
    fc.uint8Array({ maxLength: 3000 }),
    fc.record({
      as: fc.constantFrom(...names),
      to: fc.uniqueArray(fc.constantFrom(...readers), { minLength: 1 }),
      encrypt: fc.boolean(),
      form: fc.constantFrom("clear-signed" as const, "opaque-signed" as const),
      authenticatedEncryption: fc.constantFrom("when-all-can" as const, "always" as const),
      rsaSignature: fc.constantFrom("pkcs1" as const, "pss" as const),
    }),
    async (octets, { as, to, encrypt, ...change }) => {
      const encrypts = encrypt && as !== "erin-ed25519";
      const header = `From: ${addressOf(as)}\r\nTo: ${to.map(addressOf).join(", ")}\r\nSubject: x\r\n`;
      const mime = `Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n`;
      const message = await protectedMessage({
        draft: new Uint8Array(Buffer.concat([Buffer.from(header + mime), octets])),
        as,
        to,
        policy: { encrypt: encrypts, ...change },
      });
      assert.doesNotMatch(text(message), /[\x80-\xff]|[^\r]\n/);
      for (const reader of encrypts ? [...to, as] : [as]) {
        const context = await testContext({ identities: [await testIdentity(reader)] });
        const { verdict, payload } = await inspect(message, context);
        assert.equal(verdict.summary.state, "2");
        const body = text(payload.mime).split("\r\n\r\n").slice(1).join("\r\n\r\n");
        const decoded = text(payload.mime).includes("Encoding: base64")
          ? Buffer.from(body, "base64")
          : Buffer.from(body, "latin1");
        assert.deepEqual(decoded, Buffer.from(octets));
      }
    },
  );
  await fc.assert(asserted, { numRuns: 40 });
});

test("one turned octet of the message never leaves a good verdict over other content", async () => {
  const message = await protectedMessage({
    ...sealed,
    policy: { encrypt: true, authenticatedEncryption: "always" },
  });
  const start = text(message).indexOf("\r\n\r\n") + 4;
  for (let i = 0; i < 60; i++) {
    const at = start + ((i * 7919) % (message.length - start));
    const turned = message.slice();
    turned[at]! ^= 1 << (i % 7);
    const { verdict, payload } = await inspectAs(turned, ["bob-p256"]);
    if (verdict.summary.state === "2") assert.equal(text(payload.mime), plain, String(at));
  }
});
