/** Writing as the test people: a draft, recipients by name, a policy that a test changes where it matters. */
import {
  type Bytes,
  type Protection,
  type Recipient,
  type WritePolicy,
  emailAddresses,
  protect,
} from "../../src/engine/index.js";
import { testCertificate, testIdentity, testTime } from "./inspecting.js";

export async function testPolicy(change: Partial<WritePolicy> = {}): Promise<WritePolicy> {
  return {
    sign: true,
    encrypt: false,
    form: "clear-signed",
    purpose: "send",
    authenticatedEncryption: "when-all-can",
    rsaSignature: "pkcs1",
    time: await testTime(),
    ...change,
  };
}

/** @param name of the throwaway CA, e.g. "bob-p256" */
export async function testRecipient(name: string, change: Partial<Recipient> = {}): Promise<Recipient> {
  const certificate = await testCertificate(name);
  return {
    address: emailAddresses(certificate)[0]!,
    field: "to",
    certificate,
    capabilities: null,
    ...change,
  };
}

export interface Writing {
  readonly draft: string | Bytes;
  /** name of the sender's identity, or null */
  readonly as?: string | null;
  readonly to?: readonly (string | Recipient)[];
  readonly policy?: Partial<WritePolicy>;
}

export async function protectAs({
  draft,
  as = "alice-rsa",
  to = [],
  policy = {},
}: Writing): Promise<Protection> {
  const recipients = await Promise.all(to.map((one) => (typeof one === "string" ? testRecipient(one) : one)));
  const bytes = typeof draft === "string" ? (new TextEncoder().encode(draft) as Bytes) : draft;
  const identity = as === null ? null : await testIdentity(as);
  return protect(bytes, identity, recipients, await testPolicy(policy));
}

/** The message; a refusal fails the test. */
export async function protectedMessage(writing: Writing): Promise<Bytes> {
  const protection = await protectAs(writing);
  if (protection.kind === "refused") throw new Error(`refused: ${JSON.stringify(protection.blockers)}`);
  return protection.message;
}

/** The codes of a refusal; a message fails the test. */
export async function blockersOf(writing: Writing): Promise<readonly string[]> {
  const protection = await protectAs(writing);
  if (protection.kind === "protected") throw new Error("was not refused");
  return protection.blockers.map(({ code, address }) =>
    address === undefined ? code : `${code} ${address}`,
  );
}
