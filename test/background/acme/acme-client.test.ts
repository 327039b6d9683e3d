/** The client alone (RFC 8555): what a hostile or broken server may answer, and what it never gets. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AcmeClient } from "../../../src/background/acme/acme-client.js";
import { AcmeProblem } from "../../../src/background/acme/acme-problem.js";
import { newAccountKey } from "../../../src/background/acme/jws.js";
import { AcmeServer } from "../../helpers/acme-server.js";

const home = "https://ca.test";
const directory = {
  ...{ newNonce: `${home}/nonce`, newAccount: `${home}/account`, newOrder: `${home}/order` },
  ...{ revokeCert: `${home}/revoke` },
};

/** @param answers by path @returns a client, and whom it asked */
function against(answers: Readonly<Record<string, () => Response>>, at = `${home}/directory`) {
  const asked: string[] = [];
  const client = new AcmeClient(async (url, init) => {
    asked.push(url);
    assert.deepEqual(
      [init.redirect, init.credentials, init.referrerPolicy],
      ["manual", "omit", "no-referrer"],
    );
    const answer = answers[new URL(url).pathname];
    if (answer === undefined) throw new TypeError("no network");
    return answer();
  }, at);
  return { client, asked };
}

const json = (value: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json", "replay-nonce": "abc", ...headers },
  });

const fails = (code: string) => (error: unknown) => error instanceof AcmeProblem && error.code === code;

test("only https, or http to this machine's own loopback (RFC 8555 §6.1)", () => {
  for (const url of [
    "http://ca.test/d",
    "ftp://ca.test/d",
    "https://user:pass@ca.test/d",
    "javascript:1",
    "",
  ])
    assert.throws(() => new AcmeClient(fetch, url), fails("server-malformed"), url);
  for (const url of ["https://ca.test/d", "http://127.0.0.1:4000/d", "http://[::1]/d"])
    assert.ok(new AcmeClient(fetch, url));
});

test("a directory that names other hosts gets nobody asked: neither a stranger nor the person's own network", async () => {
  for (const elsewhere of [
    "https://elsewhere.test/account",
    "http://127.0.0.1:631/account",
    "https://ca.test:8443/a",
  ]) {
    const { client, asked } = against({
      "/directory": () => json({ ...directory, newAccount: elsewhere }),
      "/nonce": () => json({}),
    });
    await assert.rejects(client.account(await newAccountKey()), fails("server-malformed"));
    assert.ok(
      asked.every((url) => new URL(url).origin === home),
      asked.join(),
    );
  }
});

test("what is no directory is named so: HTML, a list, members missing, an endless answer", async () => {
  const endless = () => new Response(new Uint8Array(2 * 1024 * 1024));
  for (const answer of [
    () => new Response("<html>"),
    () => json([]),
    () => json({}),
    () => json(null),
    endless,
  ]) {
    const { client } = against({ "/directory": answer });
    await assert.rejects(client.directory(), fails("server-malformed"));
  }
});

test("a server that is not there, or has no time, is to be asked again", async () => {
  await assert.rejects(against({}).client.directory(), fails("server-unreachable"));
  const busy = () => new Response("busy", { status: 503 });
  await assert.rejects(against({ "/directory": busy }).client.directory(), fails("server-unreachable"));
});

test("stale nonces are answered with fresh ones, three times at most (RFC 8555 §6.5)", async () => {
  const acme = await AcmeServer.start(async () => undefined);
  try {
    const client = new AcmeClient((url, init) => fetch(url, init), acme.directory);
    const key = await newAccountKey();
    acme.behaviour.staleNonces = 2;
    const { url } = await client.account(key);
    acme.behaviour.staleNonces = 3;
    await assert.rejects(
      client.account(key),
      (error: unknown) => error instanceof AcmeProblem && error.type === "badNonce",
    );
    // The same key, the same account (RFC 8555 §7.3.1).
    acme.behaviour.staleNonces = 0;
    assert.equal((await client.account(key)).url, url);
    assert.ok(acme.asked.every(({ wrong }) => wrong === null || wrong.startsWith("badNonce")));
  } finally {
    await acme.stop();
  }
});

test("an account that was deactivated orders nothing (RFC 8555 §7.1.2)", async () => {
  const { client } = against({
    "/directory": () => json(directory),
    "/nonce": () => json({}),
    "/account": () => json({ status: "deactivated" }, { location: `${home}/account/1` }),
  });
  await assert.rejects(client.account(await newAccountKey()), fails("server-refused"));
});

test("the terms are a link or nothing: no script is offered to a person (RFC 8555 §7.1.1)", async () => {
  for (const [terms, kept] of [
    ["https://ca.test/terms.pdf", "https://ca.test/terms.pdf"],
    ["javascript:alert(1)", null],
    [7, null],
  ]) {
    const { client } = against({
      "/directory": () => json({ ...directory, meta: { termsOfService: terms } }),
    });
    assert.equal((await client.directory()).termsOfService, kept);
  }
});
