/**
 * SignedData as no honest program writes it, and Ed25519 as OpenSSL 3.0 cannot: every piece can be
 * replaced. Built with the engine's DER writer and Node's own cryptography.
 */
import { createHash, createPrivateKey, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { context } from "../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { testCertificate } from "./inspecting.js";
import { testKeys } from "./test-keys.js";

export interface Forgery {
  readonly content: string | Bytes;
  /** file name of the key that signs */
  readonly key: string;
  /** file name of the certificate that is named */
  readonly signer?: string;
  readonly certificates?: readonly string[];
  readonly digest?: "sha1" | "sha256" | "sha512";
  /** complete Attributes; null for none at all */
  readonly attributes?: readonly Bytes[] | null;
  readonly signatureAlgorithm?: Bytes;
  readonly eContentType?: string;
  /** put the content inside */
  readonly encapsulated?: boolean;
  /** what lies inside, where that is not the content */
  readonly eContent?: Bytes;
  /** the bytes that are signed, where those are not the attributes or the content */
  readonly signedBytes?: Bytes;
  /** the [0] field as it is sent, where it is not the attributes in DER */
  readonly sentAttributes?: Bytes;
  /** complete unsigned Attributes, which may cover the signature */
  readonly unsigned?: (signature: Bytes) => Promise<readonly Bytes[]>;
  readonly digestAlgorithm?: Bytes;
}

export function attribute(type: string, ...values: readonly Bytes[]): Bytes {
  return sequence(objectIdentifier(type), encode(0x31, ...values));
}

export function digestOf(content: string | Bytes, digest = "sha256"): Bytes {
  return new Uint8Array(createHash(digest).update(content).digest());
}

export function honestAttributes(content: string | Bytes, digest = "sha256"): readonly Bytes[] {
  return [
    attribute(oid.contentType, objectIdentifier(oid.data)),
    attribute(oid.messageDigest, octetString(digestOf(content, digest))),
  ];
}

export async function forgeSignedData(forgery: Forgery): Promise<Bytes> {
  const digest = forgery.digest ?? "sha256";
  const content = new Uint8Array(Buffer.from(forgery.content as string));
  const attributes =
    forgery.attributes === undefined ? honestAttributes(content, digest) : forgery.attributes;
  const signed = forgery.signedBytes ?? (attributes === null ? content : setOf(attributes));
  const names = forgery.certificates ?? [forgery.signer ?? forgery.key, "intermediate"];
  const certificates = await Promise.all(names.map(async (name) => (await testCertificate(name)).der));
  const inner = forgery.eContent ?? (forgery.encapsulated === true ? content : null);
  const encapsulated = inner === null ? [] : [encode(context(0), octetString(inner))];
  const algorithm = forgery.digestAlgorithm ?? sequence(objectIdentifier(oid[digest]));
  return sequence(
    objectIdentifier(oid.signedData),
    encode(
      context(0),
      sequence(
        smallInteger(1),
        setOf([algorithm]),
        sequence(objectIdentifier(forgery.eContentType ?? oid.data), ...encapsulated),
        encode(context(0), ...certificates),
        setOf([await signerInfo(forgery, { algorithm, attributes, signed })]),
      ),
    ),
  );
}

/** One SignerInfo on its own: a counter-signature, where the content is a signature. */
export async function forgeSignerInfo(
  forgery: Omit<Forgery, "content"> & { readonly content: Bytes },
): Promise<Bytes> {
  const attributes = forgery.attributes ?? null;
  const algorithm = forgery.digestAlgorithm ?? sequence(objectIdentifier(oid[forgery.digest ?? "sha256"]));
  const signed = forgery.signedBytes ?? (attributes === null ? forgery.content : setOf(attributes));
  return signerInfo(forgery, { algorithm, attributes, signed });
}

async function signerInfo(
  forgery: Forgery,
  parts: { algorithm: Bytes; attributes: readonly Bytes[] | null; signed: Bytes },
): Promise<Bytes> {
  const signer = await testCertificate(forgery.signer ?? forgery.key);
  const key = createPrivateKey(await readFile(`${await testKeys()}/${forgery.key}.key.pem`));
  const isEdwards = key.asymmetricKeyType === "ed25519";
  const signature = sign(isEdwards ? null : (forgery.digest ?? "sha256"), parts.signed, key);
  const algorithms: Readonly<Record<string, string>> = {
    rsa: oid.rsaEncryption,
    ec: oid.ecdsaWithSha256,
    ed25519: oid.ed25519,
  };
  const unsigned = (await forgery.unsigned?.(new Uint8Array(signature))) ?? [];
  const sent =
    parts.attributes === null ? [] : [forgery.sentAttributes ?? setOf(parts.attributes, context(0))];
  return sequence(
    smallInteger(1),
    sequence(signer.issuer, encode(0x02, signer.serialNumber)),
    parts.algorithm,
    ...sent,
    forgery.signatureAlgorithm ?? sequence(objectIdentifier(algorithms[key.asymmetricKeyType!]!)),
    octetString(new Uint8Array(signature)),
    ...(unsigned.length === 0 ? [] : [setOf(unsigned, context(1))]),
  );
}

/** An opaque-signed mail around the forged SignedData. */
export function opaqueMail(headers: string, cms: Bytes): Bytes {
  const lines = Buffer.from(cms).toString("base64").replace(/.{76}/g, "$&\r\n");
  const fields = "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n";
  const encoding = "Content-Transfer-Encoding: base64\r\n\r\n";
  return new Uint8Array(Buffer.from(`${headers}${fields}${encoding}${lines}\r\n`));
}

/** A clear-signed mail: the content as it stands, and the forged signature beside it. */
export function clearMail(headers: string, content: string, cms: Bytes): Bytes {
  const lines = Buffer.from(cms).toString("base64").replace(/.{76}/g, "$&\r\n");
  const type =
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=cut';
  const part =
    "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64";
  return new Uint8Array(
    Buffer.from(
      `${headers}${type}\r\n\r\n--cut\r\n${content}\r\n--cut\r\n${part}\r\n\r\n${lines}\r\n--cut--\r\n`,
    ),
  );
}
