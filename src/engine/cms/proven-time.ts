/**
 * A path that held when the signature is proven to have existed, where none holds now. `signingTime` is the
 * signer's claim, and a thief of an old key can claim any: what counts is a time stamp by an authority that
 * the person accepts, or our own record of this very signature. Loaded only where time is what is wrong.
 */
import { toHex } from "../base/bytes.js";
import type { SignerInfo } from "../cms-syntax/signed-data.js";
import type { Fault, FaultCode } from "../fault/faults.js";
import { digest } from "../primitives/digest.js";
import type { SignatureRecord } from "../verdict/author-memory.js";
import type { JudgedAt, TimeStamp } from "../verdict/verdict.js";
import type { Certificate } from "../x509/certificate.js";
import type { PathResult } from "../x509/validate-path.js";
import { coveredOctets } from "./covered-octets.js";
import type { SignedContent } from "./signed-content.js";

/** What another time can mend. Everything else is as wrong then as now. */
const mendedByTime: ReadonlySet<FaultCode> = new Set(["certificate-expired", "certificate-revoked"]);

export function isAboutTime(faults: readonly Fault[]): boolean {
  return faults.length > 0 && faults.every(({ code }) => mendedByTime.has(code));
}

export interface Provable {
  readonly signerInfo: SignerInfo;
  readonly content: SignedContent;
  readonly signer: Certificate;
  readonly records: readonly SignatureRecord[];
  readonly timeStamps: readonly TimeStamp[];
  readonly now: Date;
}

/**
 * @param pathAt judges the path anew, in every respect, at a time
 * @returns null where no proven time makes it hold
 */
async function judgeAtProvenTime(
  provable: Provable,
  pathAt: (judgedAt: JudgedAt) => Promise<PathResult>,
): Promise<{ readonly result: PathResult; readonly judgedAt: JudgedAt } | null> {
  for (const judgedAt of await provenTimes(provable)) {
    const result = await pathAt(judgedAt);
    if (result.kind === "valid") return { result, judgedAt };
  }
  return null;
}

type Found = Awaited<ReturnType<typeof judgeAtProvenTime>>;

/**
 * The same, where somebody may have to be asked about the authorities of the stamps: only when a stamp would make
 * the path hold, for a question may tell its sender that the message is being read.
 *
 * @param stampsBy reads them, asking or not
 */
export async function judgeByStampsOrRecords(
  provable: Omit<Provable, "timeStamps">,
  stampsBy: (manner: "ask" | "do-not-ask") => Promise<readonly TimeStamp[]>,
  pathAt: (judgedAt: JudgedAt) => Promise<PathResult>,
): Promise<{ readonly found: Found; readonly asked: boolean }> {
  const found = await judgeAtProvenTime({ ...provable, timeStamps: await stampsBy("do-not-ask") }, pathAt);
  if (found?.judgedAt.source !== "time-stamp") return { found, asked: false };
  const timeStamps = await stampsBy("ask");
  return { found: await judgeAtProvenTime({ ...provable, timeStamps }, pathAt), asked: true };
}

/** The earliest first: whatever it proves happened before everything that came later. */
async function provenTimes({
  signerInfo,
  content,
  signer,
  records,
  timeStamps,
  now,
}: Provable): Promise<readonly JudgedAt[]> {
  const times: JudgedAt[] = [];
  for (const { proves, time } of timeStamps) {
    if (proves === true && time !== null) times.push({ time, source: "time-stamp" });
  }
  const own = records.filter((record) => record.signer === signer.fingerprint);
  if (own.length > 0) {
    const covered = toHex(await digest("SHA-256", await coveredOctets(signerInfo, content)));
    for (const record of own) {
      if (record.covered === covered) times.push({ time: record.time, source: "record" });
    }
  }
  return times
    .filter(({ time }) => Date.parse(time) <= now.getTime())
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
}
