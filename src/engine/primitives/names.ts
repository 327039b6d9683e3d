/** Names of curves and parameter sets, as their standards write them. Data that several primitives share. */

export type NistCurve = "P-256" | "P-384" | "P-521";
/** RFC 5639 */
export type BrainpoolCurve = "brainpoolP256r1" | "brainpoolP384r1" | "brainpoolP512r1";
export type CurveName = NistCurve | BrainpoolCurve;

/** FIPS 204 */
export type MlDsaSet = "ML-DSA-44" | "ML-DSA-65" | "ML-DSA-87";
/** FIPS 203 */
export type MlKemSet = "ML-KEM-512" | "ML-KEM-768" | "ML-KEM-1024";
/** FIPS 205 */
export type SlhDsaSet = `SLH-DSA-${"SHA2" | "SHAKE"}-${"128" | "192" | "256"}${"s" | "f"}`;

/** octets of a coordinate, and of a private key */
export const coordinateLengths: Readonly<Record<CurveName, number>> = {
  "P-256": 32,
  "P-384": 48,
  "P-521": 66,
  brainpoolP256r1: 32,
  brainpoolP384r1: 48,
  brainpoolP512r1: 64,
};

export function isNistCurve(curve: CurveName): curve is NistCurve {
  return curve === "P-256" || curve === "P-384" || curve === "P-521";
}
