/**
 * `inspect(protect(m))` gives `m` back: for any bytes that a composer may give, any set of recipients, any form, any
 * key. What is compared is what a person gets: the tree of parts, and of each leaf the decoded octets. The seed is
 * fixed so that a red run can be run again; SIGNET_FUZZ_SEED and SIGNET_FUZZ_RUNS look elsewhere, and longer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Budget } from "../../src/engine/base/budget.js";
import { contentType } from "../../src/engine/mime/content-type.js";
import { type Entity, body, parseEntity } from "../../src/engine/mime/entity.js";
import { splitMultipart } from "../../src/engine/mime/multipart.js";
import { decodeBody } from "../../src/engine/mime/transfer-encoding.js";
import {
  type Bytes,
  type Identity,
  type Recipient,
  emailAddresses,
  inspect,
  ownCapabilities,
} from "../../src/engine/index.js";
import { testContext, testIdentity } from "../helpers/inspecting.js";
import { type Leaf, type Tree, draftOf, tree } from "../helpers/drafts.js";
import { protectAs } from "../helpers/protecting.js";
import { people } from "./targets/people.js";

const seed = Number(process.env["SIGNET_FUZZ_SEED"] ?? 5652);
const numRuns = Number(process.env["SIGNET_FUZZ_RUNS"] ?? 150);

const signers = [
  ...["alice-rsa", "alice-p256", "carol-p384", "dave-p521", "erin-ed25519", "big-rsa4096"],
  ...["frank-bp256", "grace-bp384", "heidi-bp512", "ivan-ed448", "judy-pss"],
];
/** her key is of the fuzz targets' people: OpenSSL 3.0 makes none of its kind */
const vera = "vera-mlkem768";
const readers = [
  ...["alice-rsa", "bob-p256", "carol-p384", "dave-p521", "big-rsa4096", vera],
  ...["frank-bp256", "grace-bp384", "heidi-bp512", "kim-x25519", "lee-x448"],
];

const way = fc.record({
  sign: fc.boolean(),
  encrypt: fc.boolean(),
  form: fc.constantFrom("clear-signed" as const, "opaque-signed" as const),
  purpose: fc.constantFrom("send" as const, "submit" as const, "store" as const),
  authenticatedEncryption: fc.constantFrom("when-all-can" as const, "always" as const),
  rsaSignature: fc.constantFrom("pkcs1" as const, "pss" as const),
});

const letter = fc.record({
  tree,
  way: way.filter(({ sign, encrypt }) => sign || encrypt),
  as: fc.constantFrom(...signers),
  to: fc.subarray(readers, { minLength: 1, maxLength: 5 }),
  knownCapabilities: fc.boolean(),
});

test(
  "what was protected is what is read, for any bytes, any recipients, any form",
  { timeout: 540_000 },
  async () => {
    const property = fc.asyncProperty(letter, async ({ tree, way, as, to, knownCapabilities }) => {
      // Only who can read keeps a copy of what he encrypts.
      const sender = way.encrypt && !readers.includes(as) ? "alice-rsa" : as;
      const draft = draftOf(await headOf(sender, to), tree);
      const recipients = await Promise.all(to.map((name) => recipientOf(name, knownCapabilities)));
      const protection = await protectAs({ draft, as: sender, to: recipients, policy: way });
      assert.equal(protection.kind, "protected", JSON.stringify(protection));
      if (protection.kind !== "protected") return;
      const openers = !way.encrypt ? [] : way.purpose === "store" ? [sender] : [sender, ...to];
      for (const reader of openers.length === 0 ? [null] : openers) {
        const identities = reader === null ? [] : [await identityOf(reader)];
        const { verdict, payload } = await inspect(protection.message, await testContext({ identities }));
        const { state, encryption } = verdict.summary;
        assert.equal(state, way.sign ? "2" : "1", JSON.stringify(verdict));
        assert.equal(encryption.startsWith("encrypted"), way.encrypt, JSON.stringify(verdict));
        assert.deepEqual(treeOf(parseEntity(payload.mime, new Budget())), expected(tree));
      }
    });
    await fc.assert(property, { seed, numRuns, includeErrorInReport: true });
  },
);

const theirs = await people();

async function identityOf(name: string): Promise<Identity> {
  return name === vera ? theirs.get(vera)! : testIdentity(name);
}

async function addressOf(name: string): Promise<string> {
  return emailAddresses((await identityOf(name)).certificate)[0]!;
}

async function recipientOf(name: string, knownCapabilities: boolean): Promise<Recipient> {
  const { certificate } = await identityOf(name);
  const capabilities = knownCapabilities ? ownCapabilities(certificate) : null;
  return { address: await addressOf(name), field: "to", certificate, capabilities };
}

async function headOf(sender: string, to: readonly string[]): Promise<string> {
  const addresses = await Promise.all(to.map(addressOf));
  return `From: ${await addressOf(sender)}\r\nTo: ${addresses.join(", ")}\r\nSubject: property\r\n`;
}

// ------------------------------------------------------------------ what a person gets

type Read = { readonly type: string } & ({ readonly octets: string } | { readonly parts: readonly Read[] });

function treeOf(entity: Entity): Read {
  const { value: type } = contentType(entity);
  if (type.startsWith("multipart/")) {
    const { parts, regular } = splitMultipart(entity, contentType(entity), new Budget());
    assert.ok(regular);
    return { type, parts: parts.map(treeOf) };
  }
  if (type === "message/rfc822") return { type, parts: [treeOf(parseEntity(body(entity), new Budget()))] };
  return { type, octets: hex(decodeBody(entity)) };
}

function expected(tree: Tree): Read {
  switch (tree.kind) {
    case "leaf":
      return { type: tree.type, octets: hex(decoded(tree)) };
    case "multipart":
      return { type: tree.type, parts: tree.parts.map(expected) };
    case "letter":
      return { type: "message/rfc822", parts: [expected(tree.content)] };
  }
}

/** Text that was typed has lines, which end in CRLF in mail; files are octets. */
function decoded({ encoding, octets }: Leaf): Bytes {
  if (encoding !== "7bit" && encoding !== "8bit") return octets;
  const lines = Buffer.from(octets)
    .toString("latin1")
    .replace(/(?<!\r)\n/g, "\r\n");
  return new Uint8Array(Buffer.from(lines, "latin1"));
}

function hex(bytes: Bytes): string {
  return Buffer.from(bytes).toString("hex");
}
