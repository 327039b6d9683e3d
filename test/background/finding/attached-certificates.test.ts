/** Certificates attached to a message, kept by a click: files by OpenSSL. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { certificateFor } from "../../../src/background/evidence.js";
import {
  isCertificateFile,
  keepCertificates,
} from "../../../src/background/finding/attached-certificates.js";
import { Disk, testCertificate, testFile, wake } from "../../helpers/background.js";
import { testKeys } from "../../helpers/test-keys.js";

test("a .p7c is kept with its links, as imported, and counts only under an authority that counts here", async () => {
  const keys = await testKeys();
  const { stdout } = await promisify(execFile)(
    "openssl",
    ["crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile", `${keys}/bob-p256.pem`].concat([
      "-certfile",
      `${keys}/intermediate.pem`,
    ]),
    { encoding: "buffer" },
  );
  const life = wake(new Disk());
  const kept = await keepCertificates(life.certificates, [new Uint8Array(stdout)]);
  assert.deepEqual(
    kept.map(({ addresses }) => addresses),
    [["bob@example.test"]],
  );
  assert.equal(
    (await life.certificates.list()).find(({ source }) => source !== "imported"),
    undefined,
  );
  const time = new Date((await testCertificate("bob-p256")).notBefore + 60_000);
  assert.equal((await certificateFor(life, "bob@example.test", time)).kind, "none");
  await life.anchors.add([await testCertificate("root")]);
  const answer = await certificateFor(life, "bob@example.test", time);
  assert.ok(answer.kind === "usable");
  assert.equal(answer.origin.source, "imported");
});

test("files that are something else, too large, or keys, keep nothing and take nothing away", async () => {
  const life = wake(new Disk());
  const files = [new Uint8Array(), new TextEncoder().encode("hello"), new Uint8Array(2 * 1024 * 1024)];
  assert.deepEqual(await keepCertificates(life.certificates, files), []);
  const pem = await testFile("alice-p256.pem");
  assert.equal((await keepCertificates(life.certificates, [...files, pem])).length, 1);
});

test("certificates are told by name or type, signatures and letters are not", () => {
  for (const name of ["bob.cer", "bob.CRT", "all.p7c", "x.p7b"])
    assert.ok(isCertificateFile(name, "application/octet-stream"), name);
  assert.ok(isCertificateFile("part 1.2", "application/pkix-cert"));
  for (const name of ["smime.p7s", "smime.p7m", "photo.jpg", "cer.txt"])
    assert.ok(!isCertificateFile(name, "application/octet-stream"), name);
});
