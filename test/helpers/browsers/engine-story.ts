/**
 * Runs inside a browser page: every test identity is imported, writes, and its mail is opened again. What
 * Node's WebCrypto does says little of what the browsers' do.
 */
import {
  type Bytes,
  type Identity,
  defaultReadPolicy,
  emailAddresses,
  importPrivateKey,
  inspect,
  protect,
  readCertificates,
  readPkcs12,
} from "../../../src/engine/index.js";

export interface StoryInput {
  /** base64 by name; the password is "signet" */
  readonly keyFiles: Readonly<Record<string, string>>;
  readonly anchor: string;
  readonly time: string;
}

/** By name: "2 encrypted" and so on, or what was thrown. */
export type StoryOutcome = Readonly<Record<string, string>>;

const octets = (base64: string): Bytes =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

async function load(file: Bytes): Promise<Identity> {
  const [entry] = await readPkcs12(file, "signet");
  const { certificate, chain, privateKey } = entry!;
  return { certificate: certificate!, chain, privateKey: await importPrivateKey(privateKey!) };
}

async function roundTrip(writer: Identity, readers: readonly Identity[], input: StoryInput): Promise<string> {
  const time = new Date(input.time);
  const addressOf = ({ certificate }: Identity): string => emailAddresses(certificate)[0]!;
  const draft = `From: ${addressOf(writer)}\r\nTo: ${readers.map(addressOf).join(", ")}\r\n\r\nK\u00e4se.\r\n`;
  const recipients = readers.map((reader) => ({
    address: addressOf(reader),
    field: "to" as const,
    certificate: reader.certificate,
    capabilities: null,
  }));
  const anchors = await readCertificates(octets(input.anchor));
  const found = new Set<string>();
  for (const authenticatedEncryption of ["always", "when-all-can"] as const) {
    for (const rsaSignature of ["pkcs1", "pss"] as const) {
      const encrypt = readers.length > 0;
      const policy = {
        sign: true,
        encrypt,
        form: "clear-signed",
        purpose: "send",
        authenticatedEncryption,
        rsaSignature,
        time,
      } as const;
      const bytes = new TextEncoder().encode(draft) as Bytes;
      const protection = await protect(bytes, writer, recipients, policy);
      if (protection.kind === "refused") return JSON.stringify(protection.blockers);
      for (const reader of encrypt ? readers : [writer]) {
        const context = { identities: [reader], anchors, known: [], policy: defaultReadPolicy, time };
        const { verdict, payload } = await inspect(protection.message, context);
        const whole = new TextDecoder().decode(payload.mime).endsWith("K=C3=A4se.\r\n");
        found.add(`${verdict.summary.state} ${verdict.layers.length} layers${whole ? "" : ", other text"}`);
      }
    }
  }
  return [...found].join(" | ");
}

async function tell(input: StoryInput): Promise<StoryOutcome> {
  const outcome: Record<string, string> = {};
  const identities = new Map<string, Identity>();
  for (const [name, file] of Object.entries(input.keyFiles)) {
    try {
      identities.set(name, await load(octets(file)));
    } catch (error) {
      outcome[name] = `not imported: ${String(error)}`;
    }
  }
  const readers = [...identities]
    .filter(([name]) => !name.startsWith("erin"))
    .map(([, identity]) => identity);
  for (const [name, writer] of identities) {
    try {
      outcome[name] = await roundTrip(writer, name.startsWith("erin") ? [] : readers, input);
    } catch (error) {
      outcome[name] = `thrown: ${String(error)}`;
    }
  }
  return outcome;
}

Object.assign(globalThis, { tellEngineStory: tell });
