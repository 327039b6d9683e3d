/** What the settings page of a managed browser is told, and that it cannot change it. */
import type { Page } from "puppeteer-core";
import { until } from "./driven.js";

interface Reply {
  readonly answer: Record<string, unknown> & { readonly problems?: readonly { readonly name: string }[] };
  readonly code?: string;
}
declare const browser: { readonly runtime: { sendMessage(message: object): Promise<Reply> } } | undefined;
declare const chrome: NonNullable<typeof browser> & object;

/** @param page our settings page */
export async function policyStory(page: Page): Promise<object> {
  await until(() => page.evaluate(() => document.querySelector("#organisation:not([hidden])") !== null));
  // tsx wraps functions in a call of `__name`, which the page does not have.
  await page.evaluate("globalThis.__name = (named) => named");
  return page.evaluate(async () => {
    const { runtime } = typeof browser === "undefined" ? chrome : browser;
    const ask = (name: string, params: object) => runtime.sendMessage({ signet: "ask", ask: name, params });
    const policy = (await ask("policy:get", {})).answer;
    const settings = (await ask("settings:get", {})).answer;
    const change = await ask("settings:set", { change: { revocation: "crl" } });
    return {
      settings: [...(policy["settings"] as string[])].sort(),
      problems: policy.problems?.map(({ name }) => name),
      revocation: settings["revocation"],
      unlockMinutes: settings["unlockMinutes"],
      change: change.code,
    };
  });
}
