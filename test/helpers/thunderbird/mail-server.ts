/**
 * The mail server of a test world: Dovecot (IMAP) with its own configuration and mail folder, and an SMTP
 * server that keeps every message with its envelope and delivers it to the recipients' INBOX.
 * A user is the local part of an address; every password is "pass". Runs as root or as anybody.
 */
import { chownSync, mkdirSync, readFileSync, readdirSync, existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { end, freePort, isAlive, start } from "./processes.js";

export interface Captured {
  readonly from: string;
  readonly to: readonly string[];
  /** as it came over the wire */
  readonly message: Buffer;
}

export interface MailServer {
  readonly imapPort: number;
  readonly smtpPort: number;
  /** everything that left Thunderbird, in order */
  readonly captured: readonly Captured[];
  /** @returns the first message captured after `count` others */
  waitForMessage(count: number, patience?: number): Promise<Captured>;
  append(user: string, mailbox: string, message: Uint8Array): Promise<void>;
  /** every message that lies in the mailbox and is not deleted, as the server's files hold it */
  read(user: string, mailbox: string): readonly Buffer[];
  stop(): Promise<void>;
}

export interface MailServerOptions {
  /** what the receiving server writes on top of a message before it delivers it */
  readonly receiving?: (message: Buffer) => Buffer;
  /** a message was taken in */
  readonly arrived?: (mail: Captured) => void;
}

export async function startMailServer(folder: string, options: MailServerOptions = {}): Promise<MailServer> {
  const imapPort = await freePort();
  const dovecot = await startDovecot(folder, imapPort);
  const captured: Captured[] = [];
  const append = (user: string, mailbox: string, message: Uint8Array) =>
    appendByImap(imapPort, { user, mailbox, message });
  const smtp = capturingServer(async (mail) => {
    captured.push(mail);
    const delivered = options.receiving?.(mail.message) ?? mail.message;
    for (const address of mail.to) await append(localPart(address), "INBOX", delivered);
    options.arrived?.(mail);
  });
  const smtpPort = await new Promise<number>((resolve) => {
    const listener = smtp.listen(0, "127.0.0.1", () =>
      resolve((listener.address() as { port: number }).port),
    );
  });
  return {
    imapPort,
    smtpPort,
    captured,
    append,
    waitForMessage: (count, patience = 15_000) => waitForMessage(captured, count, patience),
    read: (user, mailbox) => readMaildir(join(folder, "mail", user), mailbox),
    async stop() {
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
      await end(dovecot);
    },
  };
}

function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf("@")).toLowerCase();
}

async function waitForMessage(
  captured: readonly Captured[],
  count: number,
  patience: number,
): Promise<Captured> {
  const deadline = Date.now() + patience;
  for (;;) {
    const message = captured[count];
    if (message) return message;
    if (Date.now() > deadline) throw new Error(`no message left Thunderbird within ${patience} ms`);
    await delay(50);
  }
}

function capturingServer(keep: (mail: Captured) => Promise<void>): SMTPServer {
  return new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : "";
        const to = session.envelope.rcptTo.map((recipient) => recipient.address);
        keep({ from, to, message: Buffer.concat(chunks) }).then(() => callback(), callback);
      });
    },
  });
}

async function startDovecot(folder: string, port: number) {
  const root = userInfo().uid === 0;
  for (const name of ["run", "mail"]) mkdirSync(join(folder, name), { recursive: true });
  // Dovecot opens no mailbox as root: Debian's user "mail" is always there.
  if (root) chownSync(join(folder, "mail"), 8, 8);
  const file = join(folder, "dovecot.conf");
  writeFileSync(file, dovecotConfiguration(folder, port, root ? null : userInfo().username));
  const child = start({ program: dovecotProgram(), args: ["-F", "-c", file] });
  const deadline = Date.now() + 10_000;
  while (!(await answers(port))) {
    if (!isAlive(child) || Date.now() > deadline) {
      await end(child);
      const log = join(folder, "dovecot.log");
      throw new Error(`Dovecot did not start\n${existsSync(log) ? readFileSync(log, "utf8") : ""}`);
    }
    await delay(50);
  }
  return child;
}

function dovecotProgram(): string {
  return existsSync("/usr/sbin/dovecot") ? "/usr/sbin/dovecot" : "dovecot";
}

function dovecotConfiguration(folder: string, port: number, user: string | null): string {
  const owner = user ?? "mail";
  const mailboxes = ["Sent", "Drafts", "Trash", "Templates"].map((name) => {
    const use = name === "Templates" ? "" : `special_use = \\${name}\n`;
    return `mailbox ${name} {\n${use}auto = subscribe\n}`;
  });
  return `base_dir = ${folder}/run
log_path = ${folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:${folder}/mail/%n
first_valid_uid = 1
default_internal_user = ${user ?? "dovecot"}
default_login_user = ${user ?? "dovenull"}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
passdb {
  driver = static
  args = password=pass
}
userdb {
  driver = static
  args = uid=${owner} gid=${user === null ? "mail" : String(userInfo().gid)} home=${folder}/mail/%n
}
namespace inbox {
  inbox = yes
  separator = /
  ${mailboxes.join("\n")}
}
`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

interface Append {
  readonly user: string;
  readonly mailbox: string;
  readonly message: Uint8Array;
}

/** RFC 3501 §6.3.11, with a literal; line ends are sent as they are given. */
function appendByImap(port: number, append: Append): Promise<void> {
  const steps: readonly [expected: string, send: string | Uint8Array][] = [
    ["* OK", `a LOGIN ${append.user} pass\r\n`],
    ["a OK", `b APPEND "${append.mailbox}" {${append.message.length}}\r\n`],
    ["+ ", append.message],
    ["b OK", "c LOGOUT\r\n"],
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let step = 0;
    let text = "";
    socket.on("error", reject);
    socket.on("close", () => (step === steps.length ? resolve() : reject(new Error(`IMAP said: ${text}`))));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const current = steps[step];
      if (!current || !text.includes(current[0])) return;
      const send = current[1];
      text = "";
      step++;
      socket.write(send);
      if (send === append.message) socket.write("\r\n");
      if (step === steps.length) socket.end();
    });
  });
}

/** The oldest first. */
function readMaildir(folder: string, mailbox: string): readonly Buffer[] {
  const root = mailbox === "INBOX" ? folder : join(folder, `.${mailbox}`);
  return ["new", "cur"]
    .map((name) => join(root, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((name) => ({ name, path: join(path, name) })))
    .filter(({ name }) => !isDeleted(name))
    .sort((a, b) => arrivalOf(a.name) - arrivalOf(b.name))
    .map(({ path }) => readFileSync(path));
}

/** RFC 3501 §2.3.2: \Deleted, but not expunged yet */
function isDeleted(name: string): boolean {
  return /:2,[A-Z]*T/.test(name);
}

/** Microseconds, out of SECONDS.M123P456.host: as text, 98 of them would come after 123,456. */
function arrivalOf(name: string): number {
  const [, seconds, microseconds] = /^(\d+)\.M(\d+)P/.exec(name) ?? [];
  if (seconds === undefined) throw new Error(`not named by Dovecot: ${name}`);
  return Number(seconds) * 1e6 + Number(microseconds);
}
