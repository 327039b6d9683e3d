/**
 * Certificates by mail, on the stage: the answer that a person copies where no mail client is, a doubtful mail,
 * renewal, a contract, and a key that was stolen; each by keyboard to its end, and axe in every state.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { OrderProblem } from "../../src/protocol/orders.js";
import { askedOf, waitUntilAsked, wordsOf } from "./asked.js";
import { violations } from "./axe.js";
import { testEveryState } from "./every-state.js";
import { messages } from "./locale.js";
import { orderScenes, soon } from "./order-scenes.js";
import { answer, noPolicy, optionsScenes } from "./scenes.js";
import { Stage, type Scene } from "./stage.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

testEveryState(() => stage, { name: "options", scenes: orderScenes, width: 900 });

const play = (scene: string, change: Scene = {}): Promise<Page> =>
  stage.play("options", { ...orderScenes[scene]!, ...change }, { width: 900 });

const paramsOf = async (page: Page, name: string): Promise<unknown> =>
  (await askedOf(page)).findLast(({ ask }) => ask === name)?.params;

async function saysSoon(page: Page, words: string): Promise<void> {
  await page.waitForFunction((text: string) => document.body.innerText.includes(text), {}, words);
}

test("in a browser: the mail's subject in, the answer out to copy, and one click when it is sent", async () => {
  const page = await play("by-hand");
  await page.focus(".order input[type=text]");
  await page.keyboard.type("ACME: LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".order textarea");
  assert.deepEqual(
    ((await paramsOf(page, "order:answer")) as { subject: string }).subject.slice(0, 9),
    "ACME: LgY",
  );
  const body = await page.$eval(".order textarea", (area) => area.value);
  assert.match(body, /^-----BEGIN ACME RESPONSE-----\n[\w-]{43}\n-----END ACME RESPONSE-----\n$/);
  const words = await wordsOf(page);
  assert.match(words, /to acme-challenge@example\.org, with the subject “Re: ACME: LgYem/);
  assert.deepEqual(await violations(page), []);
  await page.focus('[data-does="order_sent"]');
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "order:answered");
  await page.close();
});

test("in a browser: what is no challenge's subject is told, and what was typed stays", async () => {
  const page = await play("by-hand", { "order:answer": { ok: false, code: "not-a-challenge" } });
  await page.type(".order input[type=text]", "Lunch?");
  await page.keyboard.press("Enter");
  await saysSoon(page, messages["error_not_a_challenge"]!.message);
  await page.evaluate(() => {
    const { say } = (globalThis as unknown as { stage: { say(event: unknown): void } }).stage;
    say({ event: "orders-changed" });
  });
  await waitUntilAsked(page, "order:list");
  assert.equal(await page.$eval(".order input[type=text]", (input) => input.value), "Lunch?");
  await page.close();
});

test("in a browser: another mail, after the first was answered, by keyboard; an event takes nothing away", async () => {
  const page = await play("checked-by-hand");
  assert.match(await wordsOf(page), /Should another mail come from acme-challenge@example\.org/);
  assert.equal((await page.$$(".order progress")).length, 1);
  await page.focus(".order summary");
  await page.keyboard.press("Enter");
  await page.focus(".order input[type=text]");
  await page.keyboard.type("ACME: LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME");
  await page.evaluate(() => {
    const { say } = (globalThis as unknown as { stage: { say(event: unknown): void } }).stage;
    say({ event: "orders-changed" });
  });
  await waitUntilAsked(page, "order:list");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".order textarea");
  assert.deepEqual(await violations(page), []);
  await page.focus('[data-does="order_sent"]');
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "order:answered");
  await page.waitForFunction(() => document.querySelector(".order textarea") === null);
  await page.close();
});

test("a wrong answer: why, in plain words, and one click orders again; another problem is tried again", async () => {
  const page = await play("wrong-answer");
  const words = await wordsOf(page);
  assert.match(words, /somebody else ordered a certificate for your address at the same time/);
  assert.match(words, /Nobody got a certificate by it/);
  assert.equal(await page.$('[data-does="order_try_again"]'), null);
  await page.click('[data-does="order_again"]');
  await waitUntilAsked(page, "order:try-again");
  await page.close();
  const other = await play("failed");
  assert.equal(await other.$('[data-does="order_again"]'), null);
  assert.equal((await other.$$('[data-does="order_try_again"]')).length, 2);
  await other.close();
});

test("what this computer stopped: why, what to do, and a click that goes on at once, by keyboard; nothing else has it", async () => {
  const page = await play("stopped");
  const rows = await page.$$eval(".order", (list) =>
    list.map((row) => [row.querySelectorAll('[data-does="order_try_again"]').length, row.textContent]),
  );
  assert.deepEqual(
    rows.map(([buttons]) => buttons),
    [1, 1, 1, 0, 0],
  );
  for (const [buttons, words] of rows)
    assert.equal(/the disk is full.*Free some space and try again/.test(String(words)), buttons === 1);
  await page.focus('.order[data-state="being-installed"] [data-does="order_try_again"]');
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "order:try-again");
  assert.match(((await paramsOf(page, "order:try-again")) as { id: string }).id, /1$/);
  await page.close();
});

test("what would fail in the same way is not offered again: give it up and begin another one", async () => {
  const page = await play("hopeless");
  assert.match(await wordsOf(page), /Give this order up, begin another one/);
  assert.equal(await page.$('[data-does="order_try_again"]'), null);
  assert.equal((await page.$$('[data-does="order_remove"]')).length, 3);
  await page.close();
});

test("a certificate that waits for locked keys: unlocked where it says so; what is typed stays", async () => {
  const page = await play("vault-locked");
  await page.focus(".order input[type=password]");
  await page.keyboard.type("four unrelated");
  await page.evaluate(() => {
    const { say } = (globalThis as unknown as { stage: { say(event: unknown): void } }).stage;
    say({ event: "orders-changed" });
  });
  await waitUntilAsked(page, "order:list");
  await page.keyboard.type(" words here");
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "vault:unlock");
  const { passphrase } = (await paramsOf(page, "vault:unlock")) as { passphrase: string };
  assert.equal(passphrase, "four unrelated words here");
  await page.close();
});

test("a doubtful mail: answered once, or with its server believed, which is named", async () => {
  for (const [does, believe] of [
    ["order_confirm_mail", false],
    ["order_believe", true],
  ] as const) {
    const page = await play("doubtful");
    assert.match(await wordsOf(page), /the server mx7\.hoster\.example checked it/);
    await page.click(`[data-does="${does}"]`);
    await waitUntilAsked(page, "order:confirm-mail");
    assert.equal(((await paramsOf(page, "order:confirm-mail")) as { believe: boolean }).believe, believe);
    await page.close();
  }
  const page = await play("nobody-says");
  assert.equal(await page.$('[data-does="order_believe"]'), null);
  await page.close();
});

test("a certificate that ends: the next one with a new key of the same kind, or with the same key", async () => {
  for (const [does, kind] of [
    ["order_renew", "p-256"],
    ["order_renew_same", "same"],
  ] as const) {
    const page = await play("renewal");
    assert.match(await wordsOf(page), /ends soon\. Signet can get the next one; the old one stays/);
    await page.focus(`[data-does="${does}"]`);
    await page.keyboard.press("Enter");
    await waitUntilAsked(page, "order:begin");
    const { directory, address, fingerprint: renews } = soon;
    assert.deepEqual(await paramsOf(page, "order:begin"), {
      directory,
      address,
      renews,
      contract: null,
      kind,
    });
    await page.close();
  }
});

test("with locked keys the renewal goes on by itself when they are open", async () => {
  const page = await play("renewal", { "order:begin": { ok: false, code: "vault-locked" } });
  await page.click('[data-does="order_renew_same"]');
  await page.waitForSelector(".order form input[type=password]");
  await page.evaluate(
    (opened, begun) => {
      const { scene } = (globalThis as unknown as { stage: { scene: Record<string, unknown> } }).stage;
      Object.assign(scene, { "vault:unlock": opened, "order:begin": begun });
    },
    optionsScenes["home"]!["vault:status"],
    orderScenes["renewal"]!["order:begin"],
  );
  await page.keyboard.type("four unrelated words here");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => {
    const { asked } = (globalThis as unknown as { stage: { asked: { ask?: string }[] } }).stage;
    return asked.filter(({ ask }) => ask === "order:begin").length === 2;
  });
  await page.close();
});

test("an authority for customers only: key id and key are asked for, and what is wrong with them is told there", async () => {
  const authority = { host: "acme.example.org", termsOfService: null, needsContract: true };
  const page = await play("by-hand", {
    "order:list": answer([]),
    "order:authority": answer(authority),
    "order:begin": { ok: false, code: "contract-malformed" },
  });
  await page.type("#order-directory-options", "https://acme.example.org/directory");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#order-contract-id");
  assert.deepEqual(await violations(page), []);
  await page.click("#order-begin");
  await saysSoon(page, messages["order_contract_missing"]!.message);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "order-contract-id");
  await page.keyboard.type(" customer-7 ");
  await page.type("#order-contract-key", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W");
  await page.keyboard.press("Enter");
  await saysSoon(page, messages["error_contract_malformed"]!.message);
  const { contract } = (await paramsOf(page, "order:begin")) as { contract: { keyId: string; key: string } };
  assert.deepEqual([contract.keyId, contract.key.length], ["customer-7", 64]);
  assert.equal(await page.$eval("#order-contract-key", (input) => input.getAttribute("type")), "password");
  await page.close();
});

test("the organisation's directory stands there, and cannot be changed", async () => {
  const page = await play("by-hand", {
    "order:list": answer([]),
    "policy:get": answer({ ...noPolicy, acmeDirectory: "https://acme.example.org/directory" }),
  });
  const field = await page.$eval("input#order-directory-options", ({ value, readOnly }) => [value, readOnly]);
  assert.deepEqual(field, ["https://acme.example.org/directory", true]);
  await page.close();
});

test("every problem has its own plain sentence, beside the authority's words", async () => {
  const problems: readonly OrderProblem[] = [
    ...([
      "server-refused",
      "server-unreachable",
      "server-malformed",
      "server-cannot",
      "took-too-long",
    ] as const),
    ...([
      "certificate-wrong",
      "key-lost",
      "mail-not-sent",
      "stopped-here",
      "rejected-identifier",
      "rate-limited",
    ] as const),
    ...(["incorrect-response", "user-action-required", "external-account-required", "unauthorized"] as const),
    ...(["bad-csr", "already-revoked", "misunderstood", "account-key-refused", "domain-forbids"] as const),
    ...(["domain-unreachable", "contact-refused", "server-internal", "vault-locked"] as const),
  ];
  const told = problems.map((problem) => messages[`order_problem_${problem.replaceAll("-", "_")}`]?.message);
  assert.equal(new Set(told).size, problems.length);
  assert.ok(told.every((words) => words !== undefined && words.length > 20));
});

test("my key was stolen: what happens is said before it happens; then one click, by keyboard", async () => {
  const page = await play("ways");
  await page.focus('[data-does="stolen"]');
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-does="stolen-yes"]');
  const words = await wordsOf(page);
  assert.match(words, /Whoever has the key can sign as you/);
  assert.match(words, /It stays here to open your old mail/);
  assert.match(words, /acme\.example\.org is told at once and revokes/);
  assert.equal(await paramsOf(page, "stolen:report"), undefined);
  assert.deepEqual(await violations(page), []);
  await page.focus('[data-does="stolen-yes"]');
  await page.keyboard.press("Enter");
  await waitUntilAsked(page, "stolen:report");
  const { directory } = (await paramsOf(page, "stolen:report")) as { directory: string };
  assert.equal(directory, "https://acme.example.org/directory");
  await page.close();
});

test("my key was stolen, and the authority does not speak ACME: what the certificate tells, and what to say there", async () => {
  const page = await play("ways-by-hand");
  await page.click('[data-does="stolen"]');
  await page.waitForSelector('[data-does="stolen-yes"]');
  const words = await wordsOf(page);
  for (const told of [
    "https://ca.example.org/cps",
    "help@ca.example.org",
    "ocsp.ca.example.org",
    "key compromise",
  ])
    assert.ok(words.includes(told), told);
  assert.deepEqual(await violations(page), []);
  await page.click('[data-does="stolen-yes"]');
  await waitUntilAsked(page, "stolen:report");
  assert.equal(((await paramsOf(page, "stolen:report")) as { directory: string | null }).directory, null);
  await page.close();
});

test("a stolen key stands among the old ones, with what became of it", async () => {
  for (const [scene, words, actions] of [
    ["stolen-revoked", "acme.example.org revoked the certificate on", []],
    ["stolen-not-revoked", "Nothing is tried by itself: tell it again", ["stolen-again", "stolen-back"]],
    ["stolen-locked", "the key itself has to ask", ["stolen-again", "stolen-back"]],
    ["stolen-by-hand", "Signet cannot tell the authority", ["stolen-back"]],
  ] as const) {
    const page = await play(scene);
    const section = await page.$eval("#old-keys", (node) => (node as HTMLElement).innerText);
    assert.ok(section.includes(words), `${scene}: ${section}`);
    const offered = await page.$$eval("#old-keys .stolen button[data-does]", (all) =>
      all.map((button) => button.getAttribute("data-does")),
    );
    assert.deepEqual(offered, actions, scene);
    await page.close();
  }
});

test("whatever takes over half a second shows a bar", async () => {
  const page = await play("under-way");
  assert.equal((await page.$$(".order progress")).length, 5);
  assert.equal(await page.$eval(".orders", (node) => node.getAttribute("role")), "status");
  await page.close();
});
