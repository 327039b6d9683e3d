/**
 * Each value of a policy, from `storage.managed` through the whole background to what it is about: a verdict, a
 * recipient's certificate, a message that is written (taken apart by OpenSSL), an unlock. With it and without it.
 */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { createCore } from "../../../src/background/core.js";
import { writePolicy } from "../../../src/background/mail/compose-plan.js";
import type { Certificate } from "../../../src/engine/index.js";
import { FakeArea, testCertificate, testFile, testIdentity } from "../../helpers/background.js";
import { startThreads } from "../../helpers/engines.js";
import { letter, plain, signed } from "../../helpers/letters.js";
import { openssl } from "../../helpers/openssl.js";
import { testKeys } from "../../helpers/test-keys.js";
import { useLocale } from "../../ui/locale.js";

const threads: Worker[] = [];
let alice: Certificate;
let lives = 0;
before(async () => {
  await useLocale();
  alice = await testCertificate("alice-rsa");
});
after(() => Promise.all(threads.map((thread) => thread.terminate())));

const pem = async (name: string): Promise<string> => readFile(`${await testKeys()}/${name}.pem`, "utf8");

/** A background in a browser with this policy; the root counts by the person's own word unless said otherwise. */
async function managed(values: object, own: readonly string[] = ["root"]) {
  const now = (): Date => new Date(alice.notBefore + 24 * 60 * 60_000);
  const core = createCore({
    ...{ databaseName: `policy-${process.pid}-${lives++}`, now, broadcast: () => undefined },
    session: new FakeArea(["vault"]),
    local: new FakeArea(["settings", "composeModes", "attempts", "backup", "managedPolicy"]),
    managed: { get: async () => values },
    startWorker: startThreads(threads),
  });
  await core.anchors.add(await Promise.all(own.map(testCertificate)));
  const link = await testCertificate("intermediate");
  const person = { certificate: alice, role: "person" as const, capabilities: null };
  await core.certificates.keep(
    [person, { certificate: link, role: "authority", capabilities: null }],
    "imported",
  );
  return core;
}
type Core = Awaited<ReturnType<typeof managed>>;

async function stateOfAlices({ services }: Core): Promise<string> {
  const from = "Alice Example <alice@example.test>";
  const raw = letter({ subject: "s", from }, await signed(plain("Dear Bob."), "alice-rsa"));
  const { verdict } = await services.inspect(new Uint8Array(raw), "file");
  const [layer] = verdict.layers;
  const faults =
    layer?.kind === "signed" ? layer.signatures.flatMap((one) => ("faults" in one ? one.faults : [])) : [];
  return [verdict.summary.state, ...faults.map(({ code }) => code)].join(" ");
}

async function toAlice({ services }: Core): Promise<string> {
  const answer = await services.certificateFor("alice@example.test", services.now());
  return answer.kind === "usable" ? "usable" : (answer.problem?.code ?? "none");
}

/** Alice writes to Bob, of whose program nothing is known. */
async function written(core: Core, what: "sign" | "encrypt"): Promise<Uint8Array> {
  await core.vault.create(null);
  await core.identities.add([await testIdentity("alice-rsa")]);
  const [identity] = await core.services.identities();
  const policy = await writePolicy(core.services, {
    ...{ sign: what === "sign", encrypt: what === "encrypt", purpose: "send" },
  });
  const bob = await testCertificate("bob-p256");
  const draft = letter({ subject: "s", from: "alice@example.test", to: "bob@example.test" }, plain("Hello."));
  const to = { address: "bob@example.test", field: "to" as const, certificate: bob, capabilities: null };
  const written = await core.services.protect(new Uint8Array(draft), identity!, [to], policy);
  assert.ok(written.kind === "protected", JSON.stringify(written));
  return written.message;
}

const structure = async (message: Uint8Array): Promise<string> =>
  Buffer.from(await openssl(["cms", "-cmsout", "-print", "-noout"], new Uint8Array(message))).toString(
    "latin1",
  );
const head = (message: Uint8Array): string => Buffer.from(message).toString("latin1").split("\r\n\r\n")[0]!;

test("anchors: who is vouched for by the organisation's authority is good, and can be written to", async () => {
  const with_ = await managed({ anchors: [await pem("root")] }, []);
  assert.match(await stateOfAlices(with_), /^2/);
  assert.equal(await toAlice(with_), "usable");
  const without = await managed({}, []);
  assert.match(await stateOfAlices(without), /^5.*path-not-found/);
  assert.equal(await toAlice(without), "path-not-found");
});

test("minimumRsaBits: a shorter key is good no more, neither in a signature nor to encrypt to", async () => {
  assert.match(await stateOfAlices(await managed({ minimumRsaBits: 2048 })), /^2/);
  const strict = await managed({ minimumRsaBits: 3072 });
  assert.match(await stateOfAlices(strict), /^[^2].*key-weak/);
  assert.match(await toAlice(strict), /key-weak/);
});

test("revocationAnswer: where an answer is required and nobody gave one, nothing is good, and nothing encrypted to", async () => {
  const asked = await managed({ revocationAnswer: "when-available", revocation: "never" });
  assert.match(await stateOfAlices(asked), /^2/);
  assert.equal(await toAlice(asked), "usable");
  const strict = await managed({ revocationAnswer: "required", revocation: "never" });
  assert.match(await stateOfAlices(strict), /^[^2].*revocation/);
  assert.match(await toAlice(strict), /revocation/);
});

test("signatureForm and rsaSignature: signed mail is written as the organisation wants it", async () => {
  const usual = await written(await managed({}), "sign");
  assert.match(head(usual), /multipart\/signed/);
  assert.match(await structure(usual), /rsaEncryption|sha256WithRSAEncryption/);
  const asked = await written(await managed({ signatureForm: "opaque-signed", rsaSignature: "pss" }), "sign");
  assert.match(head(asked), /application\/pkcs7-mime[^]*smime-type="?signed-data/);
  assert.match(await structure(asked), /signatureAlgorithm:\s+algorithm: rsassaPss/);
});

test("contentEncryption: AES-GCM where the organisation wants it always, though nobody said that they read it", async () => {
  const usual = await written(await managed({}), "encrypt");
  assert.match(head(usual), /smime-type="?enveloped-data/);
  const asked = await written(await managed({ contentEncryption: "always" }), "encrypt");
  assert.match(head(asked), /smime-type="?authEnveloped-data/i);
});

test("escrowCertificate, alwaysSign, encryptInside, mixedRecipients: told to every composer as rules", async () => {
  const escrowCertificate = await pem("carol-p384");
  const values = {
    alwaysSign: true,
    encryptInside: ["EXAMPLE.org"],
    mixedRecipients: "free",
    escrowCertificate,
  };
  const rules = await (await managed(values)).services.organisation();
  assert.deepEqual(
    [rules.alwaysSign, rules.encryptInside, rules.mixedRecipients],
    [true, ["example.org"], "free"],
  );
  assert.equal(rules.escrow?.fingerprint, (await testCertificate("carol-p384")).fingerprint);
  assert.deepEqual(rules.unreadable, []);
});

test("unlockMinutes, idleMinutes, defaultMode, nativeLabel, revocation, resolver, directory: in force instead of the person's", async () => {
  const values = {
    ...{ unlockMinutes: 5, idleMinutes: "never", defaultMode: "automatic", nativeLabel: "shown" },
    ...{ revocation: "crl-and-ocsp", resolver: "https://dns.example.org/dns-query" },
    directory: "https://certs.example.org/?email={address}",
  };
  const core = await managed(values);
  const { unlockMinutes, idleMinutes, defaultMode, nativeLabel, revocation, resolver, directory } =
    await core.services.settings();
  assert.deepEqual(
    { unlockMinutes, idleMinutes, defaultMode, nativeLabel, revocation, resolver, directory },
    values,
  );
  await core.vault.create("a long passphrase");
  const status = await core.services.vaultStatus();
  assert.ok(status.state === "unlocked" && status.unlockedUntil !== null);
  assert.equal(Date.parse(status.unlockedUntil) - core.services.now().getTime(), 5 * 60_000);
});

test("a policy that is broken in every value weakens nothing, stops what leaves, and names each", async () => {
  const values = {
    ...{ anchors: [await pem("root"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] },
    ...{
      minimumRsaBits: 512,
      revocation: "sometimes",
      revocationAnswer: true,
      resolver: "http://dns.example.org/",
    },
    ...{
      directory: 7,
      acmeDirectory: "file:///etc/passwd",
      contentEncryption: "never",
      signatureForm: "none",
    },
    ...{ rsaSignature: "md5", alwaysSign: "yes", encryptInside: "example.org", mixedRecipients: [] },
    ...{ escrowCertificate: Buffer.from(await testFile("alice-rsa.p12")).toString("base64") },
    ...{ defaultMode: "on", nativeLabel: 1, unlockMinutes: -1, idleMinutes: 0, alwaysSing: true },
  };
  const core = await managed(values, []);
  const { problems, names, anchors, minimumRsaBits } = await core.policy.get();
  assert.deepEqual(problems.map(({ name }) => name).sort(), Object.keys(values).sort());
  assert.deepEqual([names, anchors, minimumRsaBits], [[], [], 2048]);
  const { unreadable } = await core.services.organisation();
  assert.deepEqual([...unreadable].sort(), [
    "alwaysSign",
    "encryptInside",
    "escrowCertificate",
    "mixedRecipients",
  ]);
  assert.match(await stateOfAlices(core), /^5/);
});
