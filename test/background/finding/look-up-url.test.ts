/** Which servers may be named for finding certificates. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { directoryUrl } from "../../../src/background/finding/directory-look-up.js";
import {
  hostPattern,
  isDirectory,
  isResolver,
  readUrl,
} from "../../../src/background/finding/look-up-url.js";
import type { EmailAddress } from "../../../src/engine/index.js";

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

// WHATWG URL §4.4: what a browser's own reader of addresses makes of each.
const starts = [
  "https://",
  "HTTPS://",
  " https://",
  "\thttps://",
  "https:\\\\",
  "https:/",
  "https:",
  "https:////",
];

for (const start of starts)
  test(`a recipient's domain does not become the server's name behind ${JSON.stringify(start)}`, async () => {
    const bob = "bob@evil.test" as EmailAddress;
    for (const host of [
      "{domain}",
      "certs.{domain}",
      "{local}",
      "{sha1}.example.org",
      "certs.example.org:{local}",
    ]) {
      const template = `${start}${host}/?a={address}`;
      assert.ok(!isDirectory(template), template);
      assert.equal(await directoryUrl(template, bob), null);
    }
    const template = `${start}certs.example.org/{domain}?a={address}`;
    assert.ok(isDirectory(template), template);
    const url = await directoryUrl(template, bob);
    assert.equal(url?.href, "https://certs.example.org/evil.test?a=bob%40evil.test");
  });

test("a port is the person's own choice as the host is: no name is put into it", async () => {
  const template = "https://certs.example.org:{local}/{address}";
  assert.ok(!isDirectory(template));
  assert.equal(await directoryUrl(template, "8443@evil.test" as EmailAddress), null);
  assert.ok(isDirectory("https://certs.example.org:8443/{address}"));
});

test("the browser is asked for that host alone", () => {
  assert.equal(hostPattern(readUrl("https://dns.example.org:8443/q")!), "https://dns.example.org/*");
});
