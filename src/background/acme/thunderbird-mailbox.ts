/**
 * Thunderbird as the mail side of a challenge. The answer is a reply of its own compose window, so In-Reply-To,
 * the account and the copy in Sent are as of any mail; the window shows for a moment, and our own lock is opened
 * (and Thunderbird's own S/MIME switched off) before it sends: what RFC 8823 §3.2 asks for is plain text.
 */
import type { Bytes } from "../../engine/index.js";
import { normalizeAddress } from "../../engine/index.js";
import { thunderbirdCompose } from "../mail/compose-client.js";
import { raw } from "../mail/display-client.js";
import type { ComposeHandlers } from "../mail/mail-host.js";
import type { Services } from "../services.js";
import { AcmeProblem } from "./acme-problem.js";
import {
  type ChallengeLetter,
  type ChallengeMailbox,
  type ChallengeSearch,
  chooseLetter,
} from "./challenge-mailbox.js";
import { isProvenBySmime, judgeDkim } from "./challenge-proof.js";
import { type ExpectedChallenge, challengeQuery, findChallenge } from "./email-challenge.js";

interface MailParts {
  readonly inspect: Services["inspect"];
  readonly compose: ComposeHandlers;
}

const subjectStart = "ACME:";
/** More mails that call themselves a challenge are a flood: those count that came when it was ordered. */
const mostLooked = 100;
/** octets; a challenge is a few lines, and a signature with its certificates */
const largest = 256 * 1024;

export function thunderbirdMailbox({ inspect, compose }: MailParts): ChallengeMailbox {
  return {
    async find(search, preferred) {
      const letters: ChallengeLetter[] = [];
      for (const id of await candidates(search)) {
        const letter = await judge(id, search.expected, inspect);
        if (letter !== null) letters.push(letter);
      }
      return chooseLetter(letters, search, preferred);
    },
    async answer(letter, answer, from) {
      const identities = await browser.identities.list();
      const identity = identities.find(({ email }) => normalizeAddress(email ?? "") === from);
      if (identity === undefined) throw new AcmeProblem("mail-not-sent", "");
      const { id: tabId } = await browser.compose.beginReply(letter.id, "replyToSender", {
        ...{ identityId: identity.id, to: [answer.to], cc: [], bcc: [], subject: answer.subject },
        ...{ isPlainText: true, plainTextBody: answer.body },
      });
      if (tabId === undefined) throw new AcmeProblem("mail-not-sent", "");
      const change = { kind: "mode", mode: "off", confirmedClear: true } as const;
      const opened = await compose["compose:change"]({ tabId, change }, { tabId: null, path: "" });
      if (!opened.ok) throw new AcmeProblem("mail-not-sent", "");
      await thunderbirdCompose().switchNativeProtectionOff(tabId);
      try {
        await browser.compose.sendMessage(tabId, { mode: "sendNow" });
      } catch {
        // Thunderbird has told the person why, in its own window.
        throw new AcmeProblem("mail-not-sent", "");
      }
    },
  };
}

/** Calls back when something came that may be a challenge. Registered at once, so that it wakes us. */
export function onChallengeMail(listener: () => void): void {
  browser.messages.onNewMailReceived.addListener((_folder, list) => {
    const { messages } = list as unknown as { messages: readonly { subject: string }[] };
    if (messages.some(({ subject }) => subject.includes(subjectStart))) listener();
  });
}

/** The addresses that Thunderbird writes from. */
export async function ownAddresses(): Promise<readonly string[]> {
  const identities = await browser.identities.list();
  const addresses = identities.map(({ email }) => normalizeAddress(email ?? ""));
  return [...new Set(addresses.filter((address) => address !== null))];
}

interface Listed {
  readonly id: number;
  readonly date: Date;
  readonly headerMessageId: string;
  readonly size: number;
}

/** The oldest first; none that was answered already, so that they take no place from those that were not. */
async function candidates(search: ChallengeSearch): Promise<readonly number[]> {
  const { expected, spent, orderedAt } = search;
  const found = await browser.messages.query(challengeQuery(expected) as never);
  const { messages } = found as unknown as { messages: readonly Listed[] };
  const distance = ({ date }: Listed): number => Math.abs(date.getTime() - orderedAt);
  return messages
    .filter(({ headerMessageId, size }) => !spent.includes(`<${headerMessageId}>`) && size <= largest)
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, mostLooked)
    .sort((a, b) => a.date.getTime() - b.date.getTime())
    .map(({ id }) => id);
}

/** @returns null where it is not what is waited for, or cannot be read now */
async function judge(
  id: number,
  expected: ExpectedChallenge,
  inspect: Services["inspect"],
): Promise<ChallengeLetter | null> {
  const octets: Bytes | null = await raw(id).catch(() => null);
  const challenge = octets === null ? null : findChallenge(octets, expected);
  if (octets === null || challenge === null) return null;
  const word = judgeDkim(octets, expected);
  if (word.kind === "proven") return { id, challenge, isProven: true, server: null };
  const { verdict } = await inspect(octets, "file");
  // No protected header tells where an answer shall go: it goes to whom the authority named.
  const unsaid = { ...challenge, replyTo: null };
  const isProven = isProvenBySmime(verdict, expected);
  return {
    id,
    challenge: unsaid,
    isProven,
    server: word.kind === "claimed" && !isProven ? word.server : null,
  };
}
