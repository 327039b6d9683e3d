/**
 * She signs each letter. Whoever writes in her name without a key makes the author unclear, so that nobody is asked
 * whether a signature was to be expected: a second From, a group, a stray line. Readers show her name all the same.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inspectWith } from "../../src/background/evidence.js";
import type { CryptographicSummary } from "../../src/engine/index.js";
import { badge, wordsKey } from "../../src/ui/badge.js";
import { verdictWords } from "../../src/ui/verdict-words.js";
import { Disk, wake } from "../helpers/background.js";
import { addressed, forgeCertificate, name } from "../helpers/forge-certificate.js";
import { type Chain, forgeChain, letterBy } from "../helpers/forge-chain.js";
import { letter, lunch } from "../helpers/inspecting.js";
import { useLocale } from "../ui/locale.js";

useLocale();

const disk = new Disk();
disk.time = new Date("2026-06-01T00:00:00Z");
let chain: Chain;
const octets = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "latin1"));
const textOf = (raw: Uint8Array): string => Buffer.from(raw).toString("latin1");

before(async () => {
  const { anchors } = wake(disk);
  chain = await forgeChain();
  await anchors.add([chain.root.certificate]);
  for (let i = 0; i < 4; i++) {
    const raw = letterBy([chain], lunch.replace("noon", `noon ${i}`));
    await inspectWith(wake(disk), { raw, purpose: "display", time: disk.time });
  }
});

async function judge(raw: Uint8Array<ArrayBuffer>): Promise<CryptographicSummary> {
  const { verdict } = await inspectWith(wake(disk), { raw, purpose: "file", time: disk.time });
  return verdict.summary;
}

const plain = "From: Alice Example <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Pay\r\n";
const unsigned = (head: string): Promise<CryptographicSummary> =>
  judge(letter(new Uint8Array(Buffer.from(lunch)), head));

const by = (from: string): string => plain.replace("Alice Example <alice@example.test>", from);
const others = Array.from({ length: 100 }, (_, i) => `a${i}@example.net`);

const unclear: Readonly<Record<string, string>> = {
  "From twice": plain.replace("To:", "From: Alice Example <alice@example.test>\r\nTo:"),
  "From twice, the second somebody else's": plain.replace("To:", "From: Eve <eve@example.net>\r\nTo:"),
  "From thrice, hers in the middle": by(
    "eve@example.net\r\nFrom: <alice@example.test>\r\nFrom: eve@example.net",
  ),
  "From twice, behind a hundred others": by(`${others.join(", ")}\r\nFrom: alice@example.test`),
  "a group": by("Alice: alice@example.test;"),
  "a group of a hundred others before her": by(`Board: ${others.join(", ")};, alice@example.test`),
  "two mailboxes": by("Alice <alice@example.test>, Eve <eve@example.net>"),
  "no From, and Sender in its place": plain.replace("From:", "Sender:"),
  "a blank before the colon of some field": `${plain}X-Note : hello\r\n`,
  "a bare CR in some field": `${plain}X-Note: a\rb\r\n`,
  "From behind a bare CR": plain.replace("From:", "X-Note: a\rFrom:"),
  "From behind a NUL": plain.replace("From:", "X-Note: a\0From:"),
  "Sender twice": `${plain}Sender: alice@example.test\r\nSender: alice@example.test\r\n`,
  "a line that is no field": `${plain}hello world\r\n`,
  "a full stop after the domain": by("Alice <alice@example.test.>"),
  "two full stops in the domain": by("Alice <alice@example..test>"),
  "a sign after the domain": by("Alice <alice@example.test/>"),
  "two signs": by("Alice <alice@@example.test>"),
  "two addresses in angles": by("Alice <alice@example.test> <a@example.net>"),
  "blanks around the sign": by('Alice <alice @ example.test> ("x")'),
  "quotes around the local part": by('Alice <"alice"@example.test>, <>'),
  "a comment inside of the address": by('Alice <alice(")")@example.test>'),
  "a long comment": by(`("${others.join(" ")}${"x".repeat(20_000)}") Alice <alice@example.test>`),
  "a backslash": by("Alice <al\\ice@example.test>"),
  "a backslash that takes its letter with it": by("\\xalice@example.test"),
  "signs that nobody sees": by("Alice <al\u200bice@exam\u00adple.test>"),
  "a control character": by("Alice <alice\x01@example.test>"),
  "a wide sign": by("Alice <alice＠example.test>"),
  "encoded words alone": by("=?utf-8?q?alice=40example.test?="),
  "encoded words inside": by("Alice <alice@=?utf-8?q?example.test?=>"),
};

for (const [oddity, head] of Object.entries(unclear)) {
  test(`8: unsigned in the name of somebody who always signs, the author made unclear by ${oddity}`, async () => {
    const summary = await unsigned(head);
    assert.equal(summary.author.address, null);
    assert.equal(summary.state, "8");
    assert.equal(badge(summary).tone, "caution");
    const codes = summary.faults.map(({ code }) => code);
    assert.ok(codes.includes("signature-expected") && codes.some((code) => code.startsWith("author-")));
    assert.match(verdictWords(summary).sentence, /^Of 4 messages from alice@example\.test, 4 were signed\./);
  });
}

test("1: the same headers in the name of somebody of whom no signature is expected", async () => {
  for (const [oddity, head] of Object.entries(unclear)) {
    const summary = await unsigned(head.replace(/al(.?)ice/g, "ca$1rol"));
    assert.equal(summary.state, "1", oddity);
    assert.equal(summary.memory, undefined, oddity);
  }
});

test("1: a clear author who speaks of her in the name alone is told as before: it is he who wrote", async () => {
  const his = plain.replace("<alice@example.test>", "(for alice@example.test) <eve@example.net>");
  const summary = await unsigned(his);
  assert.equal(summary.author.address, "eve@example.net");
  assert.equal(summary.state, "1");
});

test("6 and a caution: a broken signature in her name is no smaller matter for a line that is no field", async () => {
  const broken = textOf(letterBy([chain], lunch)).replace("Bring Bob", "Bring Eve");
  const summary = await judge(octets(broken.replace("Subject:", "X-Note : x\r\nSubject:")));
  assert.equal(summary.state, "6");
  assert.equal(badge(summary).tone, "caution");
  const carols = broken.replaceAll("alice@", "carol@").replace("Subject:", "X-Note : x\r\nSubject:");
  assert.equal(badge(await judge(octets(carols))).tone, "grey");
});

test("an unclear author teaches the memory nothing", async () => {
  const there = await wake(disk).memory.list("", null);
  const raw = letter(octets(lunch), unclear["From twice"]!);
  await inspectWith(wake(disk), { raw, purpose: "display", time: disk.time });
  assert.deepEqual(await wake(disk).memory.list("", null), there);
});

test("lines that end in CR alone are read by the memory as the engine reads them", async () => {
  const cr = (raw: string): Uint8Array<ArrayBuffer> => octets(raw.replaceAll("\r\n", "\r"));
  const hers = textOf(letterBy([chain], lunch));
  assert.equal((await judge(cr(hers))).state, "2a");
  assert.equal((await judge(cr(`${plain}\r\n${lunch}`))).state, "8");
  const other = await forgeChain();
  await wake(disk).anchors.add([other.root.certificate]);
  assert.equal((await judge(cr(textOf(letterBy([other], lunch))))).state, "3");
});

test("4 stays a caution: a stranger's signature under her address, which a list's header calls the list's own", async () => {
  const extensions = [addressed("mallory@example.net")];
  const person = await forgeCertificate({ by: chain.intermediate, subject: name("Mallory"), extensions });
  const strange = textOf(letterBy([{ ...chain, person }], lunch));
  const withList = (address: string, raw: string): Uint8Array<ArrayBuffer> =>
    octets(raw.replace("Subject:", `List-Post: <mailto:${address}>\r\nSubject:`));
  const summary = await judge(withList("alice@example.test", strange));
  assert.equal(summary.state, "4");
  assert.equal(badge(summary).tone, "caution");
  // Of a list's own address nothing is remembered, for nobody signs as a list.
  const fromList = strange.replaceAll("alice@example.test", "talk@example.test");
  const calm = await judge(withList("talk@example.test", fromList));
  assert.equal(wordsKey(calm), "4_list");
  assert.equal(badge(calm).tone, "neutral");
});
