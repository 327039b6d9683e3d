/**
 * Mail as its producers really write it: one test a habit. Written by OpenSSL where its options reach that
 * far, else put together here as the named program does it. What NSS, GnuPG and the versions of OpenSSL
 * write themselves is in test/interop; what Windows and .NET wrote, in the corpora.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  type Element,
  children,
  contents,
  context,
  encoded,
  readWhole,
} from "../../src/engine/base/der-reader.js";
import {
  encode,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { type Bytes, type Inspection, inspect, readContent } from "../../src/engine/index.js";
import { clearMail, forgeSignedData, opaqueMail } from "../helpers/forge-signed-data.js";
import {
  alice,
  codes,
  inspectAs,
  letter,
  lunch,
  tamper,
  testCertificate,
  testContext,
  testIdentity,
} from "../helpers/inspecting.js";
import { cmsEncrypt, cmsSign } from "../helpers/openssl.js";
import { testKeys } from "../helpers/test-keys.js";

const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, "latin1"));
const text = (raw: Bytes): string => Buffer.from(raw).toString("latin1");

async function holds(mail: Bytes): Promise<void> {
  const inspection = await inspectAs(mail);
  assert.equal(inspection.verdict.summary.state, "2", codes(inspection).join(" "));
}

/** Good, and bad with one octet of the content turned. */
async function holdsInClear(mail: Bytes): Promise<void> {
  await holds(mail);
  assert.equal((await inspectAs(tamper(mail, "See you at noon"))).verdict.summary.state, "7");
}

async function opens(mail: Bytes, content: string = lunch): Promise<void> {
  const inspection = await inspectAs(mail, ["alice-rsa"]);
  assert.equal(openedAs(inspection), content, codes(inspection).join(" "));
  const closed = await inspectAs(mail);
  assert.equal(closed.verdict.summary.encryption, "key-missing");
}

function openedAs({ verdict, payload }: Inspection): string | null {
  const [layer] = verdict.layers;
  return layer?.kind === "encrypted" && layer.status === "opened" ? text(payload.mime) : null;
}

const sign = (...options: string[]): Promise<Bytes> => cmsSign(lunch, "alice-rsa", "-binary", ...options);
const encrypt = (...options: string[]): Promise<Bytes> =>
  cmsEncrypt(lunch, ["alice-rsa"], "-binary", "-aes-256-cbc", ...options);
const signedDer = (...options: string[]): Promise<Bytes> => sign("-outform", "DER", "-nodetach", ...options);
const encryptedDer = (...options: string[]): Promise<Bytes> => encrypt("-outform", "DER", ...options);

function enveloped(
  cms: Bytes,
  type = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
): Bytes {
  return part(`Content-Type: ${type}\r\nContent-Transfer-Encoding: base64`, base64(cms));
}

function base64(octets: Bytes): string {
  return Buffer.from(octets).toString("base64").replace(/.{64}/g, "$&\r\n");
}

function part(fields: string, body: string): Bytes {
  return bytes(`${alice}MIME-Version: 1.0\r\n${fields}\r\n\r\n${body}\r\n`);
}

// ------------------------------------------------------------------ BER

/** The elements on the way to the content with indefinite lengths, and it in pieces (X.690 §8.1.3.6, §8.7). */
function chunked(der: Bytes, content: Bytes, size: number): Bytes {
  const rewrite = (element: Element): Bytes => {
    const whole = encoded(element);
    if (Buffer.from(whole).indexOf(content) < 0) return whole;
    const isConstructed = (element.tag & 0x20) !== 0;
    if (isConstructed) return indefinite(element.tag, children(element).map(rewrite));
    const inner = contents(element);
    const pieces: Bytes[] = [];
    for (let at = 0; at < inner.length; at += size) pieces.push(octetString(inner.subarray(at, at + size)));
    return indefinite(element.tag | 0x20, pieces);
  };
  return rewrite(readWhole(der, "ber"));
}

function indefinite(tag: number, pieces: readonly Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag, 0x80), ...pieces, Uint8Array.of(0, 0)]));
}

const long = `Content-Type: text/plain\r\n\r\n${"See you at noon.\r\n".repeat(300)}`;

test("indefinite lengths, as OpenSSL streams (X.690 §8.1.3.6)", async () => {
  const signed = await signedDer("-stream");
  assert.equal(signed[1], 0x80);
  await holds(opaqueMail(alice, signed));
  const sealed = await encryptedDer("-stream");
  assert.equal(sealed[1], 0x80);
  await opens(enveloped(sealed));
});

test("octet strings in pieces of 1,000 octets, as Bouncy Castle and NSS write them (X.690 §8.7.3)", async () => {
  const signed = await cmsSign(long, "alice-rsa", "-binary", "-nodetach", "-outform", "DER");
  const pieces = chunked(signed, bytes(long), 1_000);
  assert.ok(text(pieces).includes("\x24\x80\x04\x82\x03\xe8"));
  await holds(opaqueMail(alice, pieces));
  const sealed = await cmsEncrypt(long, ["alice-rsa"], "-binary", "-aes-256-cbc", "-outform", "DER");
  const ciphertext = sealed.slice(-2_000);
  await opens(enveloped(chunked(sealed, ciphertext, 1_000)), long);
});

// ------------------------------------------------------------------ names and parameters

test("signers and recipients named by issuer and serial number, or by key identifier (RFC 5652 §5.3)", async () => {
  for (const options of [[], ["-keyid"]]) {
    await holdsInClear(letter(await sign(...options)));
    await opens(letter(await encrypt(...options)));
  }
});

test("parameters of digests and of RSA absent or NULL (RFC 5754 §2, RFC 3370 §3.2)", async () => {
  const absent = await forgeSignedData({ content: lunch, key: "alice-rsa" });
  const signatureAlgorithm = sequence(objectIdentifier(oid.rsaEncryption), nullValue);
  const present = await forgeSignedData({ content: lunch, key: "alice-rsa", signatureAlgorithm });
  for (const cms of [absent, present]) await holdsInClear(clearMail(alice, lunch, cms));
  const sealed = Buffer.from(await encryptedDer());
  const [withNull, without] = [
    sequence(objectIdentifier(oid.rsaEncryption), nullValue),
    sequence(objectIdentifier(oid.rsaEncryption)),
  ];
  const at = sealed.lastIndexOf(withNull);
  assert.ok(at > 0);
  const shorter = (element: Element): Bytes => {
    const whole = encoded(element);
    if (Buffer.compare(whole, withNull) === 0) return without;
    if ((element.tag & 0x20) === 0 || Buffer.from(whole).indexOf(withNull) < 0) return whole;
    return encode(element.tag, ...children(element).map(shorter));
  };
  await opens(enveloped(shorter(readWhole(new Uint8Array(sealed), "ber"))));
});

// ------------------------------------------------------------------ what is inside

test("without the signer's certificate: good where we know it, told where we do not (RFC 5652 §5.1)", async () => {
  const mail = letter(await sign("-nocerts"));
  assert.deepEqual(codes(await inspectAs(mail)), ["signer-certificate-missing"]);
  const known = [await testCertificate("alice-rsa"), await testCertificate("intermediate")];
  const { verdict } = await inspect(mail, await testContext({ known }));
  assert.equal(verdict.summary.state, "2");
});

test("with certificates that are nobody's business", async () => {
  const keys = await testKeys();
  const all = ["mallory-root", "bob-p256", "intermediate", "root", "carol-p384"];
  const folder = mkdtempSync(join(tmpdir(), "signet-producers-"));
  try {
    const file = join(folder, "extra.pem");
    writeFileSync(file, all.map((name) => readFileSync(`${keys}/${name}.pem`, "utf8")).join(""));
    await holdsInClear(letter(await sign("-certfile", file)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("with revocation lists inside (RFC 5652 §10.2.1)", async () => {
  const list = await revocationList();
  const [type, explicit] = children(readWhole(await signedDer(), "der"));
  const fields = children(children(explicit!)[0]!);
  const infos = fields.pop()!;
  const signedData = sequence(...fields.map(encoded), encode(context(1), list), encoded(infos));
  const cms = sequence(encoded(type!), encode(context(0), signedData));
  await holds(opaqueMail(alice, cms));
});

async function revocationList(): Promise<Bytes> {
  const keys = await testKeys();
  const folder = mkdtempSync(join(tmpdir(), "signet-producers-"));
  try {
    const lines = [
      "[ca]",
      "default_ca=d",
      "[d]",
      `database=${folder}/db`,
      "default_md=sha256",
      "default_crl_days=1",
    ];
    writeFileSync(join(folder, "conf"), `${lines.join("\n")}\n`);
    writeFileSync(join(folder, "db"), "");
    const issuer = ["-keyfile", `${keys}/intermediate.key.pem`, "-cert", `${keys}/intermediate.pem`];
    const pem = execFileSync("openssl", ["ca", "-gencrl", "-config", join(folder, "conf"), ...issuer], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    return new Uint8Array(Buffer.from(pem.toString().replace(/-----.*-----|\s/g, ""), "base64"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// ------------------------------------------------------------------ types and armour

test("application/x-pkcs7-mime and x-pkcs7-signature, as before RFC 2633 and from Outlook (RFC 8551 §3.2)", async () => {
  const old = (mail: Bytes): Bytes =>
    bytes(text(mail).replaceAll(/application\/(?:x-)?pkcs7-/g, "application/x-pkcs7-"));
  await holdsInClear(old(letter(await sign())));
  await holds(old(opaqueMail(alice, await signedDer())));
  await opens(old(letter(await encrypt())));
});

test("application/octet-stream named smime.p7m, as gateways make of it (RFC 8551 §3.2.1)", async () => {
  const types = ["application/octet-stream; name=smime.p7m", 'application/octet-stream; name="smime.p7m"'];
  for (const type of types) await opens(enveloped(await encryptedDer(), type));
  const disposed = 'application/octet-stream\r\nContent-Disposition: attachment; filename="smime.p7m"';
  await opens(enveloped(await encryptedDer(), disposed));
  const other = await inspectAs(enveloped(await encryptedDer(), "application/octet-stream; name=smime.bin"));
  assert.equal(other.verdict.layers.length, 0);
});

test("PEM instead of base64, under any encoding, and as a file of its own", async () => {
  const sealed = text(await encrypt("-outform", "PEM"));
  const signed = text(await sign("-nodetach", "-outform", "PEM"));
  const field = "Content-Type: application/pkcs7-mime; name=smime.p7m";
  for (const encoding of [
    "",
    "\r\nContent-Transfer-Encoding: 7bit",
    "\r\nContent-Transfer-Encoding: base64",
  ]) {
    await opens(part(field + encoding, sealed));
    await holds(part(field + encoding, signed));
  }
  assert.equal(openedAs(await inspectAs(bytes(sealed), ["alice-rsa"])), lunch);
});

// ------------------------------------------------------------------ on the way

test("line ends that were changed on the way: LF, and both mixed (RFC 8551 §3.1.1)", async () => {
  const mails = [letter(await sign()), opaqueMail(alice, await signedDer())];
  for (const mail of mails) {
    const feeds = text(mail).replaceAll("\r\n", "\n");
    let turn = 0;
    const mixed = feeds.replaceAll("\n", () => (turn++ % 3 === 0 ? "\n" : "\r\n"));
    for (const form of [feeds, mixed]) await holds(bytes(form));
  }
  const sealed = text(letter(await encrypt()));
  await opens(bytes(sealed.replaceAll("\r\n", "\n")));
});

test("line ends of CR alone, as old Macs kept mail: there is one way to read them", async () => {
  const returns = (mail: Bytes): Bytes => bytes(text(mail).replaceAll("\r\n", "\n").replaceAll("\n", "\r"));
  await holdsInClear(returns(letter(await sign())));
  await holds(returns(opaqueMail(alice, await signedDer())));
  await opens(returns(letter(await encrypt())));
});

test("line ends of CR CR LF, which readers take for one or two, are refused by name", async () => {
  const doubled = (mail: Bytes): Bytes => bytes(text(mail).replaceAll(/\r?\n/g, "\r\r\n"));
  for (const mail of [letter(await sign()), letter(await encrypt())]) {
    const inspection = await inspectAs(doubled(mail), ["alice-rsa"]);
    assert.ok(codes(inspection).includes("mime-malformed"), codes(inspection).join(" "));
    assert.notEqual(inspection.verdict.summary.state, "2");
  }
});

test("a header of hundreds of lines, one field of a hundred among them (RFC 5322 §2.2.3)", async () => {
  const received = Array.from(
    { length: 100 },
    (_, i) => `Received: from a${i}.example by b.example;\r\n\tSun, 1 Jan 2023 00:00:00 +0000\r\n`,
  );
  const folded = `X-Report: ${Array.from({ length: 100 }, (_, i) => `\r\n line ${i}`).join("")}\r\n`;
  const before = received.join("") + folded;
  await holdsInClear(bytes(before + text(letter(await sign()))));
  await opens(bytes(before + text(letter(await encrypt()))));
});

// ------------------------------------------------------------------ parts

async function clear(content: string): Promise<Bytes> {
  return clearMail(alice, content, await forgeSignedData({ content, key: "alice-rsa" }));
}

test("a signed part without any header field is text (RFC 2046 §5.1)", async () => {
  const mail = await clear("\r\nSee you at noon.");
  await holdsInClear(mail);
  const { payload } = await inspectAs(mail);
  assert.equal(readContent(payload).text?.trim(), "See you at noon.");
});

test("multiparts within multiparts, deep, as Apple Mail nests them (RFC 2046 §5.1)", async () => {
  const leaf = "Content-Type: text/plain\r\n\r\nSee you at noon.\r\n";
  const nest = (inner: string, depth: number): string =>
    depth === 0
      ? inner
      : nest(
          `Content-Type: multipart/mixed; boundary=n${depth}\r\n\r\n--n${depth}\r\n${inner}\r\n--n${depth}--\r\n`,
          depth - 1,
        );
  const alternative = 'Content-Type: multipart/alternative; boundary="Apple-Mail=_1"\r\n\r\n';
  const parts = `--Apple-Mail=_1\r\n${leaf}\r\n--Apple-Mail=_1\r\nContent-Type: text/html\r\n\r\n<p>See\r\n\r\n--Apple-Mail=_1--\r\n`;
  for (const content of [nest(leaf, 8), alternative + parts]) {
    const mail = await clear(content);
    await holdsInClear(mail);
    assert.match(readContent((await inspectAs(mail)).payload).text ?? "", /See you at noon/);
  }
});

test("a signed message/rfc822, whose header fields speak for nobody (RFC 8551 §3.1)", async () => {
  const inner =
    "Content-Type: message/rfc822\r\n\r\nFrom: Bob <bob@example.test>\r\nSubject: inside\r\n\r\nSee you at noon.\r\n";
  const mail = await clear(inner);
  await holdsInClear(mail);
  const { verdict } = await inspectAs(mail);
  assert.equal(verdict.summary.author.address, "alice@example.test");
});

test("a forwarded signed letter is what it carries, and signs nothing around it (RFC 9787 §4)", async () => {
  const forwarded = `Content-Type: message/rfc822\r\n\r\n${text(letter(await sign()))}`;
  const mail = `${alice}Content-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\n${forwarded}\r\n--f--\r\n`;
  const { verdict } = await inspectAs(bytes(mail));
  assert.equal(verdict.layers.length, 0);
  assert.equal(verdict.summary.state, "1");
});

test("Outlook's clear-signed mail: a preamble, an old type, a boundary of many signs", async () => {
  const cms = await forgeSignedData({ content: lunch, key: "alice-rsa" });
  const boundary = "----=_NextPart_000_0042_01DA0B1C.7F3E2B10";
  const head = `Content-Type: multipart/signed;\r\n\tprotocol="application/x-pkcs7-signature";\r\n\tmicalg=SHA256;\r\n\tboundary="${boundary}"`;
  const signature = `Content-Type: application/pkcs7-signature;\r\n\tname="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n\tfilename="smime.p7s"`;
  const body = `This is a multipart message in MIME format.\r\n\r\n--${boundary}\r\n${lunch}\r\n--${boundary}\r\n${signature}\r\n\r\n${base64(cms)}\r\n\r\n--${boundary}--`;
  await holdsInClear(part(head, body));
});

test("several at once: by key identifier, streamed, old types, LF, no certificate of the issuer", async () => {
  const signed = await signedDer("-stream", "-keyid");
  const mail = text(opaqueMail(alice, signed))
    .replaceAll("\r\n", "\n")
    .replace("application/pkcs7", "application/x-pkcs7");
  await holds(bytes(mail));
  const identity = await testIdentity("alice-rsa");
  const sealed = text(enveloped(await encryptedDer("-stream", "-keyid"))).replaceAll("\r\n", "\n");
  const { payload } = await inspect(bytes(sealed), await testContext({ identities: [identity] }));
  assert.equal(text(payload.mime), lunch);
});
