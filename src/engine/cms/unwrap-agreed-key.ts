/**
 * Key agreement: ephemeral-static ECDH (RFC 5753 §3.1), X25519 and X448 (RFC 8418). The curves that we know
 * have cofactor 1, or cofactor multiplication inside, so that stdDH and cofactorDH are the same numbers.
 */
import type { Bytes } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import { encode, octetString, sequence } from "../base/der-writer.js";
import { DecryptionError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { KeyAgreementRecipient } from "../cms-syntax/recipient-info.js";
import type { EcPrivateKey, MontgomeryPrivateKey } from "../keys/private-key.js";
import type { DigestName } from "../primitives/digest.js";
import { type HkdfHash, hkdf } from "../primitives/hkdf.js";
import { coordinateLengths } from "../primitives/names.js";
import { type KeyUnwrapping, ofLength } from "./key-unwrapping.js";
import { type NamedKeyWrap, keyWrapInside } from "./key-wrap.js";
import { deriveX963 } from "./x963-kdf.js";

type Scheme =
  { readonly kdf: "x963"; readonly digest: DigestName } | { readonly kdf: "hkdf"; readonly digest: HkdfHash };

const schemes: Readonly<Record<string, Scheme>> = {
  [oid.dhSinglePassStdDhSha1]: { kdf: "x963", digest: "SHA-1" },
  [oid.dhSinglePassStdDhSha224]: { kdf: "x963", digest: "SHA-224" },
  [oid.dhSinglePassStdDhSha256]: { kdf: "x963", digest: "SHA-256" },
  [oid.dhSinglePassStdDhSha384]: { kdf: "x963", digest: "SHA-384" },
  [oid.dhSinglePassStdDhSha512]: { kdf: "x963", digest: "SHA-512" },
  [oid.cofactorDhSha1]: { kdf: "x963", digest: "SHA-1" },
  [oid.cofactorDhSha224]: { kdf: "x963", digest: "SHA-224" },
  [oid.cofactorDhSha256]: { kdf: "x963", digest: "SHA-256" },
  [oid.cofactorDhSha384]: { kdf: "x963", digest: "SHA-384" },
  [oid.cofactorDhSha512]: { kdf: "x963", digest: "SHA-512" },
  [oid.stdDhHkdfSha256]: { kdf: "hkdf", digest: "SHA-256" },
  [oid.stdDhHkdfSha384]: { kdf: "hkdf", digest: "SHA-384" },
  [oid.stdDhHkdfSha512]: { kdf: "hkdf", digest: "SHA-512" },
};

/** @throws UnsupportedError | MalformedError */
export function keyAgreement(
  recipient: KeyAgreementRecipient,
  key: EcPrivateKey | MontgomeryPrivateKey,
  length: number,
): KeyUnwrapping {
  const { originator, keyEncryptionAlgorithm, ukm, encryptedKey } = recipient;
  const scheme = schemes[keyEncryptionAlgorithm.algorithm];
  if (scheme === undefined) {
    throw new UnsupportedError("algorithm-unsupported", keyEncryptionAlgorithm.algorithm);
  }
  const wrap = keyWrapInside(keyEncryptionAlgorithm);
  // Static-static (RFC 5753 §3.2): nobody writes it, and it names a certificate that we would have to believe.
  if (originator === null) throw new UnsupportedError("algorithm-unsupported", "originator's static key");
  const unwrap = async (): Promise<Bytes> => {
    const secret = await agreedSecret(key, originator.publicKey);
    for (const wrappingKey of wrappingKeys({ scheme, wrap, ukm, secret })) {
      const unwrapped = await wrap.unwrap(await wrappingKey, encryptedKey);
      if (unwrapped !== null) return ofLength(unwrapped, length);
    }
    throw new DecryptionError();
  };
  return { label: key.kind === "ec" ? `ECDH ${key.curve}` : key.kind.toUpperCase(), unwrap };
}

/** @throws DecryptionError */
async function agreedSecret(key: EcPrivateKey | MontgomeryPrivateKey, publicKey: Bytes): Promise<Bytes> {
  if (key.kind !== "ec") return key.agree(publicKey);
  if (publicKey[0] === 4 && publicKey.length === 1 + 2 * coordinateLengths[key.curve]) {
    return key.agree(publicKey);
  }
  // RFC 5753 §7.1.1: only the uncompressed form must be understood; some write the compressed one.
  const { uncompressedPoint } = await import("../primitives/key-agreement.js");
  return key.agree(await uncompressedPoint(key.curve, publicKey));
}

interface Derivation {
  readonly scheme: Scheme;
  readonly wrap: NamedKeyWrap;
  readonly ukm: Bytes | null;
  readonly secret: Bytes;
}

/** The keys that senders may have meant, the standard's first; lazily, for the first one is nearly always right. */
function* wrappingKeys({ scheme, wrap, ukm, secret }: Derivation): Generator<Promise<Bytes>, void> {
  const length = wrap.keyLength;
  for (const keyInfo of wrap.keyInfos) {
    const info = eccCmsSharedInfo(keyInfo, ukm, length);
    if (scheme.kdf === "x963") {
      yield deriveX963(scheme.digest, { secret, sharedInfo: info, length });
      continue;
    }
    // RFC 8418 §2.2: the ukm is the salt. Bouncy Castle has it in the info alone.
    const salts = ukm === null || ukm.length === 0 ? [noSalt] : [ukm, noSalt];
    for (const salt of salts) yield hkdf(scheme.digest, { secret, salt, info, length });
  }
}

const noSalt = new Uint8Array(0);

/** ECC-CMS-SharedInfo (RFC 5753 §7.2, RFC 8418 §2). @param length octets of the key that is derived */
export function eccCmsSharedInfo(keyInfo: Bytes, ukm: Bytes | null, length: number): Bytes {
  const bits = new Uint8Array(4);
  new DataView(bits.buffer).setUint32(0, length * 8);
  // An absent ukm leaves entityUInfo out; an empty one would be another key.
  const entity = ukm === null ? [] : [encode(context(0), octetString(ukm))];
  return sequence(keyInfo, ...entity, encode(context(2), octetString(bits)));
}
