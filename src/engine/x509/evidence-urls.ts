/** Where a certificate says that evidence about it can be asked for (RFC 5280 §4.2.1.13, §4.2.1.15, §4.2.2.1). */
import { SequenceReader, children, contents, context, expectTag, tags } from "../base/der-reader.js";
import { readObjectIdentifier } from "../base/der-values.js";
import { MalformedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import type { Certificate } from "./certificate.js";
import { type DistributionPoint, httpUrl, parseDistributionPoints, urlsOf } from "./distribution-points.js";
import { readExtension } from "./extension-list.js";

/** @throws MalformedError */
export function distributionPoints({ extensions }: Certificate): readonly DistributionPoint[] {
  return readExtension(extensions, oid.crlDistributionPoints, parseDistributionPoints) ?? [];
}

/** http and https URLs, as written; none where the extension does not parse. */
export function crlUrls(certificate: Certificate): readonly string[] {
  return readable(() => urlsOf(distributionPoints(certificate)));
}

/** The same of a certificate's or CRL's freshestCRL. */
export function deltaUrls({ extensions }: Pick<Certificate, "extensions">): readonly string[] {
  return readable(() => urlsOf(readExtension(extensions, oid.freshestCrl, parseDistributionPoints) ?? []));
}

export function ocspUrls(certificate: Certificate): readonly string[] {
  return accessUrls(certificate, oid.accessOcsp);
}

export function issuerUrls(certificate: Certificate): readonly string[] {
  return accessUrls(certificate, oid.accessCaIssuers);
}

function accessUrls({ extensions }: Certificate, method: string): readonly string[] {
  return readable(
    () =>
      readExtension(extensions, oid.authorityInfoAccess, (value) => {
        const urls = children(expectTag(value, tags.sequence)).map((element) => {
          const reader = new SequenceReader(element);
          const type = readObjectIdentifier(reader.next(tags.objectIdentifier));
          const location = reader.any();
          reader.finish();
          const isUrl = type === method && location.tag === context(6, "primitive");
          return isUrl ? httpUrl(contents(location)) : null;
        });
        return [...new Set(urls.filter((url) => url !== null))];
      }) ?? [],
  );
}

function readable(read: () => readonly string[]): readonly string[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return [];
    throw error;
  }
}
