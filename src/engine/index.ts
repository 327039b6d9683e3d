/** The engine's only door. */
export type { Bytes, Der, EmailAddress, Fingerprint } from "./base/bytes.js";
export type { Fault, FaultCode } from "./fault/faults.js";
export { faults } from "./fault/faults.js";
export type * from "./verdict/verdict.js";
