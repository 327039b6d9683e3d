/** Files that people open: messages as they are, bare CMS with the header fields it lost (RFC 8551 §3.5.2). */
import assert from "node:assert/strict";
import { test } from "node:test";

import { asMessage } from "../../src/background/opened-file.js";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const text = (message: Uint8Array): string => Buffer.from(message).toString("latin1");
const cms = Uint8Array.from([0x30, 0x80, 0x06, 0x09, 0x2a, ...new Array<number>(200).fill(7)]);
const base64 = Buffer.from(cms).toString("base64").replace(/.{64}/g, "$&\n");

for (const message of [
  "From: a@example.test\r\n\r\nHi",
  "MIME-Version: 1.0\r\n\r\n",
  "0: x\r\n\r\n",
  "",
  "Hello",
]) {
  test(`${JSON.stringify(message.slice(0, 20))} is left as it is`, () => {
    const file = bytes(message);
    assert.equal(asMessage(file), file);
  });
}

test("DER gets a header that says binary", () => {
  const message = asMessage(cms);
  const head =
    "Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: binary\r\n\r\n";
  assert.equal(text(message.subarray(0, head.length)), head);
  assert.deepEqual(message.slice(head.length), cms);
});

for (const [name, file] of [
  ["bare base64", base64],
  ["PEM", `-----BEGIN PKCS7-----\n${base64}\n-----END PKCS7-----\n`],
  ["PEM as OpenSSL's cms writes it", `-----BEGIN CMS-----\r\n${base64}\r\n-----END CMS-----\r\n`],
] as const) {
  test(`${name} gets a header that says base64, and loses its armour`, () => {
    const [head, body] = text(asMessage(bytes(file))).split("\r\n\r\n", 2);
    assert.match(head ?? "", /Content-Transfer-Encoding: base64$/);
    assert.deepEqual(new Uint8Array(Buffer.from(body ?? "", "base64")), cms);
    assert.doesNotMatch(body ?? "", /-/);
  });
}
