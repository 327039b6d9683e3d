/**
 * EnvelopedData as no program of ours writes it, put together by Node's own cryptography: a peer for what
 * OpenSSL's command line cannot be made to write, and the tool for everything that must be refused.
 */
import { createCipheriv, randomBytes } from "node:crypto";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { context } from "../../src/engine/base/der-reader.js";
import {
  bitString,
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { issuerAndSerialNumber } from "../../src/engine/cms/sign.js";
import { assemble, opaqueEntity } from "../../src/engine/mime/build-entity.js";
import type { Certificate } from "../../src/engine/index.js";
import { letter } from "./inspecting.js";

export const contentKey = view(randomBytes(32));

/** Node's buffers share one pool; the engine's bytes are their own. */
export function view(octets: Uint8Array): Bytes {
  return new Uint8Array(octets);
}

export interface Enveloped {
  readonly content: string | Bytes;
  readonly recipientInfos: readonly Bytes[];
  /** of the content; id-data where not said */
  readonly contentType?: string;
  /** the algorithm and what it makes of the content; AES-256-CBC under `contentKey` where not said */
  readonly encrypted?: { readonly algorithm: Bytes; readonly ciphertext: Bytes; readonly mac?: Bytes };
  readonly version?: number;
  readonly unprotectedAttrs?: Bytes;
  readonly originatorInfo?: Bytes;
}

/** Complete ContentInfo. */
export function envelopedData(parts: Enveloped): Bytes {
  const { contentType = oid.data, recipientInfos, version = 2 } = parts;
  const { algorithm, ciphertext, mac } = parts.encrypted ?? cbc(view(Buffer.from(parts.content)));
  const body = sequence(
    smallInteger(version),
    ...(parts.originatorInfo === undefined ? [] : [parts.originatorInfo]),
    setOf(recipientInfos),
    sequence(objectIdentifier(contentType), algorithm, encode(context(0, "primitive"), ciphertext)),
    ...(mac === undefined ? [] : [octetString(mac)]),
    ...(parts.unprotectedAttrs === undefined ? [] : [parts.unprotectedAttrs]),
  );
  return contentInfo(mac === undefined ? oid.envelopedData : oid.authEnvelopedData, body);
}

export function contentInfo(type: string, content: Bytes): Bytes {
  return sequence(objectIdentifier(type), encode(context(0), content));
}

/** The letter around it, as it is sent. */
export function opaqueLetter(cms: Bytes): Bytes {
  return letter(assemble(opaqueEntity(cms, "enveloped-data")));
}

function cbc(content: Bytes): NonNullable<Enveloped["encrypted"]> {
  const iv = view(randomBytes(16));
  const cipher = createCipheriv("aes-256-cbc", contentKey, iv);
  const ciphertext = view(Buffer.concat([cipher.update(content), cipher.final()]));
  return { algorithm: sequence(objectIdentifier(oid.aes256Cbc), octetString(iv)), ciphertext };
}

/** RFC 3394 by Node. */
export function aesWrap(wrappingKey: Uint8Array, key: Bytes = contentKey): Bytes {
  const name = `id-aes${wrappingKey.length * 8}-wrap`;
  const cipher = createCipheriv(name, wrappingKey, Buffer.alloc(8, 0xa6));
  return view(Buffer.concat([cipher.update(key), cipher.final()]));
}

export interface Agreement {
  readonly certificate: Certificate;
  readonly scheme: string;
  /** complete AlgorithmIdentifier of the wrap */
  readonly wrap: Bytes;
  readonly keyType: string;
  readonly originatorKey: Bytes;
  readonly ukm?: Bytes;
  readonly encryptedKey: Bytes;
  /** instead of the key: a name, or whatever shall stand there */
  readonly originator?: Bytes;
}

/** KeyAgreeRecipientInfo (RFC 5652 §6.2.2). */
export function agreementInfo(parts: Agreement): Bytes {
  const { certificate, scheme, wrap, keyType, originatorKey, ukm, encryptedKey } = parts;
  const publicKey = encode(context(1), sequence(objectIdentifier(keyType)), bitString(originatorKey));
  return encode(
    context(1),
    smallInteger(3),
    encode(context(0), parts.originator ?? publicKey),
    ...(ukm === undefined ? [] : [encode(context(1), octetString(ukm))]),
    sequence(objectIdentifier(scheme), wrap),
    sequence(sequence(issuerAndSerialNumber(certificate), octetString(encryptedKey))),
  );
}
