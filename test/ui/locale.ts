/** `browser.i18n` over the real messages file, for tests in Node. Anything else of `browser` throws. */
import { readFileSync } from "node:fs";

export type Messages = Readonly<Record<string, { readonly message: string }>>;

export function messagesOf(language: string): Messages {
  const file = new URL(`../../_locales/${language}/messages.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Messages;
}

export const messages = messagesOf("en");

/** @param language also for a test that has looked at another one before */
export function useLocale(language = "en"): void {
  const words = language === "en" ? messages : messagesOf(language);
  const i18n = {
    getMessage(key: string, inserted: readonly string[] = []): string {
      const found = Object.hasOwn(words, key) ? words[key]!.message : "";
      return found.replace(/\$([1-9])/g, (_, number: string) => inserted[Number(number) - 1] ?? "");
    },
  };
  const browser = new Proxy(
    { i18n },
    {
      get(target, name) {
        if (name === "i18n") return target.i18n;
        throw new Error(`No fake for browser.${String(name)}!`);
      },
    },
  );
  Object.assign(globalThis, { browser });
}
