/**
 * A private key in the spelling that other programs read: DER, without attributes, an EC key with its
 * curve outside and its public point inside. What the vault keeps is the file it was imported from.
 */
import type { Bytes, Der } from "../base/bytes.js";
import { children, readWhole } from "../base/der-reader.js";
import { readOctetString } from "../base/der-values.js";
import { reencodeAsDer } from "../base/der-writer.js";
import type { Certificate } from "../x509/certificate.js";
import { ecPkcs8 } from "./pkcs8-ec.js";
import { curveOctetPkcs8 } from "./pkcs8-octets.js";
import { parsePkcs8 } from "./pkcs8.js";
import { privateKeyInfo } from "./private-key-info.js";

/**
 * @param certificate the key's own
 * @returns a copy
 * @throws MalformedError, UnsupportedError
 */
export function portablePkcs8(pkcs8: Bytes, certificate: Certificate): Der {
  const key = parsePkcs8(pkcs8);
  switch (key.kind) {
    case "rsa":
      // A key for PSS alone must keep its name: OpenSSL finds no certificate for it otherwise.
      return privateKeyInfo(algorithmOf(pkcs8), privateKeyOf(key.pkcs8));
    case "ec":
      return ecPkcs8(key.curve, key.privateKey, key.point ?? certificate.subjectPublicKeyInfo.publicKey);
    case "ed25519":
    case "ed448":
    case "x25519":
    case "x448":
      return curveOctetPkcs8(key);
    case "slh-dsa":
    case "ml-dsa":
    case "ml-kem":
      // Seed, expanded key or both: what other programs take differs, and it stays what it was.
      return privateKeyInfo(algorithmOf(pkcs8), privateKeyOf(pkcs8));
  }
}

function algorithmOf(pkcs8: Bytes): Der {
  return reencodeAsDer(children(readWhole(pkcs8, "ber"))[1]!);
}

function privateKeyOf(pkcs8: Bytes): Bytes {
  return readOctetString(children(readWhole(pkcs8, "ber"))[2]!);
}
