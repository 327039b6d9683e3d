/**
 * Draws icons/signet-SIZE.png from icons/icon.svg with Chromium, for hosts that take no SVG (Chrome).
 * Run by hand when the mark changes; the pictures are committed, so that a build needs no browser.
 */
import { readFile, writeFile } from "node:fs/promises";
import puppeteer from "puppeteer-core";

const icons = new URL("../icons/", import.meta.url);
const mark = await readFile(new URL("icon.svg", icons), "base64");
const browser = await puppeteer.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  for (const size of [16, 32, 48, 64, 128]) {
    await page.setViewport({ width: size, height: size });
    await page.setContent(
      `<style>*{margin:0}img{display:block}</style><img width="${size}" height="${size}" src="data:image/svg+xml;base64,${mark}">`,
    );
    await writeFile(new URL(`signet-${size}.png`, icons), await page.screenshot({ omitBackground: true }));
  }
} finally {
  await browser.close();
}
