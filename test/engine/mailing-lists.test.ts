/**
 * A hundred letters as mailing lists send them on: recognised, told calmly, never drawn as good where the list
 * changed something, and nothing that the memory learns from. And the same words in an attacker's hand.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Bytes } from "../../src/engine/base/bytes.js";
import type { AuthorMemory, Inspection, InspectContext } from "../../src/engine/index.js";
import { describeCertificate, inspect } from "../../src/engine/index.js";
import { badge, wordsKey } from "../../src/ui/badge.js";
import { verdictWords } from "../../src/ui/verdict-words.js";
import { clearMail, forgeSignedData } from "../helpers/forge-signed-data.js";
import { alice, lunch, testCertificate, testContext } from "../helpers/inspecting.js";
import { listMail, parseLetter, withoutListHeader, writeLetter } from "../helpers/list-software.js";
import { useLocale } from "../ui/locale.js";

useLocale();

let raw: Bytes;
let memory: AuthorMemory;
before(async () => {
  raw = clearMail(alice, lunch, await forgeSignedData({ content: lunch, key: "alice-rsa" }));
  const signer = describeCertificate(await testCertificate("alice-rsa"));
  const root = await testCertificate("root");
  const { fingerprint, subject, issuer, issuerName, notBefore, notAfter } = signer;
  const names = { fingerprint, subject, issuer, issuerName, notBefore, notAfter, anchor: root.fingerprint };
  const seen = "2026-05-03T10:00:00.000Z";
  const counted = { key: "", firstSeen: seen, lastSeen: seen, messages: 12, standing: "usual" } as const;
  memory = {
    address: "alice@example.test",
    signers: [{ ...names, ...counted }],
    confirmed: [],
    signed: 12,
    messages: 12,
    signingSince: null,
    expectsSignature: true,
  };
});

async function judge(letter: Bytes, change: Partial<InspectContext> = {}): Promise<Inspection> {
  return inspect(letter, await testContext({ memory, ...change }));
}

test("the letter itself is good, before any list has it", async () => {
  assert.equal((await judge(raw)).verdict.summary.state, "2a");
});

test("a hundred list mails: recognised, never louder than unsigned mail, and good only where nothing was changed", async (context) => {
  const letters = listMail(raw);
  assert.equal(letters.length, 100);
  const counts = new Map<string, number>();
  for (const letter of letters) {
    const { verdict, sighting, certificates } = await judge(letter.raw);
    const { summary } = verdict;
    const { tone } = badge(summary);
    const key = `${wordsKey(summary)} (${tone})`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    assert.notEqual(summary.mailingList, undefined, `${letter.name}: not recognised`);
    // Silent: a whole letter in a letter that nobody signed; the details list what lies in it.
    assert.ok(["silent", "neutral", "grey", "good"].includes(tone), `${letter.name}: ${key}`);
    assert.doesNotMatch(JSON.stringify(verdictWords(summary)), /⟦|\$\d/, letter.name);
    if (tone !== "good") {
      assert.equal(sighting, undefined, letter.name);
      assert.deepEqual(certificates, [], letter.name);
      continue;
    }
    // Good: every octet that was signed is there, and From is hers.
    const text = Buffer.from(letter.raw).toString("latin1");
    assert.ok(text.includes(lunch) && /^From: Alice Example <alice@example\.test>/m.test(text), letter.name);
  }
  context.diagnostic(`of 100: ${[...counts].map(([key, count]) => `${key}: ${count}`).join(", ")}`);
});

test("the same changes without a list's header are told loudly, for she usually signs", async () => {
  let loud = 0;
  for (const letter of listMail(raw)) {
    const bare = withoutListHeader(letter.raw);
    if (Buffer.from(bare).equals(Buffer.from(raw))) continue;
    const { summary } = (await judge(bare)).verdict;
    assert.equal(summary.mailingList, undefined, letter.name);
    // Of the list's own address nothing is known.
    if (summary.author.address === memory.address && ["7", "8"].includes(summary.state)) {
      assert.equal(badge(summary).tone, "caution", letter.name);
      loud++;
    }
  }
  assert.ok(loud > 30, String(loud));
});

// ------------------------------------------------------------------ in an attacker's hand

const listHeader = "List-Id: Talk <talk.example.test>\r\nList-Post: <mailto:talk@example.test>\r\n";

test("a list's header on a forged letter makes it calm, never silent, and tells what is missing", async () => {
  const forged = new Uint8Array(Buffer.from(`${listHeader}${alice}${lunch}`));
  const { summary } = (await judge(forged)).verdict;
  assert.equal(summary.state, "8");
  const drawn = badge(summary);
  assert.equal(drawn.tone, "neutral");
  assert.match(verdictWords(summary).sentence, /usually signed.*mailing list/);
});

test("a list's header helps no signer who is somebody else, unless From is the list's own address", async () => {
  const cms = await forgeSignedData({ content: lunch, key: "bob-p256" });
  const asAlice = (await judge(clearMail(`${listHeader}${alice}`, lunch, cms))).verdict.summary;
  assert.equal(asAlice.state, "4");
  assert.equal(badge(asAlice).tone, "caution");
  const sameDomain = "From: Alice <director@example.test>\r\n";
  const director = (await judge(clearMail(`${listHeader}${sameDomain}`, lunch, cms))).verdict.summary;
  assert.equal(badge(director).tone, "caution");
  const asList = 'From: "Bob via Talk" <talk@example.test>\r\n';
  const rewritten = (await judge(clearMail(`${listHeader}${asList}`, lunch, cms))).verdict.summary;
  assert.equal(rewritten.state, "4");
  assert.equal(wordsKey(rewritten), "4_list");
  assert.equal(badge(rewritten).tone, "neutral");
  assert.match(verdictWords(rewritten).sentence, /bob@example\.test signed.*talk@example\.test/);
});

test("a list's header calms neither a changed signer nor a signature that nobody vouches for", async () => {
  const other = clearMail(
    `${listHeader}${alice}`,
    lunch,
    await forgeSignedData({ content: lunch, key: "alice-p256" }),
  );
  const changed = (await judge(other)).verdict.summary;
  assert.equal(changed.state, "3");
  assert.equal(badge(changed).tone, "caution");
  const unknown = (await judge(other, { anchors: [] })).verdict.summary;
  assert.equal(badge(unknown).tone, "caution");
});

test("newsletters are no lists, and odd list fields break nothing", async () => {
  const judgeWith = async (header: string) =>
    (await judge(new Uint8Array(Buffer.from(`${header}${alice}${lunch}`)))).verdict.summary.mailingList;
  assert.equal(await judgeWith("List-Unsubscribe: <https://news.example.test/stop>\r\n"), undefined);
  assert.equal(await judgeWith("Precedence: bulk\r\n"), undefined);
  for (const odd of ["List-Id:", `List-Id: ${"<".repeat(5000)}`, "List-Post: NO", "List-Post: <mailto:@@>"]) {
    assert.deepEqual(await judgeWith(`${odd}\r\n`), { name: null, rewritten: false }, odd.slice(0, 20));
  }
});

test("when a letter arrived is what the last server wrote on top, whatever stands below", async () => {
  const since = { ...memory, signingSince: "2026-05-01T00:00:00.000Z" };
  const received = (date: string): string => `Received: from a by b (c; d) with ESMTP; ${date} (CET)\r\n`;
  const early = received("Thu, 30 Apr 2026 10:00:00 +0000");
  const late = received("Sat, 02 May 2026 10:00:00 +0000");
  const stateOf = async (header: string): Promise<string> => {
    const letter = new Uint8Array(Buffer.from(`${header}${alice}${lunch}`));
    return (await judge(letter, { memory: since })).verdict.summary.state;
  };
  assert.equal(await stateOf(early), "1");
  assert.equal(await stateOf(late + early), "8");
  assert.equal(await stateOf(""), "8");
  assert.equal(await stateOf("Received: nonsense\r\n"), "8");
  assert.equal(await stateOf("Date: Thu, 30 Apr 2026 10:00:00 +0000\r\n"), "8");
  const { header, body } = parseLetter(raw);
  assert.ok(writeLetter({ header, body }).length === raw.length);
});
