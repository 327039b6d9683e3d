/** axe-core in a page: the same rules that a reviewer's tool applies (WCAG 2.2 A and AA, and best practice). */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "puppeteer-core";

const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** @returns one text for each violation; none is what we want */
export async function violations(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, not by the page: the page's own policy stays as strict as it is.
  await page.evaluate(await readFile(source, "utf8"));
  const run = "axe.run(document).then(({ violations }) => violations)";
  const findings = (await page.evaluate(run)) as readonly Finding[];
  return findings.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  );
}
