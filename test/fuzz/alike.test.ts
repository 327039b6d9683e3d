/**
 * Padding and MAC failures look alike from outside, in result and roughly in time (RFC 3218, Bleichenbacher 1998,
 * Manger 2001, Vaudenay 2002): whatever was wrong after the secret key was used, the answer is the same to the last
 * octet. Times are taken in turns over many tries and printed. The bound is far from them, and a machine that stumbles
 * gets two more tries: it sees an early exit, which saves a whole operation, not a cache line; those are what
 * constant-time kernels are for.
 */
import assert from "node:assert/strict";
import { constants, publicEncrypt, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import type { Element } from "../../src/engine/base/der-reader.js";
import { oid } from "../../src/engine/base/oid.js";
import { parseContentInfo } from "../../src/engine/cms-syntax/content-info.js";
import { parseAuthEnvelopedData, parseEnvelopedData } from "../../src/engine/cms-syntax/enveloped-data.js";
import { parseRecipientInfo } from "../../src/engine/cms-syntax/recipient-info.js";
import { type Bytes, type InspectContext, inspect } from "../../src/engine/index.js";
import { lunch, testContext, testIdentity } from "../helpers/inspecting.js";
import { type Way, describeTimes, interleaved, spread } from "../helpers/interleaved.js";
import { cmsEncrypt } from "../helpers/openssl.js";
import { testKeys } from "../helpers/test-keys.js";
import { people } from "./targets/people.js";

const rounds = Number(process.env["SIGNET_TIMING_ROUNDS"] ?? 200);
const widest = 3;
const modulusLength = 256;

interface Broken {
  readonly says: string;
  readonly message: Bytes;
}

// ------------------------------------------------------------------ what is asserted

async function lookAlike(t: TestContext, broken: readonly Broken[], context: InspectContext): Promise<void> {
  const answers = await Promise.all(broken.map(({ message }) => answerTo(message, context)));
  const [first] = answers;
  broken.forEach(({ says }, i) => assert.equal(answers[i], first, says));
  assert.match(first!, /"code":"decryption-failed"/);
  await takeAlike(
    t,
    broken.map(({ says, message }) => ({ says, run: () => inspect(message, context) })),
  );
}

/** Everything that a caller gets, but for the message itself. */
async function answerTo(message: Bytes, context: InspectContext): Promise<string> {
  const { verdict, payload, certificates } = await inspect(message, context);
  assert.deepEqual(payload.mime, message);
  return JSON.stringify({ verdict, certificates });
}

async function takeAlike(t: TestContext, ways: readonly Way[]): Promise<void> {
  await interleaved(ways, 10);
  const tries: string[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const timed = await interleaved(ways, rounds);
    const factor = spread(timed);
    tries.push(`${describeTimes(timed)}: slowest ${factor.toFixed(2)} × fastest, ${rounds} rounds`);
    t.diagnostic(tries.at(-1)!);
    if (factor < widest) return;
  }
  assert.fail(`never alike: ${tries.join("; ")}`);
}

/** Of messages broken by chance, one that does not open: one wrong padding in 256 looks right. */
async function failing(make: () => Bytes, context: InspectContext): Promise<Bytes> {
  for (;;) {
    const message = make();
    if ((await inspect(message, context)).verdict.summary.encryption === "damaged") return message;
  }
}

// ------------------------------------------------------------------ breaking messages in place

interface Places {
  readonly encryptedKey: Bytes;
  /** of a KEM */
  readonly ciphertext: Bytes | null;
  readonly content: Bytes;
  readonly mac: Bytes | null;
}

/** @returns views into `der` */
function placesOf(der: Bytes): Places {
  const { contentType, content } = parseContentInfo(der);
  const parse = contentType === oid.authEnvelopedData ? parseAuthEnvelopedData : parseEnvelopedData;
  const { recipientInfos, encryptedContent, authentication } = parse(content!);
  const [recipient] = parseRecipientInfo(recipientInfos[0] as Element);
  if (recipient === undefined) throw new Error("no recipient");
  const { encryptedKey } = recipient;
  const ciphertext = recipient.kind === "kem" ? recipient.ciphertext : null;
  return { encryptedKey, ciphertext, content: encryptedContent!, mac: authentication?.mac ?? null };
}

/** A copy of the message, changed at one of its places. */
function changed(der: Bytes, change: (places: Places) => void): Bytes {
  const copy = der.slice();
  change(placesOf(copy));
  return copy;
}

function turn(octets: Bytes, at: number): void {
  octets[(at + octets.length) % octets.length]! ^= 1 + (randomBytes(1)[0]! % 255);
}

// ------------------------------------------------------------------ RSA

/** RSA's public operation on a block that no honest program pads. */
async function rawBlock(block: Buffer): Promise<Buffer> {
  const key = await readFile(`${await testKeys()}/alice-rsa.pem`, "utf8");
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}

/** EM = 00 02 PS 00 M (RFC 8017 §7.2.1), with a change. */
async function pkcs1Block(keyLength: number, change: (block: Buffer) => void): Promise<Buffer> {
  const block = Buffer.from(randomBytes(modulusLength).map((octet) => octet || 1));
  block.set([0, 2]);
  block[modulusLength - keyLength - 1] = 0;
  change(block);
  return rawBlock(block);
}

const pkcs1Faults: Readonly<Record<string, (block: Buffer) => void>> = {
  "first octet not 0": (block) => (block[0] = 1),
  "block type 1": (block) => (block[1] = 1),
  "a zero in the padding": (block) => (block[5] = 0),
  "no zero at all": (block) => block.forEach((octet, i) => i > 1 && (block[i] = octet || 1)),
  "key too long by one": (block) => {
    block[modulusLength - 33] = 7;
    block[modulusLength - 34] = 0;
  },
};

test(
  "RSAES-PKCS1-v1_5: wrong padding and wrong content (RFC 3218 §2.3.2)",
  { timeout: 300_000 },
  async (t) => {
    const context = await testContext({ identities: [await testIdentity("alice-rsa")] });
    const der = await cmsEncrypt(lunch, ["alice-rsa"], "-aes-256-cbc", "-outform", "DER");
    const broken: Broken[] = [
      {
        says: "right padding, wrong content",
        message: await failing(() => changed(der, ({ content }) => turn(content, -17)), context),
      },
    ];
    for (const [says, change] of Object.entries(pkcs1Faults)) {
      const blocks = await Promise.all(Array.from({ length: 8 }, () => pkcs1Block(32, change)));
      const message = await failing(
        () => changed(der, ({ encryptedKey }) => encryptedKey.set(blocks.pop()!)),
        context,
      );
      broken.push({ says, message });
    }
    await lookAlike(t, broken, context);
  },
);

test(
  "RSAES-PKCS1-v1_5: the private operation itself, right and wrong padding",
  { timeout: 300_000 },
  async (t) => {
    const { privateKey } = await testIdentity("alice-rsa");
    assert.ok(privateKey?.kind === "rsa");
    const ways: Way[] = [];
    for (const [says, change] of Object.entries({ "right padding": () => undefined, ...pkcs1Faults })) {
      const block = new Uint8Array(await pkcs1Block(32, change));
      assert.equal((await privateKey.decryptPkcs1(block, 32)).length, 32);
      ways.push({ says, run: () => privateKey.decryptPkcs1(block, 32) });
    }
    await takeAlike(t, ways);
  },
);

test(
  "RSAES-OAEP: wrong padding, wrong hash of the label, wrong tag (Manger 2001)",
  { timeout: 300_000 },
  async (t) => {
    const context = await testContext({ identities: [await testIdentity("alice-rsa")] });
    const oaep = ["-aes-256-gcm", "-outform", "DER", "-keyopt", "rsa_padding_mode:oaep"];
    const der = await cmsEncrypt(lunch, ["alice-rsa"], ...oaep);
    const key = await readFile(`${await testKeys()}/alice-rsa.pem`, "utf8");
    const withLabel = publicEncrypt({ key, oaepHash: "sha1", oaepLabel: randomBytes(8) }, randomBytes(32));
    const small = publicEncrypt({ key, oaepHash: "sha1" }, randomBytes(16));
    const large = Buffer.concat([Buffer.of(1), randomBytes(modulusLength - 1)]);
    const noise = Buffer.concat([Buffer.of(0), randomBytes(modulusLength - 1)]);
    const withKey = (octets: Buffer) => changed(der, ({ encryptedKey }) => encryptedKey.set(octets));
    await lookAlike(
      t,
      [
        { says: "wrong tag", message: changed(der, ({ mac }) => turn(mac!, 3)) },
        { says: "wrong content", message: changed(der, ({ content }) => turn(content, 3)) },
        { says: "first octet not 0", message: withKey(await rawBlock(large)) },
        { says: "noise", message: withKey(await rawBlock(noise)) },
        { says: "another label", message: withKey(withLabel) },
        { says: "a key of another length", message: withKey(small) },
      ],
      context,
    );
  },
);

// ------------------------------------------------------------------ key agreement

test(
  "ECDH: the key wrap's check, the padding, the tag (RFC 3394 §2.2.3)",
  { timeout: 300_000 },
  async (t) => {
    const context = await testContext({ identities: [await testIdentity("bob-p256")] });
    for (const cipher of ["-aes-256-cbc", "-aes-256-gcm"]) {
      const der = await cmsEncrypt(lunch, ["bob-p256"], cipher, "-outform", "DER");
      await lookAlike(
        t,
        [
          {
            says: `${cipher} content`,
            message: await failing(() => changed(der, ({ content }) => turn(content, -17)), context),
          },
          { says: `${cipher} key wrap`, message: changed(der, ({ encryptedKey }) => turn(encryptedKey, 3)) },
        ],
        context,
      );
    }
  },
);

// ------------------------------------------------------------------ passwords, ML-KEM

test("a wrong password and wrong content (RFC 3211 §2.3.2)", { timeout: 300_000 }, async (t) => {
  const context = await testContext({ passwords: ["signet"] });
  const der = await cmsEncrypt(lunch, [], "-aes-256-cbc", "-pwri_password", "signet", "-outform", "DER");
  const other = await cmsEncrypt(lunch, [], "-aes-256-cbc", "-pwri_password", "other", "-outform", "DER");
  const content = await failing(() => changed(der, ({ content }) => turn(content, -17)), context);
  const key = changed(der, ({ encryptedKey }) => turn(encryptedKey, 3));
  await lookAlike(
    t,
    [
      { says: "wrong content", message: content },
      { says: "wrong password", message: other },
      { says: "wrong key", message: key },
    ],
    context,
  );
});

test(
  "ML-KEM: implicit rejection, key wrap and tag (FIPS 203 §6.3, RFC 9629 §7)",
  { timeout: 300_000 },
  async (t) => {
    const vera = (await people()).get("vera-mlkem768")!;
    const context = await testContext({ identities: [vera] });
    // One of the fuzz targets' seeds, behind the letter that says how it stands in a message.
    const seed = await readFile(new URL("seeds/cms/kem", import.meta.url));
    const der = new Uint8Array(seed.subarray(1));
    assert.equal((await inspect(der, context)).verdict.summary.encryption, "encrypted");
    await lookAlike(
      t,
      [
        { says: "wrong tag", message: changed(der, ({ mac }) => turn(mac!, 3)) },
        { says: "key wrap", message: changed(der, ({ encryptedKey }) => turn(encryptedKey, 3)) },
        { says: "ciphertext", message: changed(der, ({ ciphertext }) => turn(ciphertext!, 3)) },
      ],
      context,
    );
  },
);
