/** Content of several megabytes goes through the cipher in stretches: nobody can tell where one ended. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../src/engine/index.js";
import { encryptInParts } from "../../../src/engine/cms/encrypt.js";
import { concat } from "../../../src/engine/base/bytes.js";
import { encodeBase64Lines, encodeBase64LinesInto } from "../../../src/engine/kernels/base64.js";
import { inspectAs, testCertificate } from "../../helpers/inspecting.js";

const stretch = 4 * 1024 * 1024;

function entity(length: number): Bytes {
  const octets = new Uint8Array(length).map((_, i) => (i * 2654435761) >>> 24);
  octets.set(Buffer.from("Content-Type: application/octet-stream\r\n\r\n"));
  return octets;
}

for (const length of [100, stretch - 1, stretch, stretch + 1, 2 * stretch, 2 * stretch + 5]) {
  for (const mode of ["AES-CBC", "AES-GCM"] as const) {
    test(`${length} octets come back from ${mode} as they went in`, async () => {
      const content = entity(length);
      const recipients = [{ certificate: await testCertificate("bob-p256"), capabilities: null }];
      const { parts } = await encryptInParts(content, recipients, { mode, keyLength: 32 });
      const { payload } = await inspectAs(concat(parts), ["bob-p256"]);
      assert.ok(Buffer.from(payload.mime).equals(content));
    });
  }
}

test("base64 of parts is base64 of the whole, wherever it was cut", () => {
  const whole = entity(200_000);
  const expected = encodeBase64Lines(whole);
  for (const cuts of [[], [0], [1], [56, 57, 58], [65_493], [65_492, 65_494, 131_000], [199_999]]) {
    const borders = [0, ...cuts, whole.length];
    const parts = borders.slice(1).map((end, i) => whole.subarray(borders[i], end));
    const output = new Uint8Array(expected.length);
    encodeBase64LinesInto(parts, output);
    assert.ok(Buffer.from(output).equals(expected), String(cuts));
  }
});
