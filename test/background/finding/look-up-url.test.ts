/** Which servers may be named for finding certificates. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  hostPattern,
  isDirectory,
  isResolver,
  readUrl,
} from "../../../src/background/finding/look-up-url.js";

test("a resolver is an https address, or one on this computer", () => {
  for (const good of [
    "",
    "https://dns.example.org/dns-query",
    "https://10.0.0.1:8443/q",
    "http://127.0.0.1:8053/",
  ])
    assert.ok(isResolver(good), good);
  for (const bad of [
    "http://dns.example.org/",
    "https://a:b@example.org/",
    "ftp://x/",
    "dns.quad9.net",
    7,
    null,
  ])
    assert.ok(!isResolver(bad), String(bad));
});

test("a directory's template puts the address anywhere but into the host", () => {
  for (const good of [
    "",
    "https://certs.example.org/?email={address}",
    "https://certs.example.org/{sha1}.cer",
  ])
    assert.ok(isDirectory(good), good);
  const bad = ["https://{domain}/{address}", "https://{address}.example.org/", "https://certs.example.org/"];
  for (const one of [...bad, "http://certs.example.org/{address}", "https://x.example.org@{local}/{address}"])
    assert.ok(!isDirectory(one), one);
});

test("the browser is asked for that host alone", () => {
  assert.equal(hostPattern(readUrl("https://dns.example.org:8443/q")!), "https://dns.example.org/*");
});
