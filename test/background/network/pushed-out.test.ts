/**
 * A revocation that is held, and whoever is on the way to the authority (http), who sends something else when
 * it is asked for anew: to forge must not be better for them than to block. Every list and answer is forged,
 * fetched from loopback, kept on a disk and judged as any other.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { databaseOpener } from "../../../src/background/database.js";
import { EngineHost } from "../../../src/background/engine/engine-host.js";
import { EvidenceDesk } from "../../../src/background/network/evidence-desk.js";
import type { Manner } from "../../../src/background/network/evidence-session.js";
import { defaultSettings } from "../../../src/background/settings.js";
import {
  type Bytes,
  type InspectContext,
  type Inspection,
  checkEncryptionCertificate,
  defaultReadPolicy,
  inspect,
} from "../../../src/engine/index.js";
import type { Settings } from "../../../src/protocol/messages.js";
import { Disk } from "../../helpers/background.js";
import { startThreads } from "../../helpers/engines.js";
import { EvidenceServer } from "../../helpers/evidence-server.js";
import {
  type Forged,
  addressed,
  authority,
  forgeCertificate,
  name,
} from "../../helpers/forge-certificate.js";
import { letterBy } from "../../helpers/forge-chain.js";
import {
  type CrlFields,
  type ForgedStatus,
  accessAt,
  crlNumber,
  deltaOf,
  distributionPoints,
  forgeCrl,
  forgeOcsp,
  freshest,
  reason,
} from "../../helpers/forge-revocation.js";

let server: EvidenceServer;
const threads = new EngineHost(startThreads());
before(async () => {
  server = await EvidenceServer.start();
});
after(async () => {
  threads.end();
  await server.stop();
});

type Inspect = (raw: Bytes, context: InspectContext) => Promise<Inspection>;

interface How {
  readonly policy?: "required";
  readonly by?: Inspect;
  readonly setting?: Settings["revocation"];
  readonly manner?: Manner;
}

let worlds = 0;

/** Alice, her authority, a stranger by its name, and one disk; each question is a day and an hour after the last. */
class World {
  readonly disk = new Disk();
  readonly root: Forged;
  readonly person: Forged;
  readonly stranger: Forged;

  private constructor(root: Forged, person: Forged, stranger: Forged) {
    [this.root, this.person, this.stranger] = [root, person, stranger];
    // Each begins at a second of its own: a worker that serves several knows evidence by when it came.
    this.disk.time = new Date(Date.parse("2026-06-20T00:00:00Z") + ++worlds * 1000);
  }

  static async make(): Promise<World> {
    const named = { subject: name("Root"), extensions: [authority] };
    const [root, stranger] = [await forgeCertificate(named), await forgeCertificate(named)];
    const asks = [
      distributionPoints({ urls: [server.url("/ca.crl")] }),
      freshest({ urls: [server.url("/delta.crl")] }),
      accessAt([server.url("/ocsp")]),
    ];
    const extensions = [addressed("alice@example.test"), ...asks];
    const person = await forgeCertificate({ by: root, subject: name("Alice"), extensions });
    for (const path of ["/ca.crl", "/delta.crl", "*"])
      server.on(path, (response) => response.writeHead(404).end());
    return new World(root, person, stranger);
  }

  list(fields: Partial<CrlFields> = {}): Bytes {
    return forgeCrl({ by: this.root, nextUpdate: "2026-08-01", ...fields });
  }

  /** Her certificate is on it. */
  revoking(fields: Partial<CrlFields> = {}, code = 1): Bytes {
    const serial = this.person.certificate.serialNumber;
    return this.list({ listed: [{ serial, at: "2026-06-18", extensions: [reason(code)] }], ...fields });
  }

  answer(status: ForgedStatus, thisUpdate: string, how: { by?: Forged; until?: string } = {}): Bytes {
    const of = this.person.certificate;
    const { by = this.root, until } = how;
    const single = { of, issuer: this.root.certificate, status, thisUpdate };
    const responses = [{ ...single, ...(until !== undefined && { nextUpdate: until }) }];
    return forgeOcsp({ by, responses, producedAt: thisUpdate });
  }

  /** @param said what the authority's place answers from now on */
  async judge(path: string, said: Bytes, how: How = {}) {
    server.give(path, said);
    return this.look(how);
  }

  async look(how: How = {}) {
    const root = this.root.certificate;
    const evidence = await this.#session(how);
    const letter = letterBy([{ root: this.root, intermediate: this.root, person: this.person }]);
    const { verdict } = await (how.by ?? inspect)(letter, {
      ...{ identities: [], anchors: [root], known: [], policy: defaultReadPolicy, time: this.disk.time },
      ...{ evidence, ...(how.policy && { revocation: how.policy }) },
    });
    this.#goOn();
    return verdict.summary.state;
  }

  /** May a letter be encrypted to her? */
  async encrypts(how: How = {}) {
    const evidence = await this.#session(how);
    const result = await checkEncryptionCertificate(this.person.certificate, {
      ...{ anchors: [this.root.certificate], candidates: [], address: null, time: this.disk.time },
      ...{ evidence, ...(how.policy && { revocation: how.policy }) },
    });
    this.#goOn();
    return result.kind === "valid" ? "yes" : result.faults.map(({ code }) => code).join();
  }

  #goOn(): void {
    this.disk.time = new Date(this.disk.time.getTime() + 25 * 3600_000);
  }

  #session(how: How) {
    const desk = new EvidenceDesk(
      { fetch: (url, options) => fetch(url, options), isAllowed: async () => true, isOnline: () => true },
      {
        database: databaseOpener(this.disk.name),
        now: () => this.disk.time,
        settings: async () => ({ ...defaultSettings, revocation: how.setting ?? "crl-and-ocsp" }),
        anchors: async () => [this.root.certificate],
      },
    );
    return desk.session(how.manner ?? "wait");
  }
}

// ------------------------------------------------------------------ lists

const genuine = "2026-06-19";
const attacks: Readonly<Record<string, (world: World, turn: number) => Bytes>> = {
  "a stranger's list, newer than it is": ({ stranger }, turn) =>
    forgeCrl({ by: stranger, thisUpdate: `2026-06-2${turn}` }),
  "the authority's own list from before, still current": (world) => world.list({ thisUpdate: "2026-06-15" }),
  "the authority's own delta, newer than it is": (world, turn) =>
    world.list({ thisUpdate: `2026-06-2${turn}`, extensions: [crlNumber(9), deltaOf(1)] }),
  "no list at all": () => new Uint8Array(100),
};

for (const [what, attack] of Object.entries(attacks)) {
  test(`a list that revokes is not forgotten for ${what} (RFC 5280 §5.1.2.4, §6.3.3)`, async () => {
    const world = await World.make();
    const revoking = world.revoking({ thisUpdate: genuine });
    assert.equal(await world.judge("/ca.crl", revoking), "7r");
    for (let turn = 1; turn <= 3; turn++) {
      assert.equal(await world.judge("/ca.crl", attack(world, turn)), "7r");
      assert.equal(await world.judge("/ca.crl", attack(world, turn), { policy: "required" }), "7r");
    }
    assert.equal(await world.judge("/ca.crl", revoking), "7r");
  });
}

test("nor where the engine works in a worker: what it found genuine is told to who keeps it", async () => {
  const world = await World.make();
  const by: Inspect = (raw, context) => threads.inspect(raw, context);
  assert.equal(await world.judge("/ca.crl", world.revoking({ thisUpdate: genuine }), { by }), "7r");
  for (let turn = 1; turn <= 3; turn++) {
    const forged = forgeCrl({ by: world.stranger, thisUpdate: `2026-06-2${turn}` });
    assert.equal(await world.judge("/ca.crl", forged, { by }), "7r");
  }
});

test("a stranger's list of a later date keeps no genuine one out: what is new is learnt, and a hold is over", async () => {
  const world = await World.make();
  const forged = forgeCrl({ by: world.stranger, thisUpdate: "2026-06-20", nextUpdate: "2030-01-01" });
  assert.equal(await world.judge("/ca.crl", forged, { policy: "required" }), "6");
  assert.equal(await world.judge("/ca.crl", world.list({ thisUpdate: "2026-06-16" })), "2");
  assert.equal(await world.judge("/ca.crl", forged, { policy: "required" }), "2");
  assert.equal(await world.judge("/ca.crl", world.revoking({ thisUpdate: "2026-06-17" }, 6)), "7r");
  assert.equal(await world.judge("/ca.crl", forged), "7r");
  const released = world.list({ thisUpdate: "2026-06-18" });
  assert.equal(await world.judge("/ca.crl", released, { policy: "required" }), "2");
});

test("a delta that revokes is not forgotten for a stranger's or an earlier one; a newer one that releases is believed (RFC 5280 §5.2.4)", async () => {
  const world = await World.make();
  const base = world.list({ thisUpdate: "2026-06-10", extensions: [crlNumber(1)] });
  server.give("/ca.crl", base);
  const delta = (n: number): Partial<CrlFields> => ({
    thisUpdate: `2026-06-1${n}`,
    extensions: [crlNumber(n), deltaOf(1)],
  });
  assert.equal(await world.judge("/delta.crl", world.revoking(delta(5), 6)), "7r");
  for (let turn = 6; turn <= 8; turn++) {
    assert.equal(await world.judge("/delta.crl", world.list({ ...delta(turn), by: world.stranger })), "7r");
    assert.equal(await world.judge("/delta.crl", world.list(delta(4))), "7r");
  }
  assert.equal(await world.judge("/delta.crl", world.revoking(delta(9), 8), { policy: "required" }), "2");
});

test("a delta that revokes is not forgotten when it is outdated and nothing new comes; a hold by one ends with it (RFC 5280 §5.3.1)", async () => {
  for (const [code, expected] of [
    [1, "7r"],
    [6, "2"],
  ] as const) {
    const world = await World.make();
    server.give("/ca.crl", world.list({ thisUpdate: "2026-06-10", extensions: [crlNumber(1)] }));
    const delta = { thisUpdate: genuine, nextUpdate: "2026-06-20T12:00:00Z" };
    const said = world.revoking({ ...delta, extensions: [crlNumber(2), deltaOf(1)] }, code);
    assert.equal(await world.judge("/delta.crl", said), "7r");
    const nothing = new Uint8Array(100);
    assert.equal(await world.judge("/delta.crl", nothing, { policy: "required" }), expected);
  }
});

// ------------------------------------------------------------------ answers

const revokedFor = (code?: number): ForgedStatus => ({
  revokedAt: "2026-06-18",
  ...(code !== undefined && { reason: code }),
});

test("an OCSP answer that revokes is not forgotten for an older “good”, nor for a stranger's (RFC 6960 §3.2)", async () => {
  for (const code of [undefined, 1, 6]) {
    const world = await World.make();
    assert.equal(await world.judge("*", world.answer(revokedFor(code), genuine)), "7r");
    for (let turn = 1; turn <= 3; turn++) {
      assert.equal(
        await world.judge("*", world.answer("good", `2026-06-2${turn}`, { by: world.stranger })),
        "7r",
      );
      assert.equal(await world.judge("*", world.answer("good", "2026-06-18")), "7r");
      // “unknown” is the responder's own word, and takes nothing back (§2.2).
      assert.equal(await world.judge("*", world.answer("unknown", `2026-06-2${turn}`)), "7r");
    }
  }
});

test("a newer “good” of the responder's own ends a hold, and takes no stated revocation back (RFC 5280 §5.3.1)", async () => {
  for (const [code, expected] of [
    [6, "2"],
    [undefined, "2"],
    [1, "7r"],
  ] as const) {
    const world = await World.make();
    assert.equal(await world.judge("*", world.answer(revokedFor(code), genuine)), "7r");
    for (const day of ["2026-06-20", "2026-06-21"])
      assert.equal(await world.judge("*", world.answer("good", day), { policy: "required" }), expected);
  }
});

test("a newer revocation is believed at once, whatever “good” is held", async () => {
  const world = await World.make();
  assert.equal(await world.judge("*", world.answer("good", "2026-06-18"), { policy: "required" }), "2");
  assert.equal(await world.judge("*", world.answer(revokedFor(), genuine)), "7r");
  assert.equal(await world.judge("*", world.answer("good", "2026-06-18")), "7r");
});

test("what an answer told is not forgotten for a list from before it, nor is anybody asked again for that; a newer list ends a hold (RFC 5280 §5.3.1)", async () => {
  for (const by of [inspect, (raw: Bytes, context: InspectContext) => threads.inspect(raw, context)]) {
    for (const [code, expected] of [
      [6, "2"],
      [undefined, "2"],
      [1, "7r"],
    ] as const) {
      const world = await World.make();
      assert.equal(await world.judge("*", world.answer(revokedFor(code), genuine), { by }), "7r");
      const asked = server.asked.filter(({ path }) => path.startsWith("/ocsp")).length;
      for (const day of ["2026-06-15", "2026-06-16"]) {
        const before = world.list({ thisUpdate: day });
        assert.equal(await world.judge("/ca.crl", before, { policy: "required", by }), "7r");
      }
      const later = world.list({ thisUpdate: "2026-06-20" });
      assert.equal(await world.judge("/ca.crl", later, { policy: "required", by }), expected);
      assert.equal(server.asked.filter(({ path }) => path.startsWith("/ocsp")).length, asked);
    }
  }
});

test("a held “good” says nothing against a list, nor does what a stranger answered", async () => {
  const world = await World.make();
  assert.equal(await world.judge("*", world.answer("good", genuine), { policy: "required" }), "2");
  assert.equal(await world.judge("/ca.crl", world.revoking({ thisUpdate: "2026-06-15" })), "7r");
  const other = await World.make();
  const forged = other.answer(revokedFor(1), genuine, { by: other.stranger });
  assert.equal(await other.judge("*", forged, { policy: "required" }), "6");
  assert.equal(
    await other.judge("/ca.crl", other.list({ thisUpdate: "2026-06-15" }), { policy: "required" }),
    "2",
  );
});

const silences: Readonly<Record<string, (world: World) => void>> = {
  "the list is blocked": () => server.give("/ca.crl", new Uint8Array(10)),
  "the list is the one from before, outdated": (world) =>
    server.give("/ca.crl", world.list({ thisUpdate: "2026-06-16", nextUpdate: "2026-06-17" })),
  "a stranger's list comes": ({ stranger }) => server.give("/ca.crl", forgeCrl({ by: stranger })),
};

for (const [what, silence] of Object.entries(silences)) {
  test(`what an answer told counts where lists alone are asked for now and ${what}, for letters that come and that go; a held “good” is no answer (RFC 6960 §3.2)`, async () => {
    const lists = { setting: "crl", policy: "required" } as const;
    for (const [status, expected, mayEncrypt] of [
      [revokedFor(1), "7r", "certificate-revoked"],
      [revokedFor(), "7r", "certificate-revoked"],
      ["good", "6", "revocation-unknown"],
    ] as const) {
      const world = await World.make();
      const first = await world.judge("*", world.answer(status, genuine), { policy: "required" });
      assert.equal(first, status === "good" ? "2" : "7r");
      silence(world);
      const asked = server.asked.filter(({ path }) => path.startsWith("/ocsp")).length;
      for (const by of [inspect, (raw: Bytes, context: InspectContext) => threads.inspect(raw, context)])
        assert.equal(await world.look({ ...lists, by }), expected);
      assert.equal(await world.encrypts(lists), mayEncrypt);
      // Who wants nothing looked at is not reminded of it.
      assert.equal(await world.look({ setting: "never" }), "2");
      assert.equal(await world.encrypts({ setting: "never" }), "yes");
      assert.equal(server.asked.filter(({ path }) => path.startsWith("/ocsp")).length, asked);
    }
  });
}

test("a hold that was told ends with its answer, where lists alone are asked for and none comes (RFC 5280 §5.3.1)", async () => {
  for (const [code, expected] of [
    [1, "7r"],
    [6, "2"],
  ] as const) {
    const world = await World.make();
    const until = "2026-06-22";
    assert.equal(await world.judge("*", world.answer(revokedFor(code), genuine, { until })), "7r");
    assert.equal(await world.look({ setting: "crl" }), "7r");
    assert.equal(await world.look({ setting: "crl" }), expected);
  }
});

test("while a list is on its way what is held of answers speaks: red stays red, good stays good, a stranger's is nothing, and nobody is asked for it (RFC 6960 §3.2)", async () => {
  for (const [status, by, expected, inLists] of [
    [revokedFor(1), "root", "7r", "7r"],
    [revokedFor(), "root", "7r", "7r"],
    ["good", "root", "2", "6"],
    [revokedFor(1), "stranger", "6", "6"],
  ] as const) {
    const world = await World.make();
    await world.judge("*", world.answer(status, genuine, { by: world[by] }));
    server.on("/ca.crl", () => undefined);
    const asked = server.asked.length;
    const how = { manner: "later", policy: "required" } as const;
    assert.equal(await world.look(how), expected);
    assert.equal(await world.look({ ...how, setting: "crl" }), inLists);
    const since = server.asked.slice(asked).map(({ path }) => path);
    assert.deepEqual(
      since.filter((path) => path.startsWith("/ocsp")),
      [],
    );
  }
});
