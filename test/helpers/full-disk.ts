/** A database on a disk that takes no more, for tests in Node: writing fails as IndexedDB fails then, reading goes on. */
import type { Database } from "../../src/background/database.js";

/** @param isFull for a transaction that writes to these stores */
export function onFullDisk(
  open: () => Promise<Database>,
  isFull: (stores: readonly string[]) => boolean,
): () => Promise<Database> {
  const refuse = (stores: string | Iterable<string>): void => {
    const names = typeof stores === "string" ? [stores] : [...stores];
    if (isFull(names)) throw new DOMException("no room", "QuotaExceededError");
  };
  const guarded = (database: Database): Database =>
    new Proxy(database, {
      get(target, name): unknown {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...given: unknown[]): unknown => {
          const [stores, mode] = given as [string | string[], string | undefined];
          if (name === "transaction" && mode === "readwrite") refuse(stores);
          if (name === "put" || name === "add") refuse(stores);
          return Reflect.apply(value, target, given);
        };
      },
    });
  return async () => guarded(await open());
}
