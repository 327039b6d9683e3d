/** The rows of the matrix on encryption: what a peer writes and we open, and what we write and a peer opens. */
import type { WritePolicy } from "../../../src/engine/index.js";
import type { Options } from "../../helpers/peers/peer.js";

export interface EncryptedRow {
  readonly says: string;
  readonly recipients: readonly string[];
  /** whose key opens it */
  readonly opens: string;
  /** null: no peer is asked to write it */
  readonly by: Options | null;
  /** null: Signet does not write it, or not without being asked */
  readonly ours: Partial<WritePolicy> | null;
  /** of what a peer wrote; null: as the peer pleases */
  readonly cipher: string | null;
  readonly keys: string;
  /** without a certificate: what both sides know */
  readonly secret?: { readonly password: string } | { readonly keyIdentifier: string; readonly key: string };
  /** opened, and told as too weak */
  readonly weak?: true;
}

const aes = ["-aes256"];
const legacy = ["-provider", "legacy", "-provider", "default"];
const always = { authenticatedEncryption: "always" } as const;
const oaep = [...aes, "-keyopt", "rsa_padding_mode:oaep"];
const v15 = "RSAES-PKCS1-v1_5";

function cipher(says: string, option: string, more: Partial<EncryptedRow> = {}): EncryptedRow {
  const by = { openssl: [option] };
  return { says: `${says}, RSA`, ...toAlice, by, ours: null, cipher: says, keys: v15, ...more };
}

const toAlice = { recipients: ["alice-rsa"], opens: "alice-rsa" };

const ciphers: readonly EncryptedRow[] = [
  {
    says: "RSA, as it comes",
    ...toAlice,
    by: { openssl: aes, nss: [], gpgsm: [] },
    ours: {},
    cipher: null,
    keys: v15,
  },
  cipher("AES-128-CBC", "-aes128", { by: { openssl: ["-aes128"], gpgsm: ["--cipher-algo", "AES128"] } }),
  cipher("AES-192-CBC", "-aes192", { by: { openssl: ["-aes192"], gpgsm: ["--cipher-algo", "AES192"] } }),
  cipher("AES-256-CBC", "-aes256", { by: { openssl: aes, gpgsm: ["--cipher-algo", "AES256"] }, ours: {} }),
  cipher("AES-128-GCM", "-aes-128-gcm"),
  cipher("AES-192-GCM", "-aes-192-gcm"),
  cipher("AES-256-GCM", "-aes-256-gcm", { ours: always }),
  cipher("3DES", "-des3", {
    by: { openssl: ["-des3"], gpgsm: ["--cipher-algo", "3DES"] },
    cipher: "3DES-CBC",
    weak: true,
  }),
  cipher("RC2-128", "", { by: { openssl: ["-rc2-128", ...legacy] }, cipher: "RC2-128-CBC", weak: true }),
  cipher("RC2-40", "", { by: { openssl: ["-rc2-40", ...legacy] }, cipher: "RC2-40-CBC", weak: true }),
  cipher("RSA-4096", "-aes256", {
    says: "RSA-4096",
    recipients: ["big-rsa4096"],
    opens: "big-rsa4096",
    by: { openssl: aes, nss: [], gpgsm: [] },
    ours: {},
    cipher: null,
  }),
  cipher("indefinite lengths", "-aes256", { by: { openssl: [...aes, "-stream"] }, cipher: "AES-256-CBC" }),
  cipher("recipient by subject key identifier", "", {
    by: { openssl: [...aes, "-keyid"] },
    cipher: "AES-256-CBC",
  }),
];

function oaepRow(says: string, ...options: string[]): EncryptedRow {
  const words = options.flatMap((option) => ["-keyopt", option]);
  return {
    says: `OAEP, ${says}`,
    ...toAlice,
    by: { openssl: [...oaep, ...words] },
    ours: null,
    cipher: "AES-256-CBC",
    keys: "RSAES-OAEP",
  };
}

const oaepRows: readonly EncryptedRow[] = [
  oaepRow("SHA-1"),
  ...["224", "256", "384", "512"].map((size) => oaepRow(`SHA-${size}`, `rsa_oaep_md:sha${size}`)),
  oaepRow("SHA3-256", "rsa_oaep_md:sha3-256"),
  oaepRow("SHA-256, mask by SHA-1", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha1"),
  oaepRow("SHA-1, mask by SHA-512", "rsa_oaep_md:sha1", "rsa_mgf1_md:sha512"),
  oaepRow("SHA-512 with a label", "rsa_oaep_md:sha512", "rsa_oaep_label:6c756e6368"),
];

function agreement(recipient: string, keys: string, more: Partial<EncryptedRow> = {}): EncryptedRow {
  return {
    says: keys,
    recipients: [recipient],
    opens: recipient,
    by: { openssl: aes, nss: [], gpgsm: [] },
    ours: {},
    cipher: null,
    keys,
    ...more,
  };
}

function kdf(curve: string, recipient: string, options: readonly string[]): EncryptedRow {
  const words = options.flatMap((option) => ["-keyopt", option]);
  const says = `ECDH ${curve}, ${options.map((option) => option.replace("ecdh_kdf_md:", "KDF ")).join(", ")}`;
  return agreement(recipient, `ECDH ${curve}`, { says, by: { openssl: [...aes, ...words] }, ours: null });
}

const digests = ["sha1", "sha224", "sha256", "sha384", "sha512"];

const agreements: readonly EncryptedRow[] = [
  agreement("bob-p256", "ECDH P-256"),
  agreement("carol-p384", "ECDH P-384"),
  agreement("dave-p521", "ECDH P-521"),
  ...digests.map((digest) => kdf("P-256", "bob-p256", [`ecdh_kdf_md:${digest}`])),
  kdf("P-384", "carol-p384", ["ecdh_kdf_md:sha384"]),
  kdf("P-521", "dave-p521", ["ecdh_kdf_md:sha512"]),
  kdf("P-256", "bob-p256", ["ecdh_kdf_md:sha256", "ecdh_cofactor_mode:1"]),
  agreement("bob-p256", "ECDH P-256", {
    says: "ECDH P-256, AES-128-GCM",
    by: { openssl: ["-aes-128-gcm"] },
    ours: null,
  }),
  agreement("bob-p256", "ECDH P-256", {
    says: "ECDH P-256, AES-256-GCM",
    by: { openssl: ["-aes-256-gcm"] },
    ours: always,
  }),
  agreement("frank-bp256", "ECDH brainpoolP256r1"),
  agreement("grace-bp384", "ECDH brainpoolP384r1"),
  agreement("heidi-bp512", "ECDH brainpoolP512r1"),
  agreement("kim-x25519", "X25519"),
  agreement("lee-x448", "X448"),
  agreement("ulla-mlkem512", "ML-KEM-512"),
  agreement("vera-mlkem768", "ML-KEM-768"),
  agreement("walt-mlkem1024", "ML-KEM-1024"),
];

const wraps: readonly EncryptedRow[] = ["des3-wrap", "aes128-wrap", "aes192-wrap", "aes256-wrap"].map(
  (wrap) =>
    agreement("bob-p256", "ECDH P-256", {
      says: `ECDH P-256, key wrapped by ${wrap.replace("-wrap", "").toUpperCase().replace("DES3", "3DES")}`,
      by: { openssl: [...aes, `-${wrap}`] },
      ours: null,
    }),
);

const kem: readonly EncryptedRow[] = [
  ["HKDF-SHA-512 and ukm", "-recip_kdf", "HKDF-SHA512", "-recip_ukm", "6c756e6368"],
  ["HKDF-SHA-384", "-recip_kdf", "id-alg-hkdf-with-sha384"],
].map(([says, ...options]) =>
  agreement("vera-mlkem768", "ML-KEM-768", {
    says: `ML-KEM-768, ${says}`,
    by: { openssl: [...aes, ...options] },
    ours: null,
  }),
);

function secretly(says: string, options: readonly string[], more: Partial<EncryptedRow>): EncryptedRow {
  const by = { openssl: [...aes, ...options] };
  return {
    says,
    recipients: [],
    opens: "alice-rsa",
    by,
    ours: null,
    cipher: "AES-256-CBC",
    keys: "",
    ...more,
  };
}

const key = "00112233445566778899AABBCCDDEEFF";
const secrets: readonly EncryptedRow[] = [
  secretly("password", ["-pwri_password", "Sesam, öffne dich"], {
    secret: { password: "Sesam, öffne dich" },
    keys: "PBKDF2",
  }),
  ...[16, 24, 32].map((length) =>
    secretly(
      `key known to both, ${8 * length} bits`,
      ["-secretkey", `${key}${key}`.slice(0, 2 * length), "-secretkeyid", "6c756e6368"],
      {
        secret: { keyIdentifier: "6c756e6368", key: `${key}${key}`.slice(0, 2 * length) },
        keys: "KEK",
      },
    ),
  ),
];

/** One of them is Alice; all have her key, so that nobody else's has to be made. */
const crowd = [...Array.from({ length: 499 }, (_, at) => `crowd${at + 1}-rsa`), "alice-rsa"];

const five = ["alice-rsa", "bob-p256", "carol-p384", "dave-p521", "big-rsa4096"];

const mixed: readonly EncryptedRow[] = five.map((opens) => ({
  ...agreement(opens, opens.includes("rsa") ? v15 : `ECDH ${opens.split("-")[1]!.replace("p", "P-")}`),
  says: `five recipients, opened by ${opens}`,
  recipients: five,
}));

const many: readonly EncryptedRow[] = [
  {
    says: "RSA, P-256 and a password, opened by the password",
    recipients: ["big-rsa4096", "bob-p256"],
    opens: "alice-rsa",
    by: { openssl: [...aes, "-pwri_password", "Sesam"] },
    ours: null,
    cipher: "AES-256-CBC",
    keys: "PBKDF2",
    secret: { password: "Sesam" },
  },
  {
    says: "500 recipients",
    recipients: crowd,
    opens: "alice-rsa",
    by: { openssl: aes },
    ours: {},
    cipher: "AES-256-CBC",
    keys: v15,
  },
];

export const encryptedRows: readonly EncryptedRow[] = [
  ...[...ciphers, ...oaepRows, ...agreements, ...wraps, ...kem],
  ...[...secrets, ...mixed, ...many],
];
