/**
 * A challenge mail that is signed by S/MIME instead of DKIM (RFC 8823 §3.1): made by OpenSSL, judged by our own engine.
 * What counts is the header inside of the signature (RFC 9788); what stands outside is anybody's.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { isProvenBySmime } from "../../../src/background/acme/challenge-proof.js";
import { findChallenge } from "../../../src/background/acme/email-challenge.js";
import { type Certificate, defaultReadPolicy, inspect, readCertificates } from "../../../src/engine/index.js";
import { AcmeAuthority } from "../../helpers/acme-authority.js";
import { challengeMail, challengeSender, newChallenge } from "../../helpers/acme-post.js";
import { run } from "../../helpers/getting.js";

const address = "alice@example.test";
const challenge = newChallenge(address, "thumbprint", null);
const expected = { address, from: challengeSender, since: Date.now() - 3_600_000, servers: [] };
let authority: AcmeAuthority;
let root: Certificate;
before(async () => {
  authority = await AcmeAuthority.make();
  [root = assert.fail()] = await readCertificates(new Uint8Array(await readFile(authority.path("root.pem"))));
  for (const [name, owner] of [
    ["sender", challengeSender],
    ["stranger", "mallory@evil.test"],
  ] as const) {
    const words = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Sender", "-outform", "DER"];
    const files = ["-keyout", authority.path(`${name}.key`), "-out", authority.path(`${name}.csr`)];
    await run("openssl", [...words, ...files]);
    const request = new Uint8Array(await readFile(authority.path(`${name}.csr`)));
    await writeFile(authority.path(`${name}.pem`), await authority.issue(request, owner));
  }
});
after(() => authority?.remove());

const plain = challengeMail(challenge, null);
/** with the header inside as outside (RFC 9788 §2.2) */
const inner = plain.replace("charset=us-ascii", 'charset=us-ascii; hp="clear"');
const fields = /^(?:From|To|Subject|Date|Message-ID|Auto-Submitted):.*\r\n(?:[ \t].*\r\n)*/gm;
const outer = plain.match(fields)!.join("");

interface Making {
  readonly inside?: string;
  readonly outside?: string;
  readonly signer?: "sender" | "stranger";
}

async function signed({ inside = inner, outside = outer, signer = "sender" }: Making = {}): Promise<string> {
  await writeFile(authority.path("inner.eml"), inside);
  await run("openssl", [
    ...["cms", "-sign", "-in", authority.path("inner.eml"), "-crlfeol", "-out", authority.path("made.eml")],
    ...["-signer", authority.path(`${signer}.pem`), "-inkey", authority.path(`${signer}.key`)],
    ...["-certfile", authority.path("issuing.pem")],
  ]);
  const made = await readFile(authority.path("made.eml"), "latin1");
  return `${outside}${made.replace(/\r?\n/g, "\r\n")}`;
}

async function isProven(message: string, anchors: readonly Certificate[] = [root]): Promise<boolean> {
  const octets = new Uint8Array(Buffer.from(message, "latin1"));
  if (findChallenge(octets, expected) === null) return false;
  const context = { identities: [], anchors, known: [], policy: defaultReadPolicy, time: new Date() };
  return isProvenBySmime((await inspect(octets, context)).verdict, expected);
}

test("signed by the sender whom the authority named, header and all: proven, without DKIM", async () => {
  assert.equal(await isProven(await signed()), true);
});

for (const [what, make] of [
  ["no signature", async () => plain],
  ["somebody else's signature", () => signed({ signer: "stranger" })],
  ["no header inside", () => signed({ inside: inner.replace(fields, "").replace('; hp="clear"', "") })],
  ["a header inside that nobody declares", () => signed({ inside: plain })],
  [
    "another token outside than inside",
    () =>
      signed({
        outside: outer.replace(/^Subject:.*\r\n(?: .*\r\n)*/m, `Subject: ACME: ${"A".repeat(32)}\r\n`),
      }),
  ],
  [
    "an old one, with today's date outside",
    () => signed({ inside: inner.replace(/^Date:.*/m, "Date: Mon, 02 Jan 2023 10:00:00 +0000") }),
  ],
  ["no date inside", () => signed({ inside: inner.replace(/^Date:.*\r\n/m, "") })],
  [
    "one that was written to another person",
    () => signed({ inside: inner.replace(/^To:.*/m, "To: bob@example.test") }),
  ],
  ["a word changed after signing", async () => (await signed()).replace("automatically", "auto-magically")],
] as const)
  test(`proves nothing: ${what}`, async () => {
    assert.equal(await isProven(await make()), false);
  });

test("proves nothing: an authority that does not count here", async () => {
  assert.equal(await isProven(await signed(), []), false);
});
