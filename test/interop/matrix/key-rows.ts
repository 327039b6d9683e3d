/** The rows of the matrix on key files: a .p12 that a peer writes and we import, and the other way round. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import {
  DecryptionError,
  type Pkcs12Protection,
  readPkcs12,
  writePkcs12,
} from "../../../src/engine/index.js";
import { type Options, type Peer, PeerRefusal } from "../../helpers/peers/peer.js";
import { certificateOf, keyPath, readIdentity } from "../../helpers/peers/people.js";

export interface KeyRow {
  readonly says: string;
  readonly who: string;
  readonly password: string;
  /** null: no peer is asked to write it */
  readonly by: Options | null;
  /** null: Signet does not write it */
  readonly ours: Pkcs12Protection["profile"] | null;
}

const plain: Options = { openssl: [], nss: [], gpgsm: [] };
/** NSS stretches a password 600,000 times for each file that it writes: once is enough. */
const withoutNss: Options = { openssl: [], gpgsm: [] };
const old = ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"];

function kind(says: string, who: string, by = withoutNss): KeyRow {
  return { says, who, password: "signet", by, ours: "modern" };
}

export const keyRows: readonly KeyRow[] = [
  kind("RSA", "alice-rsa", plain),
  kind("RSA-PSS", "judy-pss"),
  kind("P-256", "bob-p256", plain),
  kind("P-384", "carol-p384"),
  kind("P-521", "dave-p521"),
  kind("brainpoolP256r1", "frank-bp256"),
  kind("Ed25519", "erin-ed25519", plain),
  kind("Ed448", "ivan-ed448"),
  kind("X25519", "kim-x25519"),
  kind("X448", "lee-x448"),
  kind("ML-DSA-65", "nora-mldsa65", plain),
  kind("SLH-DSA-SHA2-128f", "pia-slh128f"),
  kind("ML-KEM-768", "vera-mlkem768"),
  {
    ...kind("RSA, a password beyond ASCII", "alice-rsa"),
    password: "Schlüssel ☂",
    by: { openssl: [], nss: [] },
  },
  { ...kind("RSA, 3DES and SHA-1", "alice-rsa"), by: { openssl: old }, ours: "compatible" },
  { ...kind("P-256, 3DES and SHA-1", "bob-p256"), by: { openssl: old }, ours: "compatible" },
  { ...kind("RSA, RC2-40 and 3DES", "alice-rsa"), by: { openssl: ["-legacy"] }, ours: null },
  { ...kind("RSA, PBMAC1 (RFC 9579)", "alice-rsa"), by: { openssl: ["-pbmac1_pbkdf2"] }, ours: null },
  { ...kind("RSA, without a MAC", "alice-rsa"), by: { openssl: ["-nomac"] }, ours: null },
];

/** A peer writes a key file, we import it; with another password not. */
export async function weImport(peer: Peer, { who, password, by }: KeyRow): Promise<void> {
  const file = await peer.exportKey({ who, password, options: by![peer.program]! });
  const { certificate } = await readIdentity(file, password);
  assert.equal(certificate.fingerprint, (await certificateOf(who)).fingerprint);
  await assert.rejects(readPkcs12(file, "another"), DecryptionError);
}

/** We write a key file, a peer imports it. */
export async function peerImports(peer: Peer, { who, password, ours }: KeyRow): Promise<void> {
  const entries = await readPkcs12(new Uint8Array(await readFile(keyPath(`${who}.p12`))), "signet");
  const { privateKey, certificate, chain } = entries.find((entry) => entry.privateKey !== null)!;
  const content = { privateKey: privateKey!, certificate: certificate!, chain, friendlyName: who };
  const protection = { password, profile: ours!, iterations: 2048 };
  const write = () => writePkcs12(content, protection);
  if (peer.program !== "gpgsm") return peer.importKey(await write(), password);
  // GnuPG 2.2 fails at one file in a hundred, whoever wrote it: another salt, and it does not.
  await peer.importKey(await write(), password).catch(async (error: unknown) => {
    if (!(error instanceof PeerRefusal)) throw error;
    await peer.importKey(await write(), password);
  });
}
