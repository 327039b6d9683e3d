/**
 * ECPrivateKey (RFC 5915), alone as in "EC PRIVATE KEY" files or inside PKCS #8. Curves are named:
 * parameters written out are refused even where they describe a curve that we know. Comparing them
 * right is the part that went wrong elsewhere (CVE-2020-0601), and such keys have no certificate that
 * RFC 5480 §2.1.1 allows.
 */
import { type Bytes, type Der, concat } from "../base/bytes.js";
import { type Element, SequenceReader, contents, context, readWhole, tags } from "../base/der-reader.js";
import {
  readBitStringOctets,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
} from "../base/der-values.js";
import {
  bitString,
  encode,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../base/der-writer.js";
import { MalformedError, UnsupportedError } from "../base/errors.js";
import { oid } from "../base/oid.js";
import { type CurveName, coordinateLengths } from "../primitives/names.js";
import { namedCurves } from "../x509/public-key.js";
import { privateKeyInfo } from "./private-key-info.js";

export interface EcKey {
  readonly kind: "ec";
  readonly curve: CurveName;
  /** as long as a coordinate; a copy */
  readonly privateKey: Bytes;
  /** uncompressed public point as the file claims it; null where it does not, or writes another form */
  readonly point: Bytes | null;
}

const curveOids: Readonly<Record<CurveName, string>> = {
  "P-256": oid.secp256r1,
  "P-384": oid.secp384r1,
  "P-521": oid.secp521r1,
  brainpoolP256r1: oid.brainpoolP256r1,
  brainpoolP384r1: oid.brainpoolP384r1,
  brainpoolP512r1: oid.brainpoolP512r1,
};

export interface AroundEcKey {
  /** of the AlgorithmIdentifier */
  readonly parameters: Element | null;
  /** of the OneAsymmetricKey; the one inside the ECPrivateKey comes first */
  readonly publicKey: Bytes | null;
}

/** @param privateKey complete ECPrivateKey, DER or BER. @throws MalformedError, UnsupportedError */
export function parseEcKey(privateKey: Bytes, around: AroundEcKey): EcKey {
  const reader = new SequenceReader(readWhole(privateKey, "ber"));
  if (readSmallInteger(reader.next(tags.integer)) !== 1) {
    throw new MalformedError("key-malformed", "ECPrivateKey version");
  }
  const secret = readOctetString(reader.any());
  const inner = reader.optional(context(0));
  const publicKey = reader.optional(context(1));
  const curve = curveOf(around.parameters ?? (inner === null ? null : readWhole(contents(inner), "ber")));
  const point =
    publicKey === null ? around.publicKey : readBitStringOctets(readWhole(contents(publicKey), "ber"));
  const length = coordinateLengths[curve];
  const uncompressed = point?.length === 2 * length + 1 && point[0] === 4;
  return {
    kind: "ec",
    curve,
    privateKey: fixedLength(secret, length),
    point: uncompressed ? point.slice() : null,
  };
}

function curveOf(parameters: Element | null): CurveName {
  if (parameters === null) throw new MalformedError("key-malformed", "no curve");
  if (parameters.tag !== tags.objectIdentifier)
    throw new UnsupportedError("key-unsupported", "explicit curve");
  const name = readObjectIdentifier(parameters);
  const curve = namedCurves[name];
  if (curve === undefined) throw new UnsupportedError("key-unsupported", name);
  return curve;
}

/** RFC 5915 §3 fixes the length; some writers drop or add zeros. A copy, to be wiped by itself. */
function fixedLength(number: Bytes, length: number): Bytes {
  const surplus = number.length - length;
  if (surplus <= 0) return concat([new Uint8Array(-surplus), number]);
  if (number.subarray(0, surplus).some((octet) => octet !== 0)) {
    throw new MalformedError("key-malformed", "EC private key too long");
  }
  return number.slice(surplus);
}

/** The spelling that Firefox wants too: curve outside, public point inside, where it is known. */
export function ecPkcs8(curve: CurveName, privateKey: Bytes, point: Bytes | null): Der {
  const algorithm = sequence(objectIdentifier(oid.ecPublicKey), objectIdentifier(curveOids[curve]));
  const publicKey = point === null ? [] : [encode(context(1), bitString(point))];
  const inner = sequence(smallInteger(1), octetString(privateKey), ...publicKey);
  const pkcs8 = privateKeyInfo(algorithm, inner);
  inner.fill(0);
  return pkcs8;
}
