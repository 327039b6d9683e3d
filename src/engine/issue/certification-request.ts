/**
 * Requests for a certificate (PKCS #10, RFC 2986): what a person sends to an authority, by file or by ACME.
 * The addresses stand in an extensionRequest (RFC 2985 §5.4.2); the authority decides what it keeps.
 */
import type { Der } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import { objectIdentifier, sequence, setOf, smallInteger } from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import type { SubjectPublicKeyInfo } from "../x509/certificate.js";
import { type KeyPair, type KeyToCertify, selfSigned } from "./issue-certificate.js";
import { possessionStatement } from "./possession-statement.js";
import { signStructure, structureSigning } from "./sign-structure.js";
import {
  type NewSubject,
  forMail,
  keyUsage,
  mailUses,
  subjectAltName,
  writeName,
} from "./write-extensions.js";

/**
 * @param subject null: an empty name, for authorities that ask for addresses alone (RFC 8823 §3)
 * @param addresses normalised
 * @throws UnsupportedError for keys that cannot sign: they cannot ask in this way either
 */
export async function certificationRequest(
  key: KeyPair,
  subject: NewSubject | null,
  addresses: readonly string[],
): Promise<Der> {
  const { privateKey, publicKey } = key;
  return signStructure(
    requestInfo(publicKey, { subject, addresses, statements: [] }),
    structureSigning(privateKey),
  );
}

/** RFC 9883 wants a certificate of the signing key; before its first it has one of its own making, for a day. */
const statementDays = 1;

/**
 * For a key that cannot sign, asked for by its owner's signing key (RFC 9883 §3): it states that both have one owner.
 *
 * @throws UnsupportedError for a signing key that cannot sign
 */
export async function companionRequest(
  { publicKey }: KeyToCertify,
  wish: { readonly subject: NewSubject; readonly addresses: readonly string[]; readonly now: Date },
  signing: KeyPair,
): Promise<Der> {
  const { subject, addresses, now } = wish;
  const notAfter = new Date(now.getTime() + statementDays * 24 * 60 * 60_000);
  const own = await selfSigned(signing, { ...subject, addresses }, { notBefore: now, notAfter });
  const statements = [possessionStatement(own)];
  return signStructure(
    requestInfo(publicKey, { subject, addresses, statements }),
    structureSigning(signing.privateKey),
  );
}

interface Asked {
  readonly subject: NewSubject | null;
  readonly addresses: readonly string[];
  /** complete attributes besides the extensions */
  readonly statements: readonly Der[];
}

function requestInfo(publicKey: SubjectPublicKeyInfo, { subject, addresses, statements }: Asked): Der {
  const extensions = sequence(subjectAltName(addresses), keyUsage(mailUses(publicKey)), forMail);
  const attribute = sequence(objectIdentifier(oid.extensionRequest), setOf([extensions]));
  return sequence(
    smallInteger(0),
    subject === null ? sequence() : writeName(subject),
    publicKey.der,
    setOf([attribute, ...statements], context(0)),
  );
}
