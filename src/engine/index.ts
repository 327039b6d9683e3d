/** The engine's only door. */
export type { Bytes, Der, EmailAddress, Fingerprint } from "./base/bytes.js";
export { equal as sameOctets, toBase64Url, toHex } from "./base/bytes.js";
export type { Fault, FaultCode } from "./fault/faults.js";
export { faults } from "./fault/faults.js";
export type * from "./verdict/verdict.js";
export type { Certificate } from "./x509/certificate.js";
export type { PublicRoot, PublicRootOrigin, PublicRoots } from "./x509/public-roots.js";
export { publicRootList } from "./x509/public-roots.js";
export { parseCertificate, parseCertificateOrNull, readPublicKey } from "./x509/parse-certificate.js";
export { emailAddresses } from "./x509/names.js";
export { sameName } from "./x509/distinguished-name.js";
export { describeCertificate } from "./verdict/describe-certificate.js";
export { type Group, type Mailbox, domainOf, normalizeAddress, parseAddressList } from "./mime/address.js";
export { TooManyCertificatesError, readCertificates } from "./x509/read-certificates.js";
export { BudgetExceededError, DecryptionError, MalformedError, UnsupportedError } from "./base/errors.js";
export type { Blocker, BlockerCode } from "./verdict/blocker.js";
export type { Identity, PrivateKey } from "./keys/private-key.js";
export { importPrivateKey, isWiped, wipePrivateKey } from "./keys/import-private-key.js";
export { type ReadPolicy, type WritePolicy, defaultReadPolicy } from "./policy/policy.js";
export { type HtmlFilter, rewriteEntity } from "./mime/rewrite-entity.js";
export {
  type CertificateUse,
  checkEncryptionCertificate,
  checkSigningCertificate,
} from "./x509/check-encryption-certificate.js";
export { basicConstraints } from "./x509/extensions.js";
export { rawEcdsaSignature } from "./x509/verify-signed-bytes.js";
export { type AuthorityContact, authorityContact } from "./x509/authority-contact.js";
export type { Pkcs12Entry } from "./keys/match-entries.js";
export { readKeyFile, readPkcs12, writePkcs12, writePkcs12Bundle } from "./keys/key-files.js";
export type { Pkcs12Content, Pkcs12Protection, Pkcs12WaitingKey } from "./keys/write-pkcs12.js";
export {
  type Attachment,
  type MessageHeaders,
  type ReadableContent,
  readContent,
  readMessageHeaders,
} from "./mime/read-content.js";
export { type InspectContext, type Inspection, type Payload, inspect } from "./inspect.js";
export type { SeenCertificate } from "./cms/seen-certificates.js";
export { type EvidenceTimes, evidenceTimes } from "./x509/evidence-times.js";
export type { PathResult, ValidatedPath } from "./x509/validate-path.js";
export { type Origin, readAuthors, readOrigin } from "./mime/read-authors.js";
export { type Protection, type Recipient, protect } from "./protect.js";
export { keyBelongsTo } from "./keys/match-certificate.js";
export { describeKey } from "./x509/public-key.js";
export { ownCapabilities } from "./cms/smime-capabilities.js";
export { type Addressee, readRecipients } from "./mime/read-recipients.js";
export { hasHeader } from "./mime/split-draft.js";
export type * from "./x509/evidence-source.js";
export type * from "./verdict/author-memory.js";
export { type KnownAddress, type LookAlikeIndex, indexKnownAddresses } from "./verdict/look-alike.js";
export {
  type PathAnswer,
  type PathPolicies,
  type PathQuestion,
  validateCertificatePath,
} from "./x509/validate-certificate-path.js";
export { type HeaderFields, readFields } from "./mime/read-fields.js";
export type { CertificationRequest } from "./issue/parse-request.js";
export type { NewKeyKind } from "./issue/generate-key.js";
export type { SmimeaRecord } from "./dns/smimea.js";
export type { DelegationSigner } from "./dns/dnssec-records.js";
/** Certificates in the DNS: asked for only where somebody switched that on. */
export const loadSmimea = (): Promise<typeof import("./dns/smimea.js")> => import("./dns/smimea.js");
/** New keys, requests, certificates: rarely needed, so loaded then. */
export const loadIssuing = (): Promise<typeof import("./issue/issuing.js")> => import("./issue/issuing.js");
/** What an authority may vouch for: asked when somebody is about to accept one. */
export const loadMailScope = (): Promise<typeof import("./x509/mail-scope.js")> =>
  import("./x509/mail-scope.js");
