/** The engine's questions for evidence, from a real worker thread to a source here and back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EngineHost } from "../../../src/background/engine/engine-host.js";
import type { StoredAnswer, StoredSource } from "../../../src/background/engine/job-evidence.js";
import { type Bytes, type InspectContext, defaultReadPolicy } from "../../../src/engine/index.js";
import { startThreads } from "../../helpers/engines.js";
import { RevokingAuthority } from "../../helpers/revoking-authority.js";

let authority: RevokingAuthority;
let message: Bytes;
let list: Bytes;
const hosts: EngineHost[] = [];

before(async () => {
  authority = await RevokingAuthority.make();
  await authority.issue("revoked", { crl: "http://crl.example.org/ca.crl" });
  await authority.revoke("revoked");
  list = await authority.crl();
  message = new Uint8Array(await authority.signed("revoked", "The offer stands."));
});
after(async () => {
  for (const host of hosts) host.end();
  await authority.remove();
});

function engine(): EngineHost {
  const host = new EngineHost(startThreads());
  hosts.push(host);
  return host;
}

async function judge(host: EngineHost, evidence: InspectContext["evidence"]): Promise<string> {
  const { verdict } = await host.inspect(message.slice(), {
    ...{ identities: [], anchors: [await authority.certificate("ca")], known: [], time: new Date() },
    ...{ policy: defaultReadPolicy, ...(evidence && { evidence }) },
  });
  return verdict.summary.state;
}

const nothing = async () => ({ kind: "not-asked" }) as const;

/** Answers by name, and counts how often octets are read. */
class Shelf implements StoredSource {
  reads = 0;
  questions: string[] = [];
  readonly #answer: () => Promise<StoredAnswer>;
  readonly crls = nothing;
  readonly ocspResponse = nothing;
  readonly issuers = nothing;

  constructor(answer?: () => Promise<StoredAnswer>) {
    const octets = async (): Promise<Bytes> => {
      this.reads++;
      return list.slice();
    };
    const evidence = [{ name: "the list", fetchedAt: Date.now(), octets }];
    this.#answer = answer ?? (async () => ({ kind: "found", evidence }));
  }

  readonly stored: StoredSource["stored"] = async ({ of, ask }) => {
    this.questions.push(`${of} ${ask.urls.join(" ")}`);
    return of === "crls" ? this.#answer() : { kind: "not-asked" };
  };
}

test("a question crosses with what it is about, and its answer decides the verdict", async () => {
  const shelf = new Shelf();
  assert.equal(await judge(engine(), shelf), "7r");
  assert.deepEqual(shelf.questions, ["crls http://crl.example.org/ca.crl"]);
});

test("a plain source serves as well, and keeps its octets", async () => {
  const bytes = list.slice();
  const crls = async () => ({ kind: "found", evidence: [{ bytes, fetchedAt: Date.now() }] }) as const;
  assert.equal(await judge(engine(), { crls, ocspResponse: nothing, issuers: nothing }), "7r");
  assert.equal(bytes.length, list.length);
});

test("what a worker holds does not cross again: megabytes are read once", async () => {
  const [host, shelf] = [engine(), new Shelf()];
  for (let time = 0; time < 3; time++) assert.equal(await judge(host, shelf), "7r");
  assert.deepEqual([shelf.questions.length, shelf.reads], [3, 1]);
});

test("a source that throws, or whose octets are gone, is “could not check”, never a job that hangs", async () => {
  const broken = new Shelf(() => Promise.reject(new Error("a bug")));
  assert.equal(await judge(engine(), broken), "2");
  const evidence = [{ name: "gone", fetchedAt: 0, octets: async () => null }];
  assert.equal(await judge(engine(), new Shelf(async () => ({ kind: "found", evidence }))), "2");
});

test("a job without a source asks nobody", async () => {
  assert.equal(await judge(engine(), undefined), "2");
});
