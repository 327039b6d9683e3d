/** Fuzz target: requests for a certificate (PKCS #10, RFC 2986). Any octets are a request or a named fault. */
import type { Bytes } from "../../../src/engine/base/bytes.js";
import {
  parseCertificationRequest,
  verifyCertificationRequest,
} from "../../../src/engine/issue/parse-request.js";
import { insist, parsed, parsedLater } from "./oracle.js";

export async function fuzz(data: Uint8Array): Promise<void> {
  const bytes: Bytes = new Uint8Array(data);
  const request = parsed(() => parseCertificationRequest(bytes));
  if (request === undefined) return;
  insist(request.addresses.length <= 50, "addresses are bounded");
  insist(request.der.length <= bytes.length, "a request is no longer than its file");
  await parsedLater(() => verifyCertificationRequest(request));
}
