/** One cell: one program, one row, one direction, run once. Every accept here has its reject beside it. */
import assert from "node:assert/strict";
import {
  type Bytes,
  type InspectContext,
  type Recipient,
  type WritePolicy,
  defaultReadPolicy,
  inspect,
  protect,
} from "../../../src/engine/index.js";
import { clearSigned, cmsOf, opaque, turned } from "../../helpers/peers/mail-parts.js";
import type { Peer } from "../../helpers/peers/peer.js";
import { addressOf, certificateOf, identityOf } from "../../helpers/peers/people.js";
import type { EncryptedRow } from "./encrypted-rows.js";
import type { SignedRow } from "./signed-rows.js";

const content = bytes("Content-Type: text/plain; charset=utf-8\r\n\r\nSee you at noon.\r\nBring Bob.\r\n");

function bytes(text: string, encoding: "latin1" | "hex" = "latin1"): Bytes {
  return new Uint8Array(Buffer.from(text, encoding));
}

function text(octets: Bytes): string {
  return Buffer.from(octets).toString("latin1");
}

/** Programs may write and read other line ends than they were given. */
function assertContent(octets: Bytes): void {
  assert.equal(text(octets).replace(/\r?\n/g, "\r\n"), text(content));
}

function letter(from: string, entity: Bytes): Bytes {
  const head = `From: ${addressOf(from)}\r\nTo: someone@example.test\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\n`;
  return bytes(head + text(entity).replace(/^MIME-Version:.*\r?\n/im, ""));
}

async function context(change: Partial<InspectContext> = {}): Promise<InspectContext> {
  const anchors = [await certificateOf("root")];
  // The programs know no other time than the machine's.
  return { identities: [], anchors, known: [], policy: defaultReadPolicy, time: new Date(), ...change };
}

/** A peer signs, we verify. */
export async function weVerify(peer: Peer, row: SignedRow): Promise<void> {
  const detached = row.form !== "opaque-signed";
  const options = row.by![peer.program]!;
  const made = await peer.sign({ content, people: row.signers, options, detached });
  const entity = isMime(made) ? made : detached ? clearSigned(content, made) : opaque(made);
  const signer = row.signers[0]!;
  const known = row.certificates === "known" ? [signer, "intermediate"] : [];
  const knowing = await context({ known: await Promise.all(known.map(certificateOf)) });
  const { verdict, payload } = await inspect(letter(signer, entity), knowing);
  const [layer] = verdict.layers;
  assert.ok(layer?.kind === "signed", "is signed");
  const state = row.state ?? "2";
  assert.equal(verdict.summary.state, state, JSON.stringify(verdict.summary.faults));
  const expected = { digest: row.digest, signature: row.signature };
  const found = layer.signatures.map(({ algorithms }) => algorithms);
  assert.ok(
    found.some((one) => one?.digest === expected.digest && one.signature === expected.signature),
    `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`,
  );
  assert.equal(layer.signatures.length, row.signers.length);
  assertContent(payload.mime);
  const changed = await inspect(letter(signer, turned(entity, "noon")), knowing);
  assert.equal(changed.verdict.summary.state, "7", "one octet turned");
}

/** We sign, a peer verifies. */
export async function peerVerifies(peer: Peer, row: SignedRow): Promise<void> {
  const signer = row.signers[0]!;
  const form = row.form ?? "clear-signed";
  const message = await write(signer, [], { ...row.ours, sign: true, encrypt: false, form });
  assertContent(await peer.verify(message));
}

/** A peer encrypts, we open. */
export async function weOpen(peer: Peer, row: EncryptedRow): Promise<void> {
  const options = row.by![peer.program]!;
  const made = await peer.encrypt({ content, people: row.recipients, options });
  const raw = letter("alice-rsa", isMime(made) ? made : opaque(made));
  const { verdict, payload } = await inspect(raw, await context(await keysFor(row)));
  const [layer] = verdict.layers;
  const codes = verdict.summary.faults.map(({ code }) => code);
  assert.deepEqual(codes, row.weak === true ? ["encryption-weak"] : []);
  assert.ok(layer?.kind === "encrypted" && layer.status === "opened", JSON.stringify(layer));
  if (row.cipher !== null) assert.equal(layer.contentEncryption, row.cipher);
  assert.equal(layer.keyManagement, row.keys);
  assertContent(payload.mime);
  const stranger = await inspect(raw, await context({ identities: [await identityOf("alice-p256")] }));
  const missing = row.secret !== undefined && "password" in row.secret ? "password-needed" : "key-missing";
  assert.equal(stranger.verdict.summary.encryption, missing, "by a stranger");
}

async function keysFor({ secret, opens }: EncryptedRow): Promise<Partial<InspectContext>> {
  if (secret === undefined) return { identities: [await identityOf(opens)] };
  if ("password" in secret) return { passwords: ["not this", secret.password] };
  const [keyIdentifier, key] = [secret.keyIdentifier, secret.key].map((hex) => bytes(hex, "hex"));
  return { keyEncryptionKeys: [{ keyIdentifier: keyIdentifier!, key: key! }] };
}

/** We encrypt, a peer opens. */
export async function peerOpens(peer: Peer, row: EncryptedRow): Promise<void> {
  const message = await write(senderTo(row.recipients), row.recipients, {
    ...row.ours,
    sign: false,
    encrypt: true,
  });
  assertContent(await peer.open(message, row.opens, []));
}

/**
 * Whose own copy a program can at least step over: many know key transport alone. Nobody writes to himself
 * here: what he can read he knows better than what others can.
 */
function senderTo(recipients: readonly string[]): string {
  if (!recipients.every((name) => name.includes("-rsa"))) return "alice-p256";
  return recipients[0] === "alice-rsa" ? "big-rsa4096" : "alice-rsa";
}

export type Step = "sign" | "encrypt" | "compress";

/** A peer wraps what it wrote before, the first step innermost; we take it apart. */
export async function weUnwrap(peer: Peer, steps: readonly Step[]): Promise<void> {
  let entity = content;
  for (const step of steps) {
    const made = await wrapBy(peer, step, entity);
    entity = isMime(made) ? made : opaque(made);
  }
  const knowing = await context({ identities: [await identityOf("big-rsa4096")] });
  const { verdict, payload } = await inspect(letter("alice-rsa", entity), knowing);
  const kinds = { sign: "signed", encrypt: "encrypted", compress: "compressed" };
  assert.deepEqual(
    verdict.layers.map(({ kind }) => kind),
    steps.map((step) => kinds[step]).toReversed(),
  );
  assertContent(payload.mime);
  if (steps[0] === "encrypt") {
    // Who signs around what is encrypted need not know the words: opened, and nobody's (RFC 8551 §3.7).
    assert.equal(verdict.summary.state, "6");
    assert.deepEqual(verdict.summary.faults, [{ code: "signature-outside-encryption" }]);
    return;
  }
  assert.equal(verdict.summary.state, "2", JSON.stringify(verdict.summary.faults));
  const other = await inspect(letter("bob-p256", entity), knowing);
  assert.equal(other.verdict.summary.state, "4", "from somebody else");
}

function wrapBy(peer: Peer, step: Step, entity: Bytes): Promise<Bytes> {
  const options = peer.program === "openssl" && step === "encrypt" ? ["-aes256"] : [];
  switch (step) {
    case "sign":
      return peer.sign({ content: entity, people: ["alice-rsa"], options, detached: false });
    case "encrypt":
      return peer.encrypt({ content: entity, people: ["big-rsa4096"], options });
    case "compress":
      return peer.compress(entity);
  }
}

/** We sign, then encrypt; a peer opens, then verifies. */
export async function peerUnwraps(peer: Peer): Promise<void> {
  const message = await write("alice-rsa", ["big-rsa4096"], { sign: true, encrypt: true });
  assertContent(await peer.verify(await peer.open(message, "big-rsa4096", [])));
}

/** Whether a peer refuses what is not as it was signed: without this its "holds" would say nothing. */
export async function peerRefuses(peer: Peer, form: WritePolicy["form"]): Promise<void> {
  const message = await write("alice-rsa", [], { sign: true, encrypt: false, form });
  await peer.verify(message);
  await assert.rejects(peer.verify(turned(message, "noon")), { name: "PeerRefusal" });
}

/** A peer opens with the key that was meant only. */
export async function peerCannotOpen(peer: Peer): Promise<void> {
  const message = await write("alice-p256", ["alice-p256"], { sign: false, encrypt: true });
  const cms = cmsOf(message).cms.slice();
  // Nobody's certificate has this serial number.
  const serial = Buffer.from((await certificateOf("alice-p256")).serialNumber);
  const at = Buffer.from(cms).indexOf(serial);
  assert.ok(at > 0);
  cms[at + serial.length - 1]! ^= 1;
  await assert.rejects(peer.open(opaque(cms), "alice-p256", []), { name: "PeerRefusal" });
}

const written = new Map<string, Promise<Bytes>>();

/** Every program reads the same message: signing by hash trees, or to a crowd, takes its time. */
function write(from: string, to: readonly string[], change: Partial<WritePolicy>): Promise<Bytes> {
  const key = JSON.stringify([from, to, change]);
  let message = written.get(key);
  if (message === undefined) written.set(key, (message = writeAnew(from, to, change)));
  return message;
}

async function writeAnew(from: string, to: readonly string[], change: Partial<WritePolicy>): Promise<Bytes> {
  const policy: WritePolicy = {
    sign: true,
    encrypt: false,
    form: "clear-signed",
    purpose: "send",
    authenticatedEncryption: "when-all-can",
    rsaSignature: "pkcs1",
    time: new Date(),
    ...change,
  };
  const recipients = await Promise.all(to.map(recipientOf));
  const list = to.length === 0 ? "someone@example.test" : to.map(addressOf).join(", ");
  const head = `From: ${addressOf(from)}\r\nTo: ${list}\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\n`;
  const identity = await identityOf(from);
  const protection = await protect(bytes(head + text(content)), identity, recipients, policy);
  assert.ok(protection.kind === "protected", JSON.stringify(protection));
  return protection.message;
}

async function recipientOf(name: string): Promise<Recipient> {
  const certificate = await certificateOf(name);
  return { address: addressOf(name), field: "to", certificate, capabilities: null };
}

function isMime(made: Bytes): boolean {
  return made[0] !== 0x30;
}
