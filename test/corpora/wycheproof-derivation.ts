/** Wycheproof's HKDF and HMAC files: the KDF of KEM and RFC 8418 recipients, the MAC of PKCS #12. */
import { computeHmac } from "../../src/engine/keys/pkcs12-kdf.js";
import { hkdf } from "../../src/engine/primitives/hkdf.js";
import { type Attempt, hex, sameOctets, wycheproofFile } from "./wycheproof.js";

function hkdfWith(hash: "SHA-256" | "SHA-512"): Attempt {
  return async (vector) => {
    const length = vector["size"] as number;
    const input = {
      secret: hex(vector, "ikm"),
      salt: hex(vector, "salt"),
      info: hex(vector, "info"),
      length,
    };
    try {
      return sameOctets(await hkdf(hash, input), hex(vector, "okm"));
    } catch (error) {
      // The platform's own refusal (RFC 5869 §2.3); no message can ask for that much.
      if (error instanceof DOMException) return "refused";
      throw error;
    }
  };
}

/** A file may ask for the first half of the MAC only. */
const hmac: Attempt = async (vector) => {
  const tag = hex(vector, "tag");
  const found = computeHmac("SHA-256", hex(vector, "key"), hex(vector, "msg")).subarray(0, tag.length);
  return sameOctets(found, tag) === "right" ? "right" : "refused";
};

export const wycheproofDerivation = [
  wycheproofFile(/\/hkdf_sha256/, hkdfWith("SHA-256")),
  wycheproofFile(/\/hkdf_sha512/, hkdfWith("SHA-512")),
  wycheproofFile(/\/hmac_sha256/, hmac),
];
