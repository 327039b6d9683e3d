/**
 * The client side of ACME (RFC 8555): one method for each thing that a certificate authority can be
 * asked. It keeps nothing but a nonce; what an order needs later, `orders.ts` keeps. Every answer is
 * checked member by member, because whoever runs the server is a stranger until its certificate counts.
 */
import type { Bytes } from "../../engine/index.js";
import { isRecord } from "../../protocol/wire.js";
import { AcmeProblem, problemOf } from "./acme-problem.js";
import { type AccountKey, type Signatory, base64Url, signRequest } from "./jws.js";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly revokeCert: string | null;
  readonly termsOfService: string | null;
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

/** What a server says of something that is not done yet. */
export interface Polled<Value> {
  readonly value: Value;
  /** milliseconds; null: it did not say (RFC 8555 §8.2, RFC 9110 §10.2.3) */
  readonly retryAfter: number | null;
}

export interface Account {
  readonly key: AccountKey;
  /** the account's URL, which is its name (RFC 8555 §7.3) */
  readonly url: string;
}

/** octets; a chain of certificates is the largest answer there is */
const longestAnswer = 1024 * 1024;
/** milliseconds for one request */
const patience = 30_000;
/** RFC 8555 §6.5: a nonce may have gone stale; more than that is no accident. */
const mostNonces = 3;

export class AcmeClient {
  readonly #fetch: Fetch;
  readonly #directoryUrl: string;
  #directory: Directory | null = null;
  #nonce: string | null = null;

  /** @param directoryUrl https, or http to this machine's loopback */
  constructor(fetch: Fetch, directoryUrl: string) {
    if (!isAllowedUrl(directoryUrl)) throw new AcmeProblem("server-malformed", "directory");
    this.#fetch = fetch;
    this.#directoryUrl = directoryUrl;
  }

  /** RFC 8555 §7.1.1 */
  async directory(): Promise<Directory> {
    if (this.#directory !== null) return this.#directory;
    const response = await this.#send(this.#directoryUrl, { method: "GET" });
    const object = await readObject(response);
    const meta = object["meta"];
    this.#directory = {
      newNonce: urlIn(object, "newNonce"),
      newAccount: urlIn(object, "newAccount"),
      newOrder: urlIn(object, "newOrder"),
      revokeCert: optionalUrlIn(object, "revokeCert"),
      termsOfService: isRecord(meta) ? optionalUrlIn(meta, "termsOfService") : null,
    };
    return this.#directory;
  }

  /** RFC 8555 §7.3; the same key gets the same account. Calling it says that the person agreed to the terms. */
  async account(key: AccountKey, contact: string | null): Promise<Account> {
    const { newAccount } = await this.directory();
    const payload = {
      termsOfServiceAgreed: true,
      ...(contact === null ? {} : { contact: [`mailto:${contact}`] }),
    };
    const response = await this.#post(newAccount, { key, signatory: { jwk: key.publicJwk } }, payload);
    return { key, url: locationOf(response) };
  }

  /** RFC 8555 §7.4, RFC 8823 §3 step 1 */
  async newOrder(account: Account, addresses: readonly string[]): Promise<Order> {
    const { newOrder } = await this.directory();
    const identifiers = addresses.map((value) => ({ type: "email", value }));
    const response = await this.#post(newOrder, asAccount(account), { identifiers });
    return orderIn(await readObject(response), locationOf(response));
  }

  async order(account: Account, url: string): Promise<Polled<Order>> {
    const response = await this.#post(url, asAccount(account), null);
    return { value: orderIn(await readObject(response), url), retryAfter: retryAfterOf(response) };
  }

  /** RFC 8555 §7.5 */
  async authorization(account: Account, url: string): Promise<Polled<Authorization>> {
    const response = await this.#post(url, asAccount(account), null);
    return { value: authorizationIn(await readObject(response)), retryAfter: retryAfterOf(response) };
  }

  /** RFC 8555 §7.5.1: "the answer is on its way". */
  async respond(account: Account, challengeUrl: string): Promise<void> {
    await this.#post(challengeUrl, asAccount(account), {});
  }

  /** RFC 8555 §7.4 @param request DER of PKCS #10 */
  async finalize(account: Account, order: Order, request: Bytes): Promise<Polled<Order>> {
    const response = await this.#post(order.finalize, asAccount(account), { csr: base64Url(request) });
    return { value: orderIn(await readObject(response), order.url), retryAfter: retryAfterOf(response) };
  }

  /** RFC 8555 §7.4.2 @returns PEM, the person's own certificate first */
  async certificate(account: Account, url: string): Promise<Bytes> {
    const accept = "application/pem-certificate-chain";
    return readOctets(await this.#post(url, { ...asAccount(account), accept }, null));
  }

  /** RFC 8555 §7.6 @param reason RFC 5280 §5.3.1: 1 is a stolen key, 4 superseded, 5 not used any more */
  async revoke(account: Account, certificate: Bytes, reason: 0 | 1 | 3 | 4 | 5): Promise<void> {
    const { revokeCert } = await this.directory();
    if (revokeCert === null) throw new AcmeProblem("server-cannot", "revokeCert");
    await this.#post(revokeCert, asAccount(account), { certificate: base64Url(certificate), reason });
  }

  // ---------------------------------------------------------------- requests

  async #post(url: string, signing: Signing, payload: object | null): Promise<Response> {
    const { key, signatory, accept = "application/json" } = signing;
    for (let tries = 1; ; tries++) {
      const nonce = await this.#takeNonce();
      const body = JSON.stringify(await signRequest(key, { url, nonce, signatory }, payload));
      const headers = { "content-type": "application/jose+json", accept };
      try {
        return await this.#send(url, { method: "POST", headers, body });
      } catch (error) {
        const stale = error instanceof AcmeProblem && error.type === "badNonce";
        if (!stale || tries === mostNonces) throw error;
      }
    }
  }

  /** RFC 8555 §7.2: each serves once. */
  async #takeNonce(): Promise<string> {
    const { newNonce } = await this.directory();
    if (this.#nonce === null) await this.#send(newNonce, { method: "HEAD" });
    const nonce = this.#nonce;
    this.#nonce = null;
    if (nonce === null) throw new AcmeProblem("server-malformed", "no nonce");
    return nonce;
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    if (!isAllowedUrl(url)) throw new AcmeProblem("server-malformed", "url");
    let response: Response;
    try {
      response = await this.#fetch(url, {
        ...init,
        ...{ credentials: "omit", referrerPolicy: "no-referrer", redirect: "error", cache: "no-store" },
        signal: AbortSignal.timeout(patience),
      });
    } catch (error) {
      if (error instanceof TypeError || error instanceof DOMException)
        throw new AcmeProblem("server-unreachable", new URL(url).host);
      throw error;
    }
    const nonce = response.headers.get("replay-nonce");
    if (nonce !== null && /^[A-Za-z0-9_-]{1,512}$/.test(nonce)) this.#nonce = nonce;
    if (!response.ok) throw await problemFrom(response);
    return response;
  }
}

/** RFC 8555 §6.1. Loopback without TLS is for a server of one's own. */
export function isAllowedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "[::1]"].includes(hostname));
}

interface Signing {
  readonly key: AccountKey;
  readonly signatory: Signatory;
  readonly accept?: string;
}

function asAccount({ key, url }: Account): Signing {
  return { key, signatory: { kid: url } };
}

// ------------------------------------------------------------------ answers

async function readOctets(response: Response): Promise<Bytes> {
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

async function readObject(response: Response): Promise<JsonObject> {
  const text = new TextDecoder().decode(await readOctets(response));
  const value = parseJson(text);
  if (!isRecord(value)) throw new AcmeProblem("server-malformed", "no JSON object");
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function problemFrom(response: Response): Promise<AcmeProblem> {
  const value = parseJson(new TextDecoder().decode(await readOctets(response)));
  return problemOf(value) ?? new AcmeProblem("server-refused", String(response.status));
}

function orderIn(object: JsonObject, url: string): Order {
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

function authorizationIn(object: JsonObject): Authorization {
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

function locationOf(response: Response): string {
  return urlIn({ location: response.headers.get("location") }, "location");
}

/** Milliseconds; a server does not make anybody wait for more than a day. */
function retryAfterOf(response: Response): number | null {
  const text = response.headers.get("retry-after");
  if (text === null) return null;
  const date = response.headers.get("date");
  const milliseconds = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - (date === null ? Number.NaN : Date.parse(date));
  return Number.isFinite(milliseconds) ? Math.min(Math.max(milliseconds, 0), 24 * 3_600_000) : null;
}
