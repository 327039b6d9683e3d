/**
 * The verdict in one line: label, icon and tone for a summary. The header button, the banner and our pages
 * draw the same value, so that there is one opinion. No DOM and no decisions: the engine has judged already.
 */
import type { CryptographicSummary, EncryptionState, SummaryState } from "../protocol/verdict.js";
import { lookAlikeWarning } from "./look-alike-words.js";
import { harmless, text, underscored } from "./text.js";

/** `silent`: draw nothing inside the message, and the plainest mark in a button that is always there. */
export type Tone = "good" | "caution" | "bad" | "grey" | "neutral" | "silent";

/** icons/state-NAME.svg */
export type BadgeIcon = "good" | "caution" | "bad" | "grey" | "neutral" | "checking" | "encrypted";

export interface Badge {
  /** short enough for a button; the domain whole */
  readonly label: string;
  /** the same in a sentence, with nothing shortened: tooltip and screen reader */
  readonly title: string;
  readonly icon: BadgeIcon;
  readonly tone: Tone;
}

const tones: Readonly<Record<SummaryState, Tone>> = {
  "0": "neutral",
  "1": "silent",
  "2": "good",
  "2o": "good",
  "2a": "good",
  "2b": "good",
  "2c": "good",
  "3": "caution",
  "4": "caution",
  "5": "caution",
  "5b": "caution",
  "6": "grey",
  // A mailing list's footer breaks a signature too: no worse than unsigned, unless more was promised.
  "7": "neutral",
  "7r": "bad",
  "8": "caution",
  "9": "neutral",
};

/** Where the message cannot be read, or nobody signed, the encryption is what there is to tell. */
const encryptionTones: Readonly<Record<EncryptionState, Tone>> = {
  "not-encrypted": "silent",
  encrypted: "neutral",
  "encrypted-unauthenticated": "neutral",
  "key-missing": "grey",
  "key-locked": "neutral",
  "password-needed": "grey",
  damaged: "caution",
};

export function badge(summary: CryptographicSummary, labelLength = 44): Badge {
  const warning = lookAlikeWarning(summary);
  const plain = plainBadge(summary, labelLength);
  return warning === null ? plain : flagged(plain, warning);
}

/** Whatever the state: an address that is taken for another one makes the best signature a trap. */
function flagged(plain: Badge, warning: string): Badge {
  const tone = plain.tone === "bad" ? "bad" : "caution";
  const title = text("badge_title_both", warning, plain.title);
  return { label: text("badge_look_alike"), title, icon: tone, tone };
}

function plainBadge(summary: CryptographicSummary, labelLength: number): Badge {
  if (speaksOfEncryption(summary)) return encryptionBadge(summary);
  const tone = toneOf(summary);
  const address = signerAddress(summary);
  const label = text(
    `badge_${wordsKey(summary)}`,
    shortenAddress(address, labelLength - text("badge_2", "").length),
  );
  return { label, title: titleOf(summary), icon: iconOf(summary.state, tone), tone };
}

/** Locked, damaged, or opened and unsigned: then the headline is the encryption's. */
export function speaksOfEncryption(summary: CryptographicSummary): boolean {
  const unreadable = ["key-missing", "key-locked", "password-needed", "damaged"].includes(summary.encryption);
  const quiet = summary.state === "0" || summary.state === "1" || summary.state === "6";
  return quiet && (unreadable || (summary.state === "1" && summary.encryption !== "not-encrypted"));
}

/**
 * Which words fit the state. State 4 is one row of the table and three stories: another signer, a sender
 * that is not one clear address, and a name that pretends another address than the one that did sign.
 */
export function wordsKey(summary: CryptographicSummary): string {
  const { state, author, faults } = summary;
  if (isListsDoing(summary)) return `${state}_list`;
  if (state !== "4" || faults.some(({ code }) => code === "signer-not-author")) return state;
  if (author.address === null) return "4_unclear";
  return faults.some(({ code }) => code === "display-name-misleading") ? "4_misleading" : state;
}

/**
 * A mailing list says that it sent the message on, and what is wrong with it is what lists do. The words are
 * calmer then, and the tone is that of unsigned mail: anybody can write a list's header.
 */
function isListsDoing({ state, mailingList, memory }: CryptographicSummary): boolean {
  if (mailingList === undefined) return false;
  if (["7", "8", "9"].includes(state)) return true;
  // Whoever has signed as a person is no list, whatever a header says of the address.
  return state === "4" && mailingList.rewritten && !(memory !== undefined && memory.signed > 0);
}

/** The address that the headline names: the visible author's where it is the signer's too. */
export function signerAddress(summary: CryptographicSummary): string {
  const addresses = summary.signer?.addresses ?? [];
  const author = summary.author.address;
  if (author !== null && (addresses.length === 0 || addresses.includes(author))) return author;
  return addresses[0] ?? summary.signer?.commonName ?? text("unknown_signer");
}

/**
 * A shortened label never lies: who owns the domain decides who writes, so the domain stays whole and the
 * local part gives way first; only a domain that is too long itself loses its beginning.
 */
export function shortenAddress(address: string, length: number): string {
  const letters = [...harmless(address)];
  if (letters.length <= length) return letters.join("");
  const at = letters.lastIndexOf("@");
  const domain = letters.slice(at);
  const room = length - domain.length - 1;
  if (at < 0 || room < 0) return `…${letters.slice(letters.length - Math.max(length - 1, 1)).join("")}`;
  return `${letters.slice(0, room).join("")}…${domain.join("")}`;
}

function toneOf(summary: CryptographicSummary): Tone {
  if (summary.state === "7" && summary.encryption !== "not-encrypted") return "caution";
  if (isListsDoing(summary)) return "neutral";
  // Where a signature was to be expected, one that is broken or cannot be checked is no smaller matter than none.
  const isLoud = summary.memory?.expectsSignature === true && summary.mailingList === undefined;
  if (isLoud && (summary.state === "6" || summary.state === "7")) return "caution";
  return tones[summary.state];
}

function iconOf(state: SummaryState, tone: Tone): BadgeIcon {
  if (state === "0") return "checking";
  return tone === "silent" ? "neutral" : tone;
}

/**
 * An old mode of encryption notices no tampering by itself. Where a signature that holds covers the same
 * content, that does, and there is nothing to warn of.
 */
export function encryptionKey({ state, encryption }: CryptographicSummary): string {
  const covered = encryption === "encrypted-unauthenticated" && state.startsWith("2");
  return covered ? "encrypted_covered" : underscored(encryption);
}

function titleOf(summary: CryptographicSummary): string {
  const headline = text(`state_${wordsKey(summary)}`, signerAddress(summary));
  const encryption =
    summary.encryption === "not-encrypted" ? null : text(`encryption_${encryptionKey(summary)}`);
  return encryption === null ? headline : text("badge_title_both", headline, encryption);
}

function encryptionBadge(summary: CryptographicSummary): Badge {
  const key = underscored(summary.encryption);
  return {
    label: text(`badge_${key}`),
    title: text(`encryption_${key}`),
    icon: summary.encryption === "damaged" ? "caution" : "encrypted",
    tone: encryptionTones[summary.encryption],
  };
}
