/**
 * Who a message says it is from: Thunderbird's own reader of From fields beside ours. Where Signet names one author,
 * Thunderbird must show that author and nobody else; where it cannot be sure, there is no good badge.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { EmailAddress } from "../../../src/engine/index.js";
import { Budget } from "../../../src/engine/base/budget.js";
import { domainOf, normalizeAddress } from "../../../src/engine/mime/address.js";
import { type Entity, parseEntity } from "../../../src/engine/mime/entity.js";
import { type MessageSender, readSender, readSenderAndTaken } from "../../../src/engine/mime/sender.js";
import { changed, letter, plain, signed } from "../../helpers/letters.js";
import { fillKeyring } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import { type World, startWorld } from "../../helpers/thunderbird/world.js";

let world: World;
let window: MailWindow;

/** From fields of letters that Bob really signed, each with another author for Thunderbird. */
const split: Readonly<Record<string, string>> = {
  "quotes in comments": `Carol Bank <("(")carol @ bank .example (")) bob@example.test (")>`,
  semicolon: `carol @ bank .example; Bob <bob@example.test>`,
  "blank in a name": `carol @ bank .example <bob@example.test>`,
};
/** Where another field says which charset this is, 0xE0 takes the backslash with it. */
const anotherCharset = '"Carol\xe0\\" <carol @ bank .example>, (" <bob@example.test>';

before(async () => {
  world = await startWorld({ addon: "dist/thunderbird" });
  await fillKeyring(world.addon, {});
  const genuine = await signed(plain("Words of Bob's."), "bob-p256");
  const letters = Object.entries(split).map(([subject, from]) => letter({ subject, from }, genuine));
  const labelled = changed(genuine, "multipart/signed;", "multipart/signed; charset=shift_jis;");
  letters.push(
    changed(letter({ subject: "charset", from: "?" }, labelled), "From: ?", `From: ${anotherCharset}`),
  );
  letters.push(letter({ subject: "genuine" }, genuine));
  for (const message of letters) await world.mail.append("alice", "INBOX", message);
  window = await MailWindow.open(world);
  await window.showFolder(alice);
});
after(() => world?.stop());

interface Shown {
  readonly name: string;
  readonly email: string;
  /** members of a group */
  readonly group?: unknown;
}

const pieces = [
  ...[
    "carol",
    "bank",
    ".example",
    "@",
    " ",
    "\t",
    "<",
    ">",
    ",",
    ":",
    ";",
    '"',
    '""',
    "\\",
    "[",
    "]",
    ".",
    "'",
  ],
  ...["bob@example.test", "<bob@example.test>", "(", ")", "(x)", '("(")', '("))', '(")', "?=", "=?utf-8?q?"],
  ...["=40", "=28", "=29", "=22", "=3C", "=3E", "=2C", "=5C", "=5B", "=0A", "@", "_", "x"].map(
    (text) => `=?utf-8?q?${text}?=`,
  ),
  ...["=?utf-8*(?q?x?=", "=?utf-8*)?q?x?=", '=?utf-8*"?q?x?=', "=?utf-8*<?q?x?=", "=?utf-8?b?eA==?="],
  ...["=?utf-8*en?q?R&D's?=", "=?utf-8?q?{#~x}?="],
  ...["\u00a0", "\u3000", "\u200b", "ö", "＠", "．", "＜", "。", "ﬁ"],
];
const field = fc
  .tuple(
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 10 }),
    fc.constantFrom("", "<bob@example.test>", " <bob@example.test>", "bob@example.test"),
    fc.boolean(),
  )
  .map(([middle, own, isFirst]) => (isFirst ? own + middle.join("") : middle.join("") + own));

function ours(from: string): MessageSender {
  return readSender(entityWith(from));
}

function entityWith(from: string): Entity {
  const raw = Buffer.from(`From: ${from}\r\nSubject: x\r\n\r\nx`);
  return parseEntity(new Uint8Array(raw), new Budget());
}

/** As Thunderbird's header parser reads them for the message's window. */
async function theirs(fields: readonly string[]): Promise<readonly (readonly Shown[])[]> {
  return world.thunderbird.run(
    `const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
     return args[0].map(field => MailServices.headerParser.parseEncodedHeader(field, "UTF-8", true)
       .map(({ name, email, group }) => ({ name, email, ...(group ? { group } : {}) })))`,
    fields.map((text) => Buffer.from(text).toString("latin1")),
  );
}

test("whom Signet calls the author, Thunderbird shows, and no other address: 40,000 From fields (RFC 5322 §3.4)", async (t) => {
  const clear = [...new Set(fc.sample(field, { numRuns: 40_000, seed: 5322 }))].filter((text) => {
    const { address, faults } = ours(text);
    return address !== null && faults.length === 0;
  });
  const shown = await theirs(clear);
  t.diagnostic(`${clear.length} are clear to Signet`);
  assert.ok(clear.length > 300);
  const others = clear.flatMap((text, i) => {
    const [only, ...more] = shown[i]!;
    const isSame =
      only !== undefined &&
      more.length === 0 &&
      only.group === undefined &&
      namesOnly(only, ours(text).address!);
    return isSame ? [] : [{ text, shown: shown[i] }];
  });
  assert.deepEqual(others, []);
});

test("whom Thunderbird shows where Signet names nobody, Signet misses a signature of (RFC 5322 §3.4)", async (t) => {
  const unclear = [...new Set(fc.sample(field, { numRuns: 10_000, seed: 8551 }))].filter(
    (text) => ours(text).address === null,
  );
  const shown = await theirs(unclear);
  const taken = await Promise.all(unclear.map((text) => readSenderAndTaken(entityWith(text))));
  const missed = unclear.filter((_, i) => {
    const { named } = taken[i]!;
    const addresses = shown[i]!.flatMap((one) => (one.group as Shown[] | undefined) ?? [one]).map(
      ({ email }) => normalizeAddress(email.replace(/[\u200b\ufffd]/g, "")),
    );
    // Of those that an author has; a local part of ours may look as it likes in quotes, and signs nothing.
    const plain = addresses.filter((address) => address !== null && /^[\w.+-]+@/.test(address));
    return !plain.every((address) => named.includes(address!));
  });
  t.diagnostic(`of ${unclear.length} fields ${missed.length} are read as nobody whom Signet thinks of`);
  assert.ok(unclear.length > 8_000);
  assert.ok(missed.length <= unclear.length / 1_000, missed.slice(0, 5).join("\n"));
});

/** Neither in the address nor in the name, as the eye reads it, is another domain than hers. */
function namesOnly({ name, email }: Shown, address: EmailAddress): boolean {
  if (normalizeAddress(email) !== address) return false;
  const domains = [...name.normalize("NFKC").matchAll(/@\s*([\p{L}\p{N}-][\p{L}\p{N}.-]*\.\p{L}{2,})/gu)];
  return domains.every(([, domain]) => domain!.toLowerCase() === domainOf(address));
}

for (const subject of [...Object.keys(split), "charset"]) {
  test(`a From that Thunderbird reads as somebody else's makes no good badge: ${subject}`, async () => {
    await window.choose(subject);
    await window.waitForWords("Words of Bob's.");
    const badge = await waitFor("a verdict", async () => {
      const shown = await window.badge(world.addon);
      return shown.label === "" || shown.icon === "state-checking.svg" ? null : shown;
    });
    assert.notEqual(badge.icon, "state-good.svg");
    const author = await window.look<string>(
      `return about.document.getElementById("expandedfromBox").innerText + about.gMessage.mime2DecodedAuthor`,
    );
    assert.match(author, /carol ?@ ?bank ?\.example/, "Thunderbird shows somebody else");
  });
}

test("without such tricks the same letter is Bob's", async () => {
  await window.choose("genuine");
  await window.waitForBadge(world.addon, "Signed by bob@example.test");
});
