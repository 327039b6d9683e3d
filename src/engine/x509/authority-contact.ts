/**
 * How the authority that issued a certificate can be reached, as far as the certificate tells: for the person
 * whose key was stolen. Nobody is asked anything; whatever does not parse is left out.
 */
import { toAscii } from "../base/bytes.js";
import { SequenceReader, children, contents, expectTag, readWhole, tags } from "../base/der-reader.js";
import { readObjectIdentifier } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Certificate } from "./certificate.js";
import { attributeText } from "./distinguished-name.js";
import { httpUrl } from "./distribution-points.js";
import { crlUrls, issuerUrls, ocspUrls } from "./evidence-urls.js";

export interface AuthorityContact {
  /** of the issuer's name; null: it has none */
  readonly email: string | null;
  /** https URLs of its certification practice statement (RFC 5280 §4.2.1.4): written for people, with a contact */
  readonly statements: readonly string[];
  /** hosts that it runs, each once: not for people, but they tell whose they are */
  readonly hosts: readonly string[];
}

const mostShown = 3;

export function authorityContact(certificate: Certificate): AuthorityContact {
  const urls = [...issuerUrls(certificate), ...ocspUrls(certificate), ...crlUrls(certificate)];
  const hosts = urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname);
  const email = readable(() => attributeText(certificate.issuer, oid.emailAddress));
  return {
    email: email !== null && /^[\x21-\x3f\x41-\x7e]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(email) ? email : null,
    statements: (readable(() => statementUrls(certificate)) ?? []).slice(0, mostShown),
    hosts: [...new Set(hosts)].slice(0, mostShown),
  };
}

function statementUrls({ extensions }: Certificate): readonly string[] {
  const extension = extensions.get(oid.certificatePolicies);
  if (extension === undefined) return [];
  const policies = children(expectTag(readWhole(extension.value, "der"), tags.sequence));
  const found = policies.flatMap((policy) => {
    const reader = new SequenceReader(policy);
    reader.next(tags.objectIdentifier);
    const qualifiers = reader.optional(tags.sequence);
    return qualifiers === null ? [] : children(qualifiers).map(statementIn);
  });
  // Only pages that nobody on the way can change: a person is about to read there whom to call.
  return [
    ...new Set(found.filter((url) => url !== null && /^https:/i.test(url) && URL.canParse(url))),
  ] as string[];
}

function statementIn(qualifier: Parameters<typeof children>[0]): string | null {
  const reader = new SequenceReader(qualifier);
  if (readObjectIdentifier(reader.next(tags.objectIdentifier)) !== oid.cpsQualifier) return null;
  const value = reader.any();
  return value.tag === tags.ia5String && toAscii(contents(value)) !== "" ? httpUrl(contents(value)) : null;
}

function readable<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
