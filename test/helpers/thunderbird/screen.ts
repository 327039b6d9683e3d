/** Mouse, keys and eyes on the virtual display: what a person does, by xdotool and ImageMagick. */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const call = promisify(execFile);

/** pixels of the whole display */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class Screen {
  readonly display: string;
  #last = { x: -1, y: -1, at: -1_000 };

  readonly #env: NodeJS.ProcessEnv;

  constructor(display: string) {
    this.display = display;
    this.#env = { ...process.env, DISPLAY: display };
  }

  /** Press the left button in the middle of the box. */
  async click(box: Box): Promise<void> {
    const x = Math.round(box.x + box.width / 2);
    const y = Math.round(box.y + box.height / 2);
    await this.#noDoubleClick(x, y);
    await this.#xdotool("mousemove", String(x), String(y), "click", "1");
    this.#last = { x, y, at: performance.now() };
  }

  /** Two clicks on one place within GTK's 400 ms would open what was only to be chosen. */
  async #noDoubleClick(x: number, y: number): Promise<void> {
    const near = Math.abs(x - this.#last.x) < 8 && Math.abs(y - this.#last.y) < 8;
    const since = performance.now() - this.#last.at;
    if (near && since < 700) await delay(700 - since);
  }

  /** Put the pointer away, so that no hover shows in a picture. */
  async hidePointer(): Promise<void> {
    await this.#xdotool("mousemove", "1279", "899");
  }

  /** @returns xdotool's name of the window with this title; null: not there (yet) */
  async findWindow(title: string): Promise<string | null> {
    const found = await call("xdotool", ["search", "--name", title], { env: this.#env }).catch(() => null);
    return found?.stdout.trim().split("\n")[0] ?? null;
  }

  async focus(window: string): Promise<void> {
    await this.#xdotool("windowraise", window, "windowfocus", window);
  }

  /** A line end is the Return key. */
  async type(text: string): Promise<void> {
    for (const [index, line] of text.split("\n").entries()) {
      if (index > 0) await this.key("Return");
      if (line !== "") await this.#xdotool("type", "--delay", "8", "--", line);
    }
  }

  /** e.g. "Tab", "ctrl+Return" */
  async key(...names: readonly string[]): Promise<void> {
    await this.#xdotool("key", "--delay", "20", ...names);
  }

  /** @param box what to keep of the display; everything where it is left out */
  async shot(file: string, box?: Box): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    const crop = box
      ? [
          "-crop",
          `${Math.round(box.width)}x${Math.round(box.height)}+${Math.round(box.x)}+${Math.round(box.y)}`,
          "+repage",
        ]
      : [];
    await call("import", ["-display", this.display, "-window", "root", ...crop, "-strip", file]);
  }

  async #xdotool(...args: readonly string[]): Promise<void> {
    await call("xdotool", args, { env: this.#env });
  }
}

/** Ask until the answer is neither null nor false; a test that waits says what for. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | null | false> | T | null | false,
  patience = 15_000,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms in vain for ${what}`);
    await delay(60);
  }
}
