/**
 * SIGNED{} of X.509: what is to be signed, the algorithm, the signature (RFC 5280 §4.1.1). Certificates
 * and requests are written alike; only here a signature stands without CMS around it.
 */
import { type Bytes, type Der } from "../base/bytes.js";
import { bitString, nullValue, objectIdentifier, sequence } from "../base/der-writer.js";
import { UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { curveSchemes } from "../cms/signing-scheme.js";
import type { PrivateKey } from "../keys/private-key.js";

export interface StructureSigning {
  /** complete AlgorithmIdentifier; in a certificate it stands inside and outside (RFC 5280 §4.1.2.3) */
  readonly algorithm: Der;
  sign(data: Bytes): Promise<Bytes>;
}

const mlDsa = { "ML-DSA-44": oid.mlDsa44, "ML-DSA-65": oid.mlDsa65, "ML-DSA-87": oid.mlDsa87 } as const;

/** @throws UnsupportedError("key-unsupported") for keys that cannot sign, and for kinds that nobody issues with */
export function structureSigning(key: PrivateKey): StructureSigning {
  switch (key.kind) {
    case "rsa":
      return {
        // RFC 4055 §5: NULL must be there.
        algorithm: sequence(objectIdentifier(oid.sha256WithRsaEncryption), nullValue),
        sign: (data) => key.sign("pkcs1", "SHA-256", data),
      };
    case "ec": {
      const { hash, algorithm } = curveSchemes[key.curve];
      return { algorithm: sequence(objectIdentifier(algorithm)), sign: (data) => key.sign(hash, data) };
    }
    case "ed25519":
    case "ed448":
      return { algorithm: sequence(objectIdentifier(oid[key.kind])), sign: (data) => key.sign(data) };
    case "ml-dsa":
      return {
        algorithm: sequence(objectIdentifier(mlDsa[key.parameterSet])),
        sign: (data) => key.sign(data),
      };
    case "slh-dsa":
    case "x25519":
    case "x448":
    case "ml-kem":
      throw new UnsupportedError("key-unsupported", key.kind);
  }
}

/** @param toBeSigned complete DER */
export async function signStructure(toBeSigned: Der, { algorithm, sign }: StructureSigning): Promise<Der> {
  return sequence(toBeSigned, algorithm, bitString(await sign(toBeSigned)));
}
