/** The certificate authority behind the stand-in ACME server: OpenSSL, in a folder of its own. Never a public one. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** 1.2.840.113549.1.1.1: what RFC 5280 §4.2.1.3 lets a key do depends on it */
const rsaEncryption = Buffer.from("06092a864886f70d010101", "hex");

export class AcmeAuthority {
  readonly #folder: string;
  #issued = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<AcmeAuthority> {
    const authority = new AcmeAuthority(await mkdtemp(join(tmpdir(), "signet-acme-authority-")));
    await authority.#certify("root", null);
    await authority.#certify("issuing", "root");
    return authority;
  }

  /** e.g. "root.pem" */
  path(name: string): string {
    return join(this.#folder, name);
  }

  /**
   * What OpenSSL makes of a request.
   * @returns null where its own signature does not hold, or it asks for no or for other addresses
   */
  async addressesIn(request: Uint8Array): Promise<readonly string[] | null> {
    const file = this.path("checked.der");
    await writeFile(file, request);
    const shown = await run("openssl", [
      "req",
      "-inform",
      "DER",
      "-in",
      file,
      "-verify",
      "-noout",
      "-text",
    ]).catch(() => null);
    if (shown === null || !/self-signature verify OK|verify OK/.test(shown.stderr + shown.stdout))
      return null;
    const names = /X509v3 Subject Alternative Name:[^\n]*\n\s*(.+)/.exec(shown.stdout)?.[1];
    return names === undefined ? null : names.split(", ").map((name) => name.replace(/^email:/, ""));
  }

  /** @returns PEM: the certificate, and who issued it */
  async issue(request: Uint8Array, address: string, days = 90): Promise<string> {
    const name = `issued-${++this.#issued}`;
    await writeFile(this.path(`${name}.csr`), request);
    const encryption = Buffer.from(request).includes(rsaEncryption) ? "keyEncipherment" : "keyAgreement";
    await writeFile(
      this.path(`${name}.cnf`),
      `basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature,${encryption}\nextendedKeyUsage=emailProtection\nsubjectAltName=email:${address}\n`,
    );
    await this.#openssl(
      ...[
        "x509",
        "-req",
        "-inform",
        "DER",
        "-in",
        `${name}.csr`,
        "-CA",
        "issuing.pem",
        "-CAkey",
        "issuing.key",
      ],
      ...["-days", String(days), "-extfile", `${name}.cnf`, "-subj", "/CN=Person", "-out", `${name}.pem`],
    );
    return `${await this.#read(`${name}.pem`)}${await this.#read("issuing.pem")}`;
  }

  /** A certificate for a key that nobody asked with. */
  async issueForAnotherKey(address: string): Promise<string> {
    await this.#openssl(
      ...[
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=Other",
      ],
      ...["-keyout", "other.key", "-outform", "DER", "-out", "other.csr"],
    );
    return this.issue(new Uint8Array(await readFile(this.path("other.csr"))), address);
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  async #certify(name: string, issuer: string | null): Promise<void> {
    await this.#openssl(
      ...["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=Stand-in ${name}`],
      ...["-keyout", `${name}.key`, "-out", `${name}.csr`],
    );
    const length = issuer === null ? "" : ",pathlen:0";
    await writeFile(
      this.path(`${name}.cnf`),
      `basicConstraints=critical,CA:true${length}\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n`,
    );
    const by =
      issuer === null ? ["-signkey", `${name}.key`] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`];
    await this.#openssl(
      ...["x509", "-req", "-in", `${name}.csr`, ...by, "-days", "3650", "-extfile", `${name}.cnf`],
      ...["-out", `${name}.pem`],
    );
  }

  async #openssl(...words: readonly string[]): Promise<void> {
    await run("openssl", words, { cwd: this.#folder });
  }

  #read(name: string): Promise<string> {
    return readFile(this.path(name), "utf8");
  }
}
