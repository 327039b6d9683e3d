/**
 * Mail that only a time stamp (RFC 3161) speaks for, because the signer's certificate had expired before anybody
 * here saw it: the stamp's word is never told later as our own. Whoever owned a stamp's authority for a day could
 * else have made records that outlive it.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inspectWith } from "../../src/background/evidence.js";
import { oid } from "../../src/engine/base/oid.js";
import type { Bytes, Certificate } from "../../src/engine/index.js";
import { Disk, wake } from "../helpers/background.js";
import { attribute, clearMail, forgeSignedData } from "../helpers/forge-signed-data.js";
import { alice, lunch, testCertificate } from "../helpers/inspecting.js";
import { timeStampAuthority } from "../helpers/time-stamp-authority.js";

let tsa: Awaited<ReturnType<typeof timeStampAuthority>>;
let stamped: Bytes;
let bare: Bytes;
let certificate: Certificate;
before(async () => {
  tsa = await timeStampAuthority();
  certificate = await testCertificate("alice-rsa");
  const token = async (signature: Bytes) => [attribute(oid.timeStampToken, await tsa.stamp(signature))];
  const signed = { content: lunch, key: "alice-rsa" } as const;
  stamped = clearMail(alice, lunch, await forgeSignedData({ ...signed, unsigned: token }));
  bare = clearMail(alice, lunch, await forgeSignedData(signed));
});

const day = 86_400_000;

async function read(disk: Disk, raw: Bytes, when: "in time" | "a year too late"): Promise<string> {
  const { notBefore, notAfter } = certificate;
  disk.time = new Date(when === "in time" ? notBefore + day : notAfter + 365 * day);
  const { verdict } = await inspectWith(wake(disk), { raw, purpose: "display", time: disk.time });
  const { state, judgedAt } = verdict.summary;
  return `${state} ${judgedAt?.source ?? "now"}`;
}

async function accepting(): Promise<Disk> {
  const disk = new Disk();
  await wake(disk).anchors.add([await testCertificate("root"), tsa.certificate]);
  return disk;
}

test("a stamp's time is no record of ours: without its authority the mail is as unproven as before", async () => {
  const disk = await accepting();
  assert.equal(await read(disk, stamped, "a year too late"), "2c time-stamp");
  // By now somebody has seen it, and with the authority it goes on to hold.
  assert.equal(await read(disk, stamped, "a year too late"), "2c time-stamp");
  await wake(disk).anchors.remove(tsa.certificate.fingerprint);
  assert.equal(await read(disk, stamped, "a year too late"), "6 now");
});

test("what was seen while the certificate held is a record, with a stamp or without: it outlives the authority of the stamp", async () => {
  for (const raw of [stamped, bare]) {
    const disk = await accepting();
    assert.equal(await read(disk, raw, "in time"), "2b now");
    await wake(disk).anchors.remove(tsa.certificate.fingerprint);
    assert.match(await read(disk, raw, "a year too late"), /^2. record$/);
  }
  // Without either: as unproven as ever.
  assert.equal(await read(await accepting(), bare, "a year too late"), "6 now");
});
