/**
 * What a program cannot do, in its own words: looked at one by one, so that a defect of ours is not taken for
 * a limit of theirs. A limit that is none any more is an error.
 */
import { type Peer, PeerRefusal, type Program, isOlder } from "../../helpers/peers/peer.js";
import type { TableName } from "./matrix.js";

export interface Limit {
  readonly program: Program;
  /** from this version on it can */
  readonly until?: readonly number[];
  readonly tables: RegExp;
  readonly rows: RegExp;
  /** part of what it writes when it refuses; of what it writes wrongly, our fault */
  readonly says: string;
  readonly why: string;
  /** it writes something, but not what its RFC asks for: we refuse it, and so do others */
  readonly writesWrongly?: true;
}

const [theySign, weSign] = [/^They sign/, /^Signet signs/];
const [theyEncrypt, weEncrypt] = [/^They encrypt/, /^Signet encrypts/];
const [theyExport, weExport] = [/^They write/, /^Signet writes/];

const openssl: readonly Limit[] = (
  [
    [
      [3, 5],
      theySign,
      /^ECDSA.*SHA3-256$/,
      "unsupported signature algorithm",
      "ECDSA with SHA-3 is not in its CMS.",
    ],
    [[3, 5], theySign, /^Ed(25519|448)$/, "invalid digest", "Edwards curves are not in its CMS."],
    [[3, 5], weSign, /^Ed25519$/, "invalid digest", "Edwards curves are not in its CMS."],
    [
      null,
      weSign,
      /^Ed448$/,
      "Algorithm (2.16.840.1.101.3.4.2.18 : 0)",
      "RFC 8419 §3.1 asks for id-shake256-len, and Signet writes it; OpenSSL knows id-shake256, which Signet reads.",
    ],
    [[3, 5], theySign, /^(ML|SLH)-DSA/, "Could not read signing key", "Post-quantum keys came with 3.5."],
    [[3, 5], weSign, /^(ML|SLH)-DSA/, "decode error", "Post-quantum keys came with 3.5."],
    [[3, 6], weEncrypt, /^X(25519|448)$/, "no matching recipient", "Not in its CMS."],
    [
      null,
      weEncrypt,
      /^X(25519|448)$/,
      "missing key",
      "Not in its CMS: nor does it write such a message itself.",
    ],
    [[3, 5], weEncrypt, /^ML-KEM/, "Could not read signing key", "Post-quantum keys came with 3.5."],
    [[3, 6], weEncrypt, /^ML-KEM/, "no matching recipient", "In its CMS since 3.6."],
    [[3, 6], theyEncrypt, /^X(25519|448)$/, "operation not supported for this keytype", "Not in its CMS."],
    [null, theyEncrypt, /^X25519$/, "illegal zero content", "It begins, and writes nothing."],
    [null, theyEncrypt, /^X448$/, "output buffer too small", "It begins, and writes nothing."],
    [[3, 5], theyEncrypt, /^ML-KEM-\d+$/, "error getting public key", "Post-quantum keys came with 3.5."],
    [[3, 6], theyEncrypt, /^ML-KEM.*HKDF/, "recip_kdf", "In its CMS since 3.6."],
    [
      [3, 5],
      theyEncrypt,
      /compressed/,
      "unsupported compression algorithm",
      "Debian 12 builds it without zlib.",
    ],
    [[3, 6], theyEncrypt, /^ML-KEM/, "operation not supported for this keytype", "In its CMS since 3.6."],
    [[3, 5], theyExport, /^(ML|SLH)/, "Could not read private key", "Post-quantum keys came with 3.5."],
    [[3, 5], weExport, /^(ML|SLH)/, "unsupported algorithm", "Post-quantum keys came with 3.5."],
    [[3, 4], theyExport, /PBMAC1/, "Unknown cipher: pbmac1_pbkdf2", "PBMAC1 came with 3.4."],
  ] as const
).map(toLimit("openssl"));

const nss: readonly Limit[] = (
  [
    [[3, 131], theySign, /SHA-224$/, "-H requires one of", "`cmsutil` knows no other digests."],
    [null, weSign, /^RSA-PSS, a key/, "BadSignature", "Nor what OpenSSL signs with such a key."],
    [
      [3, 131],
      theySign,
      /brainpool/,
      "SEC_ERROR_INVALID_KEY: The key does not support the requested operation",
      "Brainpool's curves are not in it.",
    ],
    [[3, 131], weSign, /brainpool/, "SEC_ERROR_UNRECOGNIZED_OID", "Brainpool's curves are not in it."],
    [
      null,
      /sign/,
      /brainpool/,
      "SEC_ERROR_SIGNATURE_ALGORITHM_DISABLED",
      "Brainpool's curves are not in it.",
    ],
    [[3, 131], theySign, /^(Ed|(ML|SLH)-DSA)/, "Unable to import", "Such keys are not in it."],
    [null, theySign, /^(Ed448|SLH-DSA)/, "Unable to import", "Such keys are not in it."],
    [null, theySign, /^Ed25519/, "SEC_ERROR_INADEQUATE_KEY_USAGE", "It has the key, but not in its CMS."],
    [null, theySign, /^ML-DSA/, "SEC_ERROR_INVALID_ALGORITHM", "It has the key, but not in its CMS."],
    [[3, 131], weSign, /^(Ed|(ML|SLH)-DSA)/, "SEC_ERROR_PKCS7_BAD_SIGNATURE", "Nor what OpenSSL signs so."],
    [null, weSign, /^(Ed25519|ML-DSA)/, "SEC_ERROR_PKCS7_BAD_SIGNATURE", "Nor what OpenSSL signs so."],
    // The code that it prints besides is what some earlier step left behind, not always the same one.
    [null, weSign, /^(Ed448|SLH-DSA)/, "SigningCertNotFound", "Nor what OpenSSL signs so."],
    [[3, 131], weEncrypt, /GCM/, "SEC_ERROR_UNRECOGNIZED_OID", "AuthEnvelopedData came later."],
    [[3, 131], theyEncrypt, /ECDH|five/, "SEC_ERROR_INVALID_ALGORITHM", "Key agreement came later."],
    [
      [3, 131],
      weEncrypt,
      /ECDH|five/,
      "SEC_ERROR_BAD_DER",
      "Key agreement came later; a message with one such recipient is closed to all.",
    ],
    [null, theyEncrypt, /brainpool/, "cannot create encoder context", "Brainpool's curves are not in it."],
    [null, weEncrypt, /brainpool/, "SEC_ERROR_BAD_EXPORT_ALGORITHM", "Brainpool's curves are not in it."],
    [null, theyEncrypt, /^(X|ML-KEM)/, "problem enveloping", "Not in its CMS."],
    [[3, 131], weEncrypt, /^(X|ML-KEM)/, "Unable to import", "Such keys are not in it."],
    [null, weEncrypt, /^X448/, "Unable to import", "Such keys are not in it."],
    [null, weEncrypt, /^X25519/, "SEC_ERROR_BAD_EXPORT_ALGORITHM", "It has the key, but not in its CMS."],
    [null, weEncrypt, /^ML-KEM/, "SEC_ERROR_UNRECOGNIZED_OID", "It has the key, but not in its CMS."],
    [[3, 131], theyExport, /^(Ed|ML)/, "Unable to import", "Such keys are not in it."],
    [[3, 131], weExport, /^(Ed|X|ML|SLH)/, "Unable to import", "Such keys are not in it."],
    [null, weExport, /^(Ed448|X448|SLH)/, "Unable to import", "Such keys are not in it."],
  ] as const
).map(toLimit("nss"));

const gpgsm: readonly Limit[] = (
  [
    [
      [2, 4],
      theySign,
      /ECDSA|P-256/,
      "Segmentation fault",
      "It dies of the key file, of OpenSSL's making: GnuPG 2.2 knows no elliptic keys in PKCS #12.",
    ],
    [[2, 4], weSign, /P-521/, "multiple of 8 bits", "Nor what OpenSSL signs so."],
    [
      null,
      theySign,
      /^(Ed|(ML|SLH)-DSA|RSA-PSS, a key)/,
      "error parsing or decrypting the PKCS#12 file",
      "Such keys are not in it.",
    ],
    [null, weSign, /^Ed25519/, "multiple of 8 bits", "Nor what OpenSSL signs so."],
    [null, weSign, /^Ed448/, "unknown hash algorithm", "Nor what OpenSSL signs so."],
    [null, weSign, /^(ML|SLH)-DSA/, "no signature value available", "Nor what OpenSSL signs so."],
    [
      null,
      weEncrypt,
      /GCM, RSA|RSA.*GCM/,
      "error getting IV: Buffer too short",
      "Nor AES-GCM of OpenSSL's making.",
    ],
    [[2, 4], theyEncrypt, /ECDH|^X|five/, "Wrong key usage", "Key agreement came later."],
    [[2, 4], weEncrypt, /ECDH|five.*-p\d/, "Segmentation fault", "It dies of the key file; see above."],
    [null, weEncrypt, /GCM/, "error getting IV: Buffer too short", "Nor AES-GCM of OpenSSL's making."],
    [null, theyEncrypt, /^X448/, "Bad data", "Not in it."],
    [null, theyEncrypt, /^ML-KEM/, "No public key", "Not in it."],
    [
      null,
      weEncrypt,
      /^(X|ML-KEM)/,
      "error parsing or decrypting the PKCS#12 file",
      "Such keys are not in it.",
    ],
    [
      [2, 4],
      theyExport,
      /^(P-\d+|brainpool.*)$/,
      "Segmentation fault",
      "It dies of the key file, of OpenSSL's making: GnuPG 2.2 knows no elliptic keys in PKCS #12.",
    ],
    [[2, 4], weExport, /^P-256, 3DES/, "Segmentation fault", "It dies of the key file; see above."],
    [[2, 4], weExport, /^(?!.*SHA-1$)/, "pkcs5PBES2-params", "GnuPG 2.2 reads 3DES and RC2 alone."],
    [
      null,
      /write/,
      /^(RSA-PSS|Ed|X|ML|SLH)/,
      "error parsing or decrypting the PKCS#12 file",
      "Such keys are not in it.",
    ],
  ] as const
).map(toLimit("gpgsm"));

/** What is written, but not as its RFC asks: that Signet refuses it is right, and others refuse it, too. */
const wrong: readonly Limit[] = [
  {
    program: "nss",
    tables: theySign,
    rows: /^RSA-PSS, a key/,
    says: "algorithm-unsupported",
    why: "It writes RSASSA-PSS without parameters, which means SHA-1 (RFC 4055 §3.1), beside SHA-256. OpenSSL refuses that as Signet does, and so does NSS itself.",
    writesWrongly: true,
  },
  {
    program: "gpgsm",
    tables: theyEncrypt,
    rows: /^X25519/,
    says: "decryption-failed",
    why: "It writes the point in libgcrypt's own form, with an octet 0x40 before it (RFC 8418 §2.1 has none). Neither OpenSSL nor NSS open that.",
    writesWrongly: true,
  },
];

export const limits: readonly Limit[] = [...openssl, ...nss, ...gpgsm, ...wrong];

type Words = readonly [
  until: readonly number[] | null,
  tables: RegExp,
  rows: RegExp,
  says: string,
  why: string,
];

function toLimit(program: Program): (words: Words) => Limit {
  return ([until, tables, rows, says, why]) => ({
    program,
    ...(until === null ? {} : { until }),
    tables,
    rows,
    says,
    why,
  });
}

export function limitOf(cell: {
  readonly table: TableName;
  readonly row: string;
  readonly peer: Peer;
}): Limit | null {
  const { table, row, peer } = cell;
  return (
    limits.find(
      ({ program, until, tables, rows }) =>
        program === peer.program &&
        tables.test(table) &&
        rows.test(row) &&
        (until === undefined || isOlder(peer.version, until)),
    ) ?? null
  );
}

/** Whether this limit, and nothing else, is why a cell failed. */
export function explains(limit: Limit, error: unknown): boolean {
  if (!(error instanceof Error) || !error.message.includes(limit.says)) return false;
  return limit.writesWrongly === true || error instanceof PeerRefusal;
}
