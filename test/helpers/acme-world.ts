/**
 * A mail server on loopback, a stand-in ACME server that sends its challenges through it by SMTP, and a mail client
 * that answers as Thunderbird would: for tests of orders without a Thunderbird.
 */
import { mkdtempSync, rmSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChallengeLetter,
  type ChallengeMailbox,
  chooseLetter,
} from "../../src/background/acme/challenge-mailbox.js";
import { judgeDkim } from "../../src/background/acme/challenge-proof.js";
import { type ChallengeAnswer, findChallenge } from "../../src/background/acme/email-challenge.js";
import { usualBehaviour } from "./acme-behaviour.js";
import { AcmeServer } from "./acme-server.js";
import { type Challenge, type Writing, challengeMail, challengeSender } from "./acme-post.js";
import type { ServerCertificate } from "./bind.js";
import { DkimKey, judgedBy } from "./dkim.js";
import { sendMail } from "./send-mail.js";
import { type MailServer, startMailServer } from "./thunderbird/mail-server.js";

export const address = "alice@example.test";

/** How the next challenges are mailed. */
export interface Mailing {
  kind: "signed" | "unsigned" | "not at all";
  writing: Writing;
}

export class AcmeWorld {
  readonly acme: AcmeServer;
  readonly mail: MailServer;
  readonly mailing: Mailing = { kind: "signed", writing: {} };
  readonly dkim: DkimKey;
  /** what the server that takes Alice's mail in calls itself */
  receivingServer = "mx.example.test";
  readonly #folder: string;
  readonly #forgotten = new Set<string>();
  readonly #forgettable: string[] = [];

  private constructor(parts: { acme: AcmeServer; mail: MailServer; dkim: DkimKey; folder: string }) {
    this.acme = parts.acme;
    this.mail = parts.mail;
    this.dkim = parts.dkim;
    this.#folder = parts.folder;
  }

  /** @param tls of the stand-in's server */
  static async start(tls: ServerCertificate | null = null): Promise<AcmeWorld> {
    const folder = mkdtempSync(join(tmpdir(), "signet-acme-"));
    // Dovecot's mail process runs as another user and must reach its folder below.
    chmodSync(folder, 0o711);
    const dkim = new DkimKey("ca.test");
    const acme = await AcmeServer.start((challenge) => world.sendChallenge(challenge), tls);
    const mail = await startMailServer(folder, {
      receiving: (message) => judgedBy(world.receivingServer, dkim)(message),
      arrived: ({ to, message }) => void (to.includes(challengeSender) && acme.receive(message)),
    });
    const world: AcmeWorld = new AcmeWorld({ acme, mail, dkim, folder });
    return world;
  }

  /** By real SMTP, to the address that a certificate was ordered for. */
  async sendChallenge(challenge: Challenge): Promise<void> {
    const { kind, writing } = this.mailing;
    if (kind === "not at all") return;
    const message = challengeMail(challenge, kind === "signed" ? this.dkim : null, writing);
    await sendMail(this.mail.smtpPort, { from: challengeSender, to: challenge.address, message });
  }

  /** Alice's mail client: reads her inbox, replies by SMTP. */
  mailbox(): ChallengeMailbox {
    return {
      find: async (search, preferred) => {
        const { expected } = search;
        const letters = this.mail.read("alice", "INBOX").flatMap((octets, id): ChallengeLetter[] => {
          const raw = new Uint8Array(octets);
          const challenge = findChallenge(raw, expected);
          if (challenge === null || this.#forgotten.has(challenge.messageId)) return [];
          const word = judgeDkim(raw, expected);
          const server = word.kind === "claimed" ? word.server : null;
          return [{ id, challenge, isProven: word.kind === "proven", server }];
        });
        return chooseLetter(letters, search, preferred);
      },
      answer: async (letter, answer, from) => {
        const message = replyMail(letter, answer, from);
        await sendMail(this.mail.smtpPort, { from, to: answer.to, message });
      },
    };
  }

  /** For the next test: nothing came yet, and everybody behaves as usual. */
  beginAnew(): void {
    this.forgetMail();
    this.receivingServer = "mx.example.test";
    Object.assign(this.acme.behaviour, usualBehaviour());
    Object.assign(this.mailing, { kind: "signed", writing: {} });
    this.acme.refusedAnswers.length = 0;
    this.acme.revoked.length = 0;
  }

  /** What came until now is no concern of the next test. */
  forgetMail(): void {
    const sent = this.acme.orders.map(({ challenge }) => challenge.messageId);
    for (const messageId of [...sent, ...this.#forgettable]) this.#forgotten.add(messageId);
  }

  /** A mail of the test's own, which the next one shall not find. */
  forgetLater(messageId: string): void {
    this.#forgettable.push(messageId);
  }

  async stop(): Promise<void> {
    await this.acme.stop();
    await this.mail.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function replyMail(letter: ChallengeLetter, answer: ChallengeAnswer, from: string): string {
  const lines = [
    ...[`From: Alice <${from}>`, `To: ${answer.to}`, `Subject: ${answer.subject}`],
    ...[`In-Reply-To: ${letter.challenge.messageId}`, `References: ${letter.challenge.messageId}`],
    ...["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", ""],
  ];
  return `${lines.join("\r\n")}${answer.body.replaceAll("\n", "\r\n")}`;
}
