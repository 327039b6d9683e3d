/** Asking a person at a terminal. Nothing that is typed is shown, kept, or part of the output. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** @param question shown on standard error. @returns null where nobody sits at a terminal, or nothing was typed */
export async function askPassword(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  process.stderr.write(question);
  // readline echoes what is typed to its output: to nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    const typed = await new Promise<string>((resolve) => {
      lines.question("", resolve);
      lines.once("close", () => resolve(""));
    });
    return typed === "" ? null : typed;
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
