/** Whom an authority may vouch for, as a person reads it before they accept it; and that paths agree with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { context } from "../../../src/engine/base/der-reader.js";
import { encode, sequence } from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import {
  type Bytes,
  checkSigningCertificate,
  loadMailScope,
  normalizeAddress,
} from "../../../src/engine/index.js";
import {
  addressed,
  authority,
  constraints,
  extension,
  forgeCertificate,
  mailbox,
} from "../../helpers/forge-certificate.js";

const host = (value: string): Bytes => encode(context(2, "primitive"), new Uint8Array(Buffer.from(value)));

const everybody = { permitted: null, excluded: [] };
const nobody = { permitted: [], excluded: [] };
const family = mailbox("family.example");

const cases: readonly (readonly [what: string, extra: readonly Bytes[], scope: object, holds: boolean])[] = [
  ["no constraint", [], everybody, true],
  ["a host", [constraints([family], [])], { permitted: ["family.example"], excluded: [] }, false],
  [
    "two",
    [constraints([family, mailbox("x.example")], [])],
    { permitted: ["family.example", "x.example"], excluded: [] },
    true,
  ],
  [
    "what is below",
    [constraints([mailbox(".example")], [])],
    { permitted: [".example"], excluded: [] },
    true,
  ],
  [
    "one mailbox",
    [constraints([mailbox("a@x.example")], [])],
    { permitted: ["a@x.example"], excluded: [] },
    true,
  ],
  [
    "all but one host",
    [constraints([], [mailbox("x.example")])],
    { permitted: null, excluded: ["x.example"] },
    false,
  ],
  ["web hosts, which bind no address", [constraints([host("family.example")], [])], everybody, true],
  ["an empty mailbox beside one: all", [constraints([family, mailbox("")], [])], everybody, true],
  ["all mailboxes excluded", [constraints([], [mailbox("")])], nobody, false],
  ["constraints that say nothing", [extension(oid.nameConstraints, sequence())], nobody, false],
];

test("the domains of a root are what its constraints let through, and a path to a@x.example ends as they say (RFC 5280 §4.2.1.10)", async () => {
  const { mailScope } = await loadMailScope();
  for (const [what, extra, scope, holds] of cases) {
    const root = await forgeCertificate({ extensions: [authority, ...extra] });
    assert.deepEqual(mailScope(root.certificate), scope, what);
    const { certificate } = await forgeCertificate({
      by: root,
      extensions: [addressed("a@x.example")],
    });
    const use = { anchors: [root.certificate], candidates: [], address: normalizeAddress("a@x.example") };
    const time = new Date((certificate.notBefore + certificate.notAfter) / 2);
    const { kind } = await checkSigningCertificate(certificate, { ...use, time });
    assert.equal(kind === "valid", holds, what);
  }
});
