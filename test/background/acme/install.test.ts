/** What an authority sends beside the certificate: only links of its path are kept, because they go out with every letter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AcmeProblem } from "../../../src/background/acme/acme-problem.js";
import { installCertificate } from "../../../src/background/acme/install-certificate.js";
import { loadIssuing } from "../../../src/engine/index.js";
import { Disk, testCertificate, wake } from "../../helpers/background.js";

test("strangers' certificates beside the own one are left: they would travel in every signed letter (RFC 8555 §7.4.2)", async () => {
  const life = wake(new Disk());
  await life.vault.create(null);
  const { certificationRequest, generateKey, issueFor, privateRoot, writePem } = await loadIssuing();
  const validity = { notBefore: new Date("2026-11-01"), notAfter: new Date("2027-11-01") };
  const [rootKey, key] = [await generateKey("p-256"), await generateKey("p-256")];
  const root = await privateRoot(rootKey, { commonName: "Root", domains: ["example.org"] }, validity);
  const addresses = ["alice@example.org"];
  const issuer = { certificate: root, privateKey: rootKey.privateKey };
  const own = await issueFor(key, { commonName: "Alice", addresses }, { issuer, validity });
  const request = await certificationRequest(key, null, addresses);
  const { kind, pkcs8, publicKey } = key;
  const facts = { way: "acme", kind, request, addresses, commonName: null } as const;
  const id = await life.pendingKeys.add({ ...facts, pkcs8, publicKey: publicKey.der });
  const strangers = await Promise.all(["bob-p256", "intermediate"].map(testCertificate));
  const chain = writePem("CERTIFICATE", [own.der, ...strangers.map(({ der }) => der), root.der]);
  const order = { key: { id, request }, chain, address: addresses[0], renews: null };
  await installCertificate(order as never, life);
  const [identity] = await life.identities.all();
  assert.equal(identity?.certificate.fingerprint, own.fingerprint);
  assert.deepEqual(identity.chain, []);
});

test("somebody else's address beside the ordered one: the certificate is not taken (RFC 8823 §3)", async () => {
  const { certificationRequest, generateKey, issueFor, privateRoot, writePem } = await loadIssuing();
  const validity = { notBefore: new Date("2026-11-01"), notAfter: new Date("2027-11-01") };
  const rootKey = await generateKey("p-256");
  const root = await privateRoot(rootKey, { commonName: "Root", domains: ["example.org"] }, validity);
  const issuer = { certificate: root, privateKey: rootKey.privateKey };
  const ordered = "alice@example.org";
  for (const [addresses, taken] of [
    [[ordered, "bob@example.org"], false],
    [["bob@example.org"], false],
    [[], false],
    [[ordered, "Alice@example.org"], true],
    [[ordered], true],
  ] as const) {
    const life = wake(new Disk());
    await life.vault.create(null);
    const key = await generateKey("p-256");
    const own = await issueFor(key, { commonName: "Alice", addresses }, { issuer, validity });
    const request = await certificationRequest(key, null, [ordered]);
    const facts = { way: "acme", kind: key.kind, request, addresses: [ordered], commonName: null } as const;
    const id = await life.pendingKeys.add({ ...facts, pkcs8: key.pkcs8, publicKey: key.publicKey.der });
    const chain = writePem("CERTIFICATE", [own.der, root.der]);
    const order = { key: { id, request }, chain, address: ordered, renews: null };
    const installing = installCertificate(order as never, life);
    if (taken) await installing;
    else await assert.rejects(installing, wrongAddress);
    assert.equal((await life.identities.all()).length, Number(taken));
  }
});

const wrongAddress = (error: unknown): boolean =>
  error instanceof AcmeProblem && error.code === "certificate-wrong" && error.detail === "address";
