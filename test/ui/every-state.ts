/**
 * One page in every state, in real Chromium: axe-core in both schemes with everything unfolded, no text
 * missing, and nothing that runs out of the page when it is zoomed or turned.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "puppeteer-core";
import { violations } from "./axe.js";
import { unfold, wordsOf } from "./asked.js";
import type { Scene, Stage } from "./stage.js";

export interface Repertoire {
  readonly name: string;
  readonly scenes: Readonly<Record<string, Scene>>;
  readonly width: number;
  readonly query?: string;
}

export function testEveryState(stage: () => Stage, { name, scenes, width, query }: Repertoire): void {
  test(`${name}: no axe violation in any state, light and dark, everything unfolded; no text missing`, async () => {
    for (const [scene, answers] of Object.entries(scenes)) {
      const page = await stage().play(name, answers, { width, query });
      await unfold(page);
      for (const scheme of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        assert.deepEqual(await violations(page), [], `${name} ${scene} ${scheme}`);
      }
      assert.doesNotMatch(await wordsOf(page), /⟦|undefined|\[object|\$\d/, `${name} ${scene}`);
      // A label belongs to the first element of that id, whatever form it stands in.
      assert.deepEqual(await repeatedIds(page), [], `${name} ${scene}`);
      await page.close();
    }
  });

  test(`${name}: nothing runs out of the page at 200 % zoom, left to right nor right to left (WCAG 1.4.10)`, async () => {
    for (const direction of ["ltr", "rtl"] as const) {
      const [first] = Object.values(scenes);
      const page = await stage().play(name, first!, { width: Math.max(320, width / 2), query, direction });
      await unfold(page);
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(over <= 0, `${over} pixels too wide`);
      assert.deepEqual(await violations(page), []);
      await page.close();
    }
  });

  test(`${name}: every control is reached by Tab alone, and shows that it has the focus`, async () => {
    for (const answers of Object.values(scenes).slice(0, 2)) {
      const page = await stage().play(name, answers, { width, query });
      await unfold(page);
      const wanted = await page.$$eval(
        "a[href], button:enabled, select:enabled, summary, textarea:enabled, input:enabled:not([hidden])",
        (all) => {
          const groups = new Set<string>();
          return all.filter((one) => {
            if (!one.checkVisibility() || one.closest("iframe") !== null) return false;
            if (!(one instanceof HTMLInputElement) || one.type !== "radio") return true;
            // Arrows go on within a group.
            const isFirst = !groups.has(one.name);
            groups.add(one.name);
            return isFirst;
          }).length;
        },
      );
      assert.equal(await reachedByTab(page, wanted), wanted);
      await page.close();
    }
  });

  test(`${name}: in the person's own few colours every control keeps an edge, and axe finds nothing (forced-colors)`, async () => {
    for (const answers of Object.values(scenes).slice(0, 2)) {
      const page = await stage().play(name, answers, { width, query, forcedColors: true });
      await unfold(page);
      assert.equal(await page.evaluate(() => matchMedia("(forced-colors: active)").matches), true);
      assert.deepEqual(await edgeless(page), []);
      assert.deepEqual(await violations(page), []);
      await page.close();
    }
  });
}

/** @returns how many controls had the focus, one after another */
async function reachedByTab(page: Page, wanted: number): Promise<number> {
  const reached = new Set<string>();
  for (let presses = 0; presses < wanted + 3; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const now = document.activeElement;
      if (now === null || now === document.body) return null;
      // A frame draws the focus within itself; a radio's whole label bears its ring.
      if (now instanceof HTMLIFrameElement) return null;
      const ring = now.closest("label") ?? now;
      const outlined = [now, ring].some((one) => getComputedStyle(one).outlineStyle !== "none");
      return `${[...document.querySelectorAll("*")].indexOf(now)} ${outlined}`;
    });
    if (focused === null) continue;
    assert.match(focused, /true$/, "no focus ring");
    reached.add(focused);
  }
  return reached.size;
}

function repeatedIds(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    return ids.filter((id, index) => ids.indexOf(id) !== index);
  });
}

/** Backgrounds are gone there: what is told by one alone is not told. */
function edgeless(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, .card, .notice, progress")]
      .filter((one) => one.checkVisibility())
      .filter((one) => {
        const { borderTopStyle, borderTopWidth, outlineStyle, textDecorationLine } = getComputedStyle(one);
        const hasBorder = borderTopStyle !== "none" && Number.parseFloat(borderTopWidth) > 0;
        return !hasBorder && outlineStyle === "none" && textDecorationLine === "none";
      })
      .map((one) => `${one.tagName} ${one.className} ${one.id}`),
  );
}
