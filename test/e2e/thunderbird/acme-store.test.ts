/** The store build, which has no Experiments, answers an authority's mail by itself all the same: by standard calls alone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { challengeSender, newChallenge } from "../../helpers/acme-post.js";
import { headersOf } from "../../helpers/thunderbird/checked-mail.js";
import { Ordering } from "../../helpers/thunderbird/ordering.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";

let ordering: Ordering;
before(async () => {
  ordering = await Ordering.start("dist/thunderbird-store");
});
after(() => ordering?.stop());

test(
  "a certificate by mail: the answer leaves in plain text, at once, past the Outbox (RFC 8823 §3.2)",
  { timeout: 180_000 },
  async () => {
    const { world, acme } = ordering;
    await world.addon.background.run(`await browser.runtime.openOptionsPage()`);
    const page = await world.addon.waitForPage("tab", "/pages/options/");
    await ordering.name(page, "options");
    await page.click("#protection-device");
    await page.click("#order-begin");
    await ordering.fetchMailUntil("the certificate", () => acme.orders.at(-1)?.status === "valid");
    assert.deepEqual(acme.refusedAnswers, []);
    const answers = world.mail.captured.filter(({ to }) => to.includes(challengeSender));
    assert.equal(answers.length, 1);
    assert.match(headersOf(answers[0]!.message).get("content-type") ?? "", /^text\/plain/);
    await page.waitFor("#identities .entry");
  },
);

test(
  "a stranger's twin comes first, the authority's own after its answer: both are answered, and nobody clicks (RFC 8823 §3)",
  { timeout: 180_000 },
  async () => {
    const { world, acme, mailing } = ordering;
    mailing.isHeld = true;
    const page = await world.addon.waitForPage("tab", "/pages/options/");
    await ordering.name(page, "options");
    await page.click("#order-begin");
    await waitFor("the order", () => acme.orders.length === 2);
    await mailing.send(newChallenge(alice.address, "a stranger's key", null));
    await ordering.fetchMailUntil("the twin's answer", () => acme.refusedAnswers.length > 0);
    assert.deepEqual(acme.refusedAnswers, ["no challenge of ours is answered"]);
    assert.equal(acme.orders[1]!.status, "pending");
    await mailing.send(acme.orders[1]!.challenge);
    await ordering.fetchMailUntil("the certificate", () => acme.orders[1]!.status === "valid");
    assert.equal(acme.refusedAnswers.length, 1);
    const answers = world.mail.captured.filter(({ from }) => from === alice.address);
    assert.deepEqual(
      answers.map(({ to }) => to),
      [[challengeSender], [challengeSender], [challengeSender]],
    );
  },
);
