/** The mail side of a challenge (RFC 8823 §3.1, §3.2): finding the mail, and answering it. */
import type { ChallengeAnswer, ExpectedChallenge, FoundChallenge } from "./email-challenge.js";

export interface ChallengeLetter {
  /** the mail client's name for it */
  readonly id: number;
  readonly challenge: FoundChallenge;
  /** by DKIM or S/MIME (`challenge-proof.ts`) */
  readonly isProven: boolean;
  /** where nothing proves it: who says on top that it does; of that server nothing is known */
  readonly server: string | null;
}

export interface ChallengeSearch {
  readonly expected: ExpectedChallenge;
  /** Message-IDs that do not count any more */
  readonly spent: readonly string[];
  /** when the challenge was ordered, milliseconds since the epoch: the mail of that moment has its turn first */
  readonly orderedAt: number;
}

export interface ChallengeMailbox {
  /** @param preferred Message-ID of a doubtful one that was found before */
  find(search: ChallengeSearch, preferred: string | null): Promise<ChallengeLetter | null>;
  /** Plain text, neither signed nor encrypted by us. @param from normalised */
  answer(letter: ChallengeLetter, answer: ChallengeAnswer, from: string): Promise<void>;
}

/**
 * Among those that look right: of the proven ones the nearest to the order, so that neither what an earlier order left
 * nor a flood has its turn before ours; or else the one that the person was asked about, or else the newest.
 * @param letters oldest first
 */
export function chooseLetter(
  letters: readonly ChallengeLetter[],
  { spent, orderedAt }: ChallengeSearch,
  preferred: string | null,
): ChallengeLetter | null {
  const open = letters.filter(({ challenge }) => !spent.includes(challenge.messageId));
  const asked = open.find(({ challenge }) => challenge.messageId === preferred);
  const distance = ({ challenge: { date } }: ChallengeLetter): number => Math.abs(date - orderedAt);
  const [nearest] = open.filter(({ isProven }) => isProven).sort((a, b) => distance(a) - distance(b));
  return nearest ?? asked ?? open.at(-1) ?? null;
}
