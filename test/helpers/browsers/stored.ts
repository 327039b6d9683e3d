/** Everything that the add-on keeps on the disk of a browser, as text that can be compared: read from one of its pages. */
import type { Page } from "puppeteer-core";

/** by store and key */
export type Stored = Readonly<Record<string, string>>;

export async function storedBy(page: Page): Promise<Stored> {
  return page.evaluate(async () => {
    const done = <Answer>(request: IDBRequest<Answer>): Promise<Answer> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error!);
      });
    // Octets as digits: JSON drops them otherwise.
    const plain = (_: string, value: unknown): unknown => {
      if (value instanceof ArrayBuffer) return [...new Uint8Array(value)].join();
      if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer as ArrayBuffer)].join();
      return value instanceof CryptoKey ? value.algorithm : value;
    };
    const all: Record<string, string> = {};
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const opened = database.transaction(store).objectStore(store);
        const [keys, values] = await Promise.all([done(opened.getAllKeys()), done(opened.getAll())]);
        keys.forEach((key, index) => (all[`${store} ${String(key)}`] = JSON.stringify(values[index], plain)));
      }
      database.close();
    }
    const { storage } = (
      globalThis as unknown as { chrome: { storage: { local: { get(): Promise<object> } } } }
    ).chrome;
    for (const [key, value] of Object.entries(await storage.local.get()))
      all[`local ${key}`] = JSON.stringify(value);
    return all;
  });
}
