import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlainlyWritten } from "../../../src/engine/mime/content-type.js";

const plain = [
  'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="----A=_1"',
  "multipart/signed; protocol=application/pkcs7-signature; micalg=sha1; boundary=----=_Part_0.1",
  "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m;",
  'application/octet-stream;\tname="smime.p7m"',
  "attachment; filename=smime.p7m",
];

// Each of these made Thunderbird, or could make another reader, take another boundary, type or name than we do.
const doubtful = [
  "multipart/signed; boundary=(x)A",
  "multipart/signed; x=y(; boundary=A; z=); boundary=B",
  "multipart/signed (; boundary=B; x=); boundary=A",
  'multipart/signed; x=a"; boundary=A; y="; boundary=B',
  'multipart/signed; boundary="A',
  'multipart/signed; boundary="A\\',
  'multipart/signed; boundary="A"B',
  "multipart/signed; boundary=\u00a0A",
  "multipart/signed; boundary=A\u2028",
  "multipart/signed; bound(x)ary=B",
  "multi part/signed; boundary=B",
  "multipart/signed; boundary = B",
  "multipart/signed; boundary*=utf-8''A%4",
  "multipart/signed; boundary*0=A; boundary*1=B",
  "application/ pkcs7-mime; name=smime.p7m",
  "application/octet-stream; x=(; name=evil.html; y=); name=smime.p7m",
  "application/octet-stream; name*=utf-8''smime.p7m",
];

test("takes the forms of Content-Type that honest mail programs write (RFC 2045 §5.1)", () => {
  for (const text of plain) assert.ok(isPlainlyWritten(text), text);
});

test("doubts every form that two readers could understand differently", () => {
  for (const text of doubtful) assert.ok(!isPlainlyWritten(text), text);
});

test("comes to an end on fields made to cost more than linear time", { timeout: 20_000 }, () => {
  for (const filler of ["; a=b", ";", '; a="', "a", " ", "; a", "=;"]) {
    const text = `multipart/signed${filler.repeat(49_000 / filler.length)}`;
    assert.ok(!isPlainlyWritten(`${text}\u0000`));
  }
});
