/** A directory (RFC 4387) that lies, floods, redirects or drips: nothing is kept that names somebody else, and it ends. */
import assert from "node:assert/strict";
import { type RequestListener, type ServerResponse, createServer } from "node:http";
import { before, test } from "node:test";
import { certificateFor } from "../../../src/background/evidence.js";
import { directoryUrl } from "../../../src/background/finding/directory-look-up.js";
import { Finder } from "../../../src/background/finding/finder.js";
import { defaultSettings } from "../../../src/background/settings.js";
import type { Certificate, EmailAddress } from "../../../src/engine/index.js";
import type { Search } from "../../../src/protocol/messages.js";
import { Disk, testCertificate, testFile, wake } from "../../helpers/background.js";

const address = "bob@example.test" as EmailAddress;
let bob: Certificate;

before(async () => {
  bob = await testCertificate("bob-p256");
});

/** Ask a directory that answers so. @returns what was said of it, what was kept, and what would be encrypted to */
async function asking(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const disk = new Disk();
  disk.time = new Date(bob.notBefore + 24 * 60 * 60_000);
  const life = wake(disk);
  const settings = { ...defaultSettings, directory: `http://127.0.0.1:${port}/?email={address}` };
  let told = (): void => undefined;
  const finder = new Finder({
    ...{ database: life.database, certificates: life.certificates, now: () => disk.time },
    ...{ settings: async () => settings, onChanged: () => told() },
    network: { fetch: (url, options) => fetch(url, options), mayAsk: async () => true },
  });
  const done = new Promise<void>((resolve) => (told = resolve));
  const [first] = await finder.search(address);
  if (first?.outcome === "asking") await done;
  const [said] = (await finder.search(address)) as readonly [Search];
  server.closeAllConnections();
  server.close();
  const found = await certificateFor({ ...life, finder }, address, disk.time);
  return { said: said.outcome, kept: await life.certificates.list(), found };
}

const octets =
  (body: Uint8Array | string, type = "application/pkix-cert"): RequestListener =>
  (_request, response) =>
    void response.writeHead(200, { "content-type": type }).end(body);

test("a certificate that names somebody else, or nobody, is not kept, alone or beside the right one", async () => {
  for (const name of ["alice-rsa", "no-address", "carol-p384"]) {
    const { said, kept, found } = await asking(octets(await testFile(`${name}.pem`)));
    assert.deepEqual([said, kept, found.kind], ["unusable", [], "none"], name);
  }
  const both = Buffer.concat([await testFile("alice-rsa.pem"), await testFile("bob-p256.pem")]);
  const { said, kept } = await asking(octets(both));
  assert.equal(said, "found");
  assert.deepEqual(
    kept.map(({ certificate }) => certificate.addresses),
    [[address]],
  );
});

test("the right certificate by a directory's word alone is encrypted to by nobody: an authority has to vouch for it", async () => {
  const { said, found } = await asking(octets(bob.der));
  assert.equal(said, "found");
  assert.ok(found.kind === "none");
  assert.equal(found.problem?.code, "path-not-found");
});

test("a redirect is not followed: only the named host learns whom one writes to", async () => {
  let asked = 0;
  const other = createServer((_request, response) => {
    asked++;
    response.end(bob.der);
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  for (const status of [301, 302, 303, 307, 308]) {
    const { said, kept } = await asking((request, response) => {
      const location = `http://127.0.0.1:${port}${request.url ?? ""}`;
      response.writeHead(status, { location }).end(bob.der);
    });
    assert.deepEqual([said, kept], ["no-answer", []], String(status));
  }
  assert.equal(asked, 0);
  other.close();
});

test("an answer without an end, or that only says that it is large, is left after a megabyte", async () => {
  let sent = 0;
  const endless = (response: ServerResponse): void => {
    const piece = Buffer.alloc(64 * 1024, 0x30);
    while (response.write(piece) && sent < 2 ** 28) sent += piece.length;
    response.once("drain", () => endless(response));
  };
  assert.equal((await asking((_request, response) => endless(response))).said, "no-answer");
  assert.ok(sent < 2 ** 26, `${sent} octets were taken`);
  const claimed = await asking((_request, response) => {
    response.writeHead(200, { "content-length": "4000000000" });
    response.write("0");
  });
  assert.equal(claimed.said, "no-answer");
});

test("other kinds of answer are none: pages, key files, lists, pictures, thousands of certificates", async () => {
  const many = Buffer.concat(Array.from({ length: 1_500 }, () => Buffer.from(bob.der)));
  const answers: readonly (readonly [Uint8Array | string, string])[] = [
    ["<!doctype html><title>Not here</title>", "text/html"],
    ['{"certificate": null}', "application/json"],
    [await testFile("bob-p256.p12"), "application/x-pkcs12"],
    [await testFile("bob-p256.key.pem"), "application/x-pem-file"],
    [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), "image/png"],
    [bob.der.slice(0, -1), "application/pkix-cert"],
    [many, "application/octet-stream"],
  ];
  for (const [body, type] of answers) {
    const { said, kept } = await asking(octets(body, type));
    assert.notEqual(said, "found", type);
    assert.deepEqual(kept, [], type);
  }
});

test("what the address holds cannot change the question: it is one value in the template (RFC 4387 §3)", async () => {
  const asked: string[] = [];
  for (const strange of [
    "a&b=c@example.test",
    "a/../x@example.test",
    "a#b@example.test",
    "a%2e@example.test",
  ]) {
    const url = await directoryUrl("https://d.example/s?email={address}&x=1", strange as EmailAddress);
    asked.push(url!.search);
    assert.equal(url!.origin, "https://d.example");
    assert.equal(url!.searchParams.get("email"), strange);
    assert.equal(url!.searchParams.get("x"), "1");
  }
  assert.equal(new Set(asked).size, 4);
});
