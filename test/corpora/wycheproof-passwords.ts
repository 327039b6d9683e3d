/** Wycheproof's PBKDF2 and PBES2 files, by the way every `.p12` takes (RFC 8018 §5.2, §6.2). */
import type { Bytes } from "../../src/engine/base/bytes.js";
import {
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import {
  RoundCounter,
  decryptWithPassword,
  deriveByPbkdf2,
} from "../../src/engine/keys/password-encryption.js";
import { type Attempt, type Vector, hex, sameOctets, wycheproofFile } from "./wycheproof.js";

const prf = sequence(objectIdentifier(oid.hmacWithSha256), nullValue);

function pbkdf2Parameters(vector: Vector): Bytes {
  const rounds = smallInteger(vector["iterationCount"] as number);
  return sequence(octetString(hex(vector, "salt")), rounds, prf);
}

function secretOf(vector: Vector) {
  return { form: { bmp: new Uint8Array(0), octets: hex(vector, "password") }, rounds: new RoundCounter() };
}

const pbkdf2: Attempt = async (vector) => {
  const algorithm = { algorithm: oid.pbkdf2, parameters: pbkdf2Parameters(vector) };
  const found = await deriveByPbkdf2(algorithm, secretOf(vector), vector["dkLen"] as number);
  return sameOctets(found, hex(vector, "dk"));
};

const pbes2: Attempt = async (vector) => {
  const derivation = sequence(objectIdentifier(oid.pbkdf2), pbkdf2Parameters(vector));
  const encryption = sequence(objectIdentifier(oid.aes256Cbc), octetString(hex(vector, "iv")));
  const algorithm = { algorithm: oid.pbes2, parameters: sequence(derivation, encryption) };
  const found = await decryptWithPassword(algorithm, hex(vector, "ct"), secretOf(vector));
  return sameOctets(found, hex(vector, "msg"));
};

export const wycheproofPasswords = [wycheproofFile(/\/pbkdf2_/, pbkdf2), wycheproofFile(/\/pbes2_/, pbes2)];
