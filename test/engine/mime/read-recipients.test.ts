import assert from "node:assert/strict";
import { test } from "node:test";
import { fromUtf8 } from "../../../src/engine/base/bytes.js";
import { readRecipients } from "../../../src/engine/mime/read-recipients.js";

const read = (header: string) =>
  readRecipients(fromUtf8(`${header}\r\n\r\n`)).map(({ address, field }) => `${field} ${address}`);

test("To, Cc and Bcc, folded, repeated, in groups; what is no address is left out (RFC 5322 §3.6.3)", () => {
  assert.deepEqual(
    read(
      "To: a@x.test,\r\n B <b@X.test>\r\nCc: us: c@x.test, d@x.test;\r\nBcc: e@x.test\r\nTo: f@x.test, Friends",
    ),
    ["to a@x.test", "to b@x.test", "to f@x.test", "cc c@x.test", "cc d@x.test", "bcc e@x.test"],
  );
  assert.deepEqual(read("From: a@x.test\r\nReply-To: b@x.test"), []);
});
