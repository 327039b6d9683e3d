/** The store build, which has no Experiments, answers an authority's mail by itself all the same: by standard calls alone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { challengeSender } from "../../helpers/acme-post.js";
import { headersOf } from "../../helpers/thunderbird/checked-mail.js";
import { Ordering } from "../../helpers/thunderbird/ordering.js";

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
