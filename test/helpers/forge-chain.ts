/** A public authority of a test's own: root, intermediate, a person, and letters that the person signs. */
import { sign } from "node:crypto";
import { context } from "../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
  utf8String,
} from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import type { Bytes, Certificate } from "../../src/engine/index.js";
import {
  type CertificateFields,
  type Forged,
  addressed,
  authority,
  extension,
  forgeCertificate,
  name,
} from "./forge-certificate.js";
import { clearMail, honestAttributes } from "./forge-signed-data.js";
import { alice, lunch } from "./inspecting.js";

/** certificatePolicies, not critical */
export const policies = (...names: readonly string[]): Bytes =>
  extension(
    oid.certificatePolicies,
    sequence(...names.map((policy) => sequence(objectIdentifier(policy)))),
    false,
  );

/** A subject of UTF-8 attributes, in their order. */
export function subjectOf(attributes: readonly (readonly [type: string, text: string])[]): Bytes {
  return sequence(
    ...attributes.map(([type, text]) => setOf([sequence(objectIdentifier(type), utf8String(text))])),
  );
}

export interface Chain {
  readonly root: Forged;
  readonly intermediate: Forged;
  readonly person: Forged;
}

export interface ChainFields {
  readonly person?: CertificateFields;
  readonly policies?: readonly string[];
  /** default: anyPolicy */
  readonly issuerPolicies?: readonly string[];
}

export async function forgeChain(fields: ChainFields = {}): Promise<Chain> {
  const root = await forgeCertificate({ subject: name("Public Root"), extensions: [authority] });
  const intermediate = await forgeCertificate({
    subject: name("Public Issuer"),
    by: root,
    extensions: [authority, policies(...(fields.issuerPolicies ?? [oid.anyPolicy]))],
  });
  const stated = fields.policies === undefined ? [] : [policies(...fields.policies)];
  const person = await forgeCertificate({
    subject: name("Alice"),
    by: intermediate,
    extensions: [addressed("alice@example.test"), ...stated],
    ...fields.person,
  });
  return { root, intermediate, person };
}

/** Alice's letter, signed by the person of the chain, its intermediate beside. */
export const signedLetter = (chain: Chain, content = lunch): Bytes => letterBy([chain], content);

export interface LetterFields {
  /** the value of the signature, where the key is not to sign */
  readonly signature?: Bytes;
  /** complete Attributes, besides those that every letter has */
  readonly attributes?: readonly Bytes[];
  /** and those of each signer alone, in their order */
  readonly each?: readonly (readonly Bytes[])[];
  /** in the bag, after those that belong there */
  readonly more?: readonly Certificate[];
}

/** Alice's letter, signed by each of several, in this order. */
export function letterBy(chains: readonly Chain[], content = lunch, fields: LetterFields = {}): Bytes {
  const shared = [...honestAttributes(content), ...(fields.attributes ?? [])];
  const digest = sequence(objectIdentifier(oid.sha256));
  const signerInfos = chains.map(({ person }, n) => {
    const attributes = [...shared, ...(fields.each?.[n] ?? [])];
    return sequence(
      smallInteger(1),
      sequence(person.certificate.issuer, encode(0x02, person.certificate.serialNumber)),
      digest,
      setOf(attributes, context(0)),
      sequence(objectIdentifier(oid.ecdsaWithSha256)),
      octetString(fields.signature ?? new Uint8Array(sign("sha256", setOf(attributes), person.key))),
    );
  });
  const certificates = chains.flatMap(({ person, intermediate }) => [
    person.certificate.der,
    intermediate.certificate.der,
  ]);
  const signedData = sequence(
    smallInteger(1),
    setOf([digest]),
    sequence(objectIdentifier(oid.data)),
    encode(context(0), ...certificates, ...(fields.more ?? []).map(({ der }) => der)),
    encode(0x31, ...signerInfos),
  );
  const cms = sequence(objectIdentifier(oid.signedData), encode(context(0), signedData));
  return clearMail(alice, content, cms);
}
