/** To whom the answer to a challenge may go: whoever writes the mail may not choose a stranger (RFC 8823 §3.1). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { challengeQuery, findChallenge } from "../../../src/background/acme/email-challenge.js";
import { challengeMail, challengeSender, newChallenge } from "../../helpers/acme-post.js";
import { DkimKey } from "../../helpers/dkim.js";

const address = "alice@example.test";
const expected = { address, from: challengeSender, since: 0, servers: [] };
const dkim = new DkimKey("ca.test");

function replyToOf(replyTo: string): string | null | undefined {
  const mail = challengeMail(newChallenge(address, "thumbprint", replyTo), dkim);
  return findChallenge(new Uint8Array(Buffer.from(mail, "latin1")), expected)?.replyTo;
}

test("Reply-To names the sender's own domain or one below it (RFC 8823 §3.1)", () => {
  assert.equal(replyToOf("replies@ca.test"), "replies@ca.test");
  assert.equal(replyToOf("replies@acme.CA.test"), "replies@acme.ca.test");
});

// A server that judges no DKIM takes no forged Authentication-Results out (RFC 8601 §5): "proven" may be the forger's word.
for (const stranger of ["bob@elsewhere.test", "bob@notca.test", "bob@ca.test.evil.test", "bob@test"])
  test(`a Reply-To of ${stranger} counts for nothing, so no mail of ours leaves to a stranger`, () => {
    assert.equal(replyToOf(stranger), null);
  });

test("two of them count for nothing (RFC 5322 §3.6.2)", () => {
  assert.equal(replyToOf("replies@ca.test, bob@ca.test"), null);
  assert.equal(replyToOf("replies@ca.test\r\nReply-To: bob@ca.test"), null);
});

test("a flood of strangers' mails that begin like a challenge hides none: the sender is asked for, where it is written in one way", () => {
  assert.deepEqual(challengeQuery(expected), {
    ...{ subject: "ACME:", fromDate: new Date(0), author: challengeSender },
  });
  for (const from of ["acme@xn--bcher-kva.test", "übung@ca.test"])
    assert.equal("author" in challengeQuery({ ...expected, from }), false, from);
});
