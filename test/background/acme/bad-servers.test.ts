/**
 * Servers that are no ACME servers, broken ones, and hostile ones, by real HTTP: each ends with a name, after a
 * number of requests that is bounded, and nobody else is asked.
 */
import assert from "node:assert/strict";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { retryAfterOf } from "../../../src/background/acme/acme-answers.js";
import { AcmeClient } from "../../../src/background/acme/acme-client.js";
import { AcmeProblem, problemOf } from "../../../src/background/acme/acme-problem.js";
import { newAccountKey } from "../../../src/background/acme/jws.js";

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let home: string;
let asked: string[];
let serve: Serve;
before(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  home = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked = [];
});

const json = { "content-type": "application/json" };
const directory = () => ({
  ...{ newNonce: `${home}/nonce`, newAccount: `${home}/account`, newOrder: `${home}/order` },
});
const problem = (type: string) =>
  JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail: "no" });
/** milliseconds: whoever answers on this machine takes less */
const patience = 2_000;
const client = (wait = patience) =>
  new AcmeClient((url, init) => fetch(url, init), `${home}/directory`, wait);

const answers = (body: string, headers: Record<string, string> = json): Serve => {
  return (_request, response) => response.writeHead(200, headers).end(body);
};

for (const [what, answer, code] of [
  ["HTML", answers("<html></html>", { "content-type": "text/html" }), "server-malformed"],
  ["HTML that calls itself JSON", answers("<html></html>"), "server-malformed"],
  ["JSON that calls itself HTML", answers("{}", { "content-type": "text/html" }), "server-malformed"],
  ["no content type at all", answers("{}", {}), "server-malformed"],
  ["nothing", answers(""), "server-malformed"],
  ["a number", answers("7"), "server-malformed"],
  ["half of an object", answers('{"newNonce":'), "server-malformed"],
  ["brackets without end", answers("[".repeat(500_000)), "server-malformed"],
  ["two megabytes", answers(`{"a":"${"a".repeat(2 * 1024 * 1024)}"}`), "server-malformed"],
  ["404", ((_, response) => response.writeHead(404).end("gone")) as Serve, "server-refused"],
  ["503", ((_, response) => response.writeHead(503).end("busy")) as Serve, "server-unreachable"],
  ["a connection that breaks", ((_, response) => response.destroy()) as Serve, "server-unreachable"],
] as const)
  test(`a directory that is ${what}: ${code}, after one request`, async () => {
    serve = answer;
    await assert.rejects(client().directory(), named(code));
    assert.deepEqual(asked, ["GET /directory"]);
  });

for (const status of [301, 302, 303, 307, 308])
  test(`a redirect is followed nowhere (${status})`, async () => {
    serve = (request, response) => {
      if (request.url === "/directory") response.writeHead(status, { location: `${home}/other` }).end();
      else response.writeHead(200, json).end(JSON.stringify(directory()));
    };
    await assert.rejects(client().directory(), named("server-malformed"));
    assert.deepEqual(asked, ["GET /directory"]);
  });

test("a redirect as the browsers show it, without status and address, is the same", async () => {
  const opaque = { type: "opaqueredirect", status: 0, ok: false, headers: new Headers() } as Response;
  const asking = new AcmeClient(async () => opaque, "https://ca.test/directory").directory();
  await assert.rejects(asking, named("server-malformed"));
});

for (const url of [
  "http://ca.test/directory",
  "http://localhost/directory",
  "file:///etc/passwd",
  "https://",
])
  test(`no directory: ${url}`, () => {
    assert.throws(() => new AcmeClient(fetch, url), named("server-malformed"));
  });

test("one that never answers, and one that answers a letter at a time, are left", async () => {
  serve = () => undefined;
  await assert.rejects(client(100).directory(), named("server-unreachable"));
  let drops: ReturnType<typeof setInterval> | undefined;
  serve = (_request, response) => {
    response.writeHead(200, json);
    drops = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(drops));
  };
  await assert.rejects(client(300).directory(), named("server-unreachable"));
});

/** A directory as it should be, and something wrong behind it. */
const behind = (answer: Serve): Serve => {
  return (request, response) => {
    if (request.url === "/directory") response.writeHead(200, json).end(JSON.stringify(directory()));
    else answer(request, response);
  };
};

test("no nonce, or one that is none (RFC 8555 §6.5.1): nothing is signed", async () => {
  for (const nonce of [undefined, "", "with blank", "ä", "a".repeat(600)]) {
    asked = [];
    serve = behind((_request, response) => {
      const headers = nonce === undefined ? json : { ...json, "replay-nonce": encodeURI(nonce) };
      response.writeHead(200, headers).end();
    });
    await assert.rejects(client().account(await newAccountKey()), named("server-malformed"));
    assert.deepEqual(asked, ["GET /directory", "HEAD /nonce"]);
  }
});

test("badNonce without end: three tries, then its name (RFC 8555 §6.5)", async () => {
  serve = behind((request, response) => {
    const headers = { "content-type": "application/problem+json", "replay-nonce": "abc" };
    if (request.url === "/nonce") response.writeHead(200, headers).end();
    else response.writeHead(400, headers).end(problem("badNonce"));
  });
  const failed = await client()
    .account(await newAccountKey())
    .catch((error: unknown) => error);
  assert.ok(failed instanceof AcmeProblem);
  assert.deepEqual([failed.code, failed.type], ["server-refused", "badNonce"]);
  assert.equal(asked.filter((one) => one === "POST /account").length, 3);
});

test("an account without an address, or at another host", async () => {
  for (const location of [undefined, "", "/relative", "https://elsewhere.test/account/1", "javascript:1"]) {
    serve = behind((_request, response) => {
      const headers = { ...json, "replay-nonce": "abc", ...(location !== undefined && { location }) };
      response.writeHead(201, headers).end('{"status":"valid"}');
    });
    const account = client().account(await newAccountKey());
    if (location?.startsWith("https://") !== true) await assert.rejects(account, named("server-malformed"));
    else {
      const { url, key } = await account;
      await assert.rejects(client().order({ url, key }, url), named("server-malformed"));
    }
  }
});

test("an absurd Retry-After makes nobody wait for more than a day, nor come back at once (RFC 9110 §10.2.3)", () => {
  const wait = (value: string, date?: string) =>
    retryAfterOf(new Response("", { headers: { "retry-after": value, ...(date && { date }) } }));
  const day = 24 * 3_600_000;
  const now = "Mon, 23 Nov 2026 02:00:00 GMT";
  assert.equal(wait("120"), 120_000);
  assert.equal(wait("999999999"), day);
  for (const rubbish of ["99999999999999999999", "-5", "1e9", "soon", "", "0x10", "12 34"])
    assert.equal(wait(rubbish), null, rubbish);
  assert.equal(wait("Mon, 23 Nov 2026 02:01:00 GMT", now), 60_000);
  assert.equal(wait("Mon, 23 Nov 2099 02:01:00 GMT", now), day);
  assert.equal(wait("Mon, 23 Nov 1999 02:01:00 GMT", now), 0);
  assert.equal(wait("Mon, 23 Nov 2026 02:01:00 GMT"), null, "by whose clock?");
});

test("a problem document that is none, is huge, or names a script (RFC 8555 §6.7, RFC 9457)", () => {
  for (const value of [null, 7, [], {}, { type: 7 }, "x"]) assert.equal(problemOf(value), null);
  const type = "urn:ietf:params:acme:error:userActionRequired";
  const page = (instance: unknown) => problemOf({ type, instance })!.page;
  assert.equal(page("https://ca.test/terms"), "https://ca.test/terms");
  for (const instance of ["javascript:alert(1)", "http://ca.test/terms", 7, "https://a:b@ca.test/", ""])
    assert.equal(page(instance), null);
  assert.equal(problemOf({ type, detail: "a".repeat(5000) })!.detail.length, 500);
  assert.equal(problemOf({ type: "https://ca.test/error", detail: "x" })!.type, null);
});

test("of several problems at once the first is told (RFC 8555 §6.7.1)", () => {
  const name = (type: string) => `urn:ietf:params:acme:error:${type}`;
  const first = { type: name("caa"), detail: "not for example.test" };
  const told = problemOf({
    type: name("compound"),
    detail: "many",
    subproblems: [first, { type: name("dns") }],
  });
  assert.deepEqual([told!.type, told!.detail], ["caa", "not for example.test"]);
  for (const subproblems of [[], "x", [7], [{ type: "about:blank" }]])
    assert.equal(problemOf({ type: name("compound"), subproblems })!.type, "compound");
});

function named(code: string) {
  return (error: unknown): boolean => error instanceof AcmeProblem && error.code === code;
}
