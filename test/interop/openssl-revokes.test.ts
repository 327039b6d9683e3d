/**
 * Revocation as OpenSSL's own authority tells it: CRLs by `openssl ca -gencrl`, answers by `openssl ocsp`, and
 * `openssl verify -crl_check` as the second opinion.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Budget } from "../../src/engine/base/budget.js";
import { type Bytes, type Certificate, readCertificates } from "../../src/engine/index.js";
import { buildOcspRequest } from "../../src/engine/x509/ocsp.js";
import { heldEvidence } from "../helpers/forge-revocation.js";
import { checkRevocation } from "../../src/engine/x509/revocation.js";
import { RevokingAuthority } from "../helpers/revoking-authority.js";

const run = promisify(execFile);
const reasons = ["keyCompromise", "superseded", "cessationOfOperation", "affiliationChanged"] as const;
const people = ["good", ...reasons];

let authority: RevokingAuthority;
let ca: Certificate;
const certificates = new Map<string, Certificate>();

before(async () => {
  authority = await RevokingAuthority.make();
  for (const name of people) await authority.issue(name, {});
  for (const reason of reasons) await authority.revoke(reason, reason);
  ca = await authority.certificate("ca");
  for (const name of people) certificates.set(name, await authority.certificate(name));
});
after(() => authority.remove());

async function statusOf(name: string, held: Parameters<typeof heldEvidence>[0], time = Date.now()) {
  const conditions = {
    time,
    policy: "required" as const,
    budget: new Budget(),
    evidence: heldEvidence(held),
  };
  return (await checkRevocation([certificates.get(name)!, ca], conditions)).certificates[0]!;
}

/** @returns what `openssl verify -crl_check` thinks */
async function opinion(name: string): Promise<"good" | "revoked" | "unknown"> {
  const options = ["verify", "-CAfile", "ca.pem", "-crl_check", "-CRLfile", "crl.pem", `${name}.pem`];
  try {
    await run("openssl", options, { cwd: authority.path("") });
    return "good";
  } catch (error) {
    return String((error as { stderr: string }).stderr).includes("certificate revoked")
      ? "revoked"
      : "unknown";
  }
}

test("CRLs of `openssl ca -gencrl`: as `openssl verify -crl_check` judges, with the reason", async () => {
  const crls = [await authority.crl()];
  for (const name of people) {
    const found = await statusOf(name, { crls });
    assert.equal(found.status, await opinion(name), name);
    assert.equal(found.reason, name === "good" ? undefined : name);
    assert.equal(found.source, "crl");
  }
});

test("a CRL of `openssl ca` that is over proves nothing to either of us", async () => {
  const crls = [await authority.crl(1)];
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  assert.equal(await opinion("good"), "unknown");
  const found = await statusOf("good", { crls }, Date.now() + 10 * 60_000);
  assert.deepEqual([found.status, found.faults[0]!.code], ["unknown", "crl-outdated"]);
});

/** One answer by `openssl ocsp` without a network: our request in, its response out. */
async function answer(request: Bytes, signer: string, ...more: readonly string[]): Promise<Bytes> {
  await writeFile(authority.path("request"), request);
  const files = ["-index", "index.txt", "-CA", "ca.pem", "-reqin", "request", "-respout", "response"];
  const signing = ["-rsigner", `${signer}.pem`, "-rkey", `${signer}.key.pem`, "-ndays", "1"];
  await run("openssl", ["ocsp", ...files, ...signing, ...more], { cwd: authority.path("") });
  return authority.read("response");
}

const requestFor = (name: string, nonce: Bytes | null = null): Promise<Bytes> =>
  buildOcspRequest({ certificate: certificates.get(name)!, issuer: ca }, nonce);

test("answers of `openssl ocsp` to our request: good and revoked, with the reason", async () => {
  for (const name of people) {
    for (const more of [[], ["-resp_key_id"], ["-resp_no_certs"]]) {
      const ocsp = [await answer(await requestFor(name), "ca", ...more)];
      const found = await statusOf(name, { ocsp });
      assert.equal(found.status, name === "good" ? "good" : "revoked", `${name} ${more.join(" ")}`);
      assert.equal(found.reason, name === "good" ? undefined : name);
    }
  }
});

test("an answer of `openssl ocsp` about somebody else is none", async () => {
  const ocsp = [await answer(await requestFor("superseded"), "ca")];
  assert.equal((await statusOf("good", { ocsp })).status, "unknown");
});

test("a delegate of `openssl ocsp` is believed where its certificate makes it one", async () => {
  const made = {
    responder: "extendedKeyUsage=OCSPSigning\nnoCheck=ignored",
    pretender: "extendedKeyUsage=emailProtection",
  };
  for (const [name, lines] of Object.entries(made)) {
    await authority.issue(name, {});
    await writeFile(authority.path(`${name}.ext`), `basicConstraints=CA:FALSE\n${lines}\n`);
    const arguments_ = ["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key.pem"];
    const rest = ["-days", "30", "-extfile", `${name}.ext`, "-out", `${name}.pem`, "-set_serial", "77"];
    await run("openssl", [...arguments_, ...rest], { cwd: authority.path("") });
    const [delegate] = await readCertificates(await authority.read(`${name}.pem`));
    assert.ok(delegate);
    const found = await statusOf("good", { ocsp: [await answer(await requestFor("good"), name)] });
    const expected = name === "responder" ? ["good"] : ["unknown", "ocsp-untrusted"];
    assert.deepEqual([found.status, ...found.faults.map(({ code }) => code)], expected);
  }
});

test("`openssl ocsp` gives our nonce back, and is believed for it (RFC 9654)", async () => {
  const requests: Bytes[] = [];
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const response = await answer(await requestFor("good", nonce), "ca");
  const conditions = { time: Date.now(), policy: "required" as const, budget: new Budget() };
  const evidence = heldEvidence({
    ocsp: (request) => {
      requests.push(request);
      return response;
    },
  });
  // Our own nonce is another one: that answer is not to this request.
  const path = [certificates.get("good")!, ca];
  const found = await checkRevocation(path, { ...conditions, evidence, ocspNonce: "send" });
  assert.deepEqual(found.certificates[0]!.faults, [{ code: "ocsp-unsuitable", detail: "nonce" }]);
  const live = {
    ...evidence,
    ocspResponse: async ({ request }: { request: Bytes }) => ({
      kind: "found" as const,
      evidence: [{ bytes: await answer(request, "ca"), fetchedAt: 0 }],
    }),
  };
  const again = await checkRevocation(path, { ...conditions, evidence: live, ocspNonce: "send" });
  assert.equal(again.certificates[0]!.status, "good");
});
