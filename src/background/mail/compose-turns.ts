/**
 * One after another for each compose window. What is read from a storage area, changed and written back by two
 * events at once keeps only what the second of them wrote.
 */
export class Turns {
  readonly #last = new Map<number, Promise<unknown>>();

  take<T>(tabId: number, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(tabId) ?? Promise.resolve();
    const turn = before.then(act, act);
    this.#last.set(
      tabId,
      turn.catch(() => undefined),
    );
    return turn;
  }

  forget(tabId: number): void {
    this.#last.delete(tabId);
  }
}
