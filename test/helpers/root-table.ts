/** A list of built-in authorities of a test's own, in the shape of the real one. */
import type { Certificate } from "../../src/engine/index.js";
import { nameKey } from "../../src/engine/x509/distinguished-name.js";
import type { RootTable } from "../../src/engine/x509/public-roots.js";

interface ListedRoot {
  readonly certificate: Certificate;
  readonly emailDistrustAfter?: string;
}

/** @param loaded gets the fingerprint of each certificate that was asked for */
export function rootTable(listed: readonly ListedRoot[], loaded: string[] = []): RootTable {
  const entries = listed.map(({ certificate, emailDistrustAfter = null }) => ({
    certificate,
    root: {
      fingerprint: certificate.fingerprint,
      name: "A root",
      organization: null,
      country: null,
      notAfter: new Date(certificate.notAfter).toISOString(),
      emailDistrustAfter,
    },
  }));
  return {
    named: (key) =>
      entries.filter(({ certificate }) => nameKey(certificate.subject) === key).map(({ root }) => root),
    certificate: async ({ fingerprint }) => {
      loaded.push(fingerprint);
      return entries.find(({ root }) => root.fingerprint === fingerprint)!.certificate;
    },
  };
}
