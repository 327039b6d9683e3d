/** A forged path of three, and what `checkRevocation` says of it by given evidence. */
import { Budget } from "../../src/engine/base/budget.js";
import type { Bytes } from "../../src/engine/base/bytes.js";
import type { Certificate } from "../../src/engine/index.js";
import type { RevocationConditions, RevocationResult } from "../../src/engine/x509/evidence-source.js";
import { checkRevocation } from "../../src/engine/x509/revocation.js";
import {
  type CertificateFields,
  type Forged,
  authority,
  forgeCertificate,
  name,
} from "./forge-certificate.js";

export interface ForgedPath {
  readonly root: Forged;
  readonly issuer: Forged;
  readonly person: Forged;
  readonly path: readonly Certificate[];
}

let paths = 0;

/** @param extensions of the person's certificate */
export async function forgePath(
  extensions: readonly Bytes[] = [],
  fields: CertificateFields = {},
): Promise<ForgedPath> {
  const n = ++paths;
  const root = await forgeCertificate({ subject: name(`Root ${n}`), extensions: [authority] });
  const issuer = await forgeCertificate({ subject: name(`Issuer ${n}`), by: root, extensions: [authority] });
  const person = await forgeCertificate({ by: issuer, extensions, ...fields });
  return { root, issuer, person, path: [person, issuer, root].map(({ certificate }) => certificate) };
}

export const julyFirst = Date.parse("2026-07-01");

export function judge(
  path: readonly Certificate[],
  conditions: Partial<RevocationConditions> = {},
): Promise<RevocationResult> {
  return checkRevocation(path, { time: julyFirst, policy: "required", budget: new Budget(), ...conditions });
}

/** The status of the first certificate, with the codes and details of what stands beside it. */
export async function statusOf(
  path: readonly Certificate[],
  conditions: Partial<RevocationConditions> = {},
): Promise<string> {
  const [first] = (await judge(path, conditions)).certificates;
  const { status, source, faults } = first!;
  const said = faults.map(({ code, detail }) => (detail === undefined ? code : `${code}: ${detail}`));
  return [status, ...(source === null ? [] : [source]), ...said].join(" · ");
}
