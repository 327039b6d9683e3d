/** How an authority can be reached, as far as a certificate tells (RFC 5280 §4.2.1.4, §4.2.1.13, §4.2.2.1). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, objectIdentifier, sequence, setOf } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { type Bytes, authorityContact } from "../../../src/engine/index.js";
import { extension, forgeCertificate } from "../../helpers/forge-certificate.js";

const ascii = (tag: number, text: string): Bytes => encode(tag, new Uint8Array(Buffer.from(text, "latin1")));
const url = (text: string): Bytes => ascii(0x86, text);
const statement = (text: string, tag = 0x16): Bytes =>
  sequence(
    objectIdentifier("1.2.3.4"),
    sequence(sequence(objectIdentifier(oid.cpsQualifier), ascii(tag, text))),
  );
const access = (method: string, text: string): Bytes => sequence(objectIdentifier(method), url(text));
const issuer = (email: string): Bytes =>
  sequence(setOf([sequence(objectIdentifier(oid.emailAddress), ascii(0x16, email))]));

async function contactIn(extensions: readonly Bytes[], name?: Bytes) {
  return authorityContact(
    (await forgeCertificate({ extensions, ...(name && { issuer: name }) })).certificate,
  );
}

test("its statement for people, its mail address, and the hosts that it runs, each once", async () => {
  const contact = await contactIn(
    [
      extension(oid.certificatePolicies, sequence(statement("https://ca.test/cps")), false),
      extension(
        oid.authorityInfoAccess,
        sequence(
          access(oid.accessOcsp, "http://ocsp.ca.test/"),
          access(oid.accessCaIssuers, "http://ocsp.ca.test/i"),
        ),
        false,
      ),
    ],
    issuer("help@ca.test"),
  );
  assert.deepEqual(contact, {
    ...{ email: "help@ca.test", statements: ["https://ca.test/cps"], hosts: ["ocsp.ca.test"] },
  });
});

test("a certificate that tells nothing", async () => {
  assert.deepEqual(await contactIn([]), { email: null, statements: [], hosts: [] });
});

test("no page that somebody on the way can change, no script, nothing that does not parse, and few at most", async () => {
  for (const text of ["http://ca.test/cps", "javascript:alert(1)", "https://", "", "https://ca.test/ blank"])
    assert.deepEqual(
      (await contactIn([extension(oid.certificatePolicies, sequence(statement(text)), false)])).statements,
      [],
      text,
    );
  const wrongTag = extension(
    oid.certificatePolicies,
    sequence(statement("https://ca.test/cps", 0x0c)),
    false,
  );
  assert.deepEqual((await contactIn([wrongTag])).statements, []);
  const broken = extension(oid.certificatePolicies, Uint8Array.of(0x30, 0x05, 0x00), false);
  assert.deepEqual((await contactIn([broken])).statements, []);
  const many = Array.from({ length: 9 }, (_, index) =>
    sequence(
      objectIdentifier(`1.2.3.${index}`),
      sequence(sequence(objectIdentifier(oid.cpsQualifier), ascii(0x16, `https://ca.test/${index}`))),
    ),
  );
  assert.equal(
    (await contactIn([extension(oid.certificatePolicies, sequence(...many), false)])).statements.length,
    3,
  );
});

test("an address that is none is not shown", async () => {
  for (const email of ["help", "a@b@c", "help@ca.test\nBcc: x", "<script>@ca.test>", "@ca.test"])
    assert.equal((await contactIn([], issuer(email))).email, null, email);
});
