/** What the stand-in ACME server reads: JSON, base64url, keys; and how it says no (RFC 8555 §6.7). */
import { createHash, createHmac, createPublicKey, verify } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import type { IncomingMessage } from "node:http";

export class Problem extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, detail: string) {
    super(detail);
    this.status = status;
    this.type = type;
  }
}

/** RFC 7638 §3 */
export function thumbprintOf({ crv, kty, x, y }: JsonWebKey): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

export interface Jws {
  readonly head: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** RFC 7515 §7.2.2, and nothing beside it */
export function readFlattened(value: unknown): Jws {
  const jws = object(value);
  if (Object.keys(jws).sort().join() !== "payload,protected,signature")
    throw new Problem(400, "malformed", "not a flattened JWS");
  return {
    head: object(parse(decode(jws["protected"]).toString("utf8"))),
    payload: decode(jws["payload"]),
    signed: Buffer.from(`${String(jws["protected"])}.${String(jws["payload"])}`),
    signature: decode(jws["signature"]),
  };
}

const hashes: Readonly<Record<string, string>> = { ES256: "sha256", ES384: "sha384", ES512: "sha512" };

/** RFC 7518 §3, RFC 8037: what the head says is what the key must be. */
export function holds({ head, signed, signature }: Jws, key: KeyObject): boolean {
  const alg = String(head["alg"]);
  if (alg === "RS256") return key.asymmetricKeyType === "rsa" && verify("sha256", signed, key, signature);
  if (alg === "EdDSA") return key.asymmetricKeyType === "ed25519" && verify(null, signed, key, signature);
  const hash = hashes[alg];
  if (hash === undefined) throw new Problem(400, "badSignatureAlgorithm", alg);
  return verify(hash, signed, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** RFC 7518 §6: the members that its kind of key has, and no private one */
export function publicKeyIn(jwk: unknown): KeyObject {
  const members = Object.keys(object(jwk)).sort().join();
  if (!["crv,kty,x,y", "e,kty,n", "crv,kty,x"].includes(members))
    throw new Problem(400, "badPublicKey", members);
  return createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
}

export interface Binding {
  /** what the client sent as externalAccountBinding */
  readonly value: unknown;
  /** MAC keys by key id */
  readonly contracts: ReadonlyMap<string, Buffer>;
  readonly url: string;
  readonly jwk: JsonWebKey;
}

/** RFC 8555 §7.3.4, step by step. @throws Problem */
export function checkBinding({ value, contracts, url, jwk }: Binding): void {
  if (value === undefined) throw new Problem(403, "externalAccountRequired", "customers only");
  const { head, payload, signed, signature } = readFlattened(value);
  if (head["alg"] !== "HS256") throw new Problem(400, "malformed", "no MAC-based algorithm");
  if ("nonce" in head) throw new Problem(400, "malformed", "a nonce in the binding");
  if (head["url"] !== url) throw new Problem(400, "malformed", "bound to another url");
  const bound = object(parse(payload.toString("utf8"))) as JsonWebKey;
  if (thumbprintOf(bound) !== thumbprintOf(jwk)) throw new Problem(400, "malformed", "another account's key");
  const secret = contracts.get(String(head["kid"]));
  if (secret === undefined) throw new Problem(403, "unauthorized", "no such contract");
  if (!createHmac("sha256", secret).update(signed).digest().equals(signature))
    throw new Problem(403, "unauthorized", "the MAC does not hold");
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function decode(value: unknown): Buffer {
  if (typeof value !== "string" || !/^[A-Za-z0-9_-]*$/.test(value))
    throw new Problem(400, "malformed", "not base64url");
  return Buffer.from(value, "base64url");
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "malformed", "not JSON");
  }
}

export function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new Problem(400, "malformed", "not an object");
  return value as Readonly<Record<string, unknown>>;
}
