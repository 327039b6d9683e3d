/** Who reads and writes in the fuzz targets: fixed keys (`../people/README.md`), a fixed time. */
import { readFileSync, readdirSync } from "node:fs";
import {
  type Identity,
  type InspectContext,
  UnsupportedError,
  defaultReadPolicy,
  importPrivateKey,
  readCertificates,
  readPkcs12,
} from "../../../src/engine/index.js";

const folder = new URL("../people/", import.meta.url);
const octets = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(name, folder)));

async function identityOf(file: string): Promise<Identity | null> {
  const entry = (await readPkcs12(octets(file), "signet")).find(({ privateKey }) => privateKey !== null)!;
  const certificate = entry.certificate!;
  try {
    const privateKey = await importPrivateKey(entry.privateKey!);
    return { certificate, chain: entry.chain, privateKey };
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    throw error;
  }
}

/** @returns identities by name: "alice-rsa", "bob-p256", … */
export async function people(): Promise<ReadonlyMap<string, Identity>> {
  const found = new Map<string, Identity>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".p12"))) {
    const identity = await identityOf(file);
    if (identity !== null) found.set(file.slice(0, -".p12".length), identity);
  }
  return found;
}

/** What every target judges by: everybody's keys, the root, a day when all certificates hold. */
export async function fuzzContext(): Promise<InspectContext> {
  const identities = [...(await people()).values()];
  const { limits } = defaultReadPolicy;
  return {
    identities,
    passwords: ["signet"],
    keyEncryptionKeys: [
      { keyIdentifier: Uint8Array.of(0xc0, 0xff, 0xee), key: Uint8Array.from({ length: 16 }, (_, i) => i) },
    ],
    anchors: await readCertificates(octets("root.pem")),
    known: [],
    // Small bounds are reached by small inputs; Alice's key is short, so that it is fast.
    policy: {
      ...defaultReadPolicy,
      limits: { ...limits, mimeDepth: 8, mimeParts: 60, signatures: 20, recipients: 60 },
      minimumRsaBits: 1024,
    },
    time: new Date("2027-01-01T00:00:00Z"),
  };
}
