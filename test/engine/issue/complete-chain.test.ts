/** The links that travel with a certificate: found by name and signature, among whatever strangers put beside them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { sequence, utf8String } from "../../../src/engine/base/der-writer.js";
import { completeChain, isIssuedByOneOf, searchInFile } from "../../../src/engine/issue/complete-chain.js";
import { type Forged, authority, forgeCertificate, name } from "../../helpers/forge-certificate.js";

const extensions = [authority];
/** An RDN that is no SET (RFC 5280 §4.1.2.4). */
const brokenName = sequence(utf8String("x"));

async function ladder() {
  const root = await forgeCertificate({ subject: name("Root"), extensions });
  const link = await forgeCertificate({ subject: name("Link"), by: root, extensions });
  const own = await forgeCertificate({ by: link });
  return { root, link, own };
}

const namesakes = (subject: Bytes, count: number, change: object = {}): Promise<readonly Forged[]> =>
  Promise.all(
    Array.from({ length: count }, () =>
      forgeCertificate({ subject, extensions, from: "2026-02-01", ...change }),
    ),
  );

const certificatesOf = (forged: readonly Forged[]) => forged.map(({ certificate }) => certificate);

test("the link that signed it is found among strangers and certificates whose names do not parse; the root stays out", async () => {
  const { root, link, own } = await ladder();
  const strangers = [
    ...(await namesakes(link.name, 20)),
    await forgeCertificate({ subject: brokenName, extensions }),
    await forgeCertificate({ subject: brokenName, issuer: link.name, extensions }),
    await forgeCertificate({ subject: link.name, issuer: brokenName, extensions, from: "2026-03-01" }),
  ];
  const found = await completeChain(own.certificate, certificatesOf([...strangers, root, link]));
  assert.deepEqual(found, [link.certificate]);
  assert.ok(await isIssuedByOneOf(own.certificate, certificatesOf([...strangers, link])));
  assert.ok(!(await isIssuedByOneOf(own.certificate, certificatesOf([...strangers, root]))));
});

test("a certificate whose own issuer's name does not parse has no chain, and nobody issued it (RFC 5280 §4.1.2.4)", async () => {
  const { root, link } = await ladder();
  const { certificate } = await forgeCertificate({ issuer: brokenName });
  assert.deepEqual(await completeChain(certificate, certificatesOf([root, link])), []);
  assert.ok(!(await isIssuedByOneOf(certificate, certificatesOf([root, link]))));
});

test("namesakes without end: the search stops where its budget does, and what was found until then stands", async () => {
  const { root, link, own } = await ladder();
  const second = await forgeCertificate({ subject: name("Second"), by: link, extensions });
  const end = await forgeCertificate({ by: second });
  const flood = await namesakes(link.name, 250);
  const all = certificatesOf([...flood, second, link, root]);
  assert.deepEqual(await completeChain(end.certificate, all), [second.certificate]);
  assert.deepEqual(await completeChain(own.certificate, all), []);
  const other = await forgeCertificate({ by: link });
  assert.equal(await isIssuedByOneOf(other.certificate, all), false);
});

test("for what lies in one file there is one budget, and others are heard after each signature that does not fit", async () => {
  const { link, own } = await ladder();
  const other = await forgeCertificate({ by: link });
  const all = certificatesOf([...(await namesakes(link.name, 600)), link]);
  let pauses = 0;
  const search = searchInFile(async () => void pauses++);
  assert.deepEqual(await completeChain(own.certificate, all, search), [link.certificate]);
  assert.equal(pauses, 600);
  assert.deepEqual(await completeChain(other.certificate, all, search), []);
  assert.ok(pauses >= 998 && pauses <= 1_000, String(pauses));
  assert.deepEqual(await completeChain(other.certificate, [link.certificate], search), []);
  const another = searchInFile(async () => undefined);
  assert.deepEqual(await completeChain(other.certificate, [link.certificate], another), [link.certificate]);
});

test("two names in a circle end it", async () => {
  const [a, b] = [name("A"), name("B")];
  const upper = await forgeCertificate({ subject: b, issuer: a, extensions });
  const lower = await forgeCertificate({ subject: a, by: upper, extensions });
  const back = await forgeCertificate({ subject: b, by: lower, key: upper.key, extensions });
  const { certificate } = await forgeCertificate({ by: lower });
  const chain = await completeChain(certificate, certificatesOf([lower, back]));
  assert.deepEqual(chain, certificatesOf([lower, back]));
});
