/** What the stand-in ACME server reads: JSON, base64url, keys; and how it says no (RFC 8555 §6.7). */
import { createHash } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import type { IncomingMessage } from "node:http";

export class Problem extends Error {
  readonly status: number;
  readonly type: string;
  constructor(status: number, type: string, detail: string) {
    super(detail);
    this.status = status;
    this.type = type;
  }
}

/** RFC 7638 §3 */
export function thumbprintOf({ crv, kty, x, y }: JsonWebKey): string {
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function decode(value: unknown): Buffer {
  if (typeof value !== "string" || !/^[A-Za-z0-9_-]*$/.test(value))
    throw new Problem(400, "malformed", "not base64url");
  return Buffer.from(value, "base64url");
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "malformed", "not JSON");
  }
}

export function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new Problem(400, "malformed", "not an object");
  return value as Readonly<Record<string, unknown>>;
}
