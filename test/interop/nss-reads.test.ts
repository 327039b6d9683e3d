/** NSS, the S/MIME of Thunderbird itself: it reads what we write, and we import the keys that it exports. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DecryptionError, type Bytes, readPkcs12 } from "../../src/engine/index.js";
import { Nss, noNss } from "../helpers/nss.js";
import { openssl } from "../helpers/openssl.js";
import { protectedMessage } from "../helpers/protecting.js";

const content = "Content-Type: text/plain; charset=utf-8\r\n\r\nSee you at noon.\r\n";
const people = ["alice-rsa", "bob-p256", "carol-p384", "big-rsa4096"] as const;
let nss: Nss;

before(async () => {
  if (noNss === false) nss = await Nss.with(people);
});
after(() => (noNss === false ? nss?.remove() : undefined));

const draft = (from: string, to: readonly string[]): string => {
  const address = (name: string) => `${name.split("-")[0]}@example.test`;
  return `From: ${address(from)}\r\nTo: ${to.map(address).join(", ")}\r\n${content}`;
};
const cmsOf = (message: Bytes): Promise<Bytes> => openssl(["cms", "-cmsout", "-outform", "DER"], message);
const text = (bytes: Bytes): string => Buffer.from(bytes).toString("latin1");

for (const name of people) {
  test(`NSS verifies what ${name} signed, and not one octet turned`, { skip: noNss }, async () => {
    const opaque = await protectedMessage({
      draft: draft(name, []),
      as: name,
      policy: { form: "opaque-signed" },
    });
    assert.equal(text(await nss.decode(await cmsOf(opaque))), content);
    const clear = await cmsOf(await protectedMessage({ draft: draft(name, []), as: name }));
    const bytes = new TextEncoder().encode(content) as Bytes;
    await nss.decode(clear, bytes);
    bytes[bytes.length - 4]! ^= 1;
    await assert.rejects(nss.decode(clear, bytes));
  });
}

// Key agreement is beyond NSS 3.87: what OpenSSL writes for a curve it calls improper DER as well.
for (const name of ["alice-rsa", "big-rsa4096"]) {
  test(
    `NSS opens for ${name} what alice-rsa encrypted to big-rsa4096 and herself`,
    { skip: noNss },
    async () => {
      const message = await protectedMessage({
        draft: draft("alice-rsa", ["big-rsa4096"]),
        to: ["big-rsa4096"],
        policy: { sign: false, encrypt: true },
      });
      const alone = await Nss.with([name]);
      try {
        assert.equal(text(await alone.decode(await cmsOf(message))), content);
      } finally {
        await alone.remove();
      }
    },
  );
}

for (const name of people) {
  test(
    `the backup of ${name} that NSS writes is imported, and not with another password (RFC 7292)`,
    { skip: noNss },
    async () => {
      const file = await nss.exportKey(name, "pässwörd");
      const entries = await readPkcs12(file, "pässwörd");
      const own = entries.find(({ privateKey }) => privateKey !== null);
      assert.ok(own?.certificate);
      assert.equal(own.friendlyName, name);
      await assert.rejects(readPkcs12(file, "passwort"), DecryptionError);
    },
  );
}
