/**
 * What the memory of signers may learn from a message whose every layer is signed by its author, and what it
 * needs to tell a new key from a known one. The keeping and counting is done outside of the engine.
 */
import type { EmailAddress } from "../base/bytes.js";
import { toHex } from "../base/bytes.js";
import { sameAddress } from "../mime/address.js";
import { digest } from "../primitives/digest.js";
import type { AuthorMemory, Sighting } from "../verdict/author-memory.js";
import type { CertificateSummary } from "../verdict/verdict.js";
import { coveredOctets } from "./covered-octets.js";
import type { SignatureOutcome } from "./verify-signature.js";
import type { SignedDataOutcome } from "./verify-signed-data.js";

/**
 * The same layers with the signatures of the one certificate that the headline names. Others may hold beside
 * it: whoever has a certificate in her name can have added his. Of those nothing is learnt and nothing kept.
 */
export function signedBy(
  signed: readonly SignedDataOutcome[],
  { fingerprint }: Pick<CertificateSummary, "fingerprint">,
): readonly SignedDataOutcome[] {
  return signed.map((layer) => ({
    ...layer,
    signatures: layer.signatures.filter(({ signer }) => signer?.fingerprint === fingerprint),
  }));
}

/** The innermost signature of the author that holds: it stands nearest to what is read. */
export async function sightingOf(
  signed: readonly SignedDataOutcome[],
  author: EmailAddress,
): Promise<Sighting | null> {
  const found = goodOutcomes([...signed].reverse(), (named) => named === author)[0];
  if (found?.signer == null || found.signerInfo === null || found.content === null) return null;
  if (found.verdict.status !== "valid") return null;
  const { signer, path, judgedAt, claimedTime } = found.verdict;
  const last = path.at(-1);
  if (last === undefined || judgedAt === undefined) return null;
  const { fingerprint, subject, issuer, issuerName, notBefore, notAfter } = signer;
  return {
    signer: { fingerprint, subject, issuer, anchor: last.fingerprint, issuerName, notBefore, notAfter },
    // A copy: a view would carry the whole message with it.
    publicKey: found.signer.subjectPublicKeyInfo.der.slice(),
    covered: await coveredOctets(found.signerInfo, found.content),
    path: path.map((certificate) => certificate.fingerprint),
    time: judgedAt.time,
    provenBy: judgedAt.source,
    claimedTime,
  };
}

/** Only where the memory knows signers, and none of them by this certificate: nobody else pays for a digest. */
export async function unknownSignerKeys(
  signed: readonly SignedDataOutcome[],
  { address, signers }: AuthorMemory,
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  if (signers.length === 0) return keys;
  for (const { signer } of goodOutcomes(signed, (named) => sameAddress(named, address, "any-case"))) {
    if (signer === null || signers.some(({ fingerprint }) => fingerprint === signer.fingerprint)) continue;
    keys.set(signer.fingerprint, toHex(await digest("SHA-256", signer.subjectPublicKeyInfo.der)));
  }
  return keys;
}

function goodOutcomes(
  signed: readonly SignedDataOutcome[],
  isAuthor: (address: string) => boolean,
): readonly SignatureOutcome[] {
  return signed
    .flatMap(({ signatures }) => signatures)
    .filter(({ verdict }) => verdict.status === "valid" && verdict.signer.addresses.some(isAuthor));
}
