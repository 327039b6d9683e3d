/**
 * Fuzz target: DNS messages and the records in them (RFC 1035, RFC 4034, RFC 5155, RFC 8162), and whole look-ups.
 * After the letter "L" and the number of a question come the answers of a resolver, each after its length: whatever
 * it says, the truth comes out or nothing. "Y" is the same on a platform that calls every signature right, so that
 * what lies behind signatures is reached. Anything else is one message. The seeds are what BIND 9 answered.
 */
import { fromHex } from "../../../src/engine/base/bytes.js";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { type DnsMessage, parseMessage, readPlainName } from "../../../src/engine/dns/dns-message.js";
import { type DnsName, nameOctets, sameName } from "../../../src/engine/dns/dns-name.js";
import {
  parseDelegationSigner,
  parseDnsKey,
  parseNsec,
  parseNsec3,
  parseSignature,
} from "../../../src/engine/dns/dnssec-records.js";
import { resolveSecurely } from "../../../src/engine/dns/resolve-securely.js";
import { parseSmimea, smimeaName } from "../../../src/engine/dns/smimea.js";
import { insist, parsed, parsedLater } from "./oracle.js";

const readers = [parseDelegationSigner, parseDnsKey, parseNsec, parseNsec3, parseSignature] as const;

/** The root of the zones that the seeds come from, and the day on which their signatures counted. */
const digest = fromHex("28c5c786bd24fd9b5b15c9aa90cf5ee9b13b6b42fa431a6f64c10d4e1ab3e3b3");
const anchors = [{ keyTag: 11562, algorithm: 15, digestType: 2, digest }];
const time = Date.UTC(2026, 5, 1);

/** What those zones say of whom. */
const truth = [
  ["alice", "named.test", "secure"],
  ["alice", "hashed.test", "secure"],
  ["alice", "moved.test", "secure"],
  ["alice", "star.test", "secure"],
  ["alice", "plain.test", "insecure"],
  ["nobody", "named.test", "absent"],
  ["nobody", "hashed.test", "absent"],
] as const;
const questions = await Promise.all(truth.map(([local, domain]) => smimeaName(local, domain)));

const { subtle } = crypto;
const { verify } = subtle;

export async function fuzz(data: Uint8Array): Promise<void> {
  const bytes: Bytes = new Uint8Array(data);
  if (bytes[0] !== 0x4c && bytes[0] !== 0x59) return readOne(bytes);
  const agreeing = bytes[0] === 0x59;
  if (agreeing) subtle.verify = () => Promise.resolve(true);
  try {
    await lookUp(bytes, agreeing);
  } finally {
    subtle.verify = verify;
  }
}

async function lookUp(bytes: Bytes, agreeing: boolean): Promise<void> {
  const number = (bytes[1] ?? 0) % truth.length;
  const messages = messagesIn(bytes.subarray(2));
  const ask = async (name: DnsName, type: number): Promise<DnsMessage> =>
    messages.find(({ question }) => question.type === type && sameName(question.name, name)) ?? {
      ...{ truncated: false, responseCode: 0, question: { name, type }, answer: [], authority: [] },
    };
  const found = await parsedLater(() => resolveSecurely(questions[number]!, 53, { ask, anchors, time }));
  if (found === undefined || agreeing) return;
  insist(found.status === "bogus" || found.status === truth[number]![2], "the truth, or nothing");
  if (found.status !== "secure") return;
  for (const { rdata } of found.records) {
    const record = parseSmimea(rdata);
    insist(record?.usage === "DANE-EE" && String(record.data) === "1,2,3,4", "the owner's certificate");
  }
}

function messagesIn(octets: Bytes): readonly DnsMessage[] {
  const messages: DnsMessage[] = [];
  for (let at = 0; at + 2 <= octets.length;) {
    const length = (octets[at]! << 8) | octets[at + 1]!;
    const message = parsed(() => parseMessage(octets.slice(at + 2, at + 2 + length)));
    if (message !== undefined) messages.push(message);
    at += 2 + length;
  }
  return messages;
}

function readOne(bytes: Bytes): void {
  const message = parsed(() => parseMessage(bytes));
  for (const record of [...(message?.answer ?? []), ...(message?.authority ?? [])]) {
    const octets = nameOctets(record.name);
    insist(sameName(readPlainName(octets, 0).name, record.name), "a name is read as it was written");
    for (const read of readers) parsed(() => read(record));
    parsed(() => parseSmimea(record.rdata));
  }
}
