/** What makes keys, requests and certificates, as one file that is loaded when somebody asks for one. */
export { certificationRequest, companionRequest } from "./certification-request.js";
export { type NewKey, type NewKeyKind, generateKey, newKeyKinds } from "./generate-key.js";
export {
  type Issuer,
  type KeyPair,
  type Validity,
  issueFor,
  privateRoot,
  selfSigned,
} from "./issue-certificate.js";
export { completeChain, isIssuedByOneOf, searchInFile } from "./complete-chain.js";
export {
  parseCertificationRequest,
  parseCertificationRequests,
  verifyCertificationRequest,
  verifyCompanionRequest,
} from "./parse-request.js";
export { writePem } from "./pem.js";
export { describeKey } from "../x509/public-key.js";
