/**
 * What a certificate authority answers (RFC 8555 §7.1), member by member: whatever is not as the RFC says ends
 * as `server-malformed`, and no member is believed beyond its shape.
 */
import type { Bytes } from "../../engine/index.js";
import { isRecord } from "../../protocol/wire.js";
import { AcmeProblem, problemOf } from "./acme-problem.js";
import { isAllowedUrl } from "./allowed-url.js";

export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly revokeCert: string | null;
  readonly termsOfService: string | null;
  /** RFC 8555 §7.3.4: it serves only those who hold an account of another kind */
  readonly needsContract: boolean;
}

/** RFC 8555 §7.1.6 */
export type Status =
  "pending" | "ready" | "processing" | "valid" | "invalid" | "deactivated" | "expired" | "revoked";

export interface Order {
  readonly url: string;
  readonly status: Status;
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate: string | null;
  readonly problem: AcmeProblem | null;
}

export interface Authorization {
  readonly status: Status;
  /** the address that it is about */
  readonly address: string;
  /** null where the authority offers none by mail */
  readonly challenge: EmailChallenge | null;
}

/** RFC 8823 §3 */
export interface EmailChallenge {
  readonly url: string;
  readonly status: Status;
  /** token-part2 */
  readonly token: string;
  /** whom the challenge mail comes from */
  readonly from: string;
  readonly problem: AcmeProblem | null;
}

/** octets; a chain of certificates is the largest answer there is */
const longestAnswer = 1024 * 1024;

/** Our own bugs go on as they are. */
export function unreachable(error: unknown): unknown {
  const failed = error instanceof TypeError || error instanceof DOMException;
  return failed ? new AcmeProblem("server-unreachable", "") : error;
}

export async function readOctets(response: Response): Promise<Bytes> {
  try {
    return await readBody(response);
  } catch (error) {
    // A connection may end in the middle of a body, too.
    throw unreachable(error);
  }
}

async function readBody(response: Response): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let length = 0;
  if (response.body !== null) {
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > longestAnswer) {
        await reader.cancel();
        throw new AcmeProblem("server-malformed", "answer too long");
      }
      chunks.push(value as Bytes);
    }
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** RFC 8555 §6.1: whatever calls itself something else was meant for somebody else. */
export async function readObject(response: Response): Promise<JsonObject> {
  requireType(response, "application/json");
  const text = new TextDecoder().decode(await readOctets(response));
  const value = parseJson(text);
  if (!isRecord(value)) throw new AcmeProblem("server-malformed", "no JSON object");
  return value;
}

/** @param wanted media type, in small letters; parameters may follow (RFC 9110 §8.3) */
export function requireType(response: Response, wanted: string): void {
  const [type] = (response.headers.get("content-type") ?? "").split(";");
  if (type!.trim().toLowerCase() !== wanted) throw new AcmeProblem("server-malformed", "content type");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export async function problemFrom(response: Response): Promise<AcmeProblem> {
  const value = parseJson(new TextDecoder().decode(await readOctets(response)));
  const problem = problemOf(value) ?? new AcmeProblem("server-refused", String(response.status));
  // It is there and cannot, for now (RFC 9110 §15.6).
  if (response.status < 500) return problem;
  return new AcmeProblem("server-unreachable", problem.detail, problem);
}

export function directoryIn(object: JsonObject): Directory {
  const meta = isRecord(object["meta"]) ? object["meta"] : {};
  const terms = meta["termsOfService"];
  return {
    newNonce: urlIn(object, "newNonce"),
    newAccount: urlIn(object, "newAccount"),
    newOrder: urlIn(object, "newOrder"),
    revokeCert: optionalUrlIn(object, "revokeCert"),
    // Only shown and opened by a click, so it may lie anywhere; https, so that it is no script.
    termsOfService: typeof terms === "string" && isAllowedUrl(terms) ? terms : null,
    needsContract: meta["externalAccountRequired"] === true,
  };
}

/** RFC 8555 §7.1.2: one that was deactivated or revoked orders nothing. */
export function requireValidAccount(object: JsonObject): void {
  if (statusIn(object) !== "valid") throw new AcmeProblem("server-refused", "", { type: "unauthorized" });
}

export function orderIn(object: JsonObject, url: string): Order {
  const list = object["authorizations"];
  if (!Array.isArray(list) || list.length > 100) throw new AcmeProblem("server-malformed", "authorizations");
  return {
    url,
    status: statusIn(object),
    authorizations: list.map((one) => urlIn({ one }, "one")),
    finalize: urlIn(object, "finalize"),
    certificate: optionalUrlIn(object, "certificate"),
    problem: problemOf(object["error"]),
  };
}

export function authorizationIn(object: JsonObject): Authorization {
  const { identifier, challenges } = object;
  if (!isRecord(identifier) || identifier["type"] !== "email" || !Array.isArray(challenges))
    throw new AcmeProblem("server-malformed", "authorization");
  const found: unknown = challenges.find((one) => isRecord(one) && one["type"] === "email-reply-00");
  return {
    status: statusIn(object),
    address: stringIn(identifier, "value"),
    challenge: isRecord(found) ? challengeIn(found) : null,
  };
}

function challengeIn(object: JsonObject): EmailChallenge {
  const token = stringIn(object, "token");
  // RFC 8823 §3: base64url, of 128 bits at least
  if (!/^[A-Za-z0-9_-]{22,512}$/.test(token)) throw new AcmeProblem("server-malformed", "token");
  return {
    url: urlIn(object, "url"),
    status: statusIn(object),
    token,
    from: stringIn(object, "from"),
    problem: problemOf(object["error"]),
  };
}

const statuses: readonly Status[] = [
  ...(["pending", "ready", "processing", "valid", "invalid", "deactivated", "expired", "revoked"] as const),
];

function statusIn(object: JsonObject): Status {
  const found = statuses.find((status) => status === object["status"]);
  if (found === undefined) throw new AcmeProblem("server-malformed", "status");
  return found;
}

function stringIn(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== "string" || value.length > 2_000) throw new AcmeProblem("server-malformed", name);
  return value;
}

function urlIn(object: JsonObject, name: string): string {
  const value = stringIn(object, name);
  if (!isAllowedUrl(value)) throw new AcmeProblem("server-malformed", name);
  return value;
}

function optionalUrlIn(object: JsonObject, name: string): string | null {
  return object[name] === undefined ? null : urlIn(object, name);
}

export function locationOf(response: Response): string {
  return urlIn({ location: response.headers.get("location") }, "location");
}

/** Milliseconds; a server does not make anybody wait for more than a day. */
export function retryAfterOf(response: Response): number | null {
  const text = response.headers.get("retry-after");
  if (text === null) return null;
  const date = response.headers.get("date");
  const milliseconds = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - (date === null ? Number.NaN : Date.parse(date));
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), 24 * 3_600_000) : null;
}
