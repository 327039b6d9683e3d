/**
 * The door to key files. What is behind it (old ciphers, key derivation, PKCS #12) is loaded when a person
 * imports or exports a key: no message needs it.
 */
import type { Bytes, Der } from "../base/bytes.js";
import type { Pkcs12Entry } from "./match-entries.js";
import type { Pause } from "./own-certificates.js";
import type { Pkcs12Content, Pkcs12Protection, Pkcs12WaitingKey } from "./write-pkcs12.js";

/** See `read-key-file.ts`. */
export async function readKeyFile(
  bytes: Bytes,
  password: string,
  pause?: Pause,
): Promise<readonly Pkcs12Entry[]> {
  return (await import("./read-key-file.js")).readKeyFile(bytes, password, pause);
}

/** See `pkcs12.ts`. */
export async function readPkcs12(
  bytes: Bytes,
  password: string,
  pause?: Pause,
): Promise<readonly Pkcs12Entry[]> {
  return (await import("./pkcs12.js")).readPkcs12(bytes, password, pause);
}

/** See `write-pkcs12.ts`. */
export async function writePkcs12(content: Pkcs12Content, protection: Pkcs12Protection): Promise<Der> {
  return (await import("./write-pkcs12.js")).writePkcs12(content, protection);
}

/** See `write-pkcs12.ts`. */
export async function writePkcs12Bundle(
  contents: readonly Pkcs12Content[],
  protection: Pkcs12Protection,
  waiting: readonly Pkcs12WaitingKey[] = [],
): Promise<Der> {
  return (await import("./write-pkcs12.js")).writePkcs12Bundle(contents, protection, waiting);
}
