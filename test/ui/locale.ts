/** `browser.i18n` over the real messages file, for tests in Node. Anything else of `browser` throws. */
import { readFileSync } from "node:fs";

const file = new URL("../../_locales/en/messages.json", import.meta.url);

export const messages = JSON.parse(readFileSync(file, "utf8")) as Readonly<
  Record<string, { readonly message: string }>
>;

export function useLocale(): void {
  const i18n = {
    getMessage(key: string, inserted: readonly string[] = []): string {
      const found = Object.hasOwn(messages, key) ? messages[key]!.message : "";
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
