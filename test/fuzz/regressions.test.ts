/** What fuzzers begin with and what they once found, through the same targets, without the fuzzer: quick, everywhere. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { noCorpora, corpusCases, readCorpus } from "../helpers/corpora.js";
import * as cms from "./targets/cms.js";
import * as crl from "./targets/crl.js";
import * as der from "./targets/der.js";
import * as dns from "./targets/dns.js";
import * as mime from "./targets/mime.js";
import * as ocsp from "./targets/ocsp.js";
import * as pkcs12 from "./targets/pkcs12.js";
import * as request from "./targets/request.js";

const targets = { cms, crl, der, dns, mime, ocsp, pkcs12, request };
const seeds = new URL("seeds/", import.meta.url);

for (const [name, { fuzz }] of Object.entries(targets)) {
  test(`${name}: every seed and every found input keeps the promises`, async () => {
    const files = readdirSync(new URL(`${name}/`, seeds));
    assert.ok(files.length > 0);
    for (const file of files) {
      const input = readFileSync(new URL(`${name}/${file}`, seeds));
      await assert.doesNotReject(async () => fuzz(input), `${name}/${file}`);
    }
  });
}

test("the corpora's messages and key files keep them, too", { skip: noCorpora }, async () => {
  const kinds = { verify: [cms, der], decrypt: [cms, der], mime: [mime], p12: [pkcs12, der] };
  for (const [kind, through] of Object.entries(kinds)) {
    for (const { id, path } of corpusCases(kind)) {
      const input = readCorpus(path);
      if (input.length > 200_000) continue;
      for (const { fuzz } of through) await assert.doesNotReject(async () => fuzz(input), id);
    }
  }
});
