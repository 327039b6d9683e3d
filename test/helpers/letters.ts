/**
 * Mail as strangers' programs write it: MIME entities, sealed by `openssl cms` with the throwaway CA's
 * keys, and put under the headers of a letter.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testKeys } from "./test-keys.js";

export interface Envelope {
  readonly subject: string;
  /** default: Bob */
  readonly from?: string;
  /** default: Alice */
  readonly to?: string;
  /** further header lines, without their line ends */
  readonly more?: readonly string[];
}

/** A MIME entity, header fields first, with CRLF. */
export type MimeEntity = Buffer;

export function plain(words: string): MimeEntity {
  return Buffer.from(
    `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${words}\r\n`,
  );
}

export function html(markup: string): MimeEntity {
  return Buffer.from(
    `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${markup}\r\n`,
  );
}

export function attachment(name: string, content: string): MimeEntity {
  const head = `Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="${name}"\r\n`;
  return Buffer.from(`${head}Content-Transfer-Encoding: base64\r\n\r\n${btoa(content)}\r\n`);
}

export function mixed(...parts: readonly MimeEntity[]): MimeEntity {
  const pieces = parts.flatMap((part) => [Buffer.from("\r\n--outer\r\n"), part]);
  const head = Buffer.from('Content-Type: multipart/mixed; boundary="outer"\r\n');
  return Buffer.concat([head, ...pieces, Buffer.from("\r\n--outer--\r\n")]);
}

/** @param signer name of the throwaway CA, e.g. "bob-p256" */
export async function signed(
  entity: MimeEntity,
  signer: string,
  form: "clear" | "opaque" = "clear",
): Promise<MimeEntity> {
  const keys = await testKeys();
  const issuer = signer.startsWith("mallory") ? "mallory-root" : "intermediate";
  return cms(entity, [
    ...["-sign", "-md", "sha256", "-certfile", `${keys}/${issuer}.pem`],
    ...["-signer", `${keys}/${signer}.pem`, "-inkey", `${keys}/${signer}.key.pem`],
    ...(form === "opaque" ? ["-nodetach"] : []),
  ]);
}

/** @param cipher e.g. "aes-256-cbc", "aes-256-gcm" */
export async function encrypted(entity: MimeEntity, recipient: string, cipher: string): Promise<MimeEntity> {
  return cms(entity, ["-encrypt", `-${cipher}`, "-recip", `${await testKeys()}/${recipient}.pem`]);
}

/** Change some octets on the way. */
export function changed(entity: MimeEntity, was: string, is: string): MimeEntity {
  const text = entity.toString("latin1");
  if (!text.includes(was)) throw new Error(`"${was}" does not stand there`);
  return Buffer.from(text.replace(was, is), "latin1");
}

export function letter(envelope: Envelope, entity: MimeEntity): Buffer {
  const {
    subject,
    from = "Bob Example <bob@example.test>",
    to = "Alice Example <alice@example.test>",
  } = envelope;
  const lines = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${crypto.randomUUID()}@example.test>`,
    ...(envelope.more ?? []),
    ...(/^MIME-Version:/im.test(entity.toString("latin1", 0, 200)) ? [] : ["MIME-Version: 1.0"]),
    "",
  ];
  return Buffer.concat([Buffer.from(lines.join("\r\n")), entity]);
}

/** Parts of a message that nobody signed as a whole: what a mailing list or an attacker puts together. */
export function withoutVersion(entity: MimeEntity): MimeEntity {
  return Buffer.from(entity.toString("latin1").replace(/^MIME-Version:.*\r?\n/im, ""), "latin1");
}

function cms(entity: MimeEntity, args: readonly string[]): MimeEntity {
  const folder = mkdtempSync(join(tmpdir(), "signet-letter-"));
  try {
    writeFileSync(join(folder, "in"), entity);
    const made = execFileSync("openssl", ["cms", ...args, "-binary", "-in", join(folder, "in")], {
      stdio: "pipe",
      maxBuffer: Infinity,
    });
    return Buffer.from(made.toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
