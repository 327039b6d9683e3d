/** S/MIME as its producers label and wrap it (RFC 8551 §3.2–§3.6): what is recognised, and what is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, inspect } from "../../../src/engine/index.js";
import {
  alice,
  codes,
  inspectAs,
  letter,
  lunch,
  testContext,
  testIdentity,
} from "../../helpers/inspecting.js";
import { cmsEncrypt, cmsSign, openssl } from "../../helpers/openssl.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, "latin1"));

async function der(): Promise<Buffer> {
  return Buffer.from(await cmsEncrypt(lunch, ["alice-rsa"], "-aes256", "-outform", "DER"));
}

const lines = (octets: Uint8Array, end = "\r\n"): string =>
  Buffer.from(octets).toString("base64").replace(/.{64}/g, `$&${end}`).trimEnd() + end;
const pem = (octets: Uint8Array, label = "PKCS7"): string =>
  `-----BEGIN ${label}-----\r\n${lines(octets)}-----END ${label}-----\r\n`;

async function opens(message: Bytes): Promise<void> {
  const inspection = await inspectAs(message, ["alice-rsa"]);
  assert.deepEqual(codes(inspection), []);
  assert.equal(inspection.verdict.summary.encryption, "encrypted-unauthenticated");
  assert.equal(Buffer.from(inspection.payload.mime).toString(), lunch);
}

const base64 = "Content-Transfer-Encoding: base64\r\n";
const fields: readonly (readonly [says: string, header: string])[] = [
  ["pkcs7-mime", `Content-Type: application/pkcs7-mime\r\n${base64}`],
  ["x-pkcs7-mime", `Content-Type: application/x-pkcs7-mime; name="smime.p7m"\r\n${base64}`],
  ["a smime-type that is wrong", `Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n${base64}`],
  ["a smime-type of no standard", `Content-Type: application/pkcs7-mime; smime-type=x\r\n${base64}`],
  ["octet-stream, smime.p7m", `Content-Type: application/octet-stream; name="smime.p7m"\r\n${base64}`],
  ["octet-stream, smime.P7M", `Content-Type: application/octet-stream; name=smime.P7M\r\n${base64}`],
  ["octet-stream, smime.p7s", `Content-Type: application/octet-stream; name="smime.p7s"\r\n${base64}`],
  ["octet-stream, smime.p7z", `Content-Type: application/octet-stream; name="smime.p7z"\r\n${base64}`],
  [
    "octet-stream, the name in Content-Disposition alone",
    `Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="smime.p7m"\r\n${base64}`,
  ],
  ["no Content-Transfer-Encoding", "Content-Type: application/pkcs7-mime\r\n"],
  ["7bit where it is base64", "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: 7bit\r\n"],
  ["BASE64 in capitals", "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: BASE64\r\n"],
];

for (const [says, header] of fields) {
  test(`opens ${says} (RFC 8551 §3.2)`, async () => {
    await opens(letter(bytes(`${header}\r\n${lines(await der())}`)));
  });
}

test("a name that says nothing of S/MIME makes an octet-stream a file", async () => {
  for (const name of ["smime.p7m.pdf", "smime.p7x", "p7m"]) {
    const header = `Content-Type: application/octet-stream; name="${name}"\r\n${base64}`;
    const { verdict } = await inspectAs(letter(bytes(`${header}\r\n${lines(await der())}`)), ["alice-rsa"]);
    assert.deepEqual(verdict.layers, [], name);
  }
});

const header = `Content-Type: application/pkcs7-mime\r\n${base64}`;
const bodies: readonly (readonly [says: string, write: (octets: Buffer) => string])[] = [
  ["bare LF", (octets) => lines(octets, "\n")],
  ["bare LF in one long line", (octets) => octets.toString("base64")],
  ["blank lines and blanks", (octets) => `\r\n  \r\n${lines(octets, " \t\r\n\r\n")}\r\n\r\n`],
  ["no padding", (octets) => lines(octets).replace(/=+\r\n$/, "\r\n")],
  ["a line that a mailing list added", (octets) => `${lines(octets)}\r\n-- \r\n`],
  ["octets from outside the alphabet", (octets) => lines(octets).replace("\r\n", "!\r\n\0\xff")],
  ["PEM instead of base64", (octets) => pem(octets)],
  ["PEM of GnuPG", (octets) => `\r\n${pem(octets, "ENCRYPTED MESSAGE")}`],
  ["PEM inside of base64", (octets) => lines(Buffer.from(pem(octets, "CMS")))],
  ["base64 inside of base64", (octets) => lines(Buffer.from(lines(octets)))],
];

for (const [says, write] of bodies) {
  test(`opens a body of base64 with ${says} (RFC 2045 §6.8)`, async () => {
    await opens(letter(bytes(`${header}\r\n${write(await der())}`)));
  });
}

test("opens a body that is binary, and one in quoted-printable (RFC 2045 §6)", async () => {
  const octets = await der();
  const type = "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: ";
  await opens(letter(bytes(`${type}binary\r\n\r\n${octets.toString("latin1")}`)));
  const escaped = [...octets].map((octet) => `=${octet.toString(16).toUpperCase().padStart(2, "0")}`);
  const wrapped = escaped.join("").replace(/.{72}/g, "$&=\r\n");
  await opens(letter(bytes(`${type}quoted-printable\r\n\r\n${wrapped}\r\n`)));
});

test("a body that is cut, or no base64 at all, is damaged, and no crash", async () => {
  const octets = await der();
  for (const body of [
    "",
    "=",
    "!!!!",
    "-----BEGIN CMS-----\r\nAAAA",
    lines(octets.subarray(0, 200)),
    "MII",
  ]) {
    const { verdict } = await inspectAs(letter(bytes(`${header}\r\n${body}`)), ["alice-rsa"]);
    assert.equal(verdict.summary.encryption, "damaged", body.slice(0, 20));
  }
});

test("opens a .p7m file: DER, PEM, and base64 without a header", async () => {
  const octets = await der();
  const context = await testContext({ identities: [await testIdentity("alice-rsa")] });
  for (const file of [
    octets.toString("latin1"),
    pem(octets),
    `\r\n${pem(octets)}`,
    lines(octets),
    lines(octets, "\n"),
  ]) {
    const { verdict } = await inspect(bytes(file), context);
    assert.equal(verdict.summary.encryption, "encrypted-unauthenticated", file.slice(0, 30));
  }
});

test("a signature part that a gateway called octet-stream still signs (RFC 1847 §2.1)", async () => {
  const signed = Buffer.from(await cmsSign(lunch, "alice-rsa")).toString("latin1");
  const renamed = signed.replace(
    /Content-Type: application\/(x-)?pkcs7-signature/g,
    "Content-Type: application/octet-stream",
  );
  assert.notEqual(renamed, signed);
  assert.equal((await inspectAs(bytes(alice + renamed))).verdict.summary.state, "2");
  const nameless = renamed.replace(/smime\.p7s/g, "smime.txt");
  assert.equal((await inspectAs(bytes(alice + nameless))).verdict.summary.state, "6");
});

test("opens indefinite lengths with chunks of any size, attributes, and certificates along (RFC 5652 §6.1)", async () => {
  const content = lunch.repeat(2000);
  const entity = await cmsEncrypt(content, ["alice-rsa"], "-aes256", "-stream");
  const { payload } = await inspectAs(letter(entity), ["alice-rsa"]);
  assert.equal(Buffer.from(payload.mime).toString(), content);
});

test("opens the one of 600 recipients that we are, wherever it stands, and once where we stand twice", async () => {
  const others = Array.from({ length: 300 }, () => ["-recip", "KEYS/bob-p256.pem"]).flat();
  const ours = ["-recip", "KEYS/alice-rsa.pem"];
  const entity = await openssl(["cms", "-encrypt", "-aes256", ...others, ...ours, ...others, ...ours], lunch);
  await opens(letter(entity));
});
