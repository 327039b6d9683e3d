/**
 * WebCrypto as Gecko has it, seen in Firefox: a PKCS #8 key on a curve of NIST is taken whatever its number is, zero and
 * what is beyond the group's order included, with whatever point stands beside it.
 */
import type { TestContext } from "node:test";

type ImportKey = typeof crypto.subtle.importKey;

export function actAsGecko(t: TestContext): void {
  const { importKey } = crypto.subtle;
  const lenient = async (...given: Parameters<ImportKey>): Promise<CryptoKey> => {
    try {
      return await (Reflect.apply(importKey, crypto.subtle, given) as Promise<CryptoKey>);
    } catch (error) {
      const [format, , algorithm, , usages] = given as readonly unknown[];
      const { name, namedCurve } = algorithm as EcKeyImportParams;
      if (format !== "pkcs8" || !/^EC/.test(name)) throw error;
      const pair = await crypto.subtle.generateKey({ name, namedCurve }, false, usages as KeyUsage[]);
      return pair.privateKey;
    }
  };
  t.mock.method(crypto.subtle, "importKey", lenient as ImportKey);
}
