/**
 * What mailing list programs do to a signed letter, after what each of them documents and what its archives
 * show: header fields, prefixes, footers, rewritten From, stripped parts. Ten programs with ten configurations
 * each make the hundred letters that `mailing-lists.test.ts` counts. Written for this; no list's mail is quoted.
 */

/** Header lines as they stand, without line ends, and everything after the empty line. */
export interface Letter {
  readonly header: readonly string[];
  readonly body: string;
}

export function parseLetter(raw: Uint8Array): Letter {
  const text = Buffer.from(raw).toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const header = text
    .slice(0, end)
    .replace(/\r\n(?=[ \t])/g, "\0")
    .split("\r\n");
  return { header: header.map((line) => line.replaceAll("\0", "\r\n")), body: text.slice(end + 4) };
}

export function writeLetter({ header, body }: Letter): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(`${header.join("\r\n")}\r\n\r\n${body}`, "latin1"));
}

type Change = (letter: Letter) => Letter;

const isField = (line: string, name: string): boolean =>
  line.toLowerCase().startsWith(`${name.toLowerCase()}:`);
const isMime = (line: string): boolean => /^(content-|mime-version)/i.test(line);
const field = ({ header }: Letter, name: string): string =>
  header
    .find((line) => isField(line, name))
    ?.slice(name.length + 1)
    .trim() ?? "";

function set(name: string, value: string): Change {
  return ({ header, body }) => ({
    header: header.map((line) => (isField(line, name) ? `${name}: ${value}` : line)),
    body,
  });
}

const add =
  (...lines: readonly string[]): Change =>
  ({ header, body }) => ({ header: [...lines, ...header], body });

const prefix =
  (text: string): Change =>
  (letter) =>
    set("Subject", `${text} ${field(letter, "Subject")}`)(letter);

/** DMARC: the author's name stays, the list's address stands in the place of his. */
const munge =
  (words: (name: string) => string, address: string): Change =>
  (letter) => {
    const from = field(letter, "From");
    const name = /^"?([^"<]*?)"?\s*</.exec(from)?.[1] ?? "Alice";
    return set("From", `${words(name)} <${address}>`)(add(`Reply-To: ${from}`)(letter));
  };

/** Mailman and Sympa: a part of its own below what was sent, which becomes a part itself. */
const wrapWithFooter =
  (footer: string): Change =>
  ({ header, body }) => {
    const inner = header.filter(isMime).filter((line) => !isField(line, "MIME-Version"));
    const outer = header.filter((line) => !isMime(line));
    const cut = "===============list==";
    const foot = `Content-Type: text/plain; charset="us-ascii"\r\nContent-Disposition: inline\r\n\r\n${footer}`;
    return {
      header: [...outer, "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="${cut}"`],
      body: `--${cut}\r\n${inner.join("\r\n")}\r\n\r\n${body}\r\n--${cut}\r\n${foot}\r\n--${cut}--\r\n`,
    };
  };

/** Mailman's dmarc_moderation_action "wrap message". */
const wrapAsMessage =
  (from: string): Change =>
  (letter) => {
    const inner = Buffer.from(writeLetter(letter)).toString("latin1");
    const outer = letter.header.filter((line) => !isMime(line));
    return set(
      "From",
      from,
    )({
      header: [...outer, "MIME-Version: 1.0", "Content-Type: message/rfc822", "Content-Disposition: inline"],
      body: inner,
    });
  };

/** After everything, whatever stood there: Majordomo and ezmlm know no MIME. */
const appendRaw =
  (footer: string): Change =>
  ({ header, body }) => ({ header, body: `${body}\r\n${footer}\r\n` });

/** Into the text itself, before its part ends. */
const appendToText =
  (footer: string): Change =>
  ({ header, body }) => ({ header, body: body.replace("Bring Bob.\r\n", `Bring Bob.\r\n\r\n${footer}\r\n`) });

/** Decoded and encoded anew: other octets for the same words. */
const encodeAnew: Change = ({ header, body }) => ({
  header,
  body: body.replace("See you at noon.\r\n", "See you at =\r\nnoon.\r\n"),
});

/** Trailing blanks and tabs are "repaired" on the way. */
const repairBlanks: Change = ({ header, body }) => ({
  header,
  body: body.replace("noon.\r\n", "noon. \r\n"),
});

/** Content filters: the signature's part goes, the text stays. */
const stripSignature: Change = ({ header, body }) => {
  const outer = header.filter((line) => !isField(line, "Content-Type"));
  const text = /See you at noon\.[\s\S]*?Bring Bob\.\r\n/.exec(body)?.[0] ?? "A part was removed.\r\n";
  return { header: [...outer, "Content-Type: text/plain; charset=utf-8"], body: text };
};

const same: Change = (letter) => letter;
const all =
  (...changes: readonly Change[]): Change =>
  (letter) =>
    changes.reduce((made, change) => change(made), letter);

const line = "_______________________________________________";

interface Program {
  readonly name: string;
  /** what it always does */
  readonly always: Change;
  readonly configurations: readonly Change[];
}

const mailman = (name: string, version: string, domain: string): Program => {
  const address = `users@${domain}`;
  const footer = `${line}\r\nUsers mailing list\r\n${address}\r\nhttps://${domain}/listinfo/users`;
  const via = munge((author) => `"${author} via Users"`, address);
  return {
    name,
    always: add(
      `Sender: "Users" <users-bounces@${domain}>`,
      `Errors-To: users-bounces@${domain}`,
      "Precedence: list",
      `List-Id: Talk of users <users.${domain}>`,
      `List-Unsubscribe: <mailto:users-request@${domain}?subject=unsubscribe>`,
      `List-Post: <mailto:${address}>`,
      `X-BeenThere: ${address}`,
      `X-Mailman-Version: ${version}`,
    ),
    configurations: [
      same,
      prefix("[Users]"),
      all(prefix("[Users]"), wrapWithFooter(footer)),
      all(prefix("[Users]"), via),
      all(prefix("[Users]"), via, wrapWithFooter(footer)),
      wrapAsMessage(`"Alice Example via Users" <${address}>`),
      all(prefix("[Users]"), stripSignature),
      all(stripSignature, via),
      all(prefix("[Users]"), encodeAnew),
      all(prefix("[Users]"), repairBlanks, wrapWithFooter(footer)),
    ],
  };
};

const googleFooter =
  '-- \r\nYou received this message because you are subscribed to the Google Groups "users" group.';
const googleVia = munge((author) => `"'${author}' via users"`, "users@googlegroups.com");
const groupsVia = munge((author) => `"${author} via groups.io"`, "alice=example.test@groups.io");
const sympaFooter = "To unsubscribe, write to sympa@lists.example.test";
const listservFooter = "To unsubscribe from the USERS list, click the following link:";

export const programs: readonly Program[] = [
  mailman("Mailman 2", "2.1.39", "lists.example.test"),
  mailman("Mailman 3", "3.3.9", "mail.example.test"),
  mailman("Mailman 2, other domain", "2.1.29", "lists.example.net"),
  {
    name: "Google Groups",
    always: add(
      "Sender: users@googlegroups.com",
      "Precedence: list",
      "Mailing-list: list users@googlegroups.com; contact users+owners@googlegroups.com",
      "List-ID: <users.googlegroups.com>",
      "List-Post: <https://groups.google.com/group/users/post>, <mailto:users@googlegroups.com>",
      "X-Original-Sender: alice@example.test",
    ),
    configurations: [
      same,
      prefix("[users]"),
      appendToText(googleFooter),
      googleVia,
      all(googleVia, appendToText(googleFooter)),
      wrapWithFooter(googleFooter),
      all(googleVia, wrapWithFooter(googleFooter)),
      stripSignature,
      all(prefix("[users]"), encodeAnew),
      all(googleVia, repairBlanks),
    ],
  },
  {
    name: "Sympa",
    always: add(
      "Sender: users-request@lists.example.test",
      "X-Loop: users@lists.example.test",
      "X-Sequence: 42",
      "Precedence: list",
      "List-Id: <users.lists.example.test>",
      "List-Post: <mailto:users@lists.example.test>",
    ),
    configurations: [
      same,
      prefix("[users]"),
      wrapWithFooter(sympaFooter),
      appendToText(sympaFooter),
      munge((author) => `"${author} (via users Mailing List)"`, "users@lists.example.test"),
      all(
        munge((author) => `"${author} via users"`, "users@lists.example.test"),
        wrapWithFooter(sympaFooter),
      ),
      munge(() => '"alice@example.test (via users Mailing List)"', "users@lists.example.test"),
      stripSignature,
      encodeAnew,
      all(prefix("[users]"), appendToText(sympaFooter), repairBlanks),
    ],
  },
  {
    name: "groups.io",
    always: add(
      "Mailing-List: list users@groups.io; contact users+owner@groups.io",
      "List-Id: <users.groups.io>",
      "List-Subscribe: <mailto:users+subscribe@groups.io>",
      "Precedence: Bulk",
      "X-Gm-Message-State: x",
    ),
    configurations: [
      same,
      prefix("[users]"),
      appendToText(
        "-=-=-=-=-=-=-=-=-=-=-=-\r\nGroups.io Links: You receive all messages sent to this group.",
      ),
      groupsVia,
      all(groupsVia, appendToText("-=-=-=-")),
      wrapWithFooter("-=-=-=-"),
      stripSignature,
      all(groupsVia, stripSignature),
      encodeAnew,
      repairBlanks,
    ],
  },
  {
    name: "Majordomo",
    always: add("Sender: owner-users@example.org", "Precedence: bulk"),
    configurations: [
      same,
      prefix("users:"),
      appendRaw('To unsubscribe, send "unsubscribe users" to majordomo@example.org'),
      all(prefix("users:"), appendRaw("--")),
      appendToText("To unsubscribe, send mail to majordomo@example.org"),
      add("X-Loop: users"),
      stripSignature,
      encodeAnew,
      repairBlanks,
      all(appendToText("--"), appendRaw("--")),
    ],
  },
  {
    name: "ezmlm",
    always: add(
      "Mailing-List: contact users-help@example.org; run by ezmlm",
      "Precedence: bulk",
      "List-Post: <mailto:users@example.org>",
      "Delivered-To: mailing list users@example.org",
    ),
    configurations: [
      same,
      prefix("[users]"),
      appendRaw(`${"-".repeat(69)}\r\nTo unsubscribe, e-mail: users-unsubscribe@example.org`),
      appendToText("To unsubscribe, e-mail: users-unsubscribe@example.org"),
      stripSignature,
      all(prefix("[users]"), stripSignature),
      wrapWithFooter("To unsubscribe, e-mail: users-unsubscribe@example.org"),
      munge((author) => `"${author} via users"`, "users@example.org"),
      encodeAnew,
      repairBlanks,
    ],
  },
  {
    name: "LISTSERV",
    always: add(
      'Sender: "Talk of users" <USERS@LISTSERV.EXAMPLE.ORG>',
      "List-Owner: <mailto:USERS-request@LISTSERV.EXAMPLE.ORG>",
      "List-Post: <mailto:USERS@LISTSERV.EXAMPLE.ORG>",
      "List-Unsubscribe: <mailto:USERS-unsubscribe-request@LISTSERV.EXAMPLE.ORG>",
      "Precedence: list",
    ),
    configurations: [
      same,
      prefix("[USERS]"),
      appendToText(listservFooter),
      wrapWithFooter(listservFooter),
      munge((author) => `"${author}"`, "0000014e12345678-dmarc-request@LISTSERV.EXAMPLE.ORG"),
      all(
        munge((author) => author, "0000014e12345678-dmarc-request@LISTSERV.EXAMPLE.ORG"),
        appendToText(listservFooter),
      ),
      stripSignature,
      all(
        munge((author) => author, "0000014e12345678-dmarc-request@LISTSERV.EXAMPLE.ORG"),
        stripSignature,
      ),
      encodeAnew,
      repairBlanks,
    ],
  },
  {
    name: "mlmmj",
    always: add("List-Id: <users.example.org>", "List-Post: <mailto:users@example.org>", "Precedence: list"),
    configurations: [
      same,
      prefix("[users]"),
      appendRaw("-- \r\nUnsubscribe: users+unsubscribe@example.org"),
      appendToText("-- \r\nUnsubscribe: users+unsubscribe@example.org"),
      wrapWithFooter("Unsubscribe: users+unsubscribe@example.org"),
      munge((author) => `"${author} via users"`, "users@example.org"),
      all(
        munge((author) => `"${author} via users"`, "users@example.org"),
        appendToText("--"),
      ),
      stripSignature,
      encodeAnew,
      repairBlanks,
    ],
  },
];

export function listMail(
  raw: Uint8Array,
): readonly { readonly name: string; readonly raw: Uint8Array<ArrayBuffer> }[] {
  const letter = parseLetter(raw);
  return programs.flatMap(({ name, always, configurations }) =>
    configurations.map((change, index) => ({
      name: `${name}, configuration ${index + 1}`,
      raw: writeLetter(always(change(letter))),
    })),
  );
}

/** The same without a word of the list: what a changed letter looks like when nobody says who changed it. */
export function withoutListHeader(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const { header, body } = parseLetter(raw);
  const names =
    /^(list-|x-beenthere|x-mailman|mailing-list|precedence|sender|errors-to|x-loop|delivered-to)/i;
  return writeLetter({ header: header.filter((text) => !names.test(text)), body });
}
