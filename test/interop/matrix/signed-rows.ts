/** The rows of the matrix on signatures: what a peer writes and we verify, and what we write and a peer verifies. */
import type { SummaryState, WritePolicy } from "../../../src/engine/index.js";
import type { Options } from "../../helpers/peers/peer.js";

export interface SignedRow {
  readonly says: string;
  readonly signers: readonly string[];
  readonly form?: "clear-signed" | "opaque-signed";
  /** null: no peer is asked to write it */
  readonly by: Options | null;
  /** null: Signet does not write it */
  readonly ours: Partial<WritePolicy> | null;
  /** of the first signer */
  readonly signature: string;
  readonly digest: string;
  /** of the verdict on what a peer wrote */
  readonly state?: SummaryState;
  /** the certificates are none of the message's */
  readonly certificates?: "known";
}

const plain: Options = { openssl: [], nss: [], gpgsm: [] };
const pss = ["-keyopt", "rsa_padding_mode:pss"];

/** Digests as each program spells them. */
const spelled: Readonly<Record<string, Options>> = {
  "SHA-1": { openssl: ["-md", "sha1"], nss: ["-H", "SHA1"], gpgsm: ["--digest-algo", "SHA1"] },
  "SHA-224": { openssl: ["-md", "sha224"], nss: ["-H", "SHA224"], gpgsm: ["--digest-algo", "SHA224"] },
  "SHA-256": { openssl: ["-md", "sha256"], nss: ["-H", "SHA256"], gpgsm: ["--digest-algo", "SHA256"] },
  "SHA-384": { openssl: ["-md", "sha384"], nss: ["-H", "SHA384"], gpgsm: ["--digest-algo", "SHA384"] },
  "SHA-512": { openssl: ["-md", "sha512"], nss: ["-H", "SHA512"], gpgsm: ["--digest-algo", "SHA512"] },
  "SHA3-224": { openssl: ["-md", "sha3-224"] },
  "SHA3-256": { openssl: ["-md", "sha3-256"] },
  "SHA3-384": { openssl: ["-md", "sha3-384"] },
  "SHA3-512": { openssl: ["-md", "sha3-512"] },
};

function rsa(digest: string, more: Partial<SignedRow> = {}): SignedRow {
  const [says, signature] = [`RSA PKCS #1 v1.5, ${digest}`, "RSASSA-PKCS1-v1_5"];
  const ours = digest === "SHA-256" ? {} : null;
  return { says, signers: ["alice-rsa"], by: spelled[digest]!, ours, signature, digest, ...more };
}

function rsaPss(digest: string, more: Partial<SignedRow> = {}): SignedRow {
  const by = { openssl: [...pss, ...spelled[digest]!.openssl!] };
  const ours = digest === "SHA-256" ? ({ rsaSignature: "pss" } as const) : null;
  const [says, signature] = [`RSA-PSS, ${digest}`, "RSASSA-PSS"];
  return { says, signers: ["alice-rsa"], by, ours, signature, digest, ...more };
}

function ecdsa(signer: string, curve: string, digest: string): SignedRow {
  const [says, signature] = [`ECDSA ${curve}, ${digest}`, `ECDSA ${curve}`];
  const own = {
    "P-384": "SHA-384",
    "P-521": "SHA-512",
    brainpoolP384r1: "SHA-384",
    brainpoolP512r1: "SHA-512",
  };
  const ours = digest === ((own as Record<string, string>)[curve] ?? "SHA-256") ? {} : null;
  return { says, signers: [signer], by: spelled[digest]!, ours, signature, digest };
}

/** Schemes that hash by themselves: the digest is that of the content. */
function pure(signer: string, signature: string, digest: string): SignedRow {
  const openssl = ["-md", digest.replace(/^SHA-/, "SHA").toLowerCase()];
  return { says: signature, signers: [signer], by: { ...plain, openssl }, ours: {}, signature, digest };
}

const algorithms: readonly SignedRow[] = [
  ...["SHA-256", "SHA-384", "SHA-512", "SHA-224"].map((digest) => rsa(digest)),
  ...["SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"].map((digest) => rsa(digest)),
  rsa("SHA-1", { says: "RSA PKCS #1 v1.5, SHA-1: told as too weak", state: "6" }),
  rsa("SHA-256", { says: "RSA-4096, SHA-256", signers: ["big-rsa4096"] }),
  ...["SHA-256", "SHA-384", "SHA-512", "SHA-224"].map((digest) => rsaPss(digest)),
  rsaPss("SHA-256", {
    says: "RSA-PSS, the longest salt",
    by: { openssl: [...pss, "-keyopt", "rsa_pss_saltlen:max"] },
    ours: null,
  }),
  rsaPss("SHA-256", {
    says: "RSA-PSS, a key for it alone",
    signers: ["judy-pss"],
    by: { ...plain, openssl: [...pss, "-md", "sha256"] },
    ours: {},
  }),
  ecdsa("bob-p256", "P-256", "SHA-256"),
  ecdsa("bob-p256", "P-256", "SHA-512"),
  ecdsa("bob-p256", "P-256", "SHA3-256"),
  ecdsa("carol-p384", "P-384", "SHA-384"),
  ecdsa("dave-p521", "P-521", "SHA-512"),
  ecdsa("frank-bp256", "brainpoolP256r1", "SHA-256"),
  ecdsa("grace-bp384", "brainpoolP384r1", "SHA-384"),
  ecdsa("heidi-bp512", "brainpoolP512r1", "SHA-512"),
  pure("erin-ed25519", "Ed25519", "SHA-512"),
  pure("ivan-ed448", "Ed448", "SHAKE256"),
  pure("mia-mldsa44", "ML-DSA-44", "SHA-512"),
  pure("nora-mldsa65", "ML-DSA-65", "SHA-512"),
  pure("otto-mldsa87", "ML-DSA-87", "SHA-512"),
  pure("pia-slh128f", "SLH-DSA-SHA2-128f", "SHA-256"),
  { ...pure("quin-slh128s", "SLH-DSA-SHA2-128s", "SHA-256"), ours: null },
  pure("sven-slh192f", "SLH-DSA-SHA2-192f", "SHA-512"),
  { ...pure("rita-slhshake128f", "SLH-DSA-SHAKE-128f", "SHAKE128"), ours: null },
  { ...pure("tom-slhshake256f", "SLH-DSA-SHAKE-256f", "SHAKE256"), ours: null },
];

const forms: readonly SignedRow[] = [
  rsa("SHA-256", { says: "opaque, RSA", form: "opaque-signed", by: plain, ours: {} }),
  { ...ecdsa("bob-p256", "P-256", "SHA-256"), says: "opaque, P-256", form: "opaque-signed", by: plain },
  rsa("SHA-256", { says: "clear, indefinite lengths", by: { openssl: ["-stream"] }, ours: null }),
  rsa("SHA-256", {
    says: "opaque, indefinite lengths",
    form: "opaque-signed",
    by: { openssl: ["-stream"] },
    ours: null,
  }),
  rsa("SHA-256", { says: "without attributes", by: { openssl: ["-noattr"] }, ours: null }),
  rsa("SHA-256", {
    says: "with signing time and capabilities",
    by: { openssl: [], nss: ["-G", "-P"], gpgsm: [] },
    ours: null,
  }),
  rsa("SHA-256", { says: "signer by subject key identifier", by: { openssl: ["-keyid"] }, ours: null }),
  rsa("SHA-256", {
    says: "with signingCertificateV2",
    by: { openssl: ["-cades", "-md", "sha256"] },
    ours: null,
  }),
  rsa("SHA-256", {
    says: "with a receipt request",
    by: { openssl: ["-receipt_request_to", "alice@example.test", "-receipt_request_all"] },
    ours: null,
  }),
  rsa("SHA-256", {
    says: "several signers, RSA and P-256",
    signers: ["alice-rsa", "bob-p256"],
    by: { openssl: [], gpgsm: [] },
    ours: null,
  }),
  rsa("SHA-256", {
    says: "without certificates",
    by: { openssl: ["-nocerts"], gpgsm: ["--include-certs", "0"] },
    ours: null,
    certificates: "known",
  }),
  rsa("SHA-256", {
    says: "the signer's certificate alone",
    by: { gpgsm: ["--include-certs", "1"] },
    ours: null,
    certificates: "known",
  }),
  rsa("SHA-256", {
    says: "with certificates that have nothing to do with it",
    by: { openssl: ["-certfile", "KEYS/strangers.pem"] },
    ours: null,
  }),
];

export const signedRows: readonly SignedRow[] = [...algorithms, ...forms];
