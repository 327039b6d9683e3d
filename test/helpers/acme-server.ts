/**
 * A stand-in ACME server on loopback that follows RFC 8555 and RFC 8823 to the letter and forgives nothing:
 * each nonce once, every JWS looked at, every mail judged. For tests only; Signet's tests ask no public authority.
 */
import { X509Certificate, randomBytes } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { AcmeAuthority } from "./acme-authority.js";
import type { ServerCertificate } from "./bind.js";
import { headersOf } from "./thunderbird/checked-mail.js";
import { type Behaviour, usualBehaviour } from "./acme-behaviour.js";
import { type Challenge, challengeSender, judgeAnswer, newChallenge } from "./acme-post.js";
import type { Account, Answer, OrderState, Request } from "./acme-resources.js";
import {
  Problem,
  checkBinding,
  decode,
  holds,
  object,
  parse,
  publicKeyIn,
  readBody,
  readFlattened,
  thumbprintOf,
} from "./acme-wire.js";

interface Parts {
  readonly authority: AcmeAuthority;
  readonly sendChallenge: (challenge: Challenge) => Promise<void>;
  readonly scheme: "http" | "https";
}

export class AcmeServer {
  readonly authority: AcmeAuthority;
  readonly behaviour: Behaviour = usualBehaviour();
  /** paths in order, and what was wrong with each */
  readonly asked: { readonly method: string; readonly path: string; readonly wrong: string | null }[] = [];
  /** why an answer mail was refused */
  readonly refusedAnswers: string[] = [];
  readonly revoked: {
    readonly certificate: Buffer;
    readonly reason: unknown;
    readonly by: "account" | "key";
  }[] = [];
  readonly orders: OrderState[] = [];
  readonly #scheme: Parts["scheme"];
  readonly #server: Server;
  readonly #sendChallenge: (challenge: Challenge) => Promise<void>;
  readonly #nonces = new Set<string>();
  readonly #accounts: Account[] = [];

  private constructor(server: Server, { authority, sendChallenge, scheme }: Parts) {
    this.#server = server;
    this.authority = authority;
    this.#sendChallenge = sendChallenge;
    this.#scheme = scheme;
  }

  /** @param sendChallenge by mail @param tls null: http, which the RFC allows nobody, and Signet on loopback */
  static async start(
    sendChallenge: (challenge: Challenge) => Promise<void>,
    tls: ServerCertificate | null = null,
  ): Promise<AcmeServer> {
    const server =
      tls === null
        ? createServer()
        : createTlsServer({ key: readFileSync(tls.key), cert: readFileSync(tls.certificate) });
    const authority = await AcmeAuthority.make();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const acme = new AcmeServer(server, {
      authority,
      sendChallenge,
      scheme: tls === null ? "http" : "https",
    });
    server.on("request", (request, response) => void acme.#serve(request, response));
    return acme;
  }

  get directory(): string {
    return this.#url("/directory");
  }

  /** A mail came for the challenges' sender. */
  async receive(message: Uint8Array): Promise<void> {
    const order = this.orders.findLast(
      ({ challenge: { messageId, address } }) =>
        Buffer.from(message).includes(messageId.slice(1, -1)) ||
        (this.behaviour.takesAnyAnswer && headersOf(message).get("from")?.includes(address)),
    );
    if (order === undefined) return void this.refusedAnswers.push("no challenge of ours is answered");
    order.answer = message;
    this.#validate(order);
  }

  /** Its accounts are gone, as after years without use. */
  forgetAccounts(): void {
    this.#accounts.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.authority.remove();
  }

  /** RFC 8823 §3: both must be there, the client's word over HTTPS and the mail. */
  #validate(order: OrderState): void {
    if (order.challengeStatus !== "processing" || order.answer === null) return;
    const wrong = judgeAnswer(order.answer, order.challenge);
    order.challengeStatus = wrong === null ? "valid" : "invalid";
    order.status = wrong === null ? "ready" : "invalid";
    if (wrong === null) return;
    this.refusedAnswers.push(wrong);
    order.problem = { type: "urn:ietf:params:acme:error:incorrectResponse", detail: wrong };
  }

  // ---------------------------------------------------------------- HTTP

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const method = request.method ?? "";
    if (this.behaviour.isDown(path)) {
      this.asked.push({ method, path, wrong: "down" });
      return void request.socket.destroy();
    }
    try {
      const answer = await this.#answer(request, method, path);
      this.asked.push({ method, path, wrong: null });
      this.#reply(response, answer);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.asked.push({ method, path, wrong: `${error.type}: ${error.message}` });
      const body = {
        type: `urn:ietf:params:acme:error:${error.type}`,
        detail: error.message,
        status: error.status,
      };
      const headers = { "content-type": "application/problem+json" };
      this.#reply(response, { status: error.status, body, headers });
    }
  }

  #reply(response: ServerResponse, { status = 200, body, headers = {} }: Answer): void {
    const type = typeof body === "string" ? "application/pem-certificate-chain" : "application/json";
    response.writeHead(status, {
      "content-type": type,
      "replay-nonce": this.#newNonce(),
      "cache-control": "no-store",
      link: `<${this.directory}>;rel="index"`,
      ...headers,
    });
    response.end(typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body));
  }

  #newNonce(): string {
    const nonce = randomBytes(16).toString("base64url");
    this.#nonces.add(nonce);
    return nonce;
  }

  async #answer(request: IncomingMessage, method: string, path: string): Promise<Answer> {
    for (const name of ["cookie", "referer"])
      if (request.headers[name] !== undefined) throw new Problem(400, "malformed", `${name} was sent`);
    if (path === "/directory" && method === "GET") return { body: this.#directoryObject() };
    if (path === "/new-nonce" && (method === "HEAD" || method === "GET"))
      return { status: method === "HEAD" ? 200 : 204 };
    if (method !== "POST") throw new Problem(405, "malformed", "only POST (RFC 8555 §6.3)");
    return this.#route(await this.#readJws(request, path));
  }

  #directoryObject(): object {
    return {
      newNonce: this.#url("/new-nonce"),
      newAccount: this.#url("/new-account"),
      newOrder: this.#url("/new-order"),
      revokeCert: this.#url("/revoke-cert"),
      keyChange: this.#url("/key-change"),
      meta: {
        ...{ termsOfService: this.#url("/terms"), website: "https://ca.test/" },
        ...(this.behaviour.contracts && { externalAccountRequired: true }),
      },
    };
  }

  #url(path: string): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  // ---------------------------------------------------------------- JWS (RFC 8555 §6.2–6.5)

  async #readJws(request: IncomingMessage, path: string): Promise<Request> {
    if (request.headers["content-type"] !== "application/jose+json")
      throw new Problem(415, "malformed", "not application/jose+json");
    const jws = readFlattened(parse((await readBody(request)).toString("utf8")));
    const { head } = jws;
    // Certificates have keys of all kinds; an account of ours is ES256.
    if (path !== "/revoke-cert" && head["alg"] !== "ES256")
      throw new Problem(400, "badSignatureAlgorithm", String(head["alg"]));
    if (head["url"] !== this.#url(path)) throw new Problem(401, "unauthorized", "another url");
    if ("jwk" in head === "kid" in head) throw new Problem(400, "malformed", "jwk or kid, one of them");
    const account = "kid" in head ? this.#accountBy(head["kid"]) : null;
    const jwk = account === null ? (head["jwk"] as JsonWebKey) : null;
    if (!holds(jws, account?.key ?? publicKeyIn(jwk)))
      throw new Problem(400, "malformed", "the signature does not hold");
    this.#spendNonce(head["nonce"]);
    const text = jws.payload.toString("utf8");
    return { path, account, jwk, payload: text === "" ? null : object(parse(text)) };
  }

  #spendNonce(nonce: unknown): void {
    const known = this.#nonces.delete(String(nonce));
    const stale = this.behaviour.staleNonces > 0;
    if (stale) this.behaviour.staleNonces--;
    if (!known || stale) throw new Problem(400, "badNonce", "spent, or none of ours");
  }

  #accountBy(kid: unknown): Account {
    const account = this.#accounts.find(({ url }) => url === kid);
    if (account === undefined) throw new Problem(400, "accountDoesNotExist", String(kid));
    return account;
  }

  // ---------------------------------------------------------------- resources

  #route(request: Request): Answer | Promise<Answer> {
    const { path, account } = request;
    if (path === "/new-account") return this.#newAccount(request);
    if (path === "/revoke-cert") return this.#revoke(request);
    if (account === null) throw new Problem(400, "malformed", "kid is needed here");
    if (path === "/new-order") return this.#newOrder(request, account);
    const [, kind, number, action] =
      /^\/(order|authorization|challenge|certificate)\/(\d+)(\/finalize)?$/.exec(path) ?? [];
    const order = this.orders[Number(number)];
    if (order === undefined) throw new Problem(404, "malformed", "no such thing");
    if (order.account !== account) throw new Problem(403, "unauthorized", "another account's");
    if (kind === "challenge") return this.#respond(request, order);
    if (action !== undefined) return this.#finalize(request, order);
    if (request.payload !== null) throw new Problem(400, "malformed", "POST-as-GET has an empty payload");
    if (kind === "order") return this.#look(order);
    if (kind === "authorization") return { body: this.#authorization(order) };
    if (order.chain === null) throw new Problem(404, "malformed", "not issued");
    return { body: order.chain };
  }

  #newAccount({ jwk, payload }: Request): Answer {
    if (jwk === null) throw new Problem(400, "malformed", "jwk is needed here");
    const thumbprint = thumbprintOf(jwk);
    const known = this.#accounts.find((one) => one.thumbprint === thumbprint);
    if (known !== undefined) return { body: { status: "valid" }, headers: { location: known.url } };
    if (payload?.["onlyReturnExisting"] === true) throw new Problem(400, "accountDoesNotExist", "none");
    if (payload?.["termsOfServiceAgreed"] !== true)
      throw new Problem(403, "userActionRequired", "agree first");
    const { contracts } = this.behaviour;
    const bound = { value: payload["externalAccountBinding"], url: this.#url("/new-account"), jwk };
    if (contracts !== null) checkBinding({ ...bound, contracts });
    const url = this.#url(`/account/${randomBytes(6).toString("hex")}`);
    this.#accounts.push({ url, thumbprint, key: publicKeyIn(jwk) });
    return { status: 201, body: { status: "valid" }, headers: { location: url } };
  }

  async #newOrder({ payload }: Request, account: Account): Promise<Answer> {
    const { refusesOrders, replyTo } = this.behaviour;
    if (refusesOrders !== null)
      throw new Problem(refusesOrders === "rateLimited" ? 429 : 403, refusesOrders, "not now");
    const list = payload?.["identifiers"];
    const [identifier, ...others] = Array.isArray(list) ? (list as { type: unknown; value: unknown }[]) : [];
    if (identifier === undefined || others.length > 0 || identifier.type !== "email")
      throw new Problem(400, "unsupportedIdentifier", "one address, please");
    const challenge = newChallenge(String(identifier.value), account.thumbprint, replyTo);
    const index = this.orders.length;
    this.orders.push({
      ...{ account, challenge, status: "pending", challengeStatus: "pending", answer: null },
      ...{ looks: 0, chain: null, problem: null },
    });
    await this.#sendChallenge(challenge);
    const headers = { location: this.#url(`/order/${index}`) };
    return { status: 201, body: this.#order(this.orders[index]!), headers };
  }

  #respond({ payload }: Request, order: OrderState): Answer {
    if (payload === null || Object.keys(payload).length > 0)
      throw new Problem(400, "malformed", "{} is needed here");
    if (this.behaviour.takesWordOnce && order.challengeStatus !== "pending")
      throw new Problem(400, "malformed", "said already");
    if (order.challengeStatus === "pending") order.challengeStatus = "processing";
    this.#validate(order);
    return { body: this.#challenge(order) };
  }

  async #finalize({ payload }: Request, order: OrderState): Promise<Answer> {
    if (order.status !== "ready") throw new Problem(403, "orderNotReady", order.status);
    const request = new Uint8Array(decode(payload?.["csr"]));
    const { address } = order.challenge;
    const asked = await this.authority.addressesIn(request);
    if (asked === null || asked.join() !== address) throw new Problem(400, "badCSR", String(asked));
    if (this.behaviour.finalizeUnheard-- > 0) return this.#look(order);
    order.chain = await this.#issue(request, address);
    order.status = "processing";
    return this.#look(order);
  }

  #issue(request: Uint8Array, address: string): Promise<string> | string {
    switch (this.behaviour.issues) {
      case "what-was-asked":
        return this.authority.issue(request, address, this.behaviour.validity);
      case "another-key":
        return this.authority.issueForAnotherKey(address);
      case "another-address":
        return this.authority.issue(request, "mallory@example.test");
      case "rubbish":
        return "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    }
  }

  #look(order: OrderState): Answer {
    if (order.status === "processing" && order.looks++ >= this.behaviour.looksUntilIssued)
      order.status = "valid";
    const waits = order.status === "processing" || order.challengeStatus === "processing";
    return { body: this.#order(order), headers: waits ? { "retry-after": this.behaviour.retryAfter } : {} };
  }

  /** RFC 8555 §7.6: by the account that it was issued to, or by its own key. */
  #revoke({ payload, account, jwk }: Request): Answer {
    const { refusesRevocation } = this.behaviour;
    if (refusesRevocation !== null) throw new Problem(403, refusesRevocation, "no");
    const certificate = decode(payload?.["certificate"]);
    const { publicKey, fingerprint256 } = new X509Certificate(certificate);
    const mine = this.orders.some(
      (order) =>
        order.account === account &&
        order.chain !== null &&
        new X509Certificate(order.chain).fingerprint256 === fingerprint256,
    );
    const isOwnKey = jwk !== null && publicKeyIn(jwk).equals(publicKey);
    if (!mine && !isOwnKey) throw new Problem(403, "unauthorized", "neither its account nor its key");
    if (this.revoked.some((one) => one.certificate.equals(certificate)))
      throw new Problem(400, "alreadyRevoked", "once is enough");
    this.revoked.push({ certificate, reason: payload?.["reason"], by: isOwnKey ? "key" : "account" });
    return {};
  }

  #order(order: OrderState): object {
    const index = this.orders.indexOf(order);
    return {
      status: order.status,
      expires: new Date(Date.now() + 86_400_000).toISOString(),
      identifiers: [{ type: "email", value: order.challenge.address }],
      authorizations: [this.#url(`/authorization/${index}`)],
      finalize: this.#url(`/order/${index}/finalize`),
      ...(order.status === "valid" && { certificate: this.#url(`/certificate/${index}`) }),
    };
  }

  #authorization(order: OrderState): object {
    const status = order.challengeStatus === "processing" ? "pending" : order.challengeStatus;
    const identifier = { type: "email", value: order.challenge.address };
    return { status, identifier, challenges: [this.#challenge(order)] };
  }

  #challenge({ challenge, challengeStatus: status, problem }: OrderState): object {
    const index = this.orders.findIndex((one) => one.challenge === challenge);
    const named = { type: "email-reply-00", url: this.#url(`/challenge/${index}`), status };
    const mail = { token: challenge.tokenPart2, from: challengeSender };
    return { ...named, ...mail, ...(problem && { error: problem }) };
  }
}
