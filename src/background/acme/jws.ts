/**
 * What ACME signs its requests with (RFC 8555 §6.2): flattened JWS, over ES256 by an account key that lies in
 * IndexedDB and that no script can read out. A certificate's own key signs one thing only: that this
 * certificate shall be revoked (§7.6, `certificate-signer.ts`).
 */
import { type Bytes, toBase64Url } from "../../engine/index.js";

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;

export interface AccountKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: PublicJwk;
  /** proof of a contract with the authority (RFC 8555 §7.3.4); absent: none was asked for */
  readonly binding?: FlattenedJws;
}

/** Whoever signs a request: RFC 7518 §3.1, RFC 8037 §3.1 */
export interface Signer {
  readonly algorithm: "ES256" | "ES384" | "ES512" | "RS256" | "EdDSA";
  /** the members that RFC 7638 §3.2 names, and no others */
  readonly publicJwk: Readonly<Record<string, string>>;
  sign(data: Bytes): Promise<Bytes>;
}

/** RFC 7518 §6.2, members in the order of RFC 7638 §3.2 */
export interface PublicJwk {
  readonly crv: "P-256";
  readonly kty: "EC";
  readonly x: string;
  readonly y: string;
}

/** Who signs: a key that the server does not know yet, or an account of it (RFC 8555 §6.2). */
export type Signatory = { readonly jwk: Signer["publicJwk"] } | { readonly kid: string };

export interface FlattenedJws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

export async function newAccountKey(): Promise<AccountKey> {
  const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const { x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { privateKey: pair.privateKey, publicJwk: { crv: "P-256", kty: "EC", x: x!, y: y! } };
}

export function accountSigner({ privateKey, publicJwk }: AccountKey): Signer {
  const { crv, kty, x, y } = publicJwk;
  return {
    algorithm: "ES256",
    publicJwk: { crv, kty, x, y },
    // WebCrypto writes r and s as JWS wants them (RFC 7518 §3.4).
    sign: async (data) =>
      new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, data)),
  };
}

/** @param payload null: POST-as-GET (RFC 8555 §6.3) */
export async function signRequest(
  signer: Signer,
  head: { readonly url: string; readonly nonce: string; readonly signatory: Signatory },
  payload: object | null,
): Promise<FlattenedJws> {
  const { url, nonce, signatory } = head;
  const text = payload === null ? "" : JSON.stringify(payload);
  return flattened({ alg: signer.algorithm, ...signatory, nonce, url }, text, (data) => signer.sign(data));
}

/** RFC 7515 §7.2.2 */
export async function flattened(
  head: object,
  payload: string,
  sign: (data: Bytes) => Promise<Bytes>,
): Promise<FlattenedJws> {
  const fields = {
    protected: toBase64Url(ascii(JSON.stringify(head))),
    payload: toBase64Url(ascii(payload)),
  };
  const signature = await sign(ascii(`${fields.protected}.${fields.payload}`));
  return { ...fields, signature: toBase64Url(signature) };
}

/** RFC 8555 §8.1: the token, and whose account answers. */
export async function keyAuthorization(
  token: string,
  { publicJwk }: Pick<AccountKey, "publicJwk">,
): Promise<string> {
  const { crv, kty, x, y } = publicJwk;
  return `${token}.${await sha256(JSON.stringify({ crv, kty, x, y }))}`;
}

/** base64url of SHA-256 over ASCII */
export async function sha256(text: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", ascii(text))));
}

function ascii(text: string): Bytes {
  return new TextEncoder().encode(text) as Bytes;
}
