/** Looking for certificates: a real BIND behind the resolver, a real web server as directory, cards of contacts. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { certificateFor } from "../../../src/background/evidence.js";
import { Finder, type FinderNetwork } from "../../../src/background/finding/finder.js";
import { contactKeys } from "../../../src/background/mail/contact-keys.js";
import { defaultSettings } from "../../../src/background/settings.js";
import { smimeaName } from "../../../src/engine/dns/smimea.js";
import { fromHex, toHex } from "../../../src/engine/base/bytes.js";
import type { Certificate, DelegationSigner, EmailAddress } from "../../../src/engine/index.js";
import type { Search, Settings } from "../../../src/protocol/messages.js";
import { Disk, testCertificate, wake } from "../../helpers/background.js";
import { type Bind, type Resolver, startBind, startResolver } from "../../helpers/bind.js";

const bobsAddress = "bob@example.test" as EmailAddress;
const oneDay = 24 * 60 * 60_000;

let bob: Certificate;
let bind: Bind;
let resolver: Resolver;
let rootKeys: readonly DelegationSigner[];

before(async () => {
  bob = await testCertificate("bob-p256");
  const day = (offset: number): string =>
    new Date(bob.notBefore + offset * oneDay).toISOString().slice(0, 10).replaceAll("-", "");
  const valid = [day(-30), day(30)] as const;
  const record = async (local: string, usage: number, data: string): Promise<string> =>
    `${(await smimeaName(local, "example.test")).join(".")}. IN SMIMEA ${usage} 0 0 ${data}`;
  const der = toHex(bob.der);
  bind = await startBind([
    { name: "", algorithm: "RSASHA256", valid },
    { name: "test", algorithm: "ECDSAP256SHA256", valid },
    {
      ...{ name: "example.test", algorithm: "ED25519", valid },
      records: [
        await record("bob", 3, der),
        await record("alice", 1, toHex((await testCertificate("alice-p256")).der)),
        await record("other", 3, der),
        await record("noise", 3, "00010203"),
      ],
    },
    { name: "plain.test", algorithm: null },
  ]);
  resolver = await startResolver(bind);
  const { keyTag, algorithm, digest } = bind.rootSigner;
  rootKeys = [{ keyTag, algorithm, digestType: 2, digest: fromHex(digest.toLowerCase()) }];
});
after(async () => {
  await resolver.stop();
  await bind.stop();
});

interface Looking {
  readonly settings?: Partial<Settings>;
  readonly network?: Partial<FinderNetwork>;
  readonly disk?: Disk;
}

function looking({ settings = {}, network = {}, disk = newDisk() }: Looking = {}) {
  const life = wake(disk);
  let changed = (): void => undefined;
  let told = 0;
  const current = { ...defaultSettings, ...settings };
  const finder = new Finder({
    ...{ database: life.database, certificates: life.certificates, now: () => disk.time },
    settings: async () => current,
    onChanged: () => {
      told++;
      changed();
    },
    network: { fetch: (url, options) => fetch(url, options), mayAsk: async () => true, rootKeys, ...network },
  });
  /** asked, and waited for */
  const search = async (address: string): Promise<readonly Search[]> => {
    const done = new Promise<void>((resolve) => (changed = resolve));
    const first = await finder.search(address as EmailAddress);
    if (first.every(({ outcome }) => outcome !== "asking")) return first;
    await done;
    return finder.search(address as EmailAddress);
  };
  const answer = (address: string = bobsAddress) => certificateFor({ ...life, finder }, address, disk.time);
  /** how often somebody was told that something changed, by whatever part */
  const changes = (): number => told + life.changes();
  return { disk, life, finder, search, answer, changes };
}

function newDisk(): Disk {
  const disk = new Disk();
  disk.time = new Date(bob.notBefore + oneDay);
  return disk;
}

const withDns = (): Looking => ({ settings: { resolver: resolver.url } });

test("nobody is asked for anything until a resolver or a directory was named", async () => {
  const fetch = () => assert.fail("No fake for the network!");
  const { search } = looking({ network: { fetch } });
  assert.deepEqual(await search(bobsAddress), []);
});

test("without the browser's permission for that host nobody is asked, and it is said", async () => {
  const fetch = () => assert.fail("No fake for the network!");
  const { search } = looking({ ...withDns(), network: { fetch, mayAsk: async () => false } });
  assert.deepEqual(await search(bobsAddress), [
    { place: "dns", who: "example.test", outcome: "not-allowed" },
  ]);
});

test("a certificate that a signed domain publishes as its own may be encrypted to, without any authority (RFC 8162 §2, DANE-EE)", async () => {
  const { search, answer, disk } = looking(withDns());
  assert.equal((await answer()).kind, "none");
  assert.deepEqual(await search(bobsAddress), [{ place: "dns", who: "example.test", outcome: "found" }]);
  const found = await answer();
  assert.ok(found.kind === "usable");
  assert.equal(found.certificate.fingerprint, bob.fingerprint);
  assert.equal(found.origin.source, "dns");
  assert.equal(found.origin.vouchedByDns, true);
  // A later life of the background knows it too, and asks nobody.
  const later = looking({ ...withDns(), disk, network: { fetch: () => assert.fail("asked again") } });
  assert.equal((await later.answer()).kind, "usable");
  assert.equal((await later.search(bobsAddress))[0]!.outcome, "found");
});

test("whoever shows an answer is told once for each look-up, when all of it is there", async () => {
  const { search, changes, answer } = looking(withDns());
  await search(bobsAddress);
  assert.equal(changes(), 1);
  assert.equal((await answer()).kind, "usable");
  await search("nobody@example.test");
  assert.equal(changes(), 2);
});

test("what the DNS vouched for counts no longer than its answer stands, and not once the resolver is switched off", async () => {
  const { search, answer, disk } = looking(withDns());
  await search(bobsAddress);
  assert.equal((await answer()).kind, "usable");
  const off = looking({ disk });
  assert.equal((await off.answer()).kind, "none");
  disk.time = new Date(disk.time.getTime() + 2 * 60 * 60_000);
  assert.equal((await answer()).kind, "none");
  assert.equal((await search(bobsAddress))[0]!.outcome, "found");
  assert.equal((await answer()).kind, "usable");
  await off.finder.settingsChanged();
  assert.equal((await answer()).kind, "none", "what was asked is forgotten");
});

test("a certificate published as one that an authority must vouch for needs that authority (RFC 6698 §2.1.1, PKIX-EE)", async () => {
  const { search, life, answer } = looking(withDns());
  assert.equal((await search("alice@example.test"))[0]!.outcome, "found");
  assert.equal((await answer("alice@example.test")).kind, "none");
  await life.anchors.add([await testCertificate("root")]);
  const link = await testCertificate("intermediate");
  await life.certificates.keep([{ certificate: link, role: "authority", capabilities: null }], "imported");
  const found = await answer("alice@example.test");
  assert.ok(found.kind === "usable");
  assert.deepEqual([found.origin.source, found.origin.vouchedByDns], ["dns", undefined]);
});

test("a certificate for another address, and octets that are none, are neither kept nor used", async () => {
  const { search, life, answer } = looking(withDns());
  for (const address of ["other@example.test", "noise@example.test"]) {
    assert.equal((await search(address))[0]!.outcome, "unusable", address);
    assert.equal((await answer(address)).kind, "none", address);
  }
  assert.deepEqual(await life.certificates.list(), []);
});

test("that there is none, that the domain is not signed, and that the proof is broken, are told apart", async () => {
  const { search } = looking(withDns());
  assert.equal((await search("nobody@example.test"))[0]!.outcome, "none");
  assert.equal((await search("bob@plain.test"))[0]!.outcome, "unsigned-domain");
  resolver.answer = (octets) => octets.map((octet, at) => (at > 60 ? octet ^ 1 : octet));
  const broken = looking(withDns());
  assert.equal((await broken.search(bobsAddress))[0]!.outcome, "not-proven");
  assert.equal((await broken.answer()).kind, "none");
  resolver.answer = null;
});

test("a resolver that does not answer is left alone for two minutes", async () => {
  let count = 0;
  const fetch = async (): Promise<Response> => (count++, new Response("busy", { status: 503 }));
  const { search, disk } = looking({ ...withDns(), network: { fetch } });
  assert.equal((await search(bobsAddress))[0]!.outcome, "no-answer");
  assert.equal((await search(bobsAddress))[0]!.outcome, "no-answer");
  assert.equal(count, 1);
  disk.time = new Date(disk.time.getTime() + 121_000);
  await search(bobsAddress);
  assert.equal(count, 2);
});

test("questions go by POST, with ID 0, padded, without cookie or language (RFC 8484 §4.1, RFC 8467 §4.1)", async () => {
  resolver.asked.length = 0;
  await looking(withDns()).search("somebody@example.test");
  assert.ok(resolver.asked.length > 2);
  for (const { headers, body } of resolver.asked) {
    assert.equal(headers["content-type"], "application/dns-message");
    assert.equal(headers["accept"], "application/dns-message");
    assert.equal(headers["cookie"], undefined);
    assert.equal(headers["accept-language"], "*");
    assert.deepEqual([body[0], body[1]], [0, 0]);
    assert.equal(body.length % 128, 0);
    assert.ok(!new TextDecoder("latin1").decode(body).includes("somebody"), "the local part is hashed");
  }
});

async function directory(octets: Uint8Array, status = 200) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status).end(octets);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const settings = { directory: `http://127.0.0.1:${port}/search?email={address}&h={sha1}` };
  return { asked, settings, stop: () => (server.closeAllConnections(), server.close()) };
}

test("a directory's certificate counts where an authority that counts here vouches for it, and not else (RFC 4387)", async () => {
  const served = await directory(bob.der);
  const { search, answer, life } = looking({ settings: served.settings });
  assert.deepEqual(await search("bob@example.test"), [
    { place: "directory", who: "127.0.0.1", outcome: "found" },
  ]);
  assert.match(served.asked[0]!, /^\/search\?email=bob%40example\.test&h=[0-9a-f]{40}$/);
  assert.equal((await answer()).kind, "none");
  await life.anchors.add([await testCertificate("root")]);
  await life.certificates.keep(
    [{ certificate: await testCertificate("intermediate"), role: "authority", capabilities: null }],
    "imported",
  );
  const found = await answer();
  assert.ok(found.kind === "usable");
  assert.equal(found.origin.source, "directory");
  served.stop();
});

test("a directory's page of words, its failure, and somebody else's certificate are no answer", async () => {
  const cases = [
    [new TextEncoder().encode("<html>not found</html>"), 200, "no-answer"],
    [bob.der, 404, "no-answer"],
    [new Uint8Array(), 200, "none"],
    [(await testCertificate("alice-rsa")).der, 200, "unusable"],
  ] as const;
  for (const [octets, status, outcome] of cases) {
    const served = await directory(octets, status);
    const { search, life } = looking({ settings: served.settings });
    assert.equal((await search(bobsAddress))[0]!.outcome, outcome);
    assert.deepEqual(await life.certificates.list(), []);
    served.stop();
  }
});

test("a contact's certificate is kept when it is needed, and named as from the contacts (RFC 6350 §6.8.1)", async () => {
  const base64 = Buffer.from(bob.der).toString("base64");
  const card = [
    "BEGIN:VCARD",
    "VERSION:4.0",
    "EMAIL;PREF=1:Bob@EXAMPLE.test".replace("Bob", "bob"),
    "KEY:data:application/pgp-keys;base64,AAAA",
    `KEY:data:application/pkix-cert;base64,${base64}`.replace(/(.{70})/g, "$1\r\n "),
    "END:VCARD",
  ].join("\r\n");
  const { finder, life, answer } = looking();
  await life.anchors.add([await testCertificate("root")]);
  const link = await testCertificate("intermediate");
  await life.certificates.keep([{ certificate: link, role: "authority", capabilities: null }], "imported");
  let asked = 0;
  finder.useContacts(contactKeys(async () => (asked++, [card])));
  const before = life.changes();
  await finder.search(bobsAddress);
  while (life.changes() === before) await new Promise((resolve) => setImmediate(resolve));
  await finder.search(bobsAddress);
  assert.equal(asked, 1);
  const found = await answer();
  assert.ok(found.kind === "usable");
  assert.equal(found.origin.source, "contacts");
  const others = await life.certificates.byAddress("alice@example.test");
  assert.deepEqual(others, []);
});
