/** The built-in authorities in the background: they count from the first message on, and can be switched off. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { certificateFor, inspectWith } from "../../src/background/evidence.js";
import { Refusal } from "../../src/background/refusal.js";
import type { RootStore } from "../../src/background/trust/root-store.js";
import type { InspectContext, PublicRoots } from "../../src/engine/index.js";
import { Disk, wake } from "../helpers/background.js";
import { type Chain, forgeChain, signedLetter } from "../helpers/forge-chain.js";
import { rootTable } from "../helpers/root-table.js";

const time = new Date("2026-06-01");

/** A life of the background whose built-in list is the chain's root. */
function withBuiltIn(life: ReturnType<typeof wake>, { root }: Chain) {
  const table = rootTable([{ certificate: root.certificate }]);
  const inUse = async (): Promise<PublicRoots | null> => {
    const roots = await life.roots.inUse();
    return roots && { ...roots, table };
  };
  return { ...life, roots: { inUse } as unknown as RootStore };
}

async function firstRoot(life: ReturnType<typeof wake>): Promise<string> {
  return (await life.roots.list()).roots[0]!.fingerprint;
}

test("in a fresh profile a letter under a built-in root is good, and its signer can be written to, with no set-up", async () => {
  const chain = await forgeChain();
  const life = withBuiltIn(wake(new Disk()), chain);
  assert.deepEqual(await life.anchors.all(), []);
  const raw = signedLetter(chain);
  const { verdict } = await inspectWith(life, { raw, purpose: "display", time });
  assert.match(verdict.summary.state, /^2/);
  const answer = await certificateFor(life, "alice@example.test", time);
  assert.ok(answer.kind === "usable");
  assert.equal(answer.certificate.fingerprint, chain.person.certificate.fingerprint);
});

test("with all of them switched off nobody vouches, for reading and for writing; switched on again they count", async () => {
  const chain = await forgeChain();
  const plain = wake(new Disk());
  const life = withBuiltIn(plain, chain);
  await inspectWith(life, { raw: signedLetter(chain), purpose: "display", time });
  await plain.roots.switch("all", false);
  assert.equal(await plain.roots.inUse(), null);
  const off = await inspectWith(life, { raw: signedLetter(chain), purpose: "display", time });
  assert.equal(off.verdict.summary.state, "5");
  const answer = await certificateFor(life, "alice@example.test", time);
  assert.ok(answer.kind === "none");
  assert.equal(answer.problem?.code, "path-not-found");
  await plain.roots.switch("all", true);
  const on = await inspectWith(life, { raw: signedLetter(chain), purpose: "display", time });
  assert.match(on.verdict.summary.state, /^2/);
});

test("one that is switched off stays so, over the death of the event page, and the others count", async () => {
  const disk = new Disk();
  const life = wake(disk);
  const one = await firstRoot(life);
  await life.roots.switch(one, false);
  assert.equal(life.changes(), 1);
  assert.deepEqual(await life.roots.inUse(), { switchedOff: [one] });
  const next = wake(disk);
  assert.deepEqual(await next.roots.inUse(), { switchedOff: [one] });
  const { on, roots, origin } = await next.roots.list();
  assert.equal(on, true);
  assert.match(origin.program, /^Thunderbird/);
  assert.deepEqual(
    roots.filter((root) => !root.on).map(({ fingerprint }) => fingerprint),
    [one],
  );
  await next.roots.switch(one, true);
  assert.deepEqual(await next.roots.inUse(), { switchedOff: [] });
});

test("the choice of all is remembered beside that of each", async () => {
  const life = wake(new Disk());
  const one = await firstRoot(life);
  await life.roots.switch(one, false);
  await life.roots.switch("all", false);
  const list = await life.roots.list();
  assert.equal(list.on, false);
  await life.roots.switch("all", true);
  assert.deepEqual(await life.roots.inUse(), { switchedOff: [one] });
});

test("what is none of them cannot be switched", async () => {
  const life = wake(new Disk());
  for (const which of ["", "everything", "0".repeat(64)])
    await assert.rejects(life.roots.switch(which, false), Refusal, which);
  assert.deepEqual(await life.roots.inUse(), { switchedOff: [] });
});

test("the engine gets the choice as data, and no root's certificate", async () => {
  const life = wake(new Disk());
  const one = await firstRoot(life);
  await life.roots.switch(one, false);
  const contexts: InspectContext[] = [];
  const engine: typeof life.engine = {
    ...life.engine,
    inspect: (raw, context, signal) => {
      contexts.push(context);
      return life.engine.inspect(raw, context, signal);
    },
  };
  const chain = await forgeChain();
  await inspectWith({ ...life, engine }, { raw: signedLetter(chain), purpose: "display", time });
  const [context] = contexts;
  assert.deepEqual(context!.publicRoots, { switchedOff: [one] });
  assert.deepEqual(context!.anchors, []);
});
