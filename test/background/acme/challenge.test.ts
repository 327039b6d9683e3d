/** The challenge mail (RFC 8823 §3.1): which one is it, and who says that it is its sender's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeDkim } from "../../../src/background/acme/challenge-proof.js";
import {
  challengeAnswer,
  challengeToken,
  findChallenge,
} from "../../../src/background/acme/email-challenge.js";
import { challengeMail, challengeSender, newChallenge } from "../../helpers/acme-post.js";
import { DkimKey, judgedBy } from "../../helpers/dkim.js";

const address = "alice@example.test";
const expected = { address, from: challengeSender, since: Date.parse("2020-01-01"), servers: [] };
const dkim = new DkimKey("ca.test");
const challenge = newChallenge(address, "thumbprint", null);
const octets = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const plain = challengeMail(challenge, null);
const signed = challengeMail(challenge, dkim);
const received = (message: string, server = "mx.example.test") =>
  judgedBy(server, dkim)(Buffer.from(message, "latin1")).toString("latin1");

test("finds the token in a folded subject, whatever follows auto-generated", () => {
  assert.equal(findChallenge(octets(plain), expected)?.token, challenge.tokenPart1);
  for (const field of ["auto-generated", "auto-generated; type=acme; x=y", "Auto-Generated;type=acme"]) {
    const mail = challengeMail(challenge, null, { autoSubmitted: field });
    assert.equal(findChallenge(octets(mail), expected)?.token, challenge.tokenPart1, field);
  }
});

for (const [what, mail] of [
  ["another sender", challengeMail(challenge, null, { from: "acme@evil.test" })],
  ["two senders", plain.replace(/^From:.*/m, `From: ${challengeSender}, mallory@evil.test`)],
  ["two From fields", `From: ${challengeSender}\r\n${plain}`],
  ["another recipient", plain.replace(/^To:.*/m, "To: bob@example.test")],
  ["several recipients", plain.replace(/^To:.*/m, `To: ${address}, bob@example.test`)],
  ["no Auto-Submitted", plain.replace(/^Auto-Submitted:.*\r\n/m, "")],
  ["an answer of a machine", challengeMail(challenge, null, { autoSubmitted: "auto-replied" })],
  ["no Message-ID", plain.replace(/^Message-ID:.*\r\n/m, "")],
  ["two subjects", `Subject: ACME: ${"A".repeat(32)}\r\n${plain}`],
  ["a reply", challengeMail(challenge, null, { subject: `Re: ACME: ${challenge.tokenPart1}` })],
  ["a token of less than 128 bits", challengeMail(challenge, null, { subject: "ACME: c2hvcnQ" })],
] as const)
  test(`${what} is no challenge (RFC 8823 §3.1)`, () => {
    assert.equal(findChallenge(octets(mail), expected), null);
  });

const isProven = (mail: string, servers: readonly string[] = []): boolean =>
  judgeDkim(octets(mail), { ...expected, servers }).kind === "proven";

test("DKIM counts in the name of a server of the person's own domain, over all that matters (RFC 8601 §5)", () => {
  assert.ok(isProven(received(signed)));
  assert.ok(isProven(received(signed, "example.test")));
});

for (const [what, mail] of [
  ["a server that is nobody's here", received(signed, "mx.evil.test")],
  ["a name that only ends like ours", received(signed, "notexample.test")],
  ["no signature", received(plain)],
  ["a signature that does not hold", received(signed.replace("stand-in", "forgery"))],
  [
    "the sender's own word below the server's",
    received(`Authentication-Results: example.test; dkim=pass header.d=ca.test\r\n${plain}`),
  ],
  [
    "a result in a comment",
    `Authentication-Results: example.test; (dkim=pass header.d=ca.test) none\r\n${signed}`,
  ],
  [
    "a result in quotes",
    `Authentication-Results: example.test; x="; dkim=pass header.d=ca.test"\r\n${signed}`,
  ],
  [
    "another domain's signature",
    `Authentication-Results: example.test; dkim=pass header.d=evil.test\r\n${signed}`,
  ],
  [
    "two domains in one result",
    `Authentication-Results: example.test; dkim=pass header.d=evil.test header.d=ca.test\r\n${signed}`,
  ],
  ["dkim=fail", `Authentication-Results: example.test; dkim=fail header.d=ca.test\r\n${signed}`],
  ["a signature that leaves Reply-To open", received(dkim.sign(plain, ["From", "To", "Subject"]))],
  ["no field at all", signed],
] as const)
  test(`proves nothing: ${what}`, () => {
    assert.equal(isProven(mail), false);
  });

test("a person may copy the subject with white space around and in it", () => {
  assert.equal(
    challengeToken(`  ACME:  ${"a".repeat(20)}\n ${"b".repeat(20)} `),
    "a".repeat(20) + "b".repeat(20),
  );
  for (const subject of ["", "ACME:", "Hello", `ACME: ${"a".repeat(600)}`, "ACME: ../../../../../../../etc"])
    assert.equal(challengeToken(subject), null, subject);
});

test("the answer's digest is of both halves and the account's key (RFC 8555 §8.1, RFC 8823 §3.2)", async () => {
  const publicJwk = { crv: "P-256", kty: "EC", x: "x", y: "y" } as const;
  const halves = { tokenPart1: "one", tokenPart2: "two", key: { publicJwk } };
  const { createHash } = await import("node:crypto");
  const digest = (text: string) => createHash("sha256").update(text).digest("base64url");
  const thumbprint = digest('{"crv":"P-256","kty":"EC","x":"x","y":"y"}');
  const { body, subject, to } = await challengeAnswer("acme@ca.test", halves);
  assert.deepEqual([to, subject], ["acme@ca.test", "Re: ACME: one"]);
  assert.equal(body.split("\n")[1], digest(`onetwo.${thumbprint}`));
});
