/** Fuzz target: OCSP responses (RFC 6960 §4.2). Any octets are a response or a named fault. */
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { parseOcspResponse } from "../../../src/engine/x509/ocsp.js";
import { insist, parsed } from "./oracle.js";

export function fuzz(data: Uint8Array): void {
  const bytes: Bytes = new Uint8Array(data);
  const response = parsed(() => parseOcspResponse(bytes));
  if (response?.kind !== "basic") return;
  const { basic } = response;
  insist(basic.responses.length <= 1_000 && basic.certificates.length <= 20, "answers are bounded");
  for (const { status, thisUpdate, nextUpdate } of basic.responses) {
    insist(
      Number.isFinite(thisUpdate) && (nextUpdate === null || Number.isFinite(nextUpdate)),
      "times are times",
    );
    insist(status.kind !== "revoked" || Number.isFinite(status.revokedAt), "a revocation has a date");
  }
}
