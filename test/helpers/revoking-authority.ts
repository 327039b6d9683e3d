/**
 * A certificate authority that revokes, run by `openssl ca`: its certificates name a revocation list, an
 * OCSP responder (`openssl ocsp`) and its own certificate on loopback.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bytes, Certificate } from "../../src/engine/index.js";
import { readCertificates } from "../../src/engine/index.js";
import { type TemporaryFolder, temporaryFolder } from "./temporary-folder.js";

const run = promisify(execFile);

const configuration = `
[ca]
default_ca = own
[own]
dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
certificate = ca.pem
private_key = ca.key.pem
default_md = sha256
default_days = 3650
default_crl_days = 30
policy = anything
unique_subject = no
copy_extensions = none
[anything]
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[link]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

export interface Places {
  readonly crl?: string;
  readonly ocsp?: string;
  readonly issuer?: string;
}

export class RevokingAuthority {
  readonly #folder: TemporaryFolder;
  #responder: ChildProcess | null = null;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  static async make(): Promise<RevokingAuthority> {
    const folder = await temporaryFolder();
    const authority = new RevokingAuthority(folder);
    const files = { "ca.cnf": configuration, "index.txt": "", serial: "1000\n", crlnumber: "01\n" };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder.path, name), content);
    await authority.#key("ca");
    const name = ["-subj", "/CN=Revoking Authority", "-days", "3650"];
    await authority.#openssl(
      "req",
      "-x509",
      "-config",
      "ca.cnf",
      "-extensions",
      "root",
      ...name,
      ..."-key ca.key.pem -out ca.pem".split(" "),
    );
    return authority;
  }

  path(name: string): string {
    return join(this.#folder.path, name);
  }

  async read(name: string): Promise<Bytes> {
    return new Uint8Array(await readFile(this.path(name)));
  }

  /** @param name "ca" is the authority itself */
  async certificate(name: string): Promise<Certificate> {
    return (await readCertificates(await this.read(`${name}.pem`)))[0]!;
  }

  /** A person's certificate, or with `below` of an intermediate's, and its key. */
  async issue(name: string, places: Places, below = "ca"): Promise<void> {
    const access = [
      ...(places.ocsp === undefined ? [] : [`OCSP;URI:${places.ocsp}`]),
      ...(places.issuer === undefined ? [] : [`caIssuers;URI:${places.issuer}`]),
    ];
    const lines = [
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=critical,digitalSignature",
      "extendedKeyUsage=emailProtection",
      `subjectAltName=email:${name}@example.test`,
      "authorityKeyIdentifier=keyid",
      ...(places.crl === undefined ? [] : [`crlDistributionPoints=URI:${places.crl}`]),
      ...(access.length === 0 ? [] : [`authorityInfoAccess=${access.join(",")}`]),
    ];
    await writeFile(this.path(`${name}.ext`), lines.join("\n"));
    await this.#request(name);
    await this.#sign(name, below, ["-extfile", `${name}.ext`]);
  }

  /** An authority between this one and people. */
  async issueLink(name: string): Promise<void> {
    await this.#request(name);
    await this.#sign(name, "ca", ["-extensions", "link"]);
  }

  async revoke(name: string, reason = "keyCompromise"): Promise<void> {
    await this.#openssl("ca", "-config", "ca.cnf", "-revoke", `${name}.pem`, "-crl_reason", reason);
  }

  /** @param seconds until the next one is due */
  async crl(seconds = 86_400): Promise<Bytes> {
    await this.#openssl("ca", "-config", "ca.cnf", "-gencrl", "-crlsec", String(seconds), "-out", "crl.pem");
    await this.#openssl("crl", "-in", "crl.pem", "-outform", "DER", "-out", "crl.der");
    return this.read("crl.der");
  }

  /** Certs-only CMS, as a .p7c is. */
  async p7c(name: string): Promise<Bytes> {
    await this.#openssl(
      "crl2pkcs7",
      "-nocrl",
      "-certfile",
      `${name}.pem`,
      "-outform",
      "DER",
      "-out",
      "all.p7c",
    );
    return this.read("all.p7c");
  }

  async der(name: string): Promise<Bytes> {
    await this.#openssl("x509", "-in", `${name}.pem`, "-outform", "DER", "-out", `${name}.der`);
    return this.read(`${name}.der`);
  }

  /** A message by that person, clear-signed, with their certificate only. */
  async signed(name: string, words: string): Promise<Buffer> {
    const entity = `Content-Type: text/plain; charset=utf-8\r\n\r\n${words}\r\n`;
    await writeFile(this.path("entity"), entity);
    const signer = ["-signer", `${name}.pem`, "-inkey", `${name}.key.pem`, "-md", "sha256"];
    await this.#openssl("cms", "-sign", "-binary", "-crlfeol", "-in", "entity", "-out", "signed", ...signer);
    const head = `From: ${name}@example.test\r\nTo: alice@example.test\r\nSubject: ${name}\r\n`;
    return Buffer.concat([Buffer.from(head), await readFile(this.path("signed"))]);
  }

  /** `openssl ocsp` as a responder. @returns where it listens */
  async respond(port: number): Promise<void> {
    const own = ["-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key.pem"];
    const options = ["ocsp", ...own, "-port", String(port), "-nmin", "60"];
    this.#responder = spawn("openssl", options, {
      cwd: this.#folder.path,
      stdio: ["ignore", "pipe", "pipe"],
    });
    // Whatever becomes of the test, nothing is left behind.
    const responder = this.#responder;
    process.once("exit", () => responder.kill("SIGKILL"));
    // Read to its end: a responder whose words nobody hears any more dies of it.
    const said = this.#responder.stderr!;
    await new Promise<void>((resolve, reject) => {
      said.on("data", (words: Buffer) => words.includes("waiting for") && resolve());
      said.once("end", () => reject(new Error("openssl ocsp did not start")));
    });
    this.#responder.stdout!.resume();
  }

  async remove(): Promise<void> {
    this.#responder?.kill();
    await this.#folder.remove();
  }

  async #request(name: string): Promise<void> {
    await this.#key(name);
    await this.#openssl(
      "req",
      "-new",
      "-key",
      `${name}.key.pem`,
      "-subj",
      `/CN=${name}`,
      "-out",
      `${name}.csr`,
    );
  }

  async #sign(name: string, below: string, extensions: readonly string[]): Promise<void> {
    const issuer = ["-cert", `${below}.pem`, "-keyfile", `${below}.key.pem`];
    const files = ["-in", `${name}.csr`, "-out", `${name}.pem`, "-notext", "-batch"];
    await this.#openssl("ca", "-config", "ca.cnf", ...issuer, ...files, ...extensions);
  }

  async #key(name: string): Promise<void> {
    const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    await this.#openssl("genpkey", ...curve, "-out", `${name}.key.pem`);
  }

  async #openssl(...arguments_: string[]): Promise<void> {
    await run("openssl", arguments_, { cwd: this.#folder.path });
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
