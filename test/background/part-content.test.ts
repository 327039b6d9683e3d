/** What is filled in where an encrypted part stands, for every verdict there can be. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { mayBeForged, partContent } from "../../src/background/mail/part-content.js";
import type { CryptographicLayer, EncryptionState, MessageVerdict } from "../../src/engine/index.js";
import { useLocale } from "../ui/locale.js";
import { certificate } from "../ui/verdicts.js";

before(() => useLocale());

const alice = certificate("alice@example.test");
const opened = (authenticated: boolean): CryptographicLayer => ({
  kind: "encrypted",
  status: "opened",
  contentEncryption: authenticated ? "AES-256-GCM" : "AES-256-CBC",
  keyManagement: "RSAES-OAEP",
  authenticated,
  legacy: false,
  openedWith: alice.fingerprint,
});
const facts = { algorithms: null, claimedTime: null };
const signed = (
  form: "clear-signed" | "opaque-signed",
  status: "valid" | "invalid" = "valid",
): CryptographicLayer => ({
  kind: "signed",
  form,
  signatures: [
    status === "valid"
      ? { ...facts, status, signer: alice, path: [alice] }
      : { ...facts, status, signer: alice, faults: [{ code: "message-digest-mismatch" }] },
  ],
});
const locked: CryptographicLayer = {
  kind: "encrypted",
  status: "locked",
  reason: "key-locked",
  recipients: [],
};

function verdictOf(
  layers: readonly CryptographicLayer[],
  encryption: EncryptionState = "encrypted",
): MessageVerdict {
  const author = {
    address: "alice@example.test",
    from: ["alice@example.test"],
    displayName: null,
    sender: null,
  };
  return { summary: { state: "1", encryption, author, signer: null, faults: [] }, layers };
}

const html = new TextEncoder().encode("Content-Type: text/html\r\n\r\n<img src='http://leak.test/'>");
const fill = (layers: readonly CryptographicLayer[], mimePart = "1") =>
  partContent({ verdict: verdictOf(layers), payload: html }, { mimePart }, () => "neutral");

test("hands over what was decrypted in an authenticated mode as it is (RFC 5083)", () => {
  assert.deepEqual(fill([opened(true)]), { mime: html, keep: true, blockRemote: true });
});

test("neutralises what was decrypted in a mode that anybody can change (RFC 8551 §6, EFAIL)", () => {
  const { mime, keep, blockRemote } = fill([opened(false)]);
  const text = new TextDecoder().decode(mime);
  assert.equal(text.includes("leak.test"), false);
  assert.ok(text.includes(btoa("neutral")));
  assert.deepEqual([keep, blockRemote], [true, true]);
});

test("an intact signature inside the changeable layer vouches for the plain text, one around it does not", () => {
  assert.equal(mayBeForged([opened(false), signed("clear-signed")]), false);
  assert.equal(mayBeForged([opened(false), signed("clear-signed", "invalid")]), true);
  assert.equal(mayBeForged([signed("clear-signed"), opened(false)]), true);
  assert.equal(mayBeForged([opened(false), signed("clear-signed"), opened(false)]), true);
  assert.equal(mayBeForged([opened(true), opened(false)]), true);
  assert.equal(mayBeForged([{ kind: "signed", form: "opaque-signed", signatures: [] }]), false);
});

test("shows opaque-signed mail, and leaves remote content to Thunderbird's own settings", () => {
  assert.deepEqual(fill([signed("opaque-signed")]), { mime: html, keep: true, blockRemote: false });
});

test("fills the part inside a clear signature around the encryption, and only there", () => {
  assert.equal(fill([signed("clear-signed"), opened(true)], "1.1").mime, html);
  assert.equal(fill([signed("clear-signed"), opened(true)], "1").mime.length, 0);
});

test("fills nothing into a part that merely lies in the message: clear and encrypted are never merged (EFAIL)", () => {
  assert.equal(fill([], "1.1").mime.length, 0);
  assert.equal(fill([opened(true)], "1.1").mime.length, 0);
  assert.equal(fill([signed("clear-signed")], "1.1").mime.length, 0);
});

const words = (layers: readonly CryptographicLayer[], encryption: EncryptionState): string => {
  const content = partContent({ verdict: verdictOf(layers, encryption), payload: null }, { mimePart: "1" });
  assert.equal(content.keep, false);
  return new TextDecoder().decode(content.mime);
};

test("tells what to do while the key is locked, and nothing of the content", () => {
  assert.match(words([locked], "key-locked"), /locked[^]*click “Encrypted, key locked”/);
});

test("tells that there is no key, that it is damaged, or that there is no text", () => {
  assert.match(words([{ ...locked, reason: "key-missing" }], "key-missing"), /you have no key/);
  const damaged: CryptographicLayer = {
    kind: "encrypted",
    status: "damaged",
    faults: [{ code: "decryption-failed" }],
  };
  assert.match(words([damaged], "damaged"), /damaged/);
  assert.match(words([], "not-encrypted"), /cannot be shown/);
});

test("an inner layer that stays closed shows a notice, not the half that was opened", () => {
  const { keep } = partContent(
    { verdict: verdictOf([opened(true), locked], "key-locked"), payload: html },
    { mimePart: "1" },
  );
  assert.equal(keep, false);
});

test("plain text that does not parse is not shown at all", () => {
  const deep = new TextEncoder().encode(
    Array.from(
      { length: 60 },
      (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`,
    ).join(""),
  );
  const content = partContent(
    { verdict: verdictOf([opened(false)]), payload: deep },
    { mimePart: "1" },
    () => "neutral",
  );
  assert.equal(content.keep, false);
  assert.match(new TextDecoder().decode(content.mime), /cannot be shown/);
});
