/**
 * The person's own certificates in Thunderbird's own store, as the Experiment native-certificates gives them: a list,
 * and those that a person chose as PKCS #12 under a password that lives for this one import.
 */
import type { Bytes, Certificate } from "../engine/index.js";
import { MalformedError, parseCertificate } from "../engine/index.js";
import { fromBase64, toBase64 } from "../protocol/wire.js";
import { Refusal } from "./refusal.js";

/** The part of `browser.signetNativeCertificates` that is used. */
export interface NativeCertificatesApi {
  /** DER as base64 of each certificate with a key */
  list(): Promise<readonly string[]>;
  /** @param fingerprints SHA-256, lower-case hexadecimal @returns PKCS #12; null: the person did not allow it, or a key does not leave its token */
  pkcs12(fingerprints: readonly string[], password: string): Promise<ArrayBuffer | null>;
}

export class NativeCertificates {
  readonly #api: NativeCertificatesApi | null;

  /** @param api null: a build or a host without it */
  constructor(api: NativeCertificatesApi | null) {
    this.#api = api;
  }

  /** Those that we can read; an odd one does not hide the others. */
  async list(): Promise<readonly Certificate[]> {
    if (this.#api === null) return [];
    const found: Certificate[] = [];
    for (const der of await this.#api.list()) {
      try {
        found.push(await parseCertificate(fromBase64(der)));
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
      }
    }
    return found;
  }

  /** @throws Refusal `native-store-unavailable`, or whatever `take` throws */
  async exported<Result>(
    fingerprints: readonly string[],
    take: (file: Bytes, password: string) => Promise<Result>,
  ): Promise<Result> {
    const password = toBase64(crypto.getRandomValues(new Uint8Array(24)));
    const file = (await this.#api?.pkcs12(fingerprints, password)) ?? null;
    if (file === null) throw new Refusal("native-store-unavailable");
    const octets = new Uint8Array(file);
    try {
      return await take(octets, password);
    } finally {
      octets.fill(0);
    }
  }
}
