/**
 * From a signed message to its verdict with real sources: lists made by `openssl ca` on a web server, and
 * `openssl ocsp`, all on loopback, which the person's own authority may name. Fetching is the platform's.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { databaseOpener } from "../../../src/background/database.js";
import { EvidenceDesk } from "../../../src/background/network/evidence-desk.js";
import type { Manner } from "../../../src/background/network/evidence-session.js";
import { defaultSettings } from "../../../src/background/settings.js";
import { type Bytes, type InspectContext, defaultReadPolicy, inspect } from "../../../src/engine/index.js";
import type { Settings } from "../../../src/protocol/messages.js";
import { Disk } from "../../helpers/background.js";
import { EvidenceServer } from "../../helpers/evidence-server.js";
import { RevokingAuthority, freePort } from "../../helpers/revoking-authority.js";

let server: EvidenceServer;
let authority: RevokingAuthority;
const messages = new Map<string, Buffer>();

before(async () => {
  [server, authority] = await Promise.all([EvidenceServer.start(), RevokingAuthority.make()]);
  const responder = await freePort();
  const crl = server.url("/ca.crl");
  const ocsp = `http://127.0.0.1:${responder}/`;
  await authority.issue("good", { crl });
  await authority.issue("revoked", { crl });
  await authority.issue("both", { crl, ocsp: server.url("/ocsp") });
  await authority.issue("ocspgood", { ocsp });
  await authority.issue("ocsprevoked", { ocsp });
  await authority.issueLink("link");
  await authority.issue("below", { issuer: "http://ca.example.org/link.p7c" }, "link");
  for (const name of ["revoked", "ocsprevoked"]) await authority.revoke(name);
  await authority.respond(responder);
  for (const name of ["good", "revoked", "both", "ocspgood", "ocsprevoked", "below"])
    messages.set(name, await authority.signed(name, "The offer stands."));
});
after(async () => {
  await server.stop();
  await authority.remove();
});
afterEach(() => {
  server.asked.length = 0;
});

/** One life of the background over a disk, as far as evidence goes. */
class World {
  readonly disk: Disk;
  readonly settings: { revocation: Settings["revocation"] } = { revocation: "crl" };
  /** has the person added the authority? Else it is one of the built-in ones. */
  isOwn = true;
  allowed = true;
  online = true;
  late = 0;
  resolve: ((host: string) => Promise<readonly string[]>) | undefined;
  fetch: typeof fetch = fetch;
  readonly desk: EvidenceDesk;

  constructor(disk = new Disk()) {
    this.disk = disk;
    // Certificates are of today.
    if (disk.time.getTime() < Date.now()) disk.time = new Date();
    this.desk = new EvidenceDesk(
      {
        fetch: (url, options) => this.fetch(url, options),
        isAllowed: async () => this.allowed,
        isOnline: () => this.online,
        resolve: async (host) => {
          if (this.resolve === undefined) throw new Error("nobody looks names up here");
          return this.resolve(host);
        },
      },
      {
        database: databaseOpener(disk.name),
        now: () => disk.time,
        settings: async () => ({ ...defaultSettings, ...this.settings }),
        anchors: async () => (this.isOwn ? [await authority.certificate("ca")] : []),
      },
    );
    this.desk.onLate(() => this.late++);
  }

  async judge(
    raw: Buffer | Bytes,
    manner: Manner = "wait",
    how: { readonly issuers?: "ask"; readonly more?: Partial<InspectContext> } = {},
  ) {
    const session = await this.desk.session(manner, how.issuers);
    const { verdict } = await inspect(new Uint8Array(raw), {
      ...{ identities: [], anchors: [await authority.certificate("ca")], known: [] },
      ...{ policy: defaultReadPolicy, time: this.disk.time, evidence: session },
      ...how.more,
    });
    const [layer] = verdict.layers;
    const [signature] = layer?.kind === "signed" ? layer.signatures : [];
    const revocation = signature !== undefined && "revocation" in signature ? signature.revocation : null;
    const codes =
      signature !== undefined && "faults" in signature ? signature.faults.map(({ code }) => code) : [];
    return { state: verdict.summary.state, revocation: revocation?.[0], codes, session };
  }

  of(name: string, manner: Manner = "wait") {
    return this.judge(messages.get(name)!, manner);
  }
}

test("a certificate on its authority's list is told as revoked, one that is not as good (RFC 5280 §6.3)", async () => {
  server.give("/ca.crl", await authority.crl(), "application/pkix-crl");
  const world = new World();
  const revoked = await world.of("revoked");
  assert.equal(revoked.state, "7r");
  const good = await world.of("good");
  assert.equal(good.state, "2");
  assert.deepEqual([good.revocation?.status, good.revocation?.source], ["good", "crl"]);
  // One list says it of everybody: that is what it tells its authority less by.
  assert.equal(server.count("/ca.crl"), 1);
});

test("`openssl ocsp` is asked where the person allows it and no list says it (RFC 6960)", async () => {
  const world = new World();
  world.settings.revocation = "crl-and-ocsp";
  assert.equal((await world.of("ocsprevoked")).state, "7r");
  const good = await world.of("ocspgood");
  assert.deepEqual([good.state, good.revocation?.status, good.revocation?.source], ["2", "good", "ocsp"]);
});

test("without that choice OCSP is not asked, and nothing is called good for it", async () => {
  const world = new World();
  const { state, revocation } = await world.of("ocsprevoked");
  assert.equal(state, "2");
  assert.notEqual(revocation?.status, "good");
});

test("a list comes before OCSP: where it answers, the certificate is not named to anybody", async () => {
  server.give("/ca.crl", await authority.crl());
  const world = new World();
  world.settings.revocation = "crl-and-ocsp";
  assert.equal((await world.of("both")).revocation?.source, "crl");
  const again = new World();
  again.settings.revocation = "crl-and-ocsp";
  const first = await again.of("both", "later");
  await first.session.pending;
  assert.equal((await again.of("both", "later")).revocation?.source, "crl");
  assert.deepEqual(new Set(server.asked.map(({ path }) => path)), new Set(["/ca.crl"]));
});

test("never means never: no request", async () => {
  server.give("/ca.crl", await authority.crl());
  const world = new World();
  world.settings.revocation = "never";
  const { state, revocation } = await world.of("revoked");
  assert.equal(state, "2");
  assert.notEqual(revocation?.status, "good");
  assert.deepEqual(server.asked, []);
});

test("a signer whom no accepted authority vouches for chose the URL: nobody is asked", async () => {
  server.give("/ca.crl", await authority.crl());
  const world = new World();
  const { state } = await world.judge(messages.get("revoked")!, "wait", { more: { anchors: [] } });
  assert.equal(state, "5");
  assert.deepEqual(server.asked, []);
});

test("content that was changed asks nobody: a path that holds is not enough of a reason", async () => {
  server.give("/ca.crl", await authority.crl());
  const raw = messages.get("revoked")!.toString("latin1").replace("The offer stands", "The offer fell");
  assert.equal((await new World().judge(Buffer.from(raw, "latin1"))).state, "7");
  assert.deepEqual(server.asked, []);
});

test("loopback is asked for the person's own authority only", async () => {
  server.give("/ca.crl", await authority.crl());
  const world = new World();
  world.isOwn = false;
  const { revocation } = await world.of("revoked");
  assert.notEqual(revocation?.status, "good");
  assert.deepEqual(server.asked, []);
});

test("without the browser's permission, or offline, nobody is asked", async () => {
  const world = new World();
  world.allowed = false;
  await world.of("revoked");
  world.allowed = true;
  world.online = false;
  await world.of("revoked");
  assert.deepEqual(server.asked, []);
  // Neither is a failure that would have to be waited for.
  world.online = true;
  server.give("/ca.crl", await authority.crl());
  assert.equal((await world.of("revoked")).state, "7r");
});

test("a public name with a private address is not asked, where the browser tells addresses", async () => {
  await authority.issue("rebound", { crl: "http://crl.example.org/ca.crl" });
  const message = await authority.signed("rebound", "x");
  const world = new World();
  world.isOwn = false;
  const asked: string[] = [];
  world.fetch = async (url) => {
    asked.push(url as string);
    return new Response(await authority.crl());
  };
  world.resolve = async () => ["93.184.216.34", "10.0.0.1"];
  assert.notEqual((await world.judge(message)).revocation?.status, "good");
  assert.deepEqual(asked, []);
  const elsewhere = new World();
  elsewhere.isOwn = false;
  elsewhere.fetch = world.fetch;
  elsewhere.resolve = async () => ["93.184.216.34"];
  assert.equal((await elsewhere.judge(message)).revocation?.status, "good");
  assert.deepEqual(asked, ["http://crl.example.org/ca.crl"]);
});

// ------------------------------------------------------------------ sources that fail

const failures: Readonly<Record<string, () => void>> = {
  "an error of the server": () => server.on("/ca.crl", (response) => response.writeHead(500).end()),
  "a page of a portal": () => server.give("/ca.crl", "<html>Please log in</html>", "text/html"),
  "a redirect": () =>
    server.on("/ca.crl", (response) => response.writeHead(302, { location: "/other" }).end()),
  "half a list": () =>
    server.on("/ca.crl", (response) => {
      response.writeHead(200, { "content-length": "500" });
      response.write(Buffer.from([0x30, 0x82]), () => response.destroy());
    }),
};

for (const [name, fail] of Object.entries(failures)) {
  test(`${name} is “could not check”: not good where an answer is required, and not asked again at once`, async () => {
    fail();
    const world = new World();
    const { state, revocation } = await world.of("good");
    assert.deepEqual([state, revocation?.status], ["2", "unknown"]);
    const required = await world.judge(messages.get("good")!, "wait", { more: { revocation: "required" } });
    assert.equal(required.state, "6");
    assert.equal(server.count("/ca.crl"), 1);
    assert.equal(server.count("/other"), 0);
    // After a while it is.
    world.disk.time = new Date(world.disk.time.getTime() + 61_000);
    server.give("/ca.crl", await authority.crl());
    assert.equal((await world.of("good")).revocation?.status, "good");
  });
}

test("each failure in a row is waited for longer", async () => {
  failures["an error of the server"]!();
  const world = new World();
  const askedAfter = async (minutes: number): Promise<number> => {
    world.disk.time = new Date(world.disk.time.getTime() + minutes * 60_000 + 1_000);
    await world.of("good");
    return server.count("/ca.crl");
  };
  assert.equal(await askedAfter(0), 1);
  assert.equal(await askedAfter(1), 2);
  assert.equal(await askedAfter(1), 2);
  assert.equal(await askedAfter(1), 3);
});

test("a list that is outdated proves nothing, and is not fetched at every message (RFC 5280 §6.3.3)", async () => {
  const world = new World();
  server.give("/ca.crl", await authority.crl(60));
  world.disk.time = new Date(world.disk.time.getTime() + 3600_000);
  assert.notEqual((await world.of("good")).revocation?.status, "good");
  await world.of("good");
  assert.equal(server.count("/ca.crl"), 1);
});

test("a server that hangs holds up nobody: “could not check” after three seconds, and a badge not at all", async () => {
  server.on("/ca.crl", () => undefined);
  const waiting = new World();
  const { state, revocation } = await waiting.of("good");
  assert.deepEqual([state, revocation?.status], ["2", "unknown"]);
  const badge = new World();
  const first = await badge.of("good", "later");
  assert.equal(first.state, "2");
  assert.notEqual(first.revocation?.status, "good");
  await first.session.pending;
  const second = await badge.of("good", "later");
  // Nobody waits a second time for the same.
  assert.equal(second.session.pending, null);
  assert.notEqual(second.revocation?.status, "good");
});

test("what comes after three seconds is kept, and said", async () => {
  const list = await authority.crl();
  server.on("/ca.crl", (response) => void setTimeout(() => response.end(list), 3_200));
  const world = new World();
  const came = new Promise<void>((resolve) => world.desk.onLate(resolve));
  assert.equal((await world.of("revoked")).state, "2");
  await came;
  assert.equal((await world.of("revoked")).state, "7r");
  assert.equal(server.count("/ca.crl"), 1);
});

// ------------------------------------------------------------------ kept

test("a badge is judged at once, and again with what came", async () => {
  server.give("/ca.crl", await authority.crl());
  const world = new World();
  const first = await world.of("revoked", "later");
  assert.equal(first.state, "2");
  await first.session.pending;
  const second = await world.of("revoked", "later");
  assert.deepEqual([second.state, second.session.pending], ["7r", null]);
});

test("what was fetched outlives the background, until it is outdated; then the older serves while none is newer", async () => {
  server.give("/ca.crl", await authority.crl());
  const disk = new Disk();
  await new World(disk).of("revoked");
  const later = new World(disk);
  assert.equal((await later.of("revoked")).state, "7r");
  assert.equal(server.count("/ca.crl"), 1);
  // nextUpdate of the list is a day away; after that it is asked for anew.
  disk.time = new Date(disk.time.getTime() + 23 * 3600_000);
  await later.of("good");
  assert.equal(server.count("/ca.crl"), 1);
  server.give("/ca.crl", await authority.crl(10 * 86_400));
  disk.time = new Date(disk.time.getTime() + 2 * 3600_000);
  await later.of("good");
  assert.equal(server.count("/ca.crl"), 2);
  // A list for ten days is asked for each day; where that fails, it still is a proof.
  failures["an error of the server"]!();
  disk.time = new Date(disk.time.getTime() + 25 * 3600_000);
  assert.equal((await later.of("revoked")).state, "7r");
  assert.equal(server.count("/ca.crl"), 3);
});

test("who turns asking off is not reminded of whom was asked", async () => {
  server.give("/ca.crl", await authority.crl());
  const world = new World();
  await world.of("revoked");
  world.settings.revocation = "never";
  await world.desk.settingsChanged();
  const database = await databaseOpener(world.disk.name)();
  assert.deepEqual([await database.count("evidence"), await database.count("evidenceOctets")], [0, 0]);
});

// ------------------------------------------------------------------ missing issuers

test("a missing issuer is looked for on a click only, and kept (RFC 5280 §4.2.2.1)", async () => {
  const world = new World();
  const asked: string[] = [];
  world.fetch = async (url) => {
    asked.push(url as string);
    return new Response(await authority.p7c("link"));
  };
  const message = messages.get("below")!;
  const before = await world.judge(message);
  assert.equal(before.state, "5");
  assert.deepEqual([before.session.issuerHosts, asked], [["ca.example.org"], []]);
  const click = await world.judge(message, "wait", { issuers: "ask" });
  assert.deepEqual([click.state, asked], ["2", ["http://ca.example.org/link.p7c"]]);
  assert.equal((await world.judge(message)).state, "2");
  assert.equal(asked.length, 1);
});

test("a missing issuer comes as DER, PEM or .p7c; anything else is none, and can be tried again by a click", async () => {
  const forms = [authority.der("link"), authority.read("link.pem"), authority.p7c("link")];
  for (const form of await Promise.all(forms)) {
    const world = new World();
    world.fetch = async () => new Response("<html>gone</html>");
    const message = messages.get("below")!;
    const failed = await world.judge(message, "wait", { issuers: "ask" });
    assert.deepEqual([failed.state, failed.session.issuerHosts], ["5", ["ca.example.org"]]);
    world.fetch = async () => new Response(form);
    assert.equal((await world.judge(message, "wait", { issuers: "ask" })).state, "2");
  }
});

test("a click asks no private host either: no anchor vouches for who wrote the address", async () => {
  await authority.issue("lured", { issuer: server.url("/router") }, "link");
  const world = new World();
  const message = await authority.signed("lured", "x");
  const { state, session } = await world.judge(message, "wait", { issuers: "ask" });
  assert.deepEqual([state, session.issuerHosts], ["5", []]);
  assert.deepEqual(server.asked, []);
});
