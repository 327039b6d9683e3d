/** Compressed content (RFC 3274), CMS inside CMS with no MIME in between, and what may not be inside (RFC 5652 §4). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import type { Bytes } from "../../../src/engine/base/bytes.js";
import { context } from "../../../src/engine/base/der-reader.js";
import {
  encode,
  objectIdentifier,
  octetString,
  sequence,
  smallInteger,
} from "../../../src/engine/base/der-writer.js";
import { oid } from "../../../src/engine/base/oid.js";
import { encryptKey } from "../../../src/engine/cms/encrypt-key.js";
import type { Inspection } from "../../../src/engine/index.js";
import {
  type Enveloped,
  contentInfo,
  contentKey,
  envelopedData,
  opaqueLetter,
  view,
} from "../../helpers/forge-enveloped-data.js";
import { codes, inspectAs, letter, lunch, testCertificate } from "../../helpers/inspecting.js";
import { cmsSign } from "../../helpers/openssl.js";

async function forAlice(parts: Omit<Enveloped, "recipientInfos">): Promise<Bytes> {
  const recipient = { certificate: await testCertificate("alice-rsa"), capabilities: null };
  const { der } = await encryptKey(contentKey, recipient);
  return envelopedData({ ...parts, recipientInfos: [der] });
}

const asAlice = async (cms: Bytes): Promise<Inspection> => inspectAs(opaqueLetter(cms), ["alice-rsa"]);

function layersOf({ verdict }: Inspection): readonly string[] {
  return verdict.layers.map((layer) =>
    layer.kind === "signed" ? layer.kind : `${layer.kind} ${layer.status}`,
  );
}

const textOf = ({ payload }: Inspection): string => Buffer.from(payload.mime).toString();

// ------------------------------------------------------------------ compressed content, CMS inside CMS

function compressed(
  content: Uint8Array,
  contentType: string = oid.data,
  algorithm: string = oid.zlibCompress,
): Bytes {
  const eContent = encode(context(0), octetString(view(content)));
  const body = sequence(
    smallInteger(0),
    sequence(objectIdentifier(algorithm)),
    sequence(objectIdentifier(contentType), eContent),
  );
  return contentInfo(oid.compressedData, body);
}

const mime = (cms: Bytes): Bytes => opaqueLetter(cms).subarray(letter(new Uint8Array(0)).length);

test("opens compressed content, which says nothing of its security (RFC 3274)", async () => {
  const plain = await asAlice(compressed(deflateSync(lunch)));
  assert.deepEqual([textOf(plain), layersOf(plain)], [lunch, ["compressed opened"]]);
  const { summary } = plain.verdict;
  assert.deepEqual([summary.state, summary.encryption, summary.faults], ["1", "not-encrypted", []]);
  const signed = await cmsSign(lunch, "alice-rsa");
  const around = await asAlice(compressed(deflateSync(signed)));
  assert.deepEqual([around.verdict.summary.state, ...layersOf(around)], ["2", "compressed opened", "signed"]);
  const inside = await cmsSign(mime(compressed(deflateSync(lunch))), "alice-rsa", "-nodetach", "-binary");
  const covered = await inspectAs(letter(inside));
  assert.deepEqual(
    [covered.verdict.summary.state, ...layersOf(covered)],
    ["2", "signed", "compressed opened"],
  );
  assert.equal(textOf(covered), lunch);
});

test("content that does not inflate is damage, and takes a signature's good name (RFC 3274 §1.1)", async () => {
  const good = deflateSync(lunch);
  const turned = view(good);
  turned[turned.length - 1]! ^= 1;
  for (const broken of [good.subarray(0, -6), turned, Buffer.from("no zlib"), Buffer.alloc(0)]) {
    const inspection = await asAlice(compressed(broken));
    assert.deepEqual([codes(inspection), inspection.verdict.summary.state], [["cms-malformed"], "6"]);
    const inside = await cmsSign(mime(compressed(broken)), "alice-rsa", "-nodetach", "-binary");
    assert.equal((await inspectAs(letter(inside))).verdict.summary.state, "6");
  }
  const other = await asAlice(compressed(good, oid.data, "1.2.3.4"));
  assert.deepEqual(codes(other), ["algorithm-unsupported"]);
  assert.deepEqual(codes(await asAlice(compressed(good, oid.tstInfo))), ["content-type-unsupported"]);
});

test("a bomb is left alone: a message inflates to 64 times itself and a megabyte, no more", async () => {
  const bomb = await asAlice(compressed(deflateSync(Buffer.alloc(64 * 1024 * 1024))));
  assert.deepEqual(codes(bomb), ["budget-exceeded"]);
  const nested = deflateSync(mime(compressed(deflateSync(Buffer.alloc(8 * 1024 * 1024)))));
  assert.deepEqual(codes(await asAlice(compressed(nested))), ["budget-exceeded"]);
  const honest = lunch.repeat(10_000);
  assert.equal(textOf(await asAlice(compressed(deflateSync(honest)))), honest);
});

test("opens CMS inside CMS without MIME in between, with a ContentInfo around it and without (RFC 5652 §4)", async () => {
  const inner = await forAlice({ content: lunch });
  // The content alone: without type and [0] of the ContentInfo.
  const bare = inner.subarray(inner.indexOf(0xa0) + (inner[inner.indexOf(0xa0) + 1] === 0x82 ? 4 : 3));
  for (const content of [inner, bare]) {
    const cms = await forAlice({ content, contentType: oid.envelopedData });
    const inspection = await asAlice(cms);
    assert.deepEqual(layersOf(inspection), ["encrypted opened", "encrypted opened"]);
    assert.equal(textOf(inspection), lunch);
    const squeezed = await asAlice(compressed(deflateSync(content), oid.envelopedData));
    assert.deepEqual(layersOf(squeezed), ["compressed opened", "encrypted opened"]);
  }
  const locked = await inspectAs(
    opaqueLetter(await forAlice({ content: inner, contentType: oid.signedData })),
    ["alice-rsa"],
  );
  assert.deepEqual(layersOf(locked)[0], "encrypted opened");
  assert.notEqual(locked.verdict.summary.state, "2");
});

test("content of a type that mail is not made of is named, and no key is used for it", async () => {
  for (const contentType of [oid.digestedData, oid.encryptedData, oid.tstInfo, "1.2.3.4"]) {
    const inspection = await asAlice(await forAlice({ content: lunch, contentType }));
    assert.deepEqual(codes(inspection), ["content-type-unsupported"], contentType);
    const outside = await asAlice(contentInfo(contentType, sequence(smallInteger(0))));
    assert.deepEqual(codes(outside), ["content-type-unsupported"], contentType);
  }
});
