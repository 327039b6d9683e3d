/** A time-stamping authority made for the occasion by OpenSSL (RFC 3161): its certificate, and its tokens. */
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { type Certificate, readCertificates } from "../../src/engine/index.js";

const run = promisify(execFile);
const configuration = `
[tsa]
default_tsa = here
[here]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[req]
distinguished_name = dn
[dn]
`;

export interface TimeStampAuthority {
  readonly certificate: Certificate;
  /** @returns a TimeStampToken over these octets, dated now */
  stamp(signature: Bytes): Promise<Bytes>;
}

/**
 * @param extendedKeyUsage as OpenSSL's configuration says it; @param days how long the certificate is valid
 * @param certify makes another certificate for its key, in place of the one that it signed for itself
 */
export async function timeStampAuthority(
  extendedKeyUsage = "critical,timeStamping",
  days = 20_000,
  certify?: (publicKey: Bytes) => Promise<Certificate>,
): Promise<TimeStampAuthority> {
  const made = await inFolder(async (folder, openssl) => {
    await openssl(
      ...[
        "req",
        "-x509",
        "-config",
        "conf",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key",
        "-out",
        "pem",
      ],
      ...["-subj", "/CN=Example Stamps", "-days", String(days)],
      ...["-addext", `extendedKeyUsage=${extendedKeyUsage}`],
    );
    return { key: await readFile(join(folder, "key")), pem: await readFile(join(folder, "pem")) };
  });
  const [own] = await readCertificates(new Uint8Array(made.pem));
  const certificate = (await certify?.(own!.subjectPublicKeyInfo.der.slice())) ?? own!;
  const pem = Buffer.from(new X509Certificate(certificate.der).toString());
  return { certificate, stamp: (signature) => stampWith({ ...made, pem }, signature) };
}

async function stampWith(
  files: { readonly key: Buffer; readonly pem: Buffer },
  signature: Bytes,
): Promise<Bytes> {
  return inFolder(async (folder, openssl) => {
    await writeFile(join(folder, "key"), files.key);
    await writeFile(join(folder, "pem"), files.pem);
    await writeFile(join(folder, "serial"), "2A");
    await writeFile(join(folder, "signature"), signature);
    await openssl("ts", "-query", "-data", "signature", "-sha256", "-cert", "-out", "query");
    await openssl(
      ...["ts", "-reply", "-config", "conf", "-queryfile", "query", "-signer", "pem", "-inkey", "key"],
      ...["-token_out", "-out", "token"],
    );
    return new Uint8Array(await readFile(join(folder, "token")));
  });
}

async function inFolder<Result>(
  work: (folder: string, openssl: (...options: string[]) => Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "signet-stamps-"));
  try {
    await writeFile(join(folder, "conf"), configuration);
    return await work(folder, (...options) => run("openssl", options, { cwd: folder }));
  } finally {
    await rm(folder, { recursive: true });
  }
}
