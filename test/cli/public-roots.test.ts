/** `--public-roots`: without it only the given anchors count; with it the built-in ones too. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { keyUsage } from "../../src/engine/x509/extensions.js";
import { parseCertificate } from "../../src/engine/x509/parse-certificate.js";
import { publicRootDer, publicRootList } from "../../src/engine/x509/public-roots.js";
import { oid } from "../../src/engine/base/oid.js";
import { addressed } from "../helpers/forge-certificate.js";
import { forgeChain, policies, signedLetter, subjectOf } from "../helpers/forge-chain.js";
import { type TemporaryFolder, temporaryFolder } from "../helpers/temporary-folder.js";

const program = fileURLToPath(new URL("../../bin/signet.mjs", import.meta.url));
let folder: TemporaryFolder;
before(async () => {
  folder = await temporaryFolder();
});
after(() => folder.remove());

function signet(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words]);
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

/** A real one that may sign itself, so that it stands for a certificate under a built-in root. */
async function signingRoot(): Promise<Uint8Array> {
  const { roots } = await publicRootList();
  for (const place of roots.keys()) {
    const der = await publicRootDer(place);
    const certificate = await parseCertificate(der);
    const isCurrent = certificate.notAfter > Date.parse("2027-01-01");
    if (isCurrent && keyUsage(certificate)?.has("digitalSignature") === true) return der;
  }
  throw new Error("no built-in root may sign");
}

test("signet validate-path finds a built-in root where it was asked to, and not by itself", async () => {
  const file = `${folder.path}/root.der`;
  writeFileSync(file, await signingRoot());
  const path = ["validate-path", "--leaf", file, "--at", "2026-11-22", "--json"];
  const codes = ({ out }: { out: string }): readonly string[] =>
    (JSON.parse(out) as { faults: readonly { code: string }[] }).faults.map(({ code }) => code);
  const found = signet(...path, "--public-roots");
  assert.deepEqual([found.code, codes(found)], [0, []], found.err);
  const missed = signet(...path);
  assert.deepEqual([missed.code, codes(missed)], [1, ["path-not-found"]], missed.err);
});

test("signet inspect says what the authority checked, and a built-in list does not vouch for another's root", async () => {
  const chain = await forgeChain({
    person: {
      subject: subjectOf([[oid.organization, "Example GmbH"]]),
      extensions: [addressed("alice@example.test"), policies("2.23.140.1.5.2.2")],
    },
  });
  writeFileSync(`${folder.path}/own.der`, chain.root.certificate.der);
  writeFileSync(`${folder.path}/mail.eml`, signedLetter(chain));
  const mail = ["inspect", `${folder.path}/mail.eml`, "--at", "2026-06-01"];
  const good = signet(...mail, "--anchor", `${folder.path}/own.der`, "--public-roots");
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /Checked by Public Issuer: organization \(multipurpose\), Example GmbH/);
  assert.match(good.out, /Breaks a rule for authorities: key-usage-missing/);
  const other = signet(...mail, "--public-roots");
  assert.equal(other.code, 1);
  assert.doesNotMatch(other.out, /Checked by/);
});
