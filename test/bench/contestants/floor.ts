/**
 * What the platform alone takes, in a fresh process, for the mathematics of a first badge: a digest, and three
 * signatures with their keys, two of P-256 and one of RSA. Nobody above WebCrypto can be faster.
 *
 *   node floor.js JSON   ->  milliseconds
 */
import type { Proofs } from "../fresh.js";

const octets = (base64: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(base64, "base64"));

const { data, ec, rsa } = JSON.parse(process.argv[2]!) as Proofs;
const signed = octets(data);
// As in cold.ts, where the anchor was digested before.
await crypto.subtle.digest("SHA-256", signed);

async function verify(key: Promise<CryptoKey>, algorithm: Algorithm, signature: string): Promise<boolean> {
  return crypto.subtle.verify(algorithm, await key, octets(signature), signed);
}

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const pkcs1 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const byEc = (): Promise<boolean> =>
  verify(crypto.subtle.importKey("raw", octets(ec.key), ecdsa, false, ["verify"]), ecdsa, ec.signature);
const begun = performance.now();
const answers = await Promise.all([
  byEc(),
  byEc(),
  verify(crypto.subtle.importKey("jwk", rsa.key, pkcs1, false, ["verify"]), pkcs1, rsa.signature),
  crypto.subtle.digest("SHA-256", signed),
]);
const taken = performance.now() - begun;
if (answers.includes(false)) throw new Error("does not verify");
console.log(taken);
