/** Wycheproof's vectors for PBKDF2 and PBES2, whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, fromHex } from "../../src/engine/base/bytes.js";
import {
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { DecryptionError } from "../../src/engine/base/errors.js";
import { oid } from "../../src/engine/base/oid.js";
import {
  RoundCounter,
  decryptWithPassword,
  deriveByPbkdf2,
} from "../../src/engine/keys/password-encryption.js";
import { noCorpora, readCorpus } from "../helpers/corpora.js";

interface Vector {
  readonly tcId: number;
  readonly password: string;
  readonly salt: string;
  readonly iterationCount: number;
  readonly dkLen: number;
  readonly dk: string;
  readonly iv: string;
  readonly msg: string;
  readonly ct: string;
}

function vectors(name: string): readonly Vector[] {
  const file = Buffer.from(readCorpus(`wycheproof/${name}.json`)).toString();
  return (JSON.parse(file) as { testGroups: { tests: Vector[] }[] }).testGroups.flatMap(({ tests }) => tests);
}

const prf = sequence(objectIdentifier(oid.hmacWithSha256), nullValue);
const pbkdf2 = ({ salt, iterationCount }: Vector): Bytes =>
  sequence(octetString(fromHex(salt)), smallInteger(iterationCount), prf);
const secret = ({ password }: Vector) => ({
  form: { bmp: new Uint8Array(0), octets: fromHex(password) },
  rounds: new RoundCounter(),
});

test("Wycheproof PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2)", { skip: noCorpora }, async () => {
  let run = 0;
  for (const vector of vectors("pbkdf2_hmacsha256_test")) {
    const algorithm = { algorithm: oid.pbkdf2, parameters: pbkdf2(vector) };
    assert.deepEqual(
      await deriveByPbkdf2(algorithm, secret(vector), vector.dkLen),
      fromHex(vector.dk),
      String(vector.tcId),
    );
    run++;
  }
  assert.equal(run, 60);
});

test(
  "Wycheproof PBES2 with HMAC-SHA-256 and AES-256-CBC (RFC 8018 §6.2), each with its reject",
  { skip: noCorpora },
  async () => {
    for (const vector of vectors("pbes2_hmacsha256_aes_256_test")) {
      const derivation = sequence(objectIdentifier(oid.pbkdf2), pbkdf2(vector));
      const encryption = sequence(objectIdentifier(oid.aes256Cbc), octetString(fromHex(vector.iv)));
      const algorithm = { algorithm: oid.pbes2, parameters: sequence(derivation, encryption) };
      const open = (ciphertext: Bytes, one: Vector) =>
        decryptWithPassword(algorithm, ciphertext, secret(one));
      assert.deepEqual(await open(fromHex(vector.ct), vector), fromHex(vector.msg), String(vector.tcId));
      // One block less is no padding but for one time in 256; these vectors are not that time.
      const shorter = fromHex(vector.ct).slice(0, -1);
      await assert.rejects(open(shorter, vector), DecryptionError);
    }
  },
);
