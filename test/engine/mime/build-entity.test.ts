import assert from "node:assert/strict";
import { test } from "node:test";
import { type CanonicalMime, fromUtf8 } from "../../../src/engine/base/bytes.js";
import { assemble, clearSignedEntity, opaqueEntity } from "../../../src/engine/mime/build-entity.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test("multipart/signed holds the content octet for octet between its boundaries (RFC 8551 §3.5.3)", () => {
  for (const content of ["\r\n", "A: b\r\n\r\nbody", "A: b\r\n\r\nbody\r\n\r\n"]) {
    const entity = text(
      assemble(clearSignedEntity(fromUtf8(content) as unknown as CanonicalMime, fromUtf8("sig"), "sha-256")),
    );
    const boundary = /boundary="([^"]+)"/.exec(entity)![1]!;
    const [head, body, signature, end] = entity.split(`--${boundary}`);
    assert.match(
      head!,
      /^Content-Type: multipart\/signed; protocol="application\/pkcs7-signature";\r\n micalg=sha-256; /,
    );
    assert.equal(body, `\r\n${content}\r\n`);
    assert.match(signature!, /\r\n\r\nc2ln\r\n$/);
    assert.equal(end, "--\r\n");
  }
});

test("no two messages share a boundary, and none is longer than 70 characters (RFC 2046 §5.1.1)", () => {
  const make = () =>
    text(assemble(clearSignedEntity(fromUtf8("") as unknown as CanonicalMime, fromUtf8(""), "sha-256")));
  const boundaries = new Set(Array.from({ length: 50 }, () => /boundary="([^"]{1,70})"/.exec(make())![1]));
  assert.equal(boundaries.size, 50);
});

test("application/pkcs7-mime names its kind and file (RFC 8551 §3.2)", () => {
  const entity = text(assemble(opaqueEntity(fromUtf8("x".repeat(100)), "authEnveloped-data")));
  assert.match(
    entity,
    /^Content-Type: application\/pkcs7-mime; smime-type=authEnveloped-data;\r\n name="smime.p7m"\r\n/,
  );
  for (const line of entity.split("\r\n")) assert.ok(line.length <= 78);
});
