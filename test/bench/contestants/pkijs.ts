/** PKI.js as its documentation uses it: verify with chain, decrypt, encrypt, sign. Bare CMS in and out. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import * as asn1 from "asn1js";
import * as pkijs from "pkijs";
import { type Job, readEach } from "./job.js";
import { readBytes, serve } from "./serve.js";

const engine = new pkijs.CryptoEngine({ name: "node", crypto: crypto as unknown as Crypto });
pkijs.setEngine("node", engine);

const certificate = (file: string): pkijs.Certificate =>
  pkijs.Certificate.fromBER(new Uint8Array(new X509Certificate(readFileSync(`${file}.pem`)).raw));

function contentInfo(der: Uint8Array<ArrayBuffer>): pkijs.ContentInfo {
  const { result, offset } = asn1.fromBER(der);
  if (offset < 0) throw new Error(result.error);
  return new pkijs.ContentInfo({ schema: result });
}

function verifying(content: string, signature: string, root: string): Job {
  const [data, p7s] = [readBytes(content), readBytes(signature)];
  const trustedCerts = [certificate(root)];
  return async () => {
    const signedData = new pkijs.SignedData({ schema: contentInfo(p7s).content as asn1.AsnType });
    const check = { signer: 0, data: data.buffer, trustedCerts, checkChain: true };
    if (!(await signedData.verify(check))) throw new Error("does not verify");
  };
}

/** The same content, signed by one person after the other. */
function verifyingStrangers(content: string, signatures: string, root: string): Job {
  const data = readBytes(content);
  const all = readEach(readBytes(signatures));
  const trustedCerts = [certificate(root)];
  let turn = 0;
  return async () => {
    const p7s = all[turn++ % all.length]!;
    const signedData = new pkijs.SignedData({ schema: contentInfo(p7s).content as asn1.AsnType });
    const check = { signer: 0, data: data.buffer, trustedCerts, checkChain: true };
    if (!(await signedData.verify(check))) throw new Error("does not verify");
  };
}

function verifyingOpaque(file: string, root: string): Job {
  const p7m = readBytes(file);
  const trustedCerts = [certificate(root)];
  return async () => {
    const signedData = new pkijs.SignedData({ schema: contentInfo(p7m).content as asn1.AsnType });
    if (!(await signedData.verify({ signer: 0, trustedCerts, checkChain: true }))) {
      throw new Error("does not verify");
    }
  };
}

function privateKey(name: string): ArrayBuffer {
  const pkcs8 = createPrivateKey(readFileSync(`${name}.key.pem`)).export({ type: "pkcs8", format: "der" });
  return new Uint8Array(pkcs8).buffer;
}

/** RSAES-OAEP: it has no PKCS #1 v1.5. */
function decrypting(file: string, whose: string): Job {
  const p7m = readBytes(file);
  const recipient = {
    recipientCertificate: certificate(whose),
    recipientPrivateKey: privateKey(whose),
  };
  return async () => {
    const envelopedData = new pkijs.EnvelopedData({ schema: contentInfo(p7m).content as asn1.AsnType });
    await envelopedData.decrypt(0, recipient);
  };
}

function encrypting(file: string, whose: string): Job {
  const data = readBytes(file);
  const reader = certificate(whose);
  return async () => {
    const envelopedData = new pkijs.EnvelopedData();
    envelopedData.addRecipientByCertificate(reader, { oaepHashAlgorithm: "SHA-256" });
    await envelopedData.encrypt({ name: "AES-CBC", length: 256 } as Algorithm, data.buffer);
    const content = envelopedData.toSchema() as asn1.AsnType;
    new pkijs.ContentInfo({ contentType: "1.2.840.113549.1.7.3", content }).toSchema().toBER();
  };
}

await serve({
  verify: verifying,
  "verify-strangers": verifyingStrangers,
  "verify-opaque": verifyingOpaque,
  decrypt: decrypting,
  encrypt: encrypting,
});
