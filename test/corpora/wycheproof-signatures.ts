/** Wycheproof's signature files, by the way every signature of a message takes. */
import type { Bytes } from "../../src/engine/base/bytes.js";
import { context, readWhole } from "../../src/engine/base/der-reader.js";
import {
  bitString,
  encode,
  nullValue,
  objectIdentifier,
  sequence,
  smallInteger,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import {
  type AlgorithmIdentifier,
  parseAlgorithmIdentifier,
} from "../../src/engine/cms-syntax/algorithm-identifier.js";
import { parseSubjectPublicKeyInfo } from "../../src/engine/x509/parse-certificate.js";
import { signatureScheme } from "../../src/engine/x509/signature-scheme.js";
import { verifySignedBytes } from "../../src/engine/x509/verify-signed-bytes.js";
import { type Attempt, type Group, type Vector, hex, verified, wycheproofFile } from "./wycheproof.js";

const digests: Readonly<Record<string, string>> = {
  "SHA-1": oid.sha1,
  "SHA-224": oid.sha224,
  "SHA-256": oid.sha256,
  "SHA-384": oid.sha384,
  "SHA-512": oid.sha512,
};

function verifyWith(algorithmOf: (group: Group) => AlgorithmIdentifier): Attempt {
  return async (vector, group) => {
    const key = parseSubjectPublicKeyInfo(readWhole(hex(group, "publicKeyDer"), "der"));
    return verifyKey(key, algorithmOf(group), vector);
  };
}

async function verifyKey(
  key: ReturnType<typeof parseSubjectPublicKeyInfo>,
  algorithm: AlgorithmIdentifier,
  vector: Vector,
) {
  const scheme = signatureScheme(algorithm, key, null);
  const signed = { data: hex(vector, "msg"), signature: hex(vector, "sig") };
  return verified(await verifySignedBytes(key, scheme, signed));
}

function bare(algorithm: string): AlgorithmIdentifier {
  return { algorithm, parameters: null };
}

const ecdsa = verifyWith(({ sha }) =>
  bare(
    { "SHA-256": oid.ecdsaWithSha256, "SHA-384": oid.ecdsaWithSha384, "SHA-512": oid.ecdsaWithSha512 }[
      sha as "SHA-256"
    ],
  ),
);

const rsa = verifyWith(({ sha }) =>
  bare(
    {
      "SHA-256": oid.sha256WithRsaEncryption,
      "SHA-384": oid.sha384WithRsaEncryption,
      "SHA-512": oid.sha512WithRsaEncryption,
    }[sha as "SHA-256"],
  ),
);

/** RSASSA-PSS-params (RFC 4055 §3.1), everything said. */
const pss = verifyWith(({ sha, mgfSha, sLen }) => {
  const digest = (name: unknown): Bytes => sequence(objectIdentifier(digests[name as string]!), nullValue);
  const parameters = sequence(
    encode(context(0), digest(sha)),
    encode(context(1), sequence(objectIdentifier(oid.mgf1), digest(mgfSha))),
    encode(context(2), smallInteger(sLen as number)),
  );
  const identifier = sequence(objectIdentifier(oid.rsassaPss), parameters);
  return parseAlgorithmIdentifier(readWhole(identifier, "der"));
});

function bareKey(algorithm: string): Attempt {
  return async (vector, group) => {
    const publicKey = typeof group["publicKey"] === "string" ? group : (group["publicKey"] as Group);
    const field = typeof group["publicKey"] === "string" ? "publicKey" : "pk";
    const info = sequence(sequence(objectIdentifier(algorithm)), bitString(hex(publicKey, field)));
    const key = parseSubjectPublicKeyInfo(readWhole(info, "der"));
    return verifyKey(key, bare(algorithm), vector);
  };
}

export const wycheproofSignatures = [
  wycheproofFile(/\/ecdsa_/, ecdsa),
  wycheproofFile(/\/rsa_signature_/, rsa),
  wycheproofFile(/\/rsa_pss_/, pss),
  wycheproofFile(/\/ed25519_/, bareKey(oid.ed25519)),
  wycheproofFile(/\/ed448_/, bareKey(oid.ed448)),
  wycheproofFile(/\/mldsa_44_/, bareKey(oid.mlDsa44)),
  wycheproofFile(/\/mldsa_65_/, bareKey(oid.mlDsa65)),
];
