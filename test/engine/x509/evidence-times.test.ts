/** When a CRL or an OCSP response says it is up to date, read for a cache and believed by nobody. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boolean,
  encode,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
  time,
} from "../../../src/engine/base/der-writer.js";
import { evidenceTimes } from "../../../src/engine/index.js";

const at = (day: number): Date => new Date(Date.UTC(2026, 10, day));
const crl = (...times: readonly Date[]) =>
  sequence(sequence(smallInteger(1), sequence(), sequence(), ...times.map(time)), sequence());

test("a CRL says from when to when, with nextUpdate or without (RFC 5280 §5.1.2)", () => {
  assert.deepEqual(evidenceTimes(crl(at(1), at(8)), "crl"), {
    thisUpdate: at(1).getTime(),
    nextUpdate: at(8).getTime(),
  });
  assert.deepEqual(evidenceTimes(crl(at(1)), "crl"), { thisUpdate: at(1).getTime(), nextUpdate: null });
});

function ocsp(status: number, answers: readonly (readonly Date[])[]) {
  const singles = answers.map(([from, to]) =>
    sequence(sequence(), encode(0x80), time(from!), ...(to === undefined ? [] : [encode(0xa0, time(to))])),
  );
  const data = sequence(encode(0xa1, sequence()), time(at(1)), sequence(...singles));
  const basic = octetString(sequence(data));
  const bytes = encode(0xa0, sequence(objectIdentifier("1.3.6.1.5.5.7.48.1.1"), basic));
  return sequence(encode(0x0a, new Uint8Array([status])), bytes);
}

test("of an OCSP response the newest answer counts, and the one that is outdated first (RFC 6960 §4.2.1)", () => {
  assert.deepEqual(evidenceTimes(ocsp(0, [[at(1), at(3)]]), "ocsp"), {
    thisUpdate: at(1).getTime(),
    nextUpdate: at(3).getTime(),
  });
  const several = ocsp(0, [[at(2), at(9)], [at(1), at(4)], [at(3)]]);
  assert.deepEqual(evidenceTimes(several, "ocsp"), {
    thisUpdate: at(3).getTime(),
    nextUpdate: at(4).getTime(),
  });
  assert.equal(evidenceTimes(ocsp(0, [[at(1)]]), "ocsp")?.nextUpdate, null);
});

test("“try later” is no answer, nor is one without any (RFC 6960 §4.2.1)", () => {
  assert.equal(evidenceTimes(sequence(encode(0x0a, new Uint8Array([3]))), "ocsp"), null);
  assert.equal(evidenceTimes(ocsp(0, []), "ocsp"), null);
});

test("whatever is neither is null: pages, halves, the one for the other", () => {
  const page = new TextEncoder().encode("<html>Please log in</html>");
  for (const bytes of [page, new Uint8Array(), sequence(), sequence(boolean(true)), crl(at(1)).slice(0, -1)])
    for (const kind of ["crl", "ocsp"] as const) assert.equal(evidenceTimes(bytes, kind), null);
  assert.equal(evidenceTimes(crl(at(1)), "ocsp"), null);
  assert.equal(evidenceTimes(ocsp(0, [[at(1)]]), "crl"), null);
});
