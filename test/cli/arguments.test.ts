import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError, identityFiles, parseArguments, timeOf, valuesOf } from "../../src/cli/arguments.js";

const grammar = {
  file: "FILE",
  flags: ["--json"],
  values: ["--identity", "--password", "--at"],
  lists: ["--anchor"],
};
const parse = (...words: string[]) => parseArguments(words, grammar);

test("each password belongs to the identity before it; one without has the empty one", () => {
  const given = parse(
    "m.eml",
    "--identity",
    "a.p12",
    "--password",
    "x",
    "--identity",
    "b.p12",
    "--identity=c.p12",
    "--password=--y",
  );
  assert.deepEqual(identityFiles(given), [
    { path: "a.p12", password: "x" },
    { path: "b.p12", password: "" },
    { path: "c.p12", password: "--y" },
  ]);
  assert.deepEqual(identityFiles(parse("m.eml", "--identity", "a.p12", "--password", "--z")), [
    { path: "a.p12", password: "--z" },
  ]);
});

test("the file may stand anywhere; further words after a list's option belong to the list", () => {
  assert.equal(parse("--anchor", "a.pem", "m.eml").file, "m.eml");
  assert.equal(parse("--json", "-").file, "-");
  assert.deepEqual(valuesOf(parse("m.eml", "--anchor", "a.pem", "b.pem", "--json"), "--anchor"), [
    "a.pem",
    "b.pem",
  ]);
  assert.throws(() => parse("m.eml", "--json", "n.eml"), UsageError);
  assert.throws(() => parse("m.eml", "-x"), UsageError);
});

test("times are ISO 8601, UTC where no zone is said; words and impossible days are refused", () => {
  const at = (text: string) => timeOf(parse("m.eml", "--at", text)).toISOString();
  assert.equal(at("2026-11-22T12:00:00Z"), "2026-11-22T12:00:00.000Z");
  assert.equal(at("2026-11-22T12:00:00+01:00"), "2026-11-22T11:00:00.000Z");
  assert.equal(at("2026-11-22T12:00+0100"), "2026-11-22T11:00:00.000Z");
  assert.equal(at("2026-11-22T12:00:00"), "2026-11-22T12:00:00.000Z");
  assert.equal(at("2026-11-22"), "2026-11-22T00:00:00.000Z");
  for (const bad of [
    "",
    "now",
    "22.11.2026",
    "2026-02-30",
    "2026-11-22T25:00:00Z",
    "1700000000",
    "2026-11-22T12:00:00Zx",
  ]) {
    assert.throws(() => at(bad), UsageError, bad);
  }
});
