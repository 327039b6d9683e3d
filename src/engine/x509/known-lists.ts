/**
 * What was found out about long CRLs, so that the next message does not pay for it again: a list of 50 MB takes a
 * third of a second to hash and to look through. It is known by its very octets in memory, which whoever holds
 * evidence hands over each time (to hash them would cost as much as it saves), and forgotten with them. Only
 * mathematics is remembered: who may speak, for whom and when, is judged anew.
 */
import { type Bytes, toHex } from "../base/bytes.js";
import type { Certificate } from "./certificate.js";
import { type CertificateList, type Lookup, lookUp, parseCrl } from "./crl.js";

/** octets: what is shorter is read as quickly as it is found */
const long = 64 * 1024;
/** of one list; a mailbox has few people of one authority */
const mostAnswers = 256;

interface Known {
  /** fingerprint of a signer's certificate → does the signature hold under its key? */
  readonly signatures: Map<string, boolean>;
  /** serial number → its entries */
  readonly entries: Map<string, Lookup>;
}

const parsed = new WeakMap<Bytes, CertificateList>();
const known = new WeakMap<CertificateList, Known>();

/** @throws MalformedError */
export function readCrl(der: Bytes): CertificateList {
  const before = der.length < long ? undefined : parsed.get(der);
  if (before !== undefined) return before;
  const list = parseCrl(der);
  if (der.length >= long) {
    parsed.set(der, list);
    known.set(list, { signatures: new Map(), entries: new Map() });
  }
  return list;
}

/** @throws MalformedError */
export function entriesOf(list: CertificateList, serial: Bytes): Lookup {
  const answers = known.get(list)?.entries;
  const name = answers === undefined ? "" : toHex(serial);
  return answers?.get(name) ?? keep(answers, name, lookUp(list, serial));
}

/** @returns undefined where nobody has tried */
export function knownListSignature(list: CertificateList, { fingerprint }: Certificate): boolean | undefined {
  return known.get(list)?.signatures.get(fingerprint);
}

export function rememberListSignature(
  list: CertificateList,
  { fingerprint }: Certificate,
  holds: boolean,
): void {
  keep(known.get(list)?.signatures, fingerprint, holds);
}

function keep<Answer>(answers: Map<string, Answer> | undefined, name: string, answer: Answer): Answer {
  if (answers === undefined) return answer;
  if (answers.size >= mostAnswers) answers.clear();
  answers.set(name, answer);
  return answer;
}
