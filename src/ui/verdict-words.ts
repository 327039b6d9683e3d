/**
 * The verdict in words: headline, one sentence, what stands against it, what to do next, and a line on
 * encryption, which is a separate axis. Pure: summary in, strings out; `verdict-view.ts` draws them.
 */
import type { CryptographicSummary, SummaryState } from "../protocol/verdict.js";
import {
  badge,
  encryptionKey,
  signerAddress,
  wordsKey,
  speaksOfEncryption,
  type BadgeIcon,
  type Tone,
} from "./badge.js";
import { identityLine } from "./validation-words.js";
import { lookAlikeWarning } from "./look-alike-words.js";
import { dateText, faultText, harmless, numberText, optionalText, text, underscored } from "./text.js";

export interface EncryptionWords {
  readonly headline: string;
  readonly sentence: string;
  readonly next: string | null;
}

export interface VerdictWords {
  readonly tone: Tone;
  readonly icon: BadgeIcon;
  readonly headline: string;
  readonly sentence: string;
  /** the organisation or person that the authority says it checked; null where it says so of none */
  readonly identity: string | null;
  /** the sender's address looks like another one; null where it does not */
  readonly warning: string | null;
  /** why the state is not better, the most telling first; without what the sentence says already */
  readonly reasons: readonly string[];
  readonly next: string | null;
  /** null where the headline itself speaks of the encryption, or where there is nothing to say of it yet */
  readonly encryption: EncryptionWords | null;
}

/** States whose sentence is only a frame: the reason is the first fault's own sentence. */
const toldByFault: ReadonlySet<SummaryState> = new Set(["6"]);
/** States whose sentence says what their first fault says. */
const repeatedByFault: ReadonlySet<string> = new Set([
  "4_unclear author-ambiguous",
  "4_unclear author-missing",
  "4_misleading display-name-misleading",
  "4 signer-not-author",
  "5 path-not-found",
  "3 signer-changed",
  "4_list signer-not-author",
  "4_list display-name-misleading",
  "7 message-digest-mismatch",
  "7_list message-digest-mismatch",
  "8 signature-expected",
  "8_list signature-expected",
  "9_list partly-signed",
  "7r certificate-revoked",
  "9 partly-signed",
]);

export function verdictWords(summary: CryptographicSummary): VerdictWords {
  const { icon, tone } = badge(summary);
  const warning = lookAlikeWarning(summary);
  const encryption = encryptionWords(encryptionKey(summary));
  if (speaksOfEncryption(summary)) {
    const signature = summary.state === "1" && encryption.next === null ? text("state_1_why") : null;
    const weak = summary.faults.filter(({ code }) => code === "encryption-weak").map(faultText);
    const reasons = signature === null ? weak : [signature, ...weak];
    return { tone, icon, ...encryption, identity: null, warning, reasons, encryption: null };
  }
  const key = wordsKey(summary);
  const reasons = [
    ...summary.faults.filter((fault) => !repeatedByFault.has(`${key} ${fault.code}`)).map(faultText),
    ...usuallySigned(summary),
  ];
  const framed = toldByFault.has(summary.state) && reasons.length > 0;
  return {
    tone,
    icon,
    headline: text(`state_${key}`, signerAddress(summary)),
    sentence: framed ? reasons[0]! : sentenceOf(summary),
    identity: tone === "good" ? identityLine(summary.signer) : null,
    warning,
    reasons: framed ? reasons.slice(1) : reasons,
    next: optionalText(`state_${key}_next`),
    encryption: summary.state === "0" ? null : encryption,
  };
}

/** What makes a broken signature, or one that cannot be checked, matter more. */
function usuallySigned({ state, memory }: CryptographicSummary): readonly string[] {
  if (memory?.expectsSignature !== true || (state !== "6" && state !== "7")) return [];
  return [text("usual_signature", numberText(memory.signed), numberText(memory.messages))];
}

function encryptionWords(state: string): EncryptionWords {
  const key = `encryption_${state}`;
  return { headline: text(key), sentence: text(`${key}_why`), next: optionalText(`${key}_next`) };
}

/** $1 the visible author, $2 who vouches, $3 the signer as the certificate names them. */
function sentenceOf(summary: CryptographicSummary): string {
  const { state, author, signer, memory } = summary;
  const issuer = signer?.issuerName || text("unknown_issuer");
  const address = signer?.addresses[0] ?? signer?.commonName ?? text("unknown_signer");
  const visible = (state === "8" ? memory?.address : null) ?? author.address ?? author.from[0] ?? null;
  const key = `state_${wordsKey(summary)}`;
  const inserted = [visible ?? text("unknown_sender"), issuer, address];
  const told = toldByMemory(summary);
  return told === null ? text(`${key}_why`, ...inserted) : text(`${key}_told`, ...inserted, ...told);
}

/** $4 and $5 where the memory has something to say, else null. */
function toldByMemory(summary: CryptographicSummary): readonly string[] | null {
  const { state, memory, judgedAt } = summary;
  if (state === "2c") {
    return judgedAt === undefined
      ? null
      : [dateText(judgedAt.time), text(`proof_${underscored(judgedAt.source)}`)];
  }
  if (memory === undefined || wordsKey(summary) !== state) return null;
  if (state === "2a") return memory.since === null ? null : [dateText(memory.since)];
  if (state === "3") {
    return memory.usual === null
      ? null
      : [dateText(memory.usual.lastSeen), harmless(memory.usual.issuerName)];
  }
  if (state === "5b") return memory.confirmed === null ? null : [dateText(memory.confirmed)];
  return state === "8" ? [numberText(memory.signed), numberText(memory.messages)] : null;
}
