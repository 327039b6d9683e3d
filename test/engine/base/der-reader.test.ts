/** Strict DER, tolerant BER, and what neither takes (X.690 §8, §10). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../../src/engine/base/bytes.js";
import {
  SequenceReader,
  asDer,
  children,
  context,
  readWhole,
  tags,
} from "../../../src/engine/base/der-reader.js";
import {
  readBitString,
  readBoolean,
  readInteger,
  readObjectIdentifier,
  readOctetString,
  readSmallInteger,
  readString,
  readTime,
  readUnsignedInteger,
} from "../../../src/engine/base/der-values.js";
import { objectIdentifier, reencodeAsDer, time } from "../../../src/engine/base/der-writer.js";
import { MalformedError } from "../../../src/engine/base/errors.js";
import type { Bytes } from "../../../src/engine/base/bytes.js";

const der = (hex: string): ReturnType<typeof readWhole> => readWhole(fromHex(hex), "der");
const ber = (hex: string): ReturnType<typeof readWhole> => readWhole(fromHex(hex), "ber");

function refuses(act: () => unknown, code: string): void {
  assert.throws(act, (error) => error instanceof MalformedError && error.code === code);
}

const chunked = "2480 0402 6162 0401 63 0000".replaceAll(" ", "");

test("reads lengths in DER only in their shortest form (X.690 §10.1)", () => {
  assert.equal(der("0400").end, 2);
  refuses(() => der("048101aa"), "asn1-not-der");
  refuses(() => der("04820001aa"), "asn1-not-der");
  assert.equal(ber("048101aa").contentEnd, 4);
  assert.equal(ber("048400000001aa").contentEnd, 7);
});

test("reads indefinite lengths in BER only (X.690 §8.1.3.6)", () => {
  assert.equal(toHex(readOctetString(ber(chunked))), "616263");
  refuses(() => der(chunked), "asn1-not-der");
  refuses(() => ber("04800000"), "asn1-malformed");
  refuses(() => ber("30800400"), "asn1-malformed");
  refuses(() => ber("3080000100"), "asn1-malformed");
});

test("joins chunks within chunks, and refuses those of another type (X.690 §8.7.3)", () => {
  assert.equal(toHex(readOctetString(ber("2480248004016100000401620000"))), "6162");
  refuses(() => readOctetString(ber("24800201610000")), "asn1-malformed");
  assert.equal(toHex(readOctetString(ber("a0800401610000"), context(0, "primitive"))), "61");
});

test("refuses what is truncated, goes beyond its end, or is followed by more", () => {
  for (const hex of ["", "30", "3001", "0402aa", "30030402aa", "0485ffffffffff", "04ff", "1f0100"]) {
    refuses(() => children(ber(hex)), "asn1-malformed");
  }
  refuses(() => der("0500ff"), "asn1-malformed");
  refuses(() => children(ber("30020000")), "asn1-malformed");
});

test("refuses nesting that is deeper than anything honest", () => {
  refuses(() => readWhole(fromHex("3080".repeat(100_000)), "ber"), "asn1-malformed");
  let nested: Bytes = fromHex("0500");
  for (let depth = 0; depth < 60; depth++) nested = Uint8Array.of(0x30, nested.length, ...nested);
  refuses(() => asDer(readWhole(nested, "ber")), "asn1-malformed");
});

test("asDer looks at everything inside (X.690 §10.2)", () => {
  assert.equal(toHex(asDer(ber("3003020101"))), "3003020101");
  refuses(() => asDer(ber("30 05 24 03 04 01 61".replaceAll(" ", ""))), "asn1-not-der");
  refuses(() => asDer(ber("30800201010000")), "asn1-not-der");
});

test("re-encodes BER as DER, the order kept", () => {
  assert.equal(toHex(reencodeAsDer(ber(`3080${chunked}0201010000`))), "30080403616263020101");
});

test("reads integers as they are, and only minimal ones in DER (X.690 §8.3.2)", () => {
  assert.equal(toHex(readInteger(der("02020080"))), "0080");
  assert.equal(toHex(readUnsignedInteger(der("02020080"))), "80");
  assert.equal(readSmallInteger(der("02027fff")), 32767);
  refuses(() => readInteger(der("02020001")), "asn1-not-der");
  refuses(() => readInteger(der("0202ff80")), "asn1-not-der");
  refuses(() => readInteger(der("0200")), "asn1-malformed");
  refuses(() => readUnsignedInteger(der("020180")), "asn1-malformed");
  refuses(() => readSmallInteger(der("02050100000000")), "asn1-malformed");
});

test("reads booleans, bit strings and object identifiers strictly (X.690 §8.2, §8.6, §8.19, §11)", () => {
  assert.equal(readBoolean(der("0101ff")), true);
  refuses(() => readBoolean(der("010101")), "asn1-not-der");
  assert.equal(readBitString(der("030205a0")).unusedBits, 5);
  refuses(() => readBitString(der("030205a1")), "asn1-not-der");
  refuses(() => readBitString(der("030101")), "asn1-malformed");
  for (const dotted of [
    "1.2.840.113549.1.1.1",
    "2.5.29.15",
    "2.999.1",
    "0.9.2342",
    "1.3.6.1.4.1.4294967296",
  ]) {
    assert.equal(readObjectIdentifier(readWhole(objectIdentifier(dotted), "der")), dotted);
  }
  refuses(() => readObjectIdentifier(der("06028001")), "asn1-malformed");
  refuses(() => readObjectIdentifier(der("060186")), "asn1-malformed");
  refuses(() => readObjectIdentifier(der("0600")), "asn1-malformed");
});

test("reads strings by their type and refuses what is not in it", () => {
  assert.equal(readString(der("0c02c3a9")), "é");
  refuses(() => readString(der("0c01e9")), "asn1-malformed");
  refuses(() => readString(der("1301e9")), "asn1-malformed");
  assert.equal(readString(der("1e0200e9")), "é");
  refuses(() => readString(der("1e01e9")), "asn1-malformed");
  assert.equal(readString(der("1c040001f600")), "😀");
  refuses(() => readString(der("1c040000d800")), "asn1-malformed");
});

test("reads times in Zulu form, two-digit years from 1950 to 2049 (RFC 5280 §4.1.2.5)", () => {
  for (const iso of ["1950-01-01T00:00:00.000Z", "2049-12-31T23:59:59.000Z", "2050-01-01T00:00:00.000Z"]) {
    assert.equal(readTime(readWhole(time(new Date(iso)), "der")), Date.parse(iso));
  }
  const utc = (text: string): number =>
    readTime(readWhole(Uint8Array.of(tags.utcTime, text.length, ...Buffer.from(text)), "der"));
  for (const text of [
    "260230000000Z",
    "261301000000Z",
    "260101240000Z",
    "2601010000+0100",
    "26010100000Z",
    "",
  ]) {
    refuses(() => utc(text), "asn1-malformed");
  }
});

test("walks a sequence in order and refuses the rest", () => {
  const reader = new SequenceReader(der("3006020101040161"));
  assert.equal(reader.optional(tags.boolean), null);
  reader.next(tags.integer);
  refuses(() => reader.finish(), "asn1-malformed");
  refuses(() => reader.next(tags.integer), "asn1-malformed");
  refuses(() => reader.any(), "asn1-malformed");
});
