/** The organisation's rules over a composer that is played: a floor below the lock, and what is not fulfilled stays. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { escrowRecipients, mustEncrypt } from "../../src/background/mail/compose-rules.js";
import { makePlan } from "../../src/background/mail/compose-plan.js";
import { freeOutgoing } from "../../src/background/policy/policy.js";
import { testCertificate } from "../helpers/background.js";
import { Played, tabId } from "../helpers/played-composer.js";
import { useLocale } from "../ui/locale.js";

before(() => useLocale());

const person = (address: string) => ({ address, displayName: null, field: "to" as const, entry: address });
const resolved = (addresses: readonly string[], unresolved: readonly string[] = []) => ({
  people: addresses.map(person),
  unresolved,
  entries: [...addresses, ...unresolved],
});

test("always sign: the lock of a new window stands at sign and cannot be opened below it", async () => {
  const played = new Played({ rules: { alwaysSign: true } });
  assert.equal((await played.state()).mode, "sign");
  assert.equal(played.windows.get(tabId), true);
  for (const mode of ["off", "encrypt"] as const)
    assert.deepEqual(await played.mode(mode), { ok: false, code: "set-by-organisation" });
  assert.ok((await played.mode("sign-and-encrypt")).ok);
  assert.ok((await played.mode("sign")).ok);
});

test("always sign: a window that was open before, or remembered as open, is shut", async () => {
  const played = new Played({ remembered: "off", rules: { alwaysSign: true } });
  await played.session.set({ [`compose-lock:${tabId}`]: { mode: "off", chosen: true } });
  assert.equal((await played.state()).mode, "sign");
  assert.ok(!played.marks.slice(1).includes(false));
});

test("always sign: without a certificate nothing is sent, and the sentence says who asks for it", async () => {
  const played = new Played({ identities: [], rules: { alwaysSign: true } });
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.match(played.said.join(), /Your organisation asks that every message is signed/);
  // And without the rule it goes.
  assert.equal(await new Played({ identities: [] }).beforeSend(tabId), "send");
});

test("encrypt inside: mail to the house is encrypted or stays, by whatever way it comes", async () => {
  const played = new Played({ rules: { encryptInside: ["example.test"] } });
  assert.equal(await played.beforeSend(tabId), "stop");
  const state = await played.state();
  assert.deepEqual([state.mode, state.willEncrypt], ["sign-and-encrypt", true]);
  assert.deepEqual(await played.mode("off"), { ok: false, code: "set-by-organisation" });
  // Recipients that came after the check: the finished message is refused too.
  const later = new Played({ remembered: "sign", rules: { encryptInside: ["later.test"] } });
  await later.state();
  assert.match(JSON.stringify(await later.assemble({ to: "new@later.test" })), /refused/);
  const outside = new Played({ rules: { encryptInside: ["elsewhere.test"] } });
  assert.equal(await outside.beforeSend(tabId), "send");
});

test("a rule that cannot be read keeps mail here, and says its name; an escrow only what is encrypted", async () => {
  const played = new Played({ rules: { unreadable: ["alwaysSign"] } });
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.match(played.said.join(), /alwaysSign/);
  const escrow = new Played({ rules: { unreadable: ["escrowCertificate"] } });
  assert.equal(await escrow.beforeSend(tabId), "send");
});

test("inside is the very domain; lists that nobody can expand and strangers in the thread open nothing", () => {
  const rules = { ...freeOutgoing, encryptInside: ["example.org"] };
  const free = { ...rules, mixedRecipients: "free" as const };
  const me = "me@example.org";
  const both = ["a@example.org", "b@example.net"];
  assert.equal(mustEncrypt(rules, resolved(["a@example.org"]), me), true);
  assert.equal(mustEncrypt(rules, resolved(["a@sub.example.org", "b@notexample.org"]), me), false);
  assert.equal(mustEncrypt(rules, resolved(both), me), true);
  assert.equal(mustEncrypt(free, resolved(both), me), false);
  assert.equal(mustEncrypt(free, resolved(["a@example.org"]), me), true);
  // A copy to oneself makes no stranger's mail an internal one.
  assert.equal(mustEncrypt(rules, resolved([me, "b@example.net"]), me), false);
  assert.equal(mustEncrypt(rules, resolved([me]), me), true);
  assert.equal(mustEncrypt(free, resolved(["b@example.net"], ["Everybody"]), me), true);
  assert.equal(mustEncrypt(freeOutgoing, resolved(both, ["Everybody"]), me), false);
});

test("the escrow is a recipient of what is encrypted, shown in the same plan, and of nothing else", async () => {
  const escrow = await testCertificate("bob-p256");
  const rules = { ...freeOutgoing, escrow };
  assert.deepEqual(escrowRecipients(rules, false), []);
  assert.equal(escrowRecipients(rules, true)[0]?.certificate, escrow);
  const services = new Played({ rules: { escrow } }).services();
  const input = { from: "alice@example.test", fields: { to: ["carol@example.test"], cc: [], bcc: [] } };
  const lock = { chosen: true, fingerprint: null, quotesDecrypted: false, nativeSwitchedOff: false };
  for (const mode of ["sign", "sign-and-encrypt"] as const) {
    const plan = await makePlan(services, async () => null, { ...input, lock: { ...lock, mode } });
    const reads = plan.recipients.some(({ certificate }) => certificate === escrow);
    assert.deepEqual(
      [reads, plan.organisation?.escrow?.fingerprint],
      mode === "sign" ? [false, undefined] : [true, escrow.fingerprint],
    );
  }
});

test("an escrow whose certificate has expired stops what is encrypted", async () => {
  const escrow = { ...(await testCertificate("bob-p256")), notAfter: 0 };
  const played = new Played({ remembered: "sign-and-encrypt", rules: { escrow } });
  assert.equal(await played.beforeSend(tabId), "stop");
  assert.match(played.said.join(), /certificate for that expired/);
});
