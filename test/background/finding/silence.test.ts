/** What is logged when looking for somebody's certificate fails: never whom one writes to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Finder } from "../../../src/background/finding/finder.js";
import { defaultSettings } from "../../../src/background/settings.js";
import type { EmailAddress } from "../../../src/engine/index.js";
import { Disk, wake } from "../../helpers/background.js";

const address = "bob@example.org" as EmailAddress;

test("contacts and look-ups that fail leave no address in the log: an exception's words may quote what it failed on", async (context) => {
  const logged = context.mock.method(console, "error", () => undefined);
  let told: () => void = () => undefined;
  const changed = new Promise<void>((resolve) => (told = resolve));
  const disk = new Disk();
  const finder = new Finder({
    ...wake(disk),
    ...{ now: () => disk.time, onChanged: () => told() },
    settings: async () => ({ ...defaultSettings, resolver: "https://dns.example.org/dns-query" }),
    network: {
      fetch: () => Promise.reject(new Error(`no way to ${address}`)),
      mayAsk: async () => true,
    },
  });
  finder.useContacts(() => Promise.reject(new Error(`no card of ${address}`)));
  await finder.search(address);
  await changed;
  assert.equal(logged.mock.callCount(), 2);
  const words = logged.mock.calls.map((call) => call.arguments.map(String).join(" ")).join("\n");
  assert.ok(!words.includes(address), words);
});
