/**
 * DKIM (RFC 6376), as much as a stand-in needs: relaxed/relaxed, rsa-sha256, one key for one domain. The sender
 * signs with it, and the receiving server writes what it found on top (RFC 8601).
 */
import { createHash, createSign, createVerify, generateKeyPairSync } from "node:crypto";

const covered = [
  ...["From", "Sender", "Reply-To", "To", "CC", "Subject", "Date", "In-Reply-To", "References"],
  ...["Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding"],
];

export class DkimKey {
  readonly domain: string;
  readonly #pair = generateKeyPairSync("rsa", { modulusLength: 2048 });

  constructor(domain: string) {
    this.domain = domain;
  }

  sign(message: string, fields: readonly string[] = covered): string {
    const hash = createHash("sha256").update(relaxedBody(message)).digest("base64");
    const field = `v=1; a=rsa-sha256; c=relaxed/relaxed; d=${this.domain}; s=test; h=${fields.join(":")}; bh=${hash}; b=`;
    const signer = createSign("sha256").update(signedText(message, fields, field));
    return `DKIM-Signature: ${field}${signer.sign(this.#pair.privateKey, "base64")}\r\n${message}`;
  }

  verify(message: string): boolean {
    const field = headerOf(message).find(([name]) => name === "dkim-signature")?.[1];
    const tags = /^(.*; h=([\w:-]+); bh=([\w+/=]+); b=)([\w+/=]+)$/.exec(field?.trim() ?? "");
    if (tags === null) return false;
    const [, unsigned, fields, hash, signature] = tags;
    if (createHash("sha256").update(relaxedBody(message)).digest("base64") !== hash) return false;
    const verifier = createVerify("sha256").update(signedText(message, fields!.split(":"), unsigned!));
    return verifier.verify(this.#pair.publicKey, signature!, "base64");
  }
}

/** What a receiving server does: the result of its look goes on top, in its own name. */
export function judgedBy(server: string, key: DkimKey): (message: Buffer) => Buffer {
  return (message) => {
    const passed = key.verify(message.toString("latin1"));
    const result = passed ? `dkim=pass header.d=${key.domain}` : "dkim=none";
    return Buffer.concat([Buffer.from(`Authentication-Results: ${server}; ${result}\r\n`), message]);
  };
}

function headerOf(message: string): readonly (readonly [name: string, value: string])[] {
  const head = message.slice(0, message.indexOf("\r\n\r\n")).replace(/\r\n(?=[ \t])/g, "");
  return head.split("\r\n").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1)] as const;
  });
}

const relaxed = (value: string): string => value.replace(/[ \t]+/g, " ").trim();

function relaxedBody(message: string): string {
  const body = message.slice(message.indexOf("\r\n\r\n") + 4);
  const lines = body.split("\r\n").map((line) => line.replace(/[ \t]+/g, " ").replace(/ $/, ""));
  return `${lines.join("\r\n").replace(/(\r\n)*$/, "")}\r\n`;
}

function signedText(message: string, fields: readonly string[], own: string): string {
  const header = headerOf(message);
  const lines = fields.flatMap((field) => {
    const found = header.filter(([name]) => name === field.toLowerCase()).at(-1);
    return found === undefined ? [] : [`${field.toLowerCase()}:${relaxed(found[1])}\r\n`];
  });
  return `${lines.join("")}dkim-signature:${relaxed(own)}`;
}
