/**
 * The client side of ACME (RFC 8555): one method for each thing that a certificate authority can be
 * asked. It keeps nothing but a nonce; what an order needs later, `orders.ts` keeps. Every answer is
 * checked member by member, because whoever runs the server is a stranger until its certificate counts.
 */
import { type Bytes, toBase64Url } from "../../engine/index.js";
import type { Authorization, Directory, Order } from "./acme-answers.js";
import {
  authorizationIn,
  directoryIn,
  locationOf,
  orderIn,
  problemFrom,
  readObject,
  readOctets,
  requireType,
  requireValidAccount,
  retryAfterOf,
  unreachable,
} from "./acme-answers.js";
import { AcmeProblem } from "./acme-problem.js";
import { isAllowedUrl } from "./allowed-url.js";
import { type AccountKey, type Signatory, type Signer, accountSigner, signRequest } from "./jws.js";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

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

/** milliseconds for one request, its answer's last octet included */
const usualPatience = 30_000;
/** RFC 8555 §6.5: a nonce may have gone stale; more than that is no accident. */
const mostNonces = 3;

export class AcmeClient {
  readonly #fetch: Fetch;
  readonly #directoryUrl: string;
  readonly #patience: number;
  #directory: Directory | null = null;
  #nonce: string | null = null;

  /** @param directoryUrl https, or http to this machine's loopback */
  constructor(fetch: Fetch, directoryUrl: string, patience = usualPatience) {
    if (!isAllowedUrl(directoryUrl)) throw new AcmeProblem("server-malformed", "directory");
    this.#fetch = fetch;
    this.#directoryUrl = directoryUrl;
    this.#patience = patience;
  }

  /** RFC 8555 §7.1.1 */
  async directory(): Promise<Directory> {
    if (this.#directory !== null) return this.#directory;
    const response = await this.#send(this.#directoryUrl, { method: "GET" });
    this.#directory = directoryIn(await readObject(response));
    return this.#directory;
  }

  /** RFC 8555 §7.3; the same key gets the same account. Calling it says that the person agreed to the terms. */
  account(key: AccountKey): Promise<Account> {
    const binding = key.binding === undefined ? {} : { externalAccountBinding: key.binding };
    return this.#account(key, { termsOfServiceAgreed: true, ...binding });
  }

  /** RFC 8555 §7.3.1: one that is there already, and agrees to nothing. */
  existingAccount(key: AccountKey): Promise<Account> {
    return this.#account(key, { onlyReturnExisting: true });
  }

  async #account(key: AccountKey, payload: object): Promise<Account> {
    const { newAccount } = await this.directory();
    const response = await this.#post(newAccount, asItself(accountSigner(key)), payload);
    requireValidAccount(await readObject(response));
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
    const response = await this.#post(order.finalize, asAccount(account), { csr: toBase64Url(request) });
    return { value: orderIn(await readObject(response), order.url), retryAfter: retryAfterOf(response) };
  }

  /** RFC 8555 §7.4.2 @returns PEM, the person's own certificate first */
  async certificate(account: Account, url: string): Promise<Bytes> {
    const accept = "application/pem-certificate-chain";
    const response = await this.#post(url, { ...asAccount(account), accept }, null);
    requireType(response, accept);
    return readOctets(response);
  }

  /**
   * RFC 8555 §7.6, with the reason keyCompromise (RFC 5280 §5.3.1).
   * @param by the account that ordered the certificate, or the certificate's own key
   */
  async revokeStolen(by: Account | Signer, certificate: Bytes): Promise<void> {
    const { revokeCert } = await this.directory();
    if (revokeCert === null) throw new AcmeProblem("server-cannot", "revokeCert");
    const signing = "url" in by ? asAccount(by) : asItself(by);
    await this.#post(revokeCert, signing, { certificate: toBase64Url(certificate), reason: 1 });
  }

  // ---------------------------------------------------------------- requests

  async #post(url: string, signing: Signing, payload: object | null): Promise<Response> {
    const { signer, signatory, accept = "application/json" } = signing;
    for (let tries = 1; ; tries++) {
      const nonce = await this.#takeNonce();
      const body = JSON.stringify(await signRequest(signer, { url, nonce, signatory }, payload));
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
    // Whatever an authority names lies with itself: nobody else is sent what an account signed, and no machine
    // of the person's own network is asked because a stranger's directory says so.
    if (new URL(url).origin !== new URL(this.#directoryUrl).origin)
      throw new AcmeProblem("server-malformed", "another host");
    let response: Response;
    try {
      response = await this.#fetch(url, {
        ...init,
        ...{ credentials: "omit", referrerPolicy: "no-referrer", redirect: "manual", cache: "no-store" },
        signal: AbortSignal.timeout(this.#patience),
      });
    } catch (error) {
      throw unreachable(error);
    }
    // Followed nowhere: what an authority names, it names in its directory.
    if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400))
      throw new AcmeProblem("server-malformed", "redirect");
    const nonce = response.headers.get("replay-nonce");
    if (nonce !== null && /^[A-Za-z0-9_-]{1,512}$/.test(nonce)) this.#nonce = nonce;
    if (!response.ok) throw await problemFrom(response);
    return response;
  }
}

interface Signing {
  readonly signer: Signer;
  readonly signatory: Signatory;
  readonly accept?: string;
}

function asAccount({ key, url }: Account): Signing {
  return { signer: accountSigner(key), signatory: { kid: url } };
}

/** A key that the server knows no account of. */
function asItself(signer: Signer): Signing {
  return { signer, signatory: { jwk: signer.publicJwk } };
}
