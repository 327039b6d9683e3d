/** A key file that is made to cost: how much of it is proven, and that its keys come in all the same. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { identityHandlers } from "../../src/background/handlers/identity-handlers.js";
import { HandoverStore } from "../../src/background/handover.js";
import type { Bytes } from "../../src/engine/index.js";
import { Disk, wake } from "../helpers/background.js";
import { authority, forgeCertificate, name } from "../helpers/forge-certificate.js";

const origin = { tabId: 1, path: "/pages/options/options.html" };

const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64")}\n-----END ${label}-----\n`;

test("namesakes of an issuer beside a hundred certificates of a key: one budget for the file, and what it does not prove has no link", async () => {
  const link = await forgeCertificate({
    subject: name("Link"),
    issuer: name("Root"),
    extensions: [authority],
  });
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const pkcs8 = new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
  const own = await Promise.all(
    Array.from({ length: 100 }, (_, i) => forgeCertificate({ subject: name(`Alice ${i}`), by: link, key })),
  );
  const twin = { subject: link.name, issuer: name("Root"), extensions: [authority], from: "2026-02-01" };
  for (const [count, isProven] of [
    [2, true],
    [14, false],
  ] as const) {
    const twins = await Promise.all(Array.from({ length: count }, () => forgeCertificate(twin)));
    const certificates = [...own, ...twins, link].map(({ certificate }) =>
      pem("CERTIFICATE", certificate.der),
    );
    const file = new TextEncoder().encode([pem("PRIVATE KEY", pkcs8), ...certificates].join(""));
    const life = wake(new Disk());
    await life.vault.create(null);
    const handover = new HandoverStore(() => 0);
    const handlers = identityHandlers({ ...life, handover, views: async () => [] });
    const asked = { file: handover.put(file as Bytes), password: "" };
    assert.ok((await handlers["identity:import"](asked, origin)).ok);
    assert.equal((await life.identities.fingerprints()).length, 100);
    const linked = (await life.identities.all()).filter(({ chain }) => chain.length === 1).length;
    assert.ok(isProven ? linked === 100 : linked > 50 && linked < 80, String(linked));
  }
});
