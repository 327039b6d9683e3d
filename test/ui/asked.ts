/** What a page on the stage asked its background, and what a person would read there. */
import type { Page } from "puppeteer-core";

/** as `stand-in` in stage.ts leaves it in the page */
export interface StageGlobal {
  readonly stage: { readonly asked: Question[]; readonly scene: object; say(event: unknown): void };
}
export interface Question {
  readonly ask: string;
  readonly params: unknown;
}

export function askedOf(page: Page): Promise<readonly Question[]> {
  return page.evaluate(() => (globalThis as unknown as StageGlobal).stage.asked);
}

export async function waitUntilAsked(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    (ask: string) =>
      (globalThis as unknown as StageGlobal).stage.asked.some((question) => question.ask === ask),
    {},
    name,
  );
}

export function wordsOf(page: Page): Promise<string> {
  return page.evaluate(() => document.body.innerText);
}

export function unfold(page: Page): Promise<void> {
  return page.evaluate(() =>
    document.querySelectorAll("details").forEach((details) => (details.open = true)),
  );
}
