/** node-forge as its documentation uses it: whole messages as binary strings. It verifies no CMS signatures. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Job, serve } from "./serve.js";

interface Enveloped {
  content: unknown;
  readonly recipients: readonly unknown[];
  addRecipient(certificate: unknown): void;
  encrypt(key?: unknown, cipher?: string): void;
  decrypt(recipient: unknown, key: unknown): void;
  toAsn1(): unknown;
}

interface Signed {
  content: unknown;
  addCertificate(certificate: unknown): void;
  addSigner(signer: object): void;
  sign(options: { detached: boolean }): void;
  toAsn1(): unknown;
}

interface Forge {
  readonly asn1: { fromDer(der: string): unknown; toDer(value: unknown): { getBytes(): string } };
  readonly pki: {
    readonly oids: Readonly<Record<string, string>>;
    certificateFromPem(pem: string): unknown;
    privateKeyFromPem(pem: string): unknown;
  };
  readonly pkcs7: {
    messageFromAsn1(value: unknown): Enveloped;
    createEnvelopedData(): Enveloped;
    createSignedData(): Signed;
  };
  readonly util: { createBuffer(octets: string): unknown };
}

const forge = createRequire(import.meta.url)("node-forge") as Forge;

const certificate = (name: string): unknown =>
  forge.pki.certificateFromPem(readFileSync(`${name}.pem`, "utf8"));
const key = (name: string): unknown => forge.pki.privateKeyFromPem(readFileSync(`${name}.key.pem`, "utf8"));

function decrypting(file: string, whose: string): Job {
  const p7m = readFileSync(file, "latin1");
  const privateKey = key(whose);
  return () => {
    const message = forge.pkcs7.messageFromAsn1(forge.asn1.fromDer(p7m));
    message.decrypt(message.recipients[0], privateKey);
    return Promise.resolve();
  };
}

function encrypting(file: string, whose: string): Job {
  const data = readFileSync(file, "latin1");
  const reader = certificate(whose);
  return () => {
    const message = forge.pkcs7.createEnvelopedData();
    message.addRecipient(reader);
    message.content = forge.util.createBuffer(data);
    message.encrypt(undefined, forge.pki.oids["aes256-CBC"]);
    forge.asn1.toDer(message.toAsn1()).getBytes();
    return Promise.resolve();
  };
}

function signing(file: string, whose: string): Job {
  const data = readFileSync(file, "latin1");
  const [signer, privateKey] = [certificate(whose), key(whose)];
  const { oids } = forge.pki;
  return () => {
    const message = forge.pkcs7.createSignedData();
    message.content = forge.util.createBuffer(data);
    message.addCertificate(signer);
    const authenticatedAttributes = [
      { type: oids["contentType"], value: oids["data"] },
      { type: oids["messageDigest"] },
      { type: oids["signingTime"], value: new Date() },
    ];
    message.addSigner({
      key: privateKey,
      certificate: signer,
      digestAlgorithm: oids["sha256"],
      authenticatedAttributes,
    });
    message.sign({ detached: true });
    forge.asn1.toDer(message.toAsn1()).getBytes();
    return Promise.resolve();
  };
}

await serve({ decrypt: decrypting, encrypt: encrypting, sign: signing });
