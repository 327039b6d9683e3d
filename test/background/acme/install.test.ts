/** What an authority sends beside the certificate: only links of its path are kept, because they go out with every letter. */
import assert from "node:assert/strict";
import { test } from "node:test";
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
