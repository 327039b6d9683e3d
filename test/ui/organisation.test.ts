/**
 * What an organisation set, and where certificates were looked for, on the pages: the settings, the lock's popup, and
 * the field for the authority. Every state by axe-core, zoomed, right to left and in few colours.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CertificateOrigin, PolicyView, Search } from "../../src/protocol/messages.js";
import { wordsOf } from "./asked.js";
import { testEveryState } from "./every-state.js";
import { compose, noPolicy, optionsScenes, recipient } from "./scenes.js";
import { Stage } from "./stage.js";
import { certificate } from "./verdicts.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

const escrow = certificate("archive@example.org");
const policy: PolicyView = {
  ...noPolicy,
  settings: ["revocation", "resolver", "directory", "idleMinutes", "contentEncryption"],
  names: [
    "alwaysSign",
    "encryptInside",
    "escrowCertificate",
    "acmeDirectory",
    "minimumRsaBits",
    "revocation",
  ],
  acmeDirectory: "https://acme.example.org/directory",
  alwaysSign: true,
  encryptInside: ["example.org", "a-very-long-department-name.of.an.even.longer.organisation.example"],
  escrow,
  problems: [
    { name: "mixedRecipients", code: "value-unreadable" },
    { name: "anchors", code: "not-an-authority" },
    { name: "alwaysSing\u202e", code: "name-unknown" },
  ],
};
const managed = {
  ...optionsScenes["home"]!,
  "policy:get": { ok: true, answer: policy },
} as (typeof optionsScenes)[string];

testEveryState(() => stage, { name: "options", scenes: { managed }, width: 900 });

const origin = (change: Partial<CertificateOrigin>): CertificateOrigin => ({
  ...{ source: "seen-on-mail", since: "2026-05-03T10:00:00Z", preferredAt: null },
  ...change,
});
const search = (place: Search["place"], outcome: Search["outcome"]): Search => ({
  ...{ place, outcome, who: place === "dns" ? "example.net" : "certs.example.org" },
});
const outcomes = ["asking", "not-allowed", "found", "none", "no-answer", "unusable"] as const;

const lookedFor = compose({
  recipients: [
    recipient("dns@example.org", { origin: origin({ source: "dns", vouchedByDns: true }) }),
    recipient("wish@example.org", { origin: origin({ preferredAt: "2026-06-01T10:00:00Z" }) }),
    recipient("newest@example.org", { origin: origin({ source: "contacts", newestOfSeveral: true }) }),
    recipient("missing@example.net", {
      ...{ certificate: null, problem: { code: "signer-certificate-missing" } },
      searches: [
        ...outcomes.flatMap((outcome) => [search("dns", outcome), search("directory", outcome)]),
        search("dns", "unsigned-domain"),
        search("dns", "not-proven"),
      ],
    }),
  ],
});
const organised = compose({ organisation: { alwaysSign: true, mustEncrypt: true, escrow } });

testEveryState(() => stage, { name: "compose", scenes: { lookedFor, organised }, width: 384 });

test("options: what is set is named, cannot be changed here, and what of it cannot be read is said", async () => {
  const page = await stage.play("options", managed, { width: 900 });
  await page.waitForSelector("#organisation:not([hidden])");
  const words = await wordsOf(page);
  for (const expected of [/archive@example\.org/, /mixedRecipients/, /anchors/, /example\.org/])
    assert.match(words, expected);
  assert.ok(!words.includes("\u202e"), "a name that turns the writing direction is made harmless");
  for (const id of ["revocation", "finding-dns", "finding-directory"])
    assert.equal(await page.$eval(`#${id}`, (field) => (field as HTMLSelectElement).disabled), true, id);
  await page.waitForSelector("#order-directory-options");
  assert.equal(
    await page.$eval("#order-directory-options", (field) => (field as HTMLInputElement).value),
    policy.acmeDirectory,
  );
  await page.close();
});

test("compose: which certificate and why, who was asked, and who else can read it", async () => {
  const page = await stage.play("compose", lookedFor, { width: 384 });
  const words = await wordsOf(page);
  for (const expected of [
    /signed DNS of example\.org vouches/,
    /asked on .* to use this one/,
    /newest usable one of several/,
    /From your contacts/,
  ])
    assert.match(words, expected);
  assert.equal((await page.$$("[data-search]")).length, 14);
  assert.equal(new Set(await page.$$eval("[data-search]", (all) => all.map((p) => p.textContent))).size, 14);
  await page.close();
  const other = await stage.play("compose", organised, { width: 384 });
  const said = await wordsOf(other);
  assert.match(said, /archive@example\.org/);
  assert.match(said, /can read this message too/);
  assert.match(
    await other.$eval("#escrow-fingerprint", (p) => p.textContent),
    /^([0-9a-f]{2} ){31}[0-9a-f]{2}$/,
  );
  await other.close();
});
