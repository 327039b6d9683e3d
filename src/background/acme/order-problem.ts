/** What an authority says no with, as a person is told it: every name of RFC 8555 §6.7 has its sentence. */
import type { OrderProblem } from "../../protocol/orders.js";
import type { ProblemRecord } from "./records.js";

/** RFC 8555 §6.7, in its order */
const told = {
  accountDoesNotExist: "unauthorized",
  alreadyRevoked: "already-revoked",
  badCSR: "bad-csr",
  badNonce: "misunderstood",
  badPublicKey: "bad-csr",
  badRevocationReason: "misunderstood",
  badSignatureAlgorithm: "account-key-refused",
  caa: "domain-forbids",
  compound: "server-refused",
  connection: "domain-unreachable",
  dns: "domain-unreachable",
  externalAccountRequired: "external-account-required",
  incorrectResponse: "incorrect-response",
  invalidContact: "contact-refused",
  malformed: "misunderstood",
  orderNotReady: "misunderstood",
  rateLimited: "rate-limited",
  rejectedIdentifier: "rejected-identifier",
  serverInternal: "server-internal",
  tls: "domain-unreachable",
  unauthorized: "unauthorized",
  unsupportedContact: "contact-refused",
  unsupportedIdentifier: "rejected-identifier",
  userActionRequired: "user-action-required",
} as const satisfies Readonly<Record<string, OrderProblem>>;

export const problemTypes = Object.keys(told) as readonly (keyof typeof told)[];

export function orderProblem({ code, type }: Pick<ProblemRecord, "code" | "type">): OrderProblem {
  if (code !== "server-refused" || type === null || !Object.hasOwn(told, type)) return code;
  return told[type as keyof typeof told];
}
