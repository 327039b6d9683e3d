/**
 * The engine in real worker threads, by the worker's own script: jobs, keys that stay here, cancelling,
 * breaking down, and the lock. What browsers' workers do is tested in test/e2e.
 */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { EngineHost } from "../../../src/background/engine/engine-host.js";
import type { EngineWorker, StartWorker } from "../../../src/background/engine/engine-worker.js";
import { Refusal } from "../../../src/background/refusal.js";
import type { Bytes, Identity, InspectContext } from "../../../src/engine/index.js";
import { wipePrivateKey } from "../../../src/engine/index.js";
import type { RsaPrivateKey } from "../../../src/engine/keys/private-key.js";
import type { FromWorker, ToWorker } from "../../../src/worker/jobs.js";
import { startThreads } from "../../helpers/engines.js";
import { alice, letter, lunch, testContext, testIdentity } from "../../helpers/inspecting.js";
import { protectedMessage, testPolicy, testRecipient } from "../../helpers/protecting.js";

const hosts: EngineHost[] = [];
after(() => {
  for (const host of hosts) host.end();
});

let threads: Worker[];
let sent: ToWorker[];
let host: EngineHost;

beforeEach(() => {
  threads = [];
  sent = [];
  host = hostOf(startThreads(threads));
});

/** Remembers what was posted, as it was before it was moved. */
function hostOf(start: StartWorker): EngineHost {
  const recorded: StartWorker = (events) => {
    const worker = start(events);
    const post: EngineWorker["post"] = (message, transfer) => {
      sent.push(message);
      worker.post(message, transfer);
    };
    return { post, end: () => worker.end() };
  };
  const made = new EngineHost(recorded);
  hosts.push(made);
  return made;
}

const octets = (text: string): Bytes => new TextEncoder().encode(text);
const draft = (): Bytes => letter(octets(lunch));
const refused =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === code;

/** Clear-signed, with an attachment of this many octets. */
async function signedMail(size: number): Promise<Bytes> {
  const attachment = `Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${"QUJD".repeat(18)}`;
  const line = `${"QUJD".repeat(18)}\r\n`;
  const body = `${attachment}\r\n${line.repeat(Math.ceil(size / line.length))}`;
  return protectedMessage({ draft: `${alice}${body}` });
}

async function encryptedMail(to: string): Promise<Bytes> {
  const head = `From: alice@example.test\r\nTo: ${to.split("-")[0]!}@example.test\r\n`;
  return protectedMessage({ draft: `${head}${lunch}`, to: [to], policy: { encrypt: true } });
}

test("a signed message is judged in the worker as it is here", async () => {
  const inspection = await host.inspect(await signedMail(100), await testContext());
  assert.equal(inspection.verdict.summary.state, "2");
  assert.equal(inspection.certificates.length, 1);
  assert.equal(inspection.certificates[0]?.address, "alice@example.test");
});

for (const name of [
  "alice-rsa",
  "bob-p256",
  "dave-p521",
  "erin-ed25519",
  "frank-bp256",
  "ivan-ed448",
  "judy-pss",
]) {
  test(`${name} signs in the worker with a key that stays here`, async () => {
    const identity = await testIdentity(name);
    const address = name.split("-")[0]!;
    const recipients = [await testRecipient("bob-p256")];
    const mail = letter(octets(lunch), `From: ${address}@example.test\r\nTo: bob@example.test\r\n`);
    const protection = await host.protect({ draft: mail, identity, recipients, policy: await testPolicy() });
    assert.ok(protection.kind === "protected", JSON.stringify(protection));
    const { verdict } = await host.inspect(protection.message, await testContext());
    assert.equal(verdict.summary.state, "2");
  });
}

for (const name of ["alice-rsa", "bob-p256"]) {
  test(`${name} opens in the worker with a key that stays here`, async () => {
    const context = await testContext({ identities: [await testIdentity(name)] });
    const message = await host.read(await encryptedMail(name), context);
    assert.equal(message.verdict.summary.state, "2");
    assert.match(message.content?.text ?? "", /See you at noon/);
  });
}

test("no message to a worker holds a private number", async () => {
  const identity = await testIdentity("alice-rsa");
  await host.inspect(await encryptedMail("alice-rsa"), await testContext({ identities: [identity] }));
  const [job] = sent;
  assert.ok(job?.say === "job" && job.task.kind === "inspect");
  const key = job.task.context.identities[0]?.key;
  assert.deepEqual(key?.facts, { kind: "rsa", modulusBits: 2048 });
  assert.ok(sent.some((message) => message.say === "key" && message.outcome.ended === "well"));
});

test("certificates are sent to a worker once", async () => {
  const context = await testContext();
  await host.inspect(await signedMail(100), context);
  await host.inspect(await signedMail(100), context);
  const jobs = sent.filter((message) => message.say === "job");
  assert.deepEqual(
    jobs.map(({ certificates }) => certificates.length),
    [1, 0],
  );
});

test("large octets are moved, not copied", async () => {
  const mail = await signedMail(2_000_000);
  const judging = host.inspect(mail, await testContext());
  assert.equal(mail.length, 0, "what was moved is empty here");
  const { payload } = await judging;
  assert.ok(payload.mime.length > 2_000_000);
});

/** A worker of the test's own: it says what the test lets it say. */
function scripted(): { start: StartWorker; say: (message: FromWorker) => void; heard: ToWorker[] } {
  const heard: ToWorker[] = [];
  let say: (message: FromWorker) => void = () => undefined;
  const start: StartWorker = ({ said }) => {
    say = said;
    return { post: (message) => void heard.push(message), end: () => undefined };
  };
  return { start, say: (message) => say(message), heard };
}

test("a worker that was taken over gets no operation that its job does not need", async () => {
  const { start, say, heard } = scripted();
  const other = hostOf(start);
  const identity = await testIdentity("alice-rsa");
  const judging = other.inspect(draft(), await testContext({ identities: [identity] }));
  const ask = {
    say: "key",
    job: 0,
    handle: 0,
    parameters: ["pkcs1", "SHA-256", octets("I owe you")],
  } as const;
  say({ ...ask, question: 0, operation: "sign" });
  say({ ...ask, question: 1, operation: "constructor" });
  say({ ...ask, question: 2, operation: "decryptPkcs1", handle: 7 });
  say({ ...ask, question: 3, operation: "decryptPkcs1", job: 8 });
  await new Promise(setImmediate);
  const answers = heard.filter((message) => message.say === "key");
  assert.deepEqual(
    answers.map(({ question, outcome }) => [question, outcome.ended]),
    [
      [0, "refused"],
      [1, "refused"],
      [2, "refused"],
    ],
  );
  other.end();
  await assert.rejects(judging, refused("cancelled"));
  say({ ...ask, question: 4, operation: "decryptPkcs1" });
  await new Promise(setImmediate);
  assert.equal(
    heard.filter((message) => message.say === "key").length,
    3,
    "after the job nobody is answered",
  );
});

test("a cancelled bulk job is dropped with its worker, and the next message gets another", async () => {
  const stop = new AbortController();
  const judging = host.inspect(await signedMail(5_000_000), await testContext(), stop.signal);
  stop.abort();
  await assert.rejects(judging, refused("cancelled"));
  assert.equal((await host.inspect(await signedMail(100), await testContext())).verdict.summary.state, "2");
  assert.equal(threads.length, 2);
});

test("what was cancelled before it began is never begun", async () => {
  const context = await testContext();
  await assert.rejects(host.inspect(draft(), context, AbortSignal.abort()), refused("cancelled"));
  assert.deepEqual(sent, []);
});

test("a badge does not wait behind bulk, and bulk is done one after the other", async () => {
  const context = await testContext();
  const [film, other, badge] = [
    await signedMail(8_000_000),
    await signedMail(8_000_000),
    await signedMail(100),
  ];
  const all = [film, other, badge].map((raw) => host.inspect(raw, context));
  const jobs = (): readonly number[] =>
    sent.flatMap((message) => (message.say === "job" ? [message.job] : []));
  const [first, last] = jobs();
  assert.deepEqual(jobs(), [first, first! + 2], "the second bulk message waits, the badge does not");
  await Promise.all(all);
  assert.equal(threads.length, 2);
  assert.deepEqual(jobs(), [first, last, first! + 1]);
});

test("a worker that breaks down has one answer, nothing is tried again, and the next job gets another", async () => {
  const judging = host.inspect(await signedMail(5_000_000), await testContext());
  const told = assert.rejects(judging, refused("engine-stopped"));
  await threads[0]!.terminate();
  await told;
  assert.equal(sent.filter(({ say }) => say === "job").length, 1);
  assert.equal((await host.inspect(await signedMail(100), await testContext())).verdict.summary.state, "2");
});

test("a bug in the worker has the same answer, and takes the worker with it", async () => {
  const context = { ...(await testContext()), policy: null as never };
  await assert.rejects(host.inspect(draft(), context), refused("engine-stopped"));
  assert.equal((await host.inspect(draft(), await testContext())).verdict.summary.state, "1");
  assert.equal(threads.length, 2);
});

test("what cannot be handed over at all is refused, and holds up nothing", async () => {
  const identity = { ...(await testIdentity("alice-rsa")), chain: [(() => undefined) as never] } as Identity;
  const context = await testContext({ identities: [identity] });
  await assert.rejects(host.inspect(draft(), context), refused("engine-stopped"));
  assert.equal((await host.inspect(draft(), await testContext())).verdict.summary.state, "1");
});

function decryption(job: number): FromWorker {
  const parameters = [new Uint8Array(384).fill(1), 32];
  return { say: "key", job, question: 0, handle: 0, operation: "decryptPkcs1", parameters };
}

/** With alice's key, and word of each message that it opens. */
async function countingContext(opened: () => void): Promise<InspectContext> {
  const identity = await testIdentity("alice-rsa");
  const key = identity.privateKey as RsaPrivateKey;
  const counted = (decrypt: "decryptPkcs1" | "decryptOaep") => {
    return (...parameters: readonly unknown[]): Promise<Bytes> => {
      opened();
      return (key[decrypt] as (...parameters: readonly unknown[]) => Promise<Bytes>)(...parameters);
    };
  };
  const privateKey = {
    ...key,
    decryptPkcs1: counted("decryptPkcs1"),
    decryptOaep: counted("decryptOaep"),
  } as RsaPrivateKey;
  return testContext({ identities: [{ ...identity, privateKey }] });
}

test("on a lock, workers that used a key go, and those that did not stay", async () => {
  const context = await testContext({ identities: [await testIdentity("alice-rsa")] });
  await host.inspect(await signedMail(100), context);
  host.locked();
  await host.inspect(await signedMail(100), context);
  assert.equal(threads.length, 1);
  await host.inspect(await encryptedMail("alice-rsa"), context);
  host.locked();
  await host.inspect(await signedMail(100), context);
  assert.equal(threads.length, 2);
});

test("on a lock, a message that is being opened is dropped, and says why", async () => {
  const { start, say, heard } = scripted();
  const other = hostOf(start);
  const identity = await testIdentity("alice-rsa");
  const judging = other.inspect(draft(), await testContext({ identities: [identity] }));
  say(decryption(0));
  other.locked();
  await assert.rejects(judging, refused("vault-locked"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(heard.filter((message) => message.say === "key").length, 0, "no key leaves after the lock");
});

test("on a lock, a message that has not asked for its key yet gets none", async () => {
  const { start, say } = scripted();
  const other = hostOf(start);
  let decryptions = 0;
  const judging = other.inspect(draft(), await countingContext(() => decryptions++));
  other.locked();
  say(decryption(0));
  await assert.rejects(judging, refused("vault-locked"));
  assert.equal(decryptions, 0);
});

test("a context that was read just before a lock opens nothing after it", async () => {
  const { start, say, heard } = scripted();
  const other = hostOf(start);
  const identity = await testIdentity("alice-rsa");
  // A key of its own: the other tests share theirs.
  const privateKey = { ...(identity.privateKey as RsaPrivateKey) };
  const context = await testContext({ identities: [{ ...identity, privateKey }] });
  wipePrivateKey(privateKey);
  const judging = other.inspect(draft(), context);
  say(decryption(0));
  await assert.rejects(judging, refused("vault-locked"));
  assert.equal(heard.filter((message) => message.say === "key").length, 0);
});

test("on a lock, a message that still waits for a worker gets no key, and what needs none is judged", async () => {
  let decryptions = 0;
  const context = await countingContext(() => decryptions++);
  const busy = [await signedMail(1024 * 1024), await signedMail(100)].map((raw) =>
    host.inspect(raw, context),
  );
  const locked = host.inspect(await encryptedMail("alice-rsa"), context);
  const signed = host.inspect(await signedMail(100), context);
  host.locked();
  await assert.rejects(locked, refused("vault-locked"));
  for (const judged of [...busy, signed]) assert.equal((await judged).verdict.summary.state, "2");
  assert.equal(decryptions, 0);
});

test("a worker that has opened a message, and writes one when keys are locked, goes when that is written", async () => {
  const identity = await testIdentity("alice-rsa");
  const context = await testContext({ identities: [identity] });
  await host.inspect(await encryptedMail("alice-rsa"), context);
  const policy = await testPolicy();
  const writing = host.protect({ draft: draft(), identity, recipients: [], policy });
  host.locked();
  assert.equal((await writing).kind, "protected");
  await host.inspect(await signedMail(100), context);
  assert.equal(threads.length, 2);
});

test("workers that nobody needed for a while go", async () => {
  await host.inspect(await signedMail(100), await testContext());
  host.rest();
  await host.inspect(await signedMail(100), await testContext());
  assert.equal(threads.length, 1);
  host.rest();
  host.rest();
  await host.inspect(await signedMail(100), await testContext());
  assert.equal(threads.length, 2);
});
