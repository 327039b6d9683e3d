/**
 * Revocation in a real Thunderbird: a list on a web server on loopback, which the person's own authority may
 * name, the permission asked for by a click, and the server's own log of who asked.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EvidenceServer } from "../../helpers/evidence-server.js";
import { RevokingAuthority } from "../../helpers/revoking-authority.js";
import { ask } from "../../helpers/thunderbird/keyring.js";
import { MailWindow } from "../../helpers/thunderbird/mail-window.js";
import { alice } from "../../helpers/thunderbird/profile.js";
import { waitFor } from "../../helpers/thunderbird/screen.js";
import { SettingsPage } from "../../helpers/thunderbird/settings-page.js";
import type { World } from "../../helpers/thunderbird/world.js";
import { startWorld } from "../../helpers/thunderbird/world.js";

let world: World;
let window: MailWindow;
let server: EvidenceServer;
let own: RevokingAuthority;
let stranger: RevokingAuthority;
let settings: SettingsPage;

before(async () => {
  [server, own, stranger] = await Promise.all([
    EvidenceServer.start(),
    RevokingAuthority.make(),
    RevokingAuthority.make(),
  ]);
  for (const name of ["good", "revoked", "slow"]) await own.issue(name, { crl: server.url(`/${name}.crl`) });
  await stranger.issue("mallory", { crl: server.url("/mallory.crl"), issuer: server.url("/mallory.cer") });
  await own.revoke("revoked");
  const list = await own.crl();
  for (const name of ["good", "revoked"]) server.give(`/${name}.crl`, list, "application/pkix-crl");
  server.on("/slow.crl", () => undefined);
  server.give("/mallory.crl", await stranger.crl());
  world = await startWorld({
    addon: "dist/thunderbird",
    // Firefox's tests answer the browser's question so; the click before it is real.
    preferences: { "extensions.webextOptionalPermissionPrompts": false },
  });
  for (const name of ["good", "revoked", "slow"])
    await world.mail.append("alice", "INBOX", await own.signed(name, `This is ${name}.`));
  await world.mail.append("alice", "INBOX", await stranger.signed("mallory", "Read me, please."));
  settings = await SettingsPage.open(world.addon);
  await settings.importAnchor(own.path("ca.pem"));
  window = await MailWindow.open(world);
});
after(async () => {
  await world?.stop();
  await server?.stop();
  await own?.remove();
  await stranger?.remove();
});

const asked = (): readonly string[] => server.asked.map(({ path }) => path);

test("without the browser's permission nobody is asked, and the settings say so", async () => {
  await settings.page.waitFor("#allow-network");
  await window.showFolder(alice);
  await window.choose("revoked");
  await window.waitForBadge(world.addon, "Signed by revoked@example.test");
  assert.deepEqual(asked(), []);
});

test("allowed by a click, the list is fetched, and the badge that is on the screen says revoked (RFC 5280 §6.3)", async () => {
  await window.look(`tabmail.switchToTab(1)`);
  await settings.page.click("#allow-network");
  await waitFor("the remark to go", async () => !(await settings.page.exists("#allow-network")));
  await window.look(`tabmail.switchToTab(0)`);
  await window.choose("revoked");
  const badge = await window.waitForBadge(world.addon, "Certificate revoked");
  assert.equal(badge.icon, "state-bad.svg");
  assert.deepEqual(asked(), ["/revoked.crl"]);
  const [{ headers }] = server.asked as [(typeof server.asked)[number]];
  assert.deepEqual([headers.cookie, headers.referer, headers.origin], [undefined, undefined, undefined]);
  assert.equal(headers["accept-language"], "*");
});

test("who is on no list is good, and asked about once", async () => {
  await window.choose("good");
  await window.waitForBadge(world.addon, "Signed by good@example.test");
  await waitFor("the list to be asked for", async () => asked().includes("/good.crl"));
  await window.choose("revoked");
  await window.waitForBadge(world.addon, "Certificate revoked");
  await window.choose("good");
  await window.waitForBadge(world.addon, "Signed by good@example.test");
  assert.deepEqual(asked(), ["/revoked.crl", "/good.crl"]);
});

test("a badge does not wait for a server that hangs", async () => {
  await window.choose("slow");
  await window.waitForBadge(world.addon, "Signed by slow@example.test");
  await waitFor("the server to be asked", async () => asked().includes("/slow.crl"));
});

test("a message from somebody whom nobody vouches for reaches no server by being read", async () => {
  const before = asked();
  await window.choose("mallory");
  await waitFor("a verdict", async () => {
    const { icon } = await window.badge(world.addon);
    return icon === "state-caution.svg";
  });
  assert.deepEqual(asked(), before);
});

test("Thunderbird tells a host’s addresses, so that a public name for a private one is seen", async () => {
  const { addresses } = await world.addon.background.run<{ addresses: readonly string[] }>(
    `return browser.dns.resolve("localhost")`,
  );
  assert.ok(addresses.includes("127.0.0.1") || addresses.includes("::1"));
});

test("set to never, no request leaves, and what was fetched is forgotten", async () => {
  server.asked.length = 0;
  await ask(settings.page, "settings:set", { change: { revocation: "never" } });
  await window.choose("good");
  await window.waitForBadge(world.addon, "Signed by good@example.test");
  await window.choose("revoked");
  await window.waitForBadge(world.addon, "Signed by revoked@example.test");
  assert.deepEqual(asked(), []);
});
