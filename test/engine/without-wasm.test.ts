/** A host whose policy blocks wasm: everything works, by the twins. A file of its own, for it breaks wasm for its process. */
import assert from "node:assert/strict";
import { test } from "node:test";

// A function and no arrow: Module is called with `new`.
function blocked(): never {
  throw new WebAssembly.CompileError("blocked by the content security policy");
}
WebAssembly.Module = blocked as unknown as typeof WebAssembly.Module;
WebAssembly.compile = async () => blocked();
WebAssembly.instantiate = (async () => blocked()) as unknown as typeof WebAssembly.instantiate;

test("signed and encrypted mail is written and read, and key files open, without wasm", async () => {
  const { protectedMessage } = await import("../helpers/protecting.js");
  const { inspectAs } = await import("../helpers/inspecting.js");
  const { loadKernel } = await import("../../src/engine/kernels/load-kernel.js");
  const { base64Wasm } = await import("../../src/engine/kernels/generated/base64.js");
  assert.equal(loadKernel(base64Wasm), null);
  const head = "From: alice@example.test\r\nTo: big@example.test, bob@example.test\r\n";
  const content = "Content-Type: text/plain; charset=utf-8\r\n\r\nSee you at noon.\r\n";
  for (const reader of ["big-rsa4096", "bob-p256", "alice-rsa"]) {
    const to = ["big-rsa4096", "bob-p256"];
    const message = await protectedMessage({ draft: head + content, to, policy: { encrypt: true } });
    const { verdict, payload } = await inspectAs(message, [reader]);
    assert.equal(verdict.summary.state, "2");
    assert.equal(Buffer.from(payload.mime).toString(), content);
  }
});

test("a kernel that is broken is our own bug, not a reason to go on quietly", async () => {
  const { loadKernel } = await import("../../src/engine/kernels/load-kernel.js");
  function broken(): never {
    throw new TypeError("imports missing");
  }
  WebAssembly.Module = broken as unknown as typeof WebAssembly.Module;
  assert.throws(() => loadKernel("AGFzbQEAAAA="), TypeError);
});
