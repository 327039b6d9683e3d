/** `signet validate-path` as a script uses it: exit codes, the JSON that stays, sentences for what cannot be used. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { nullValue, objectIdentifier, sequence } from "../../src/engine/base/der-writer.js";
import { oid } from "../../src/engine/base/oid.js";
import {
  type Forged,
  addressed,
  authority,
  extension,
  forgeCertificate,
  name,
} from "../helpers/forge-certificate.js";
import { type TemporaryFolder, temporaryFolder } from "../helpers/temporary-folder.js";

const program = fileURLToPath(new URL("../../bin/signet.mjs", import.meta.url));
let folder: TemporaryFolder;

const policies = extension(oid.certificatePolicies, sequence(sequence(objectIdentifier("1.2.3.4"))), false);

before(async () => {
  folder = await temporaryFolder();
  const root = await forgeCertificate({ subject: name("Root"), extensions: [authority] });
  const middle = await forgeCertificate({
    subject: name("Middle"),
    by: root,
    extensions: [authority, policies],
  });
  const leaf = await forgeCertificate({
    subject: name("Carol"),
    by: middle,
    extensions: [addressed("carol@example.test"), policies],
  });
  const save = (file: string, { certificate }: Forged): void =>
    writeFileSync(`${folder.path}/${file}`, certificate.der);
  save("root.der", root);
  save("middle.der", middle);
  save("leaf.der", leaf);
  writeFileSync(`${folder.path}/junk.crl`, nullValue);
});

after(() => folder.remove());

interface Report {
  readonly result: string;
  readonly path: readonly { readonly subject: string }[];
  readonly faults: readonly { readonly code: string }[];
  readonly policies: readonly string[];
  readonly revocation: readonly { readonly status: string }[];
}

function run(...words: readonly string[]) {
  const given = ["--at", "2026-06-01", ...words].map((word) => word.replace("TMP/", `${folder.path}/`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "validate-path", ...given]);
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

const whole = ["--leaf", "TMP/leaf.der", "--intermediate", "TMP/middle.der", "--anchor", "TMP/root.der"];

test("a path that holds ends with 0 and is told in JSON, end entity first", () => {
  const { code, out } = run(...whole, "--address", "carol@EXAMPLE.test", "--json");
  assert.equal(code, 0);
  const report = JSON.parse(out) as Report;
  assert.deepEqual(Object.keys(report), ["result", "path", "faults", "policies", "revocation"]);
  assert.equal(report.result, "valid");
  assert.deepEqual(
    report.path.map(({ subject }) => subject),
    ["CN=Carol", "CN=Middle", "CN=Root"],
  );
  assert.deepEqual([report.faults, report.policies, report.revocation], [[], ["1.2.3.4"], []]);
});

test("policies are demanded as RFC 5280 §6.1.1 has it", () => {
  assert.equal(run(...whole, "--policy", "1.2.3.4", "--require-explicit-policy").code, 0);
  const { code, out } = run(...whole, "--policy", "1.2.3.5", "--require-explicit-policy");
  assert.equal(code, 1);
  assert.match(out, /certificate-policy-unsatisfied/);
});

test("no path, another address, another time, or no answer about revocation ends with 1 and says why", () => {
  const without = run("TMP/leaf.der", "--anchor", "TMP/root.der");
  assert.equal(without.code, 1);
  assert.match(without.out, /path-not-found \(CN=Middle\)/);
  assert.match(run(...whole, "--address", "dan@example.test").out, /signer-not-author/);
  assert.match(run(...whole, "--at=2040-01-01").err, /--at may be given once/);
  const { code, out } = run(...whole, "--crl", "TMP/junk.crl", "--json");
  assert.equal(code, 2);
  assert.equal(out, "");
  const required = run(...whole, "--revocation", "required", "--json");
  assert.equal(required.code, 1);
  assert.deepEqual((JSON.parse(required.out) as Report).faults, [{ code: "revocation-unknown" }]);
});

test("what cannot be used is said in a sentence, with 2", () => {
  for (const words of [
    ["--anchor", "TMP/root.der"],
    [...whole, "--policy", "two"],
    [...whole, "--address", "nobody"],
    [...whole, "--purpose", "fun"],
    [...whole, "--revocation", "maybe"],
    ["--leaf", "TMP/nothing.der"],
  ]) {
    const { code, err } = run(...words);
    assert.equal(code, 2, err);
    assert.match(err, /\.\n$/);
  }
});
