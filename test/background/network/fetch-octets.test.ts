/** One request with everything bounded, by the platform's own fetch, against a server on loopback that misbehaves. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { limitsOf } from "../../../src/background/network/evidence-fetcher.js";
import { type Limits, fetchOctets } from "../../../src/background/network/fetch-octets.js";
import { EvidenceServer } from "../../helpers/evidence-server.js";
import { freePort } from "../../helpers/revoking-authority.js";

let server: EvidenceServer;
before(async () => {
  server = await EvidenceServer.start();
});
after(() => server.stop());

const small: Limits = { octets: 1000, whole: 5_000, silence: 5_000 };
const hasty: Limits = { octets: 1000, whole: 200, silence: 100 };

const ask = (path: string, limits = small) => fetchOctets(fetch, { url: new URL(server.url(path)) }, limits);

test("a whole answer is its octets, whatever type the server calls it", async () => {
  server.give("/good", "0123456789", "text/plain");
  assert.equal(new TextDecoder().decode((await ask("/good"))!), "0123456789");
});

test("nothing that tells one person from another goes along: no cookie, referrer or language", async () => {
  server.on("/cookie", (response) => response.writeHead(200, { "set-cookie": "who=alice; Path=/" }).end("x"));
  await ask("/cookie");
  await ask("/cookie");
  for (const { method, headers } of server.asked.filter(({ path }) => path === "/cookie")) {
    assert.equal(method, "GET");
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.referer, undefined);
    assert.equal(headers.authorization, undefined);
    assert.equal(headers["accept-language"], "*");
  }
});

test("the request forbids cookies, credentials, referrer, caches and redirects to the platform", async () => {
  let options: RequestInit = {};
  const fetched = await fetchOctets(
    async (_url, given) => {
      options = given;
      return new Response("x");
    },
    { url: new URL("http://crl.example.org/") },
    small,
  );
  assert.equal(fetched?.length, 1);
  const { credentials, referrerPolicy, cache, redirect } = options;
  assert.deepEqual(
    { credentials, referrerPolicy, cache, redirect },
    {
      ...{ credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", redirect: "error" },
    },
  );
});

test("a redirect is not followed: it would lead wherever the server says", async () => {
  server.give("/private", "secret of this machine");
  for (const status of [301, 302, 303, 307, 308]) {
    server.on("/moved", (response) => response.writeHead(status, { location: "/private" }).end());
    assert.equal(await ask("/moved"), null);
  }
  assert.equal(server.count("/private"), 0);
});

test("any status but 200 is no answer", async () => {
  for (const status of [204, 206, 304, 400, 401, 403, 404, 407, 410, 500, 503]) {
    server.on("/status", (response) =>
      response.writeHead(status).end(status === 204 || status === 304 ? "" : "x"),
    );
    assert.equal(await ask("/status"), null, String(status));
  }
});

test("a body that says it is too long is not read; one that does not say so is read no further than the limit", async () => {
  server.on("/announced", (response) =>
    response.writeHead(200, { "content-length": "1001" }).end(Buffer.alloc(1001)),
  );
  assert.equal(await ask("/announced"), null);
  server.on("/unannounced", (response) => response.writeHead(200).write(Buffer.alloc(1001)));
  assert.equal(await ask("/unannounced"), null);
  server.give("/exact", Buffer.alloc(1000));
  assert.equal((await ask("/exact"))?.length, 1000);
});

test("a revocation list of 51 MB is refused, one of 50 MB is taken", async () => {
  const megabyte = 1024 * 1024;
  server.on("/51", (response) =>
    response.writeHead(200, { "content-length": 51 * megabyte }).write(Buffer.alloc(1)),
  );
  assert.equal(await ask("/51", limitsOf.crl), null);
  server.give("/50", Buffer.alloc(50 * megabyte));
  assert.equal((await ask("/50", limitsOf.crl))?.length, 50 * megabyte);
});

test("a body without end is dropped, and the connection with it", async () => {
  const closed = new Promise<void>((resolve) => {
    server.on("/endless", (response) => {
      const more = setInterval(() => response.write(Buffer.alloc(64)), 1);
      response.writeHead(200).on("close", () => {
        clearInterval(more);
        resolve();
      });
    });
  });
  assert.equal(await ask("/endless"), null);
  await closed;
});

test("little that unpacks to much counts unpacked", async () => {
  const { gzipSync } = await import("node:zlib");
  server.on("/bomb", (response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(1_000_000))),
  );
  assert.equal(await ask("/bomb"), null);
});

test("a server that hangs before or after its header, or drips, is waited for only so long", async () => {
  server.on("/hangs", () => undefined);
  assert.equal(await ask("/hangs", hasty), null);
  server.on("/stalls", (response) => response.writeHead(200).write("x"));
  assert.equal(await ask("/stalls", hasty), null);
  server.on("/drips", (response) => {
    const drip = setInterval(() => response.write("x"), 20);
    response.writeHead(200).on("close", () => clearInterval(drip));
  });
  assert.equal(await ask("/drips", hasty), null);
});

test("a body that ends early is no answer", async () => {
  server.on("/short", (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("x", () => response.destroy());
  });
  assert.equal(await ask("/short"), null);
});

test("nobody there is no answer", async () => {
  const url = new URL(`http://127.0.0.1:${await freePort()}/`);
  assert.equal(await fetchOctets(fetch, { url }, small), null);
});
