/**
 * A key can be made so that one value of a signature holds for two letters (duplicate signatures: Stern,
 * Pointcheval, Malone-Lee, Smart, CRYPTO 2002). Whoever had the harmless one recorded could bring the other
 * out after the certificate was withdrawn. Our record is of what was signed, not of the value.
 */
import assert from "node:assert/strict";
import { createHash, createPrivateKey } from "node:crypto";
import { test } from "node:test";
import { p256 } from "@noble/curves/nist.js";
import { sequence, setOf, encode } from "../../../src/engine/base/der-writer.js";
import { type Bytes, inspect } from "../../../src/engine/index.js";
import { forgeChain, letterBy } from "../../helpers/forge-chain.js";
import { honestAttributes } from "../../helpers/forge-signed-data.js";
import { lunch, testContext } from "../../helpers/inspecting.js";

const { Fn } = p256.Point;
const sha256 = (octets: Bytes): Bytes => new Uint8Array(createHash("sha256").update(octets).digest());
const number = (octets: Bytes): bigint => BigInt(`0x${Buffer.from(octets).toString("hex")}`);
const octets = (value: bigint): Bytes =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(64, "0"), "hex"));

/** INTEGER */
function integer(value: bigint): Bytes {
  const bare = octets(value);
  const from = bare.findIndex((octet) => octet !== 0);
  const rest = bare.subarray(from);
  return encode(0x02, rest[0]! >= 0x80 ? Uint8Array.of(0, ...rest) : rest);
}

/** R and −R have the same abscissa: s·k = h₁ + r·d and −s·k = h₂ + r·d give d = −(h₁ + h₂) / 2r. */
function twofold(first: Bytes, second: Bytes) {
  const [h1, h2] = [first, second].map((one) => Fn.create(number(sha256(one)))) as [bigint, bigint];
  const k = 0x1234567890abcdefn;
  const r = Fn.create(p256.Point.BASE.multiply(k).toAffine().x);
  const d = Fn.neg(Fn.div(Fn.add(h1, h2), Fn.mul(2n, r)));
  const s = Fn.div(Fn.add(h1, Fn.mul(r, d)), k);
  const { x, y } = p256.Point.BASE.multiply(d).toAffine();
  const [jwkX, jwkY, jwkD] = [x, y, d].map((one) => Buffer.from(octets(one)).toString("base64url"));
  const jwk = { kty: "EC", crv: "P-256", x: jwkX!, y: jwkY!, d: jwkD! };
  return { key: createPrivateKey({ format: "jwk", key: jwk }), signature: sequence(integer(r), integer(s)) };
}

test("one value of a signature that holds for two letters proves the time of the one that was seen alone", async () => {
  const harmless = lunch;
  const harmful = lunch.replace("noon", "once: pay the bill");
  assert.notEqual(harmless, harmful);
  const covered = (content: string): Bytes => setOf(honestAttributes(content));
  const { key, signature } = twofold(covered(harmless), covered(harmful));
  const chain = await forgeChain({ person: { key, to: "2026-07-01" } });
  const [seen, held] = [harmless, harmful].map((content) => letterBy([chain], content, { signature })) as [
    Bytes,
    Bytes,
  ];
  const judge = async (raw: Bytes, time: string, records: readonly Bytes[] = []) =>
    inspect(
      raw,
      await testContext({
        ...{ anchors: [chain.root.certificate], time: new Date(time) },
        records: records.map((octetsOf) => ({
          covered: Buffer.from(sha256(octetsOf)).toString("hex"),
          signer: chain.person.certificate.fingerprint,
          time: "2026-06-01T00:00:00.000Z",
        })),
      }),
    );
  // Both hold while the certificate does.
  const first = await judge(seen, "2026-06-01");
  assert.equal(first.verdict.summary.state, "2");
  assert.deepEqual(first.sighting?.covered, covered(harmless));
  assert.equal((await judge(held, "2026-06-01")).verdict.summary.state, "2");
  const record = [first.sighting!.covered];
  assert.equal((await judge(seen, "2027-01-01", record)).verdict.summary.state, "2c");
  assert.equal((await judge(held, "2027-01-01", record)).verdict.summary.state, "6");
  assert.equal((await judge(held, "2027-01-01", [covered(harmful)])).verdict.summary.state, "2c");
});
