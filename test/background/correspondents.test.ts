/** Whom the person knows, and who is warned of: certificates, contacts, her own addresses, in this order of time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectWith } from "../../src/background/evidence.js";
import { keepCertificates } from "../../src/background/finding/attached-certificates.js";
import { Correspondents } from "../../src/background/trust/correspondents.js";
import type { EmailAddress } from "../../src/engine/index.js";
import { Disk, testCertificate, testFile, wake } from "../helpers/background.js";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const letterFrom = (address: string) =>
  bytes(`From: Alice <${address}>\r\nTo: bob@example.test\r\nContent-Type: text/plain\r\n\r\nHello\r\n`);

test("the sender's address is compared with kept certificates and contacts, whatever the state", async () => {
  const disk = new Disk();
  const life = wake(disk);
  const correspondents = new Correspondents(life);
  const judging = { ...life, correspondents };
  const lookAlike = async (address: string) => {
    const question = { raw: letterFrom(address), purpose: "display", time: disk.time } as const;
    return (await inspectWith(judging, question)).verdict.summary.lookAlike;
  };
  assert.equal(await lookAlike("alice@examp1e.test"), undefined);
  const keeping = {
    certificate: await testCertificate("alice-p256"),
    role: "person",
    capabilities: null,
  } as const;
  await life.certificates.keep([keeping], "seen-on-mail");
  // Gathered already; whoever changes a store says so.
  assert.equal(await lookAlike("alice@examp1e.test"), undefined);
  correspondents.forget();
  assert.deepEqual(await lookAlike("alice@examp1e.test"), {
    address: "alice@examp1e.test",
    resembles: "alice@example.test",
    why: "confusable",
  });
  assert.equal(await lookAlike("alice@example.test"), undefined);
  correspondents.useContacts(async () => ["carol@friends.example", "not an address"]);
  assert.equal((await lookAlike("carol@freinds.example"))?.resembles, "carol@friends.example");
  // A contact is the person's own word.
  correspondents.useContacts(async () => ["alice@examp1e.test"]);
  assert.equal(await lookAlike("alice@examp1e.test"), undefined);
});

test("an address book that cannot be read takes no verdict away, and is asked again", async () => {
  const life = wake(new Disk());
  const correspondents = new Correspondents(life);
  let fails = true;
  correspondents.useContacts(async () => {
    if (fails) throw new Error("no book");
    return ["carol@friends.example"];
  });
  const carol = "carol@freinds.example" as EmailAddress;
  assert.equal(await correspondents.lookAlike([carol]), null);
  fails = false;
  assert.equal((await correspondents.lookAlike([carol]))?.why, "one-character");
  assert.equal(await correspondents.lookAlike([]), null);
});

test("an address book that takes long holds up no badge; it is told once when it is there", async () => {
  const life = wake(new Disk());
  let told = 0;
  const correspondents: Correspondents = new Correspondents(life, () => {
    told++;
    // As the stores' listeners do: a change that is none.
    correspondents.forget();
  });
  let open: (list: readonly string[]) => void = () => undefined;
  correspondents.useContacts(() => new Promise((resolve) => (open = resolve)));
  const carol = "carol@freinds.example" as EmailAddress;
  assert.equal(await correspondents.lookAlike([carol]), null);
  assert.equal(told, 0);
  open(["carol@friends.example", ...Array.from({ length: 1_000 }, (_, i) => `p${i}@other.example`)]);
  while (told === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await correspondents.lookAlike([carol]))?.resembles, "carol@friends.example");
  assert.equal(told, 1);
});

for (const before of ["unknown", "seen-on-mail"] as const)
  test(`a certificate that lay in a message makes nobody known before those who were (${before}); a chosen file does`, async () => {
    const life = wake(new Disk());
    const correspondents = new Correspondents(life);
    correspondents.useContacts(async () => ["alice@examp1e.test"]);
    const alice = "alice@example.test" as EmailAddress;
    const certificate = await testCertificate("alice-p256");
    const keeping = { certificate, role: "person", capabilities: null } as const;
    if (before === "seen-on-mail") await life.certificates.keep([keeping], before);
    // A forger's letter brings the address that he will write from: a click on "keep" ended the warning.
    const file = await testFile("alice-p256.pem");
    assert.equal((await keepCertificates(life.certificates, [file])).length, 1);
    correspondents.forget();
    assert.equal((await correspondents.lookAlike([alice]))?.resembles, "alice@examp1e.test");
    await life.certificates.keep([keeping], "imported");
    correspondents.forget();
    assert.equal(await correspondents.lookAlike([alice]), null);
    // Once settled, another letter changes nothing.
    await keepCertificates(life.certificates, [file]);
    correspondents.forget();
    assert.equal(await correspondents.lookAlike([alice]), null);
  });
