/** Settings: what was chosen comes back, what is none of ours falls back to its default. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { SettingsStore, defaultSettings } from "../../src/background/settings.js";
import { FakeArea } from "../helpers/background.js";

function store() {
  const area = new FakeArea(["settings", "composeModes"]);
  let changes = 0;
  return { area, settings: new SettingsStore(area, () => changes++), changes: () => changes };
}

test("nothing chosen is the defaults, and the lock's default is open", async () => {
  const { settings } = store();
  assert.deepEqual(await settings.get(), defaultSettings);
  assert.equal(defaultSettings.defaultMode, "off");
});

test("a choice is kept and announced, others stay", async () => {
  const { settings, changes } = store();
  await settings.set({ nativeLabel: "shown" });
  await settings.set({ unlockMinutes: "until-closing" });
  const expected = { ...defaultSettings, nativeLabel: "shown", unlockMinutes: "until-closing" };
  assert.deepEqual(await settings.get(), expected);
  assert.equal(changes(), 2);
});

test("two choices at the same moment are both kept", async () => {
  const { settings } = store();
  await Promise.all([
    settings.set({ nativeLabel: "shown" }),
    settings.set({ defaultMode: "sign" }),
    settings.rememberMode("id1", "sign"),
    settings.rememberMode("id2", "automatic"),
  ]);
  const { nativeLabel, defaultMode } = await settings.get();
  assert.deepEqual([nativeLabel, defaultMode], ["shown", "sign"]);
  assert.deepEqual(
    [await settings.rememberedMode("id1"), await settings.rememberedMode("id2")],
    ["sign", "automatic"],
  );
});

test("what another version wrote falls back value by value", async () => {
  const { area, settings } = store();
  await area.set({ settings: { defaultMode: "sign", nativeLabel: "blinking", unlockMinutes: -1, more: 1 } });
  assert.deepEqual(await settings.get(), { ...defaultSettings, defaultMode: "sign" });
  await area.set({ settings: "all of them", composeModes: { id1: "shut", id2: "encrypt" } });
  assert.deepEqual(await settings.get(), defaultSettings);
  assert.equal(await settings.rememberedMode("id1"), null);
  assert.equal(await settings.rememberedMode("id2"), "encrypt");
  assert.equal(await settings.rememberedMode("toString"), null);
});
