/**
 * Fuzz target: CMS from its first octet to the verdict (RFC 5652), with real keys. The first letter of an input
 * says how the rest stands in a message: "O" as its whole content, "D" as the detached signature of a fixed text,
 * "Y" as O, on a platform that calls every signature right and hands ciphertext out as it is (what an attacker can
 * encrypt, he can write; a fuzzer cannot); anything else is the message, or the file, itself.
 */
import assert from "node:assert/strict";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { encodeBase64Lines } from "../../../src/engine/kernels/base64.js";
import { inspect, readContent } from "../../../src/engine/index.js";
import { insist } from "./oracle.js";
import { fuzzContext } from "./people.js";

export const signedText = "Content-Type: text/plain; charset=utf-8\r\n\r\nSee you at noon.\r\nBring Bob.\r\n";
const from = "From: Alice Example <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Lunch\r\n";
const opaqueHead = `${from}Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
const detachedHead = `${from}Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\r\n\r\n--b\r\n${signedText}\r\n--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n`;

const context = await fuzzContext();
const text = (value: string): Buffer => Buffer.from(value, "latin1");

export function letterOf(data: Uint8Array): Bytes {
  const cms = encodeBase64Lines(new Uint8Array(data.subarray(1)));
  switch (data[0]) {
    case 0x44:
      return new Uint8Array(Buffer.concat([text(detachedHead), cms, text("--b--\r\n")]));
    case 0x4f:
    case 0x59:
      return new Uint8Array(Buffer.concat([text(opaqueHead), cms]));
    default:
      return new Uint8Array(data);
  }
}

export async function fuzz(data: Uint8Array): Promise<void> {
  const raw = letterOf(data);
  const agreeing = data[0] === 0x59;
  if (agreeing) agree();
  try {
    const { verdict, payload } = await inspect(raw, context);
    assert.deepEqual(JSON.parse(JSON.stringify(verdict)), verdict, "a verdict is JSON");
    const { text: shown } = readContent(payload);
    if (agreeing || !verdict.summary.state.startsWith("2")) return;
    insist(
      shown === "See you at noon.\nBring Bob.\n" || shown === "See you at noon.\r\nBring Bob.\r\n",
      "good over other words",
    );
    insist(verdict.summary.author.address === "alice@example.test", "good under another name");
  } finally {
    if (agreeing) disagree();
  }
}

// ------------------------------------------------------------------ the platform that always agrees

const { subtle } = crypto;
const honest = { verify: subtle.verify, decrypt: subtle.decrypt };

function agree(): void {
  subtle.verify = () => Promise.resolve(true);
  subtle.decrypt = (_algorithm, _key, data) => Promise.resolve(new Uint8Array(data as Bytes).slice().buffer);
}

function disagree(): void {
  Object.assign(subtle, honest);
}

// ------------------------------------------------------------------ and one in a hurry

/** The engine allows millions of rounds, seconds of work; a fuzzer has better things to do. */
const mostRounds = 2_048;
const deriveBits = subtle.deriveBits.bind(subtle);

subtle.deriveBits = (algorithm, key, length) => {
  const { iterations } = algorithm as Pbkdf2Params;
  const bounded =
    iterations > mostRounds ? { ...(algorithm as Pbkdf2Params), iterations: mostRounds } : algorithm;
  return deriveBits(bounded as Pbkdf2Params, key, length as number);
};
