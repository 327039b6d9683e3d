/**
 * Requests for a certificate (PKCS #10, RFC 2986): what a person sends to an authority, by file or by ACME.
 * The addresses stand in an extensionRequest (RFC 2985 §5.4.2); the authority decides what it keeps.
 */
import type { Der } from "../base/bytes.js";
import { context } from "../base/der-reader.js";
import { encode, objectIdentifier, sequence, setOf, smallInteger } from "../base/der-writer.js";
import { oid } from "../base/oid.js";
import type { KeyPair } from "./issue-certificate.js";
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
  const extensions = sequence(subjectAltName(addresses), keyUsage(mailUses(key.publicKey)), forMail);
  const attribute = sequence(objectIdentifier(oid.extensionRequest), setOf([extensions]));
  const info = sequence(
    smallInteger(0),
    subject === null ? sequence() : writeName(subject),
    key.publicKey.der,
    encode(context(0), attribute),
  );
  return signStructure(info, structureSigning(key.privateKey));
}
