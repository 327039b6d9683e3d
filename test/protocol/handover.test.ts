/** Files between pages and background: whole, in pieces, and refused where something is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { HandoverStore, serveHandover } from "../../src/background/handover.js";
import { chunkBytes, fileLimit, putFile, putPort, takeFile } from "../../src/protocol/handover.js";
import type { Port } from "../../src/protocol/runtime.js";
import { fakeRuntime, portPair } from "../helpers/ports.js";

const minute = 60_000;

function background(now: () => number = () => 0) {
  const store = new HandoverStore(now);
  const connect = ({ name }: { name: string }): Port => {
    const { near, far } = portPair(name);
    void serveHandover(far, store);
    return near;
  };
  return { store, runtime: fakeRuntime({ connect }) };
}

function octets(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 997) bytes[i] = i % 251;
  return bytes;
}

for (const length of [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 25 * 1024 * 1024]) {
  test(`${length} octets go there and come back as they were`, async () => {
    const { runtime } = background();
    const bytes = octets(length);
    const heard: number[] = [];
    const put = await putFile(new Blob([bytes]), (part) => heard.push(part), runtime);
    assert.ok(put.ok);
    const taken = await takeFile(put.answer, () => undefined, runtime);
    assert.ok(taken.ok);
    assert.ok(Buffer.from(bytes).equals(taken.answer));
    if (length > 0) assert.equal(heard.at(-1), 1);
    assert.deepEqual(
      heard,
      heard.toSorted((a, b) => a - b),
    );
  });
}

test("a file over the limit is refused before it is read, on either side", async () => {
  const { runtime, store } = background();
  const huge = { size: fileLimit + 1, slice: () => assert.fail("was read") } as unknown as Blob;
  assert.deepEqual(await putFile(huge, () => undefined, runtime), { ok: false, code: "file-too-large" });
  const { near, far } = portPair(putPort);
  void serveHandover(far, store);
  const said = new Promise((resolve) => near.onMessage.addListener(resolve));
  near.postMessage({ size: fileLimit + 1 });
  assert.deepEqual(await said, { failed: "file-too-large" });
});

test("a file that cannot be read, or became shorter, is unreadable", async () => {
  const { runtime } = background();
  const gone = {
    size: 10,
    slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotFoundError")) }),
  };
  const shorter = { size: 10, slice: () => new Blob([]) };
  for (const file of [gone, shorter]) {
    const reply = await putFile(file as unknown as Blob, () => undefined, runtime);
    assert.deepEqual(reply, { ok: false, code: "file-unreadable" });
  }
});

const broken: readonly (readonly [string, readonly unknown[], string])[] = [
  ["a size that is none", [{ size: -1 }], "not-allowed"],
  ["a size in words", [{ size: "10" }], "not-allowed"],
  ["no size", [null], "not-allowed"],
  ["a piece that is not base64", [{ size: 10 }, { chunk: "%%%" }], "file-unreadable"],
  ["a piece of nothing", [{ size: 10 }, { chunk: "" }], "file-unreadable"],
  ["a piece larger than the rest", [{ size: 1 }, { chunk: "AAAA" }], "file-unreadable"],
  ["no piece", [{ size: 1 }, {}], "file-unreadable"],
];

for (const [name, messages, code] of broken) {
  test(`${name} ends the transfer`, async () => {
    const { near, far } = portPair(putPort);
    void serveHandover(far, new HandoverStore(() => 0));
    const failed = new Promise((resolve) =>
      near.onMessage.addListener((said) => {
        if (typeof said === "object" && said !== null && "failed" in said) resolve(said);
      }),
    );
    for (const message of messages) near.postMessage(message);
    assert.deepEqual(await failed, { failed: code });
  });
}

test("what was never there, or has been wiped, is not found", async () => {
  const { runtime, store } = background();
  const id = store.put(octets(10));
  store.wipe(id);
  for (const unknown of [id, crypto.randomUUID()]) {
    assert.deepEqual(await takeFile(unknown, () => undefined, runtime), { ok: false, code: "not-found" });
  }
});

test("wiping overwrites the octets", () => {
  const store = new HandoverStore(() => 0);
  const bytes = octets(10).fill(7);
  store.wipe(store.put(bytes));
  assert.ok(bytes.every((octet) => octet === 0));
});

test("what nobody used for a quarter of an hour is gone; what was used stays", () => {
  let now = 0;
  const store = new HandoverStore(() => now);
  const used = store.put(octets(10));
  const unused = store.put(octets(10));
  now = 10 * minute;
  assert.notEqual(store.get(used), null);
  now = 16 * minute;
  assert.equal(store.get(unused), null);
  assert.notEqual(store.get(used), null);
});

test("locking the vault drops what was taken out of messages, and keeps the sealed ones", () => {
  const store = new HandoverStore(() => 0);
  const [opened, received] = [store.put(octets(10), "opened"), store.put(octets(10))];
  store.dropOpened();
  assert.equal(store.get(opened), null);
  assert.notEqual(store.get(received), null);
});

test("memory is bounded: the least recently used goes first", () => {
  const store = new HandoverStore(() => 0);
  const large = (): Uint8Array<ArrayBuffer> => new Uint8Array(fileLimit);
  const ids = [store.put(large()), store.put(large()), store.put(large())];
  store.get(ids[0]!);
  store.put(large());
  assert.deepEqual(
    ids.map((id) => store.get(id) !== null),
    [true, false, true],
  );
});

test("a page that goes away in the middle leaves nothing behind", async () => {
  const kept: number[] = [];
  class Watched extends HandoverStore {
    override put(...file: Parameters<HandoverStore["put"]>): string {
      kept.push(file[0].length);
      return super.put(...file);
    }
  }
  const { near, far } = portPair(putPort);
  const served = serveHandover(far, new Watched(() => 0));
  near.postMessage({ size: 10 });
  await new Promise(setImmediate);
  near.disconnect();
  await served;
  assert.deepEqual(kept, []);
});

test("a background that goes away in the middle is unavailable", async () => {
  const connect = ({ name }: { name: string }): Port => {
    const { near, far } = portPair(name);
    far.onMessage.addListener(() => far.disconnect());
    return near;
  };
  const reply = await putFile(new Blob([octets(10)]), () => undefined, fakeRuntime({ connect }));
  assert.deepEqual(reply, { ok: false, code: "unavailable" });
});
