/** The letters that wait in Alice's inbox when the demo opens, sealed by OpenSSL as a stranger's program does. */
import { changed, encrypted, letter, plain, signed } from "../helpers/letters.js";

export interface WaitingLetter {
  readonly subject: string;
  readonly message: Buffer;
  /** a few words of its text, to see that it opened */
  readonly words: string;
  /** what the badge says; "": it keeps silent */
  readonly badge: string;
  /** what happened to it, for the demo's voice */
  readonly fate: string;
}

export async function writeLetters(): Promise<readonly WaitingLetter[]> {
  const offer = await signed(plain("The offer stands: 4,200 euros.\r\n\r\nBob"), "bob-p256");
  const houseKeys = plain("The house keys are under the third stone.\r\n\r\nBob");
  return [
    {
      subject: "Lunch on Friday",
      message: letter({ subject: "Lunch on Friday" }, plain("Shall we have lunch on Friday?\r\n\r\nBob")),
      words: "lunch on Friday?",
      badge: "",
      fate: "nobody signed it",
    },
    {
      subject: "The offer",
      message: letter({ subject: "The offer" }, offer),
      words: "4,200 euros",
      badge: "Signed by bob@example.test",
      fate: "signed by Bob",
    },
    {
      subject: "The offer, again",
      message: letter({ subject: "The offer, again" }, changed(offer, "4,200", "9,200")),
      words: "9,200 euros",
      badge: "Changed after signing",
      fate: "4,200 became 9,200 on the way",
    },
    {
      subject: "The house keys",
      message: letter(
        { subject: "The house keys" },
        await encrypted(await signed(houseKeys, "bob-p256"), "alice-rsa", "aes-256-cbc"),
      ),
      words: "third stone",
      badge: "Signed by bob@example.test",
      fate: "signed by Bob and sealed for Alice",
    },
  ];
}
