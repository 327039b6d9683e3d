/** Which URLs of a certificate are asked, and which never: a sender chose them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress } from "../../../src/background/network/addresses.js";
import { evidenceUrl } from "../../../src/background/network/evidence-url.js";

const asked = (text: string, authority: "own" | "public" = "public"): string | null =>
  evidenceUrl(text, authority)?.href ?? null;

test("a public host is asked over http and https (RFC 5280 §4.2.1.13), without what stands behind #", () => {
  assert.equal(asked("http://crl.example.org/ca.crl"), "http://crl.example.org/ca.crl");
  assert.equal(asked("https://crl.example.org/ca.crl?x=1#here"), "https://crl.example.org/ca.crl?x=1");
  assert.equal(asked("http://crl.example.org:80/ca.crl"), "http://crl.example.org/ca.crl");
});

test("nothing but http and https is asked", () => {
  for (const url of [
    ...["ldap://directory.example.org/cn=ca", "ftp://example.org/ca.crl", "file:///etc/passwd"],
    ...["data:,x", "javascript:1", "blob:https://example.org/1", "about:config", "moz-extension://x/y"],
    ...["chrome://settings", "//example.org/x", "ca.crl", "", "http://", "http:/\\"],
  ]) {
    assert.equal(asked(url), null, url);
    assert.equal(asked(url, "own"), null, url);
  }
});

const privatePlaces = [
  ...[
    "http://localhost/x",
    "http://LOCALHOST./x",
    "http://a.localhost/x",
    "http://router/x",
    "http://router./x",
  ],
  ...["http://printer.local/x", "http://db.internal/x", "http://nas.lan/x", "http://box.home.arpa/x"],
  ...["http://wiki.corp/x", "http://a.test/x", "http://a.invalid/x", "http://hidden.onion/x"],
  ...["http://127.0.0.1/x", "http://10.0.0.1/x", "http://192.168.1.1/x", "http://172.16.0.1/x"],
  ...[
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/x",
    "http://224.0.0.1/x",
    "http://0.0.0.0/x",
  ],
  ...["http://[::1]/x", "http://[fe80::1]/x", "http://[fd00::1]/x", "http://[ff02::1]/x"],
  "http://crl.example.org:8080/x",
  "https://crl.example.org:22/x",
];

test("private hosts, local names and odd ports are asked for no authority but the person's own", () => {
  for (const url of privatePlaces) {
    assert.equal(asked(url), null, url);
    assert.notEqual(asked(url, "own"), null, url);
  }
});

test("a public address as a number is not asked either: a public authority has a name", () => {
  assert.equal(asked("http://8.8.8.8/x"), null);
  assert.equal(asked("http://[2606:4700:4700::1111]/x"), null);
});

test("addresses in odd notations are never asked, whoever's: they hide where they lead", () => {
  for (const url of [
    ...[
      "http://2130706433/x",
      "http://0x7f000001/x",
      "http://0177.0.0.1/x",
      "http://127.1/x",
      "http://0x7f.1/x",
    ],
    ...["http://[::ffff:127.0.0.1]/x", "http://[::ffff:7f00:0001]/x", "http://[0:0:0:0:0:0:0:1]/x"],
    ...["http://127.0.0.1./x", "http://①②⑦.⓪.⓪.①/x", "http://2130706433/127.0.0.1"],
  ]) {
    assert.equal(asked(url), null, url);
    assert.equal(asked(url, "own"), null, url);
  }
});

test("names and passwords in a URL, and endless ones, are refused", () => {
  assert.equal(asked("http://user:secret@crl.example.org/x", "own"), null);
  assert.equal(asked("http://crl.example.org@evil.example.org/x"), null);
  assert.equal(asked(`http://crl.example.org/${"x".repeat(2048)}`), null);
});

test("an address of the public internet is told from all others (RFC 6890)", () => {
  for (const address of [
    "8.8.8.8",
    "193.0.6.139",
    "2606:4700::1111",
    "2a00:1450:4001::5e",
    "64:ff9b::808:808",
  ])
    assert.equal(isPublicAddress(address), true, address);
  for (const address of [
    ...["127.0.0.1", "10.255.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1", "100.127.0.1", "0.0.0.0"],
    ...["192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.251", "255.255.255.255"],
    ...["::1", "::", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::7f00:1", "fe80::1", "fe80::1%eth0", "fc00::1"],
    ...[
      "ff02::1",
      "2001:db8::1",
      "2002:7f00:1::",
      "2001:0:1::",
      "64:ff9b::7f00:1",
      "64:ff9b::c0a8:1",
      "100::1",
    ],
    ...["fec0::1", "4000::1", "", "example.org", "1.2.3", "1.2.3.256", "1::2::3", "12345::", ":::"],
  ])
    assert.equal(isPublicAddress(address), false, address);
  assert.equal(isPublicAddress("172.32.0.1"), true);
  assert.equal(isPublicAddress("100.128.0.1"), true);
});
