/** Does a certificate carry a policy of the S/MIME Baseline Requirements? Cheap: every signer is asked. */
import { oid } from "../base/oid.js";
import type { Certificate } from "./certificate.js";

/** 2.23.140.1.5, as DER has it. */
const arc = [0x67, 0x81, 0x0c, 0x01, 0x05];

/** Only whether it is worth loading the reader (`validation-level.ts`), who parses. */
export function mayClaimBaseline({ extensions }: Certificate): boolean {
  const value = extensions.get(oid.certificatePolicies)?.value;
  if (value === undefined) return false;
  for (let at = value.indexOf(arc[0]!); at >= 0; at = value.indexOf(arc[0]!, at + 1))
    if (arc.every((octet, i) => value[at + i] === octet)) return true;
  return false;
}
