/**
 * People and authorities whose keys OpenSSL 3.0 does not know, or would sign with as no honest program does:
 * keys from fixed seeds, certificates by the engine's own writer.
 */
import { type Bytes, concat } from "../../src/engine/base/bytes.js";
import { context } from "../../src/engine/base/der-reader.js";
import {
  bitString,
  encode,
  objectIdentifier,
  sequence,
  smallInteger,
  time,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import { type Certificate, type Identity, parseCertificate } from "../../src/engine/index.js";
import type { PrivateKey } from "../../src/engine/keys/private-key.js";
import type { MlDsaSet, SlhDsaSet } from "../../src/engine/primitives/names.js";
import { keysFromSeed, publicKeyByLibrary, signByLibrary } from "../../src/engine/primitives/signatures.js";
import { addressed, authority, name } from "./forge-certificate.js";

export interface Signing {
  /** complete AlgorithmIdentifier */
  readonly algorithm: Bytes;
  sign(data: Bytes): Promise<Bytes>;
}

export interface LibraryKey extends Signing {
  /** complete SubjectPublicKeyInfo */
  readonly spki: Bytes;
  readonly privateKey: PrivateKey;
}

const bareOids: Readonly<Record<string, string>> = {
  "ML-DSA-44": oid.mlDsa44,
  "ML-DSA-65": oid.mlDsa65,
  "ML-DSA-87": oid.mlDsa87,
  "SLH-DSA-SHA2-128f": oid.slhDsaSha2_128f,
  "SLH-DSA-SHAKE-128f": oid.slhDsaShake_128f,
};

function bareKey(algorithm: string, publicKey: Bytes): Pick<LibraryKey, "algorithm" | "spki"> {
  const identifier = sequence(objectIdentifier(algorithm));
  return { algorithm: identifier, spki: sequence(identifier, bitString(publicKey)) };
}

export async function postQuantumKey(parameterSet: MlDsaSet | SlhDsaSet): Promise<LibraryKey> {
  const isMlDsa = parameterSet.startsWith("ML-DSA");
  const scheme = isMlDsa
    ? ({ name: "ML-DSA", parameterSet: parameterSet as MlDsaSet } as const)
    : ({ name: "SLH-DSA", parameterSet: parameterSet as SlhDsaSet } as const);
  const bits = Number(/\d{3}/.exec(parameterSet)?.[0]);
  const seed = new Uint8Array(isMlDsa ? 32 : (3 * bits) / 8).fill(11);
  const { publicKey, secretKey } = await keysFromSeed(scheme, seed);
  const sign = (data: Bytes): Promise<Bytes> => signByLibrary(scheme, secretKey, data);
  const kind = isMlDsa ? "ml-dsa" : "slh-dsa";
  const privateKey = { kind, parameterSet, sign } as PrivateKey;
  return { ...bareKey(bareOids[parameterSet]!, publicKey), sign, privateKey };
}

export async function ed448Key(): Promise<LibraryKey> {
  const secret = new Uint8Array(57).fill(11);
  const scheme = { name: "Ed448" } as const;
  const sign = (data: Bytes): Promise<Bytes> => signByLibrary(scheme, secret, data);
  const publicKey = await publicKeyByLibrary(scheme, secret);
  return { ...bareKey(oid.ed448, publicKey), sign, privateKey: { kind: "ed448", sign } };
}

export interface CertificateOptions {
  readonly subject: string;
  readonly spki: Bytes;
  readonly issuer: string;
  readonly by: Signing;
  readonly extensions: readonly Bytes[];
}

export async function certificateBy(options: CertificateOptions): Promise<Certificate> {
  const tbs = sequence(
    encode(context(0), smallInteger(2)),
    smallInteger(options.subject.length + 1),
    options.by.algorithm,
    name(options.issuer),
    sequence(time(new Date("2026-01-01")), time(new Date("2036-01-01"))),
    name(options.subject),
    options.spki,
    encode(context(3), sequence(...options.extensions)),
  );
  const signature = await options.by.sign(tbs);
  return parseCertificate(sequence(tbs, options.by.algorithm, bitString(signature)));
}

/** A person with this key, under a root with the same. */
export async function libraryIdentity(
  key: LibraryKey,
  address: string,
): Promise<{ readonly identity: Identity; readonly root: Certificate }> {
  const issuer = "Library Root";
  const root = await certificateBy({
    subject: issuer,
    spki: key.spki,
    issuer,
    by: key,
    extensions: [authority],
  });
  const extensions = [addressed(address)];
  const certificate = await certificateBy({ subject: "Person", spki: key.spki, issuer, by: key, extensions });
  return { identity: { certificate, chain: [], privateKey: key.privateKey }, root };
}

/** The same with one octet turned in its signature. */
export async function withBrokenSignature(certificate: Certificate): Promise<Certificate> {
  const { der, signatureValue } = certificate;
  const at = der.length - (signatureValue.length >> 1);
  const turned = concat([der.slice(0, at), Uint8Array.of(der[at]! ^ 1), der.slice(at + 1)]);
  return parseCertificate(turned);
}
