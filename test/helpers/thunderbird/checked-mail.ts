/**
 * What left Thunderbird, judged by OpenSSL: signature, signer, decryption. Our own reader is not asked
 * here, but for taking an opened MIME entity apart.
 */
import assert from "node:assert/strict";
import type { Bytes } from "../../../src/engine/index.js";
import { readContent } from "../../../src/engine/index.js";
import { openssl } from "../openssl.js";

export interface Letter {
  /** of the plain text part, or of the HTML part without its marks */
  readonly text: string;
  readonly html: string | null;
  readonly attachments: ReadonlyMap<string, Bytes>;
}

/** `openssl cms -verify` up to the root. @param signer name of the throwaway CA. @returns the signed entity */
export async function verified(message: Uint8Array, signer: string): Promise<Bytes> {
  const input = new Uint8Array(message);
  const entity = await openssl(["cms", "-verify", "-CAfile", "KEYS/root.pem"], input);
  // OpenSSL must find the signature made by this certificate and no other.
  await openssl(
    [
      "cms",
      "-verify",
      "-CAfile",
      "KEYS/root.pem",
      "-nointern",
      "-certfile",
      `KEYS/${signer}.pem`,
      "-certsout",
      "/dev/null",
    ],
    input,
  );
  return entity;
}

/** `openssl cms -decrypt`. @param reader name of the throwaway CA */
export function decrypted(message: Uint8Array, reader: string): Promise<Bytes> {
  const keys = ["-recip", `KEYS/${reader}.pem`, "-inkey", `KEYS/${reader}.key.pem`];
  return openssl(["cms", "-decrypt", ...keys], new Uint8Array(message));
}

/** Take an entity without a cryptographic layer apart. */
export async function readLetter(entity: Bytes): Promise<Letter> {
  const { text, html, attachments } = await readContent({ mime: entity });
  return {
    text: text ?? html ?? "",
    html,
    attachments: new Map(attachments.map(({ name, content }) => [name ?? "", content])),
  };
}

/** Header field names and values of a message, unfolded; the first of each name. */
export function headersOf(message: Uint8Array): ReadonlyMap<string, string> {
  const text = Buffer.from(message).toString("latin1");
  const head = text.slice(0, text.search(/\r?\n\r?\n/)).replace(/\r?\n[ \t]+/g, " ");
  const fields = head.split(/\r?\n/).map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return new Map(fields.reverse());
}

/** Neither as it is nor in base64 or quoted-printable does the message hold the text. */
export function assertHides(message: Uint8Array, text: string): void {
  const haystack = Buffer.from(message).toString("latin1");
  assert.ok(!haystack.includes(text), "the text stands readable in the message");
  for (const shift of [0, 1, 2]) {
    const base64 = Buffer.from(" ".repeat(shift) + text).toString("base64");
    const sure = base64.slice(shift === 0 ? 0 : 4, -4);
    assert.ok(!haystack.replace(/\s/g, "").includes(sure), "the text stands in the message in base64");
  }
}
