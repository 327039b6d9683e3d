/** Certificates in the DNS: what BIND publishes and signs, read through our own validation from the root down. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fromHex } from "../../src/engine/base/bytes.js";
import type { DelegationSigner } from "../../src/engine/dns/dnssec-records.js";
import { buildQuery, parseMessage } from "../../src/engine/dns/dns-message.js";
import { type DnsName, parseName } from "../../src/engine/dns/dns-name.js";
import { resolveSecurely } from "../../src/engine/dns/resolve-securely.js";
import { type SmimeaAnswer, lookUpSmimea, smimeaName } from "../../src/engine/dns/smimea.js";
import { BudgetExceededError, type Bytes, MalformedError } from "../../src/engine/index.js";
import { Question, dnssecLookUp } from "@relaycorp/dnssec";
import { type Bind, startBind } from "../helpers/bind.js";

const time = Date.UTC(2026, 5, 1);
let bind: Bind;
let anchors: readonly DelegationSigner[];

/** a record of alice's with four octets of data */
const published = async (domain: string, data: string): Promise<string> =>
  `${(await smimeaName("alice", domain)).join(".")}. IN SMIMEA 3 0 0 ${data}\ntext.${domain}. IN TXT "one"`;

before(async () => {
  bind = await startBind([
    { name: "", algorithm: "RSASHA256" },
    { name: "test", algorithm: "ECDSAP256SHA256", denial: "nsec3" },
    { name: "loose", algorithm: "ED25519", denial: "nsec3-opt-out" },
    { name: "plain.loose", algorithm: null, records: [await published("plain.loose", "01020304")] },
    { name: "ed25519.test", algorithm: "ED25519", records: [await published("ed25519.test", "01020304")] },
    {
      ...{ name: "p384.test", algorithm: "ECDSAP384SHA384", denial: "nsec3" },
      records: [await published("p384.test", "01020304")],
    },
    {
      ...{ name: "rsa.test", algorithm: "RSASHA512" },
      records: [
        "*._smimecert.rsa.test. IN SMIMEA 3 0 0 05060708",
        "_smimecert.alias.rsa.test. IN DNAME _smimecert.ed25519.test.",
      ],
    },
    { name: "plain.test", algorithm: null, records: [await published("plain.test", "01020304")] },
    {
      ...{ name: "wrong.test", algorithm: "ED25519", delegation: "wrong" },
      records: [await published("wrong.test", "01020304")],
    },
    {
      ...{ name: "old.test", algorithm: "ED25519", valid: ["20250101", "20250201"] },
      records: [await published("old.test", "01020304")],
    },
    { name: "undelegated.test", algorithm: "ED25519", delegation: "none" },
  ]);
  const { keyTag, algorithm, digest } = bind.rootSigner;
  anchors = [{ keyTag, algorithm, digestType: 2, digest: fromHex(digest.toLowerCase()) }];
});
after(() => bind.stop());

const lookUp = async (
  local: string,
  domain: string,
  change: (answer: Bytes, index: number) => Bytes = (answer) => answer,
): Promise<SmimeaAnswer> => {
  let count = 0;
  const exchange = async (query: Bytes): Promise<Bytes> => change(await bind.exchange(query), count++);
  return (await lookUpSmimea(local, domain, { exchange, anchors, time })).answer;
};

const found = (data: string): SmimeaAnswer => ({
  status: "found",
  records: [{ usage: "DANE-EE", selector: "certificate", matching: "full", data: fromHex(data) }],
});

for (const domain of ["ed25519.test", "p384.test"]) {
  test(`a signed certificate is found, and that there is none is proven: ${domain} (RFC 8162 §3, RFC 4035 §5)`, async () => {
    assert.deepEqual(await lookUp("alice", domain), found("01020304"));
    assert.deepEqual(await lookUp("bob", domain), { status: "none" });
  });
}

test("an answer out of a wildcard counts where nothing nearer is proven to be (RFC 4035 §5.3.4)", async () => {
  assert.deepEqual(await lookUp("anybody", "rsa.test"), found("05060708"));
});

test("an alias for a whole subtree is followed (RFC 6672)", async () => {
  assert.deepEqual(await lookUp("alice", "alias.rsa.test"), found("01020304"));
});

test("what an unsigned domain publishes is not believed (RFC 8162 §6, RFC 4035 §4.3)", async () => {
  for (const domain of ["plain.test", "plain.loose", "undelegated.test"])
    assert.deepEqual(await lookUp("alice", domain), { status: "unsigned-domain" }, domain);
});

test("a domain that does not exist publishes nothing, and that is proven", async () => {
  assert.deepEqual(await lookUp("alice", "nowhere.test"), { status: "none" });
  assert.deepEqual(await lookUp("alice", "nowhere.invalid"), { status: "none" });
});

test("a key that the parent does not name, and signatures out of date, prove nothing (RFC 4035 §5.2, §5.3.1)", async () => {
  for (const domain of ["wrong.test", "old.test"])
    assert.equal((await lookUp("alice", domain)).status, "not-proven", domain);
});

test("other root keys than those believed in prove nothing", async () => {
  const other = anchors.map((anchor) => ({ ...anchor, digest: anchor.digest.map((octet) => octet ^ 1) }));
  const source = { exchange: bind.exchange, anchors: other as never, time };
  assert.equal((await lookUpSmimea("alice", "ed25519.test", source)).answer.status, "not-proven");
});

test("whichever octet of an answer is changed, no other certificate comes out, and none is denied", async () => {
  const right = JSON.stringify(found("01020304"));
  for (let at = 12; at < 1_200; at += 7) {
    for (const index of [0, 1, 2, 4]) {
      const change = (answer: Bytes, asked: number): Bytes => {
        const copy = answer.slice();
        if (asked === index && at < copy.length) copy[at]! ^= 0x41;
        return copy;
      };
      const answer = await lookUp("alice", "ed25519.test", change).catch((error: unknown) => error);
      if (answer instanceof Error) assert.match(answer.name, /^(MalformedError|BudgetExceededError)$/);
      else if (JSON.stringify(answer) !== right) {
        const { status } = answer as SmimeaAnswer;
        assert.equal(status, "not-proven", `octet ${at} of answer ${index}`);
      }
    }
  }
});

test("an answer without its signatures is not proven, even where only the certificate is left", async () => {
  const other = await bind.exchange(new Uint8Array(await dropped()));
  assert.equal((await lookUp("alice", "ed25519.test", () => other)).status, "not-proven");
});

/** Both validators over the same name server; the other one knows no SMIMEA, so both are asked for a text. */
async function verdicts(domain: string, change: (answer: Bytes, question: string) => Bytes = (same) => same) {
  const name = parseName(`text.${domain}`);
  const wire = async (asked: DnsName, type: number) =>
    change(await bind.exchange(buildQuery(asked, type)), `${asked.join(".")} ${type}`);
  const ask = async (asked: DnsName, type: number) => parseMessage(await wire(asked, type));
  const ours = await resolveSecurely(name, 16, { ask, anchors, time }).catch((error: unknown) => {
    if (error instanceof MalformedError || error instanceof BudgetExceededError) return { status: "bogus" };
    throw error;
  });
  const theirs = await dnssecLookUp(
    new Question(`text.${domain}.`, "TXT"),
    async (question) => Buffer.from(await wire(parseName(question.name), question.typeId)),
    {
      dateOrPeriod: new Date(time),
      trustAnchors: anchors.map((anchor) => ({ ...anchor, digest: Buffer.from(anchor.digest) })),
    },
  ).catch((error: unknown) => ({ status: String(error) }));
  return { ours: ours.status, theirs: theirs.status };
}

test("another validator believes what we believe, and nothing that we do not (@relaycorp/dnssec)", async () => {
  for (const domain of ["ed25519.test", "p384.test", "wrong.test", "old.test"]) {
    const { ours, theirs } = await verdicts(domain);
    assert.equal(theirs, ours.toUpperCase(), domain);
  }
  // It reads no proofs of absence, so it has no verdict about domains that are not signed.
  for (const domain of ["plain.test", "plain.loose"]) {
    const { ours, theirs } = await verdicts(domain);
    assert.equal(ours, "insecure", domain);
    assert.notEqual(theirs, "SECURE", domain);
  }
});

test("whichever octet is changed, we believe nothing that the other validator judges wrong (@relaycorp/dnssec)", async () => {
  const stricter: string[] = [];
  let count = 0;
  for (const question of ["text.ed25519.test 16", "ed25519.test 48", "ed25519.test 43", " 48"]) {
    for (let at = 12; at < 700; at += 3) {
      let applied = false;
      const { ours, theirs } = await verdicts("ed25519.test", (answer, asked) => {
        if (asked !== question || at >= answer.length) return answer;
        applied = true;
        return answer.map((octet, index) => (index === at ? octet ^ 0x21 : octet));
      });
      if (!applied) break;
      count++;
      const where = `${question} at ${at}: ${ours}, ${theirs}`;
      // Beside verdicts it has errors: about differing TTLs, which we leave aside, and sections that we do not read.
      if (ours === "secure")
        assert.match(theirs, /^SECURE$|^DnsError: (RRset for .* different TTLs|Message|RR type)/, where);
      else if (theirs === "SECURE") stricter.push(where);
    }
  }
  assert.ok(count > 300, String(count));
  // Where a class or a name that is not signed was changed, we take the record for none of ours.
  assert.ok(stricter.length < 10, stricter.join("\n"));
});

/** the same question without DO, so that BIND leaves the signatures out */
async function dropped(): Promise<Bytes> {
  const query = buildQuery(await smimeaName("alice", "ed25519.test"), 53).slice();
  // DO is the first bit of the octet before the last but one of the OPT's fixed part.
  query[query.findIndex((octet, at) => octet === 41 && query[at + 1] === 0x10 && query[at + 2] === 0) + 5] =
    0;
  return query;
}
