/**
 * Identities out of whatever file a person has: PKCS #12 (`pkcs12.ts`), or PEM with private keys and
 * certificates in any order (RFC 7468): PKCS #8 open or encrypted, and OpenSSL's traditional "RSA" and
 * "EC PRIVATE KEY", with its own encryption too.
 */
import { type Bytes, concat, fromHex, fromUtf8, toAscii } from "../base/bytes.js";
import { encoded, readWhole } from "../base/der-reader.js";
import { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "../base/errors.js";
import { decodeBase64 } from "../kernels/base64.js";
import { readCertificates } from "../x509/read-certificates.js";
import { decryptLegacyCbc } from "./legacy-ciphers.js";
import { type Pkcs12Entry, matchEntries } from "./match-entries.js";
import type { Pause } from "./own-certificates.js";
import { decryptAesCbc } from "./password-encryption.js";
import { RoundCounter, passwordForms } from "./password-secret.js";
import { maximumFileBytes, readPkcs12 } from "./pkcs12.js";
import { type Bag, type KeyBag, decryptKey } from "./pkcs12-bags.js";
import { ecPkcs8, parseEcKey } from "./pkcs8-ec.js";
import { parseRsaKey } from "./pkcs8-rsa.js";
import { asKeyFault } from "./pkcs8.js";

/**
 * @param bytes PKCS #12 as `readPkcs12` takes it, or PEM with private keys, certificates, or both
 * @param pause as `readPkcs12`
 * @returns as `readPkcs12`
 * @throws as `readPkcs12`
 */
export async function readKeyFile(
  bytes: Bytes,
  password: string,
  pause?: Pause,
): Promise<readonly Pkcs12Entry[]> {
  if (bytes.length > maximumFileBytes) throw new BudgetExceededError("key file");
  const text = bytes[0] === 0x30 ? "" : toAscii(bytes);
  const blocks = privateKeyBlocks(text);
  if (blocks.length === 0 && !text.includes("-----BEGIN CERTIFICATE-----"))
    return readPkcs12(bytes, password, pause);
  const rounds = new RoundCounter();
  const bags: Bag[] = [];
  for (const block of blocks) bags.push(await readBlock(block, password, rounds));
  for (const { der } of await readCertificates(bytes)) bags.push({ kind: "certificate", der, ...unlabelled });
  try {
    return await matchEntries(bags, pause);
  } finally {
    for (const bag of bags) if (bag.kind === "key") bag.der.fill(0);
  }
}

const unlabelled = { localKeyId: null, friendlyName: null };
const maximumKeys = 100;

interface PemBlock {
  /** "", "ENCRYPTED ", "RSA ", "EC ", or what else stands before "PRIVATE KEY" */
  readonly kind: string;
  /** between the lines of BEGIN and END */
  readonly text: string;
}

function privateKeyBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{0,20}?)PRIVATE KEY-----/g;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    if (blocks.length === maximumKeys) throw new BudgetExceededError("private keys in a file");
    const kind = match[1]!;
    const end = text.indexOf(`-----END ${kind}PRIVATE KEY-----`, begin.lastIndex);
    if (end < 0) throw new MalformedError("key-malformed", "PEM without its end");
    blocks.push({ kind, text: text.slice(begin.lastIndex, end) });
    begin.lastIndex = end;
  }
  return blocks;
}

async function readBlock({ kind, text }: PemBlock, password: string, rounds: RoundCounter): Promise<KeyBag> {
  // Bounded, because a pattern that may give back what it took needs quadratic time on a line of blanks.
  const encryption = /^DEK-Info: {0,8}([^,\r\n]{1,40}),([0-9A-Fa-f]{1,64})\r?$/m.exec(text);
  // RFC 1421 §4.4: a blank line ends the headers.
  const base64 = encryption === null ? text : text.slice(text.search(/\r?\n\r?\n/));
  const body = asKeyFault(() => decodeBase64(fromUtf8(base64)));
  const bag = (der: Bytes, protection: KeyBag["protection"]): KeyBag => ({
    kind: "key",
    der,
    protection,
    ...unlabelled,
  });
  if (kind === "ENCRYPTED ") return bag(await decryptWithAnyForm(body, password, rounds), "password");
  if (encryption === null) return bag(asPkcs8(kind, body), "none");
  const plain = await decryptTraditional(body, password, { cipher: encryption[1]!, iv: encryption[2]! });
  try {
    return bag(asPkcs8(kind, plain), "password");
  } catch (cause) {
    // One time in 256 a wrong password leaves a padding that looks right, and garbage.
    if (cause instanceof MalformedError) throw new DecryptionError();
    throw cause;
  }
}

function asPkcs8(kind: string, der: Bytes): Bytes {
  switch (kind) {
    case "":
      return asKeyFault(() => encoded(readWhole(der, "ber")));
    case "RSA ":
      return asKeyFault(() => parseRsaKey(der).pkcs8);
    case "EC ": {
      const { curve, privateKey, point } = asKeyFault(() =>
        parseEcKey(der, { parameters: null, publicKey: null }),
      );
      return ecPkcs8(curve, privateKey, point);
    }
    default:
      // DSA, OPENSSH and the like
      throw new UnsupportedError("key-unsupported", `${kind}PRIVATE KEY`);
  }
}

async function decryptWithAnyForm(body: Bytes, password: string, rounds: RoundCounter): Promise<Bytes> {
  const shrouded = asKeyFault(() => readWhole(body, "ber"));
  for (const form of passwordForms(password)) {
    try {
      return await decryptKey(shrouded, { form, rounds });
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
    }
  }
  throw new DecryptionError();
}

/** octets of the key; by the name of DEK-Info (RFC 1423 §1.1, and OpenSSL's own) */
const traditionalCiphers: Readonly<
  Record<string, { readonly keyLength: number; readonly des?: "des" | "3des" }>
> = {
  "DES-CBC": { keyLength: 8, des: "des" },
  "DES-EDE3-CBC": { keyLength: 24, des: "3des" },
  "AES-128-CBC": { keyLength: 16 },
  "AES-192-CBC": { keyLength: 24 },
  "AES-256-CBC": { keyLength: 32 },
};

/** OpenSSL's PEM encryption: the key is MD5 over password and the first eight octets of the vector, chained. */
async function decryptTraditional(
  ciphertext: Bytes,
  password: string,
  header: { readonly cipher: string; readonly iv: string },
): Promise<Bytes> {
  const known = traditionalCiphers[header.cipher];
  if (known === undefined) throw new UnsupportedError("algorithm-unsupported", header.cipher);
  if (header.iv.length !== (known.des === undefined ? 32 : 16)) {
    throw new MalformedError("key-malformed", "DEK-Info");
  }
  const iv = fromHex(header.iv);
  const { md5 } = await import("@noble/hashes/legacy.js");
  const secret = concat([fromUtf8(password), iv.subarray(0, 8)]);
  let key = md5(secret) as Bytes;
  for (let last = key; key.length < known.keyLength; key = concat([key, last])) {
    last = md5(concat([last, secret])) as Bytes;
  }
  key = key.slice(0, known.keyLength);
  const input = { key, iv, ciphertext };
  return known.des === undefined ? decryptAesCbc(input) : decryptLegacyCbc({ name: known.des }, input);
}
