/**
 * External account binding (RFC 8555 §7.3.4): the authority gave its customer a key id and a MAC key, by its web
 * page or on paper. What the MAC key makes is bound to our account's key and to the URL of this authority, so
 * it is made at once, and the MAC key is kept nowhere.
 */
import type { Bytes } from "../../engine/index.js";
import { fromBase64 } from "../../protocol/wire.js";
import { type AccountKey, type FlattenedJws, accountSigner, flattened } from "./jws.js";

/** What the person copied from the authority's page. */
export interface Contract {
  readonly keyId: string;
  /** base64url, as authorities hand it out; a secret */
  readonly key: string;
}

/** @returns octets, overwritten by whoever asked; null where it is no key. Padding and base64 are forgiven. */
export function contractKey(text: string): Bytes | null {
  const plain = text.replace(/\s+/g, "").replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  if (!/^[A-Za-z0-9+/]{16,1024}$/.test(plain) || plain.length % 4 === 1) return null;
  return fromBase64(plain.padEnd(Math.ceil(plain.length / 4) * 4, "="));
}

/** @param newAccount the URL that the request goes to @param macKey overwritten */
export async function bindAccount(
  { keyId, macKey }: { readonly keyId: string; readonly macKey: Bytes },
  key: AccountKey,
  newAccount: string,
): Promise<FlattenedJws> {
  const algorithm = { name: "HMAC", hash: "SHA-256" } as const;
  const mac = await crypto.subtle.importKey("raw", macKey, algorithm, false, ["sign"]);
  macKey.fill(0);
  // No nonce: the binding is good for this account key alone, whoever sees it.
  const head = { alg: "HS256", kid: keyId, url: newAccount };
  return flattened(
    head,
    JSON.stringify(accountSigner(key).publicJwk),
    async (data) => new Uint8Array(await crypto.subtle.sign("HMAC", mac, data)),
  );
}
