/**
 * What is measured on: messages as OpenSSL writes them, from 1 KB to 25 MB of attachment, and five hundred
 * recipients. Made once into `.build/bench/files`, and again only where this file's recipe has changed.
 */
import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bytes } from "../../src/engine/base/bytes.js";
import { children, contents, encoded, readWhole } from "../../src/engine/base/der-reader.js";
import { octetString } from "../../src/engine/base/der-writer.js";
import { readCertificates } from "../../src/engine/index.js";
import { addressed, forgeCertificate, name } from "../helpers/forge-certificate.js";
import { crlEntry, forgeCrl, reason } from "../helpers/forge-revocation.js";
import { testKeys } from "../helpers/test-keys.js";

/** Raised when the files would come out otherwise. */
const recipe = "7";

export const files = fileURLToPath(new URL("../../.build/bench/files/", import.meta.url));

/** octets of attachment; the MIME around it is 1.37 times as long */
export const sizes = {
  "1KB": 1_000,
  "10KB": 7_000,
  "100KB": 100_000,
  "1MB": 1_000_000,
  "10MB": 10_000_000,
  "25MB": 25_000_000,
} as const;
export type Size = keyof typeof sizes;

export const many = 500;

/** Each message with a signer and an authority of its own: more certificates than the engine remembers. */
const strangers = 260;

export async function makeMaterials(): Promise<void> {
  if (existsSync(`${files}complete`) && readFileSync(`${files}complete`, "utf8") === recipe) {
    return makeRevocationList();
  }
  rmSync(files, { recursive: true, force: true });
  mkdirSync(files, { recursive: true });
  const keys = await testKeys();
  for (const who of ["root", "intermediate", "alice-rsa", "big-rsa4096", "bob-p256"]) {
    copyFileSync(`${keys}/${who}.pem`, `${files}${who}.pem`);
    if (existsSync(`${keys}/${who}.p12`)) copyFileSync(`${keys}/${who}.p12`, `${files}${who}.p12`);
    copyFileSync(`${keys}/${who}.key.pem`, `${files}${who}.key.pem`);
  }
  makeRsaAuthorities();
  for (const size of Object.keys(sizes) as Size[]) makeMessages(size);
  makeStrangers("clear", "root", "intermediate");
  makeStrangers("clear-rsa", "rsa-root", "rsa-ca");
  openssl("cms -encrypt -binary -aes-256-cbc -in 1KB.mime -outform DER -out 1KB.rsa4096.p7m big-rsa4096.pem");
  writeLetter("1KB.rsa4096", opaque("enveloped-data", read("1KB.rsa4096.p7m")));
  await makeRecipients();
  await makeRevocationList();
  writeFileSync(`${files}complete`, recipe);
}

/** As long as the longest CRLs that authorities publish: a million entries, none of them Bob's. */
async function makeRevocationList(): Promise<void> {
  if (existsSync(`${files}50MB.crl`)) return;
  const [certificate] = await readCertificates(new Uint8Array(read("intermediate.pem")));
  const key = createPrivateKey(read("intermediate.key.pem"));
  const entry = crlEntry({ serial: new Uint8Array(16).fill(0x33), extensions: [reason(1)] });
  const count = Math.floor((50 * 1024 * 1024) / entry.length);
  const entries = new Uint8Array(count * entry.length);
  const view = new DataView(entries.buffer);
  for (let at = 0; at < entries.length; at += entry.length) {
    entries.set(entry, at);
    // The middle of its serial number: no two are the same.
    view.setUint32(at + 8, at);
  }
  const day = 86_400_000;
  const [thisUpdate, nextUpdate] = [-day, 3_650 * day].map((ms) => new Date(Date.now() + ms).toISOString());
  const by = { certificate: certificate!, key, name: certificate!.subject };
  writeFileSync(
    `${files}50MB.crl`,
    forgeCrl({ by, entries, thisUpdate: thisUpdate!, nextUpdate: nextUpdate! }),
  );
}

function openssl(command: string): void {
  execFileSync("openssl", command.split(" "), { cwd: files, stdio: "pipe" });
}

const read = (file: string): Buffer => readFileSync(files + file);

/** Most public authorities have RSA keys of 4096 bits: a path of three as it arrives. */
function makeRsaAuthorities(): void {
  const extensions = {
    authority:
      "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n",
    person:
      "keyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=emailProtection\n" +
      "subjectAltName=email:alice@example.test\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
  };
  writeFileSync(`${files}authority.ext`, extensions.authority);
  writeFileSync(`${files}person.ext`, extensions.person);
  const request = (who: string, bits: number): void =>
    openssl(`req -new -newkey rsa:${bits} -nodes -keyout ${who}.key.pem -subj /CN=${who} -out ${who}.csr`);
  const issue = (who: string, by: string, kind: keyof typeof extensions): void => {
    const issuer =
      by === who ? `-signkey ${who}.key.pem` : `-CA ${by}.pem -CAkey ${by}.key.pem -CAcreateserial`;
    openssl(`x509 -req -in ${who}.csr ${issuer} -days 3650 -sha256 -extfile ${kind}.ext -out ${who}.pem`);
  };
  request("rsa-root", 4096);
  issue("rsa-root", "rsa-root", "authority");
  request("rsa-ca", 4096);
  issue("rsa-ca", "rsa-root", "authority");
  request("rsa-alice", 2048);
  issue("rsa-alice", "rsa-ca", "person");
}

const head =
  "From: Alice Example <alice@example.test>\r\nTo: alice@example.test\r\nSubject: Measured\r\nMIME-Version: 1.0\r\n";

function base64Lines(octets: Buffer): string {
  return octets.toString("base64").replace(/.{76}/g, "$&\r\n").trimEnd() + "\r\n";
}

function opaque(smimeType: string, cms: Buffer): Buffer {
  const type = `Content-Type: application/pkcs7-mime; smime-type=${smimeType}; name="smime.p7m"\r\n`;
  return Buffer.from(`${type}Content-Transfer-Encoding: base64\r\n\r\n${base64Lines(cms)}`);
}

function writeLetter(file: string, entity: Buffer): void {
  writeFileSync(`${files}${file}.eml`, Buffer.concat([Buffer.from(head), entity]));
}

function clearSigned(content: Buffer, signature: Buffer): Buffer {
  const type =
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="sig"\r\n\r\n';
  const part =
    'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\n';
  const middle = `\r\n--sig\r\n${part}${base64Lines(signature)}--sig--\r\n`;
  return Buffer.concat([Buffer.from(`${type}--sig\r\n`), content, Buffer.from(middle)]);
}

function makeMessages(size: Size): void {
  const text = "Content-Type: text/plain; charset=utf-8\r\n\r\nThe film, as we said.\r\n";
  const film = 'Content-Type: video/mp4\r\nContent-Disposition: attachment; filename="film.mp4"\r\n';
  const attachment = `${film}Content-Transfer-Encoding: base64\r\n\r\n${base64Lines(randomBytes(sizes[size]))}`;
  const mime = `Content-Type: multipart/mixed; boundary="mix"\r\n\r\n--mix\r\n${text}\r\n--mix\r\n${attachment}\r\n--mix--\r\n`;
  writeFileSync(`${files}${size}.mime`, mime);
  writeLetter(`${size}.draft`, Buffer.from(mime));
  for (const [who, authority] of [
    ["alice-rsa", "intermediate"],
    ["rsa-alice", "rsa-ca"],
  ] as const) {
    const signer = `-signer ${who}.pem -inkey ${who}.key.pem -certfile ${authority}.pem -md sha256`;
    const form = who === "alice-rsa" ? "clear" : "clear-rsa";
    openssl(`cms -sign -binary -in ${size}.mime ${signer} -outform DER -out ${size}.${form}.p7s`);
    writeLetter(`${size}.${form}`, clearSigned(Buffer.from(mime), read(`${size}.${form}.p7s`)));
    if (form !== "clear") continue;
    openssl(`cms -sign -nodetach -binary -in ${size}.mime ${signer} -outform DER -out ${size}.opaque.p7m`);
    writeLetter(`${size}.opaque`, opaque("signed-data", read(`${size}.opaque.p7m`)));
  }
  for (const form of ["cbc", "gcm"]) {
    openssl(
      `cms -encrypt -binary -aes-256-${form} -in ${size}.mime -outform DER -out ${size}.${form}.p7m alice-rsa.pem`,
    );
    const definite = read(`${size}.${form}.p7m`);
    const chunked = inChunks(definite);
    writeFileSync(`${files}${size}.${form}-ber.p7m`, chunked);
    writeLetter(`${size}.${form}`, opaque("enveloped-data", definite));
    writeLetter(`${size}.${form}-ber`, opaque("enveloped-data", chunked));
  }
  // PKI.js has no RSAES-PKCS1-v1_5.
  const oaep = "-recip alice-rsa.pem -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256";
  openssl(`cms -encrypt -binary -aes-256-cbc -in ${size}.mime -outform DER -out ${size}.oaep.p7m ${oaep}`);
}

/**
 * The message of 10 KB, signed by one person after the other: whole messages in one file, their bare signatures
 * in another, each behind its length in four octets.
 */
function makeStrangers(form: string, root: string, authority: string): void {
  const mime = read("10KB.mime");
  openssl(`req -new -key ${authority}.key.pem -subj /CN=Authority -out stranger-ca.csr`);
  const keys = 20;
  for (let i = 0; i < keys; i++) {
    openssl(
      `req -new -newkey rsa:2048 -nodes -keyout stranger${i}.key.pem -subj /CN=Person -out stranger${i}.csr`,
    );
  }
  const letters: Buffer[] = [];
  const signatures: Buffer[] = [];
  for (let i = 0; i < strangers; i++) {
    const issued = `-days 3650 -sha256 -set_serial ${1_000_000 + i}`;
    const key = `stranger${i % keys}`;
    openssl(
      `x509 -req -in stranger-ca.csr -CA ${root}.pem -CAkey ${root}.key.pem ${issued} -extfile authority.ext -out stranger-ca.pem`,
    );
    openssl(
      `x509 -req -in ${key}.csr -CA stranger-ca.pem -CAkey ${authority}.key.pem ${issued} -extfile person.ext -out stranger.pem`,
    );
    openssl(
      `cms -sign -binary -in 10KB.mime -signer stranger.pem -inkey ${key}.key.pem -certfile stranger-ca.pem -md sha256 -outform DER -out stranger.p7s`,
    );
    const signature = read("stranger.p7s");
    signatures.push(behindLength(signature));
    letters.push(behindLength(Buffer.concat([Buffer.from(head), clearSigned(mime, signature)])));
  }
  writeFileSync(`${files}10KB.${form}.strangers`, Buffer.concat(letters));
  writeFileSync(`${files}10KB.${form}.strangers.p7s`, Buffer.concat(signatures));
}

function behindLength(octets: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets.length);
  return Buffer.concat([length, octets]);
}

/** The same envelope with indefinite lengths, its content in chunks of 1,000 octets, as programs that stream write it. */
function inChunks(definite: Buffer): Buffer {
  const [type, explicit] = children(readWhole(new Uint8Array(definite), "ber"));
  const [envelope] = children(explicit!);
  const [version, recipients, encryptedContentInfo, ...tail] = children(envelope!);
  const [contentType, algorithm, content] = children(encryptedContentInfo!);
  const octets = contents(content!);
  const chunks: Bytes[] = [];
  for (let at = 0; at < octets.length; at += 1000) chunks.push(octetString(octets.subarray(at, at + 1000)));
  const open = (tag: number): Bytes => Uint8Array.of(tag, 0x80);
  const close = new Uint8Array(2);
  const inner = [encoded(contentType!), encoded(algorithm!), open(0xa0), ...chunks, close];
  const body = [encoded(version!), encoded(recipients!), open(0x30), ...inner, close, ...tail.map(encoded)];
  return Buffer.concat([open(0x30), encoded(type!), open(0xa0), open(0x30), ...body, close, close, close]);
}

/** Five hundred people; of RSA keys twenty, because making one takes a tenth of a second and using it no less. */
async function makeRecipients(): Promise<void> {
  const ec = { namedCurve: "P-256" };
  const issuer = await forgeCertificate({ subject: name("Bench CA") });
  const rsaKeys = Array.from(
    { length: 20 },
    () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  );
  for (const kind of ["rsa", "p256"] as const) {
    const certificates: string[] = [];
    for (let i = 0; i < many; i++) {
      const key = kind === "rsa" ? rsaKeys[i % rsaKeys.length]! : generateKeyPairSync("ec", ec).privateKey;
      const extensions = [addressed(`person${i}@example.test`)];
      const { certificate } = await forgeCertificate({
        subject: name(`Person ${i}`),
        by: issuer,
        key,
        extensions,
        from: "2024-01-01",
      });
      const lines = Buffer.from(certificate.der).toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
      certificates.push(`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
    }
    writeFileSync(`${files}people-${kind}.pem`, certificates.join(""));
  }
}
