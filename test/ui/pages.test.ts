/** Our pages in every state, in real Chromium: axe-core, both schemes, narrow, right to left, by keyboard. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { InspectedMessage } from "../../src/protocol/messages.js";
import { violations } from "./axe.js";
import { answer, compose, composeScenes, optionsScenes, popupScenes, readerScenes } from "./scenes.js";
import { Stage, type Scene } from "./stage.js";

const pages: readonly {
  readonly name: string;
  readonly scenes: Readonly<Record<string, Scene>>;
  readonly width: number;
  readonly query?: string;
}[] = [
  { name: "compose", scenes: composeScenes, width: 384 },
  { name: "popup", scenes: popupScenes, width: 400 },
  { name: "options", scenes: optionsScenes, width: 900 },
  { name: "reader", scenes: readerScenes, width: 900, query: "#file-1" },
];

let stage: Stage;
let folder: string;
before(async () => {
  stage = await Stage.open();
  folder = await mkdtemp(join(tmpdir(), "signet-ui-"));
  await writeFile(join(folder, "alice.p12"), "not opened by the stage");
});
after(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

for (const { name, scenes, width, query } of pages) {
  test(`${name}: no axe violation in any state, light and dark, everything unfolded; no text missing`, async () => {
    for (const [scene, answers] of Object.entries(scenes)) {
      const page = await stage.play(name, answers, { width, query });
      await page.evaluate(() =>
        document.querySelectorAll("details").forEach((details) => (details.open = true)),
      );
      for (const scheme of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        assert.deepEqual(await violations(page), [], `${name} ${scene} ${scheme}`);
      }
      assert.doesNotMatch(await wordsOf(page), /⟦|undefined|\[object|\$\d/, `${name} ${scene}`);
      await page.close();
    }
  });

  test(`${name}: nothing runs out of the page at 200 % zoom, left to right nor right to left (WCAG 1.4.10)`, async () => {
    for (const direction of ["ltr", "rtl"] as const) {
      const [first] = Object.values(scenes);
      const page = await stage.play(name, first!, { width: Math.max(320, width / 2), query, direction });
      await page.evaluate(() =>
        document.querySelectorAll("details").forEach((details) => (details.open = true)),
      );
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(over <= 0, `${over} pixels too wide`);
      assert.deepEqual(await violations(page), []);
      await page.close();
    }
  });
}

test("right to left, the mark stands to the right of the headline", async () => {
  for (const direction of ["ltr", "rtl"] as const) {
    const page = await stage.play("popup", popupScenes["state-2"]!, { width: 400, direction });
    const [mark, headline] = await page.evaluate(() =>
      [".verdict-head img", ".verdict-head h1"].map(
        (selector) => document.querySelector(selector)!.getBoundingClientRect().left,
      ),
    );
    assert.equal(mark! < headline!, direction === "ltr");
    await page.close();
  }
});

test("with forced colours the marks stay and axe finds nothing", async () => {
  const page = await stage.play("popup", popupScenes["state-4"]!, { width: 400, forcedColors: true });
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("the state is told by words and by the mark's shape, not by colour alone (WCAG 1.4.1)", async () => {
  const seen = new Map<string, string>();
  for (const state of ["2", "4", "6", "7", "7r", "0"]) {
    const page = await stage.play("popup", popupScenes[`state-${state}`]!, { width: 400 });
    const mark = await page.$eval(".verdict-head img", (image) => image.getAttribute("src"));
    seen.set(state, mark!);
    await page.close();
  }
  assert.equal(new Set(seen.values()).size, seen.size, JSON.stringify([...seen]));
});

test("compose: the arrow keys move the lock, and the background is told", async () => {
  const page = await stage.play("compose", compose({ mode: "sign" }), { width: 384 });
  await page.focus("#mode-sign");
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => asked().some((question) => question.ask === "compose:change"));
  const change = (await askedOf(page)).find(({ ask }) => ask === "compose:change");
  assert.deepEqual(change?.params, {
    tabId: 1,
    change: { kind: "mode", mode: "sign-and-encrypt", confirmedClear: false },
  });
  await page.close();
});

test("compose: opening the lock over decrypted text asks first; Escape keeps it shut and sends nothing", async () => {
  const page = await stage.play("compose", compose({ quotesDecrypted: true }), { width: 384 });
  await page.click("#mode-off");
  await page.waitForSelector("dialog[open]");
  assert.deepEqual(await violations(page), []);
  assert.equal(await page.$eval(":focus", (focused) => focused.textContent), "Keep it shut");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog") === null);
  assert.equal(
    await page.$eval("#mode-sign-and-encrypt", (input) => (input as HTMLInputElement).checked),
    true,
  );
  assert.equal(
    (await askedOf(page)).some(({ ask }) => ask === "compose:change"),
    false,
  );
  await page.click("#mode-off");
  await page.waitForSelector("dialog[open]");
  await page.click("dialog .danger");
  await page.waitForFunction(() => asked().some((question) => question.ask === "compose:change"));
  await page.close();
});

test("compose: what is being typed survives a redraw, and a wrong passphrase gets its sentence", async () => {
  const page = await stage.play("compose", composeScenes["blocked"]!, { width: 384 });
  await page.type("#unlock-passphrase", "wrong");
  await page.evaluate(() =>
    (globalThis as unknown as StageGlobal).stage.say({ event: "compose-changed", tabId: 1 }),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(await page.$eval("#unlock-passphrase", (input) => (input as HTMLInputElement).value), "wrong");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "unlock-passphrase");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector('[aria-invalid="true"]') !== null);
  assert.match(await wordsOf(page), /That is not the passphrase/);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test("options: the first certificate asks for password and protection in one form; mistakes are named where they are", async () => {
  const page = await stage.play("options", optionsScenes["first"]!, { width: 900 });
  await choose(page, "#identities", "alice.p12");
  await page.waitForSelector("#identities form");
  assert.deepEqual(await violations(page), []);
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("type")), "password");
  await page.keyboard.type("signet");
  await page.type("#identities .indented .field:nth-child(1) input", "four unrelated words here");
  await page.type("#identities .indented .field:nth-child(2) input", "four unrelated words");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.body.innerText.includes("The two passphrases differ"));
  await page.keyboard.type("four unrelated words here");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.body.innerText.includes("The password does not open this file"));
  assert.deepEqual(await violations(page), []);
  // The vault is made: a second try must not look as if its passphrase could still be chosen here.
  assert.match(await wordsOf(page), /protected by the passphrase you chose/);
  assert.equal(await page.$("#protection-device"), null);
  const asked = (await askedOf(page)).map(({ ask }) => ask);
  assert.ok(asked.indexOf("vault:create") < asked.indexOf("identity:import"));
  await page.close();
});

test("options: without a passphrase the words are honest, and null is what is sent", async () => {
  const page = await stage.play("options", optionsScenes["first"]!, { width: 900 });
  await choose(page, "#identities", "alice.p12");
  await page.click("#protection-device");
  assert.match(await wordsOf(page), /whoever can copy or use this profile has your keys/);
  await page.click("#identities button.primary");
  await page.waitForFunction(() => asked().some((question) => question.ask === "vault:create"));
  assert.deepEqual((await askedOf(page)).find(({ ask }) => ask === "vault:create")?.params, {
    passphrase: null,
  });
  await page.close();
});

test("options: removing an identity says what becomes unreadable, and asks", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  await page.click("#identities .danger");
  await page.waitForSelector("dialog[open]");
  assert.match(await page.$eval("dialog", (dialog) => dialog.innerText), /no longer be read here/);
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("dialog") === null);
  assert.equal(
    (await askedOf(page)).some(({ ask }) => ask === "identity:remove"),
    false,
  );
  await page.close();
});

test("options: an authority is accepted only after its meaning was said", async () => {
  const scene = {
    ...optionsScenes["home"]!,
    "anchor:import": { ok: false, code: "not-a-certificate-authority" },
  } as Scene;
  const page = await stage.play("options", scene, { width: 900 });
  await choose(page, "#anchors", "alice.p12");
  await page.waitForSelector("dialog[open]");
  assert.match(await page.$eval("dialog", (dialog) => dialog.innerText), /can sign as anybody/);
  assert.equal(
    (await askedOf(page)).some(({ ask }) => ask === "anchor:import"),
    false,
  );
  await page.click("dialog .primary");
  await page.waitForFunction(() => document.body.innerText.includes("belongs to a person or server"));
  await page.close();
});

test("every control can be reached by Tab and shows that it has the focus", async () => {
  const page = await stage.play("options", optionsScenes["home"]!, { width: 900 });
  const wanted = await page.$$eval(
    "button, select, summary, input:not([hidden])",
    (all) => all.filter((one) => one.checkVisibility()).length,
  );
  const reached = new Set<string>();
  for (let presses = 0; presses < wanted + 3; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const now = document.activeElement;
      if (now === null || now === document.body) return null;
      const outlined = getComputedStyle(now).outlineStyle !== "none";
      const all = [...document.querySelectorAll("*")];
      return `${all.indexOf(now)} ${outlined}`;
    });
    if (focused === null) continue;
    assert.match(focused, /true$/, "no focus ring");
    reached.add(focused);
  }
  assert.equal(reached.size, wanted);
  await page.close();
});

test("reader: what a stranger's HTML brings cannot run, load, submit or lead away", async () => {
  const { port, hits, close } = await canary();
  const html =
    `<html><head><style>p{color:rgb(1,2,3)}</style><script>top.ran=1</script></head><body onload="top.ran=2">
    <p id=x style="font-weight:bold">words</p><img src="http://127.0.0.1:9/a.png" srcset="http://127.0.0.1:9/b.png 2x" onerror="top.ran=3">
    <img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><a href="http://127.0.0.1:9/l">link</a><a href="javascript:top.ran=4">js</a>
    <form action="http://127.0.0.1:9/f"><input name=a autofocus><button>go</button></form><iframe src="http://127.0.0.1:9/i"></iframe>
    <link rel=stylesheet href="http://127.0.0.1:9/s.css"><meta http-equiv=refresh content="0;url=http://127.0.0.1:9/m">
    <base href="http://127.0.0.1:9/"><svg><script>top.ran=5</script></svg><div style="background:url(http://127.0.0.1:9/bg)">d</div>`.replaceAll(
      ":9/",
      `:${port}/`,
    );
  const { verdict, headers } = (readerScenes["text"]!["message:inspect"] as { answer: InspectedMessage })
    .answer;
  const content = { text: null, html, attachments: [] };
  const scene = { "message:inspect": answer({ verdict, headers, content }) } satisfies Scene;
  const page = await stage.play("reader", {}, { query: "" });
  await page.evaluate(
    (answers) => Object.assign((globalThis as unknown as StageGlobal).stage.scene, answers),
    scene as object,
  );
  await page.evaluate(() => (location.hash = "file-1"));
  const frame = await (await page.waitForSelector("iframe"))!.contentFrame();
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.deepEqual(hits, []);
  assert.equal(await page.evaluate(() => (globalThis as { ran?: unknown }).ran), undefined);
  const source = await page.$eval("iframe", (one) => ({
    sandbox: one.getAttribute("sandbox"),
    srcdoc: one.srcdoc,
  }));
  assert.equal(source.sandbox, "");
  assert.doesNotMatch(
    source.srcdoc,
    /<script|<form|<input|<iframe|<link|<base|refresh|onload|onerror|href=|srcset|javascript:/i,
  );
  assert.match(source.srcdoc, /data:image\/gif/);
  // The mail's own style stays: it is what makes it readable.
  assert.equal(await frame.$eval("p", (one) => getComputedStyle(one).color), "rgb(1, 2, 3)");
  assert.match(await wordsOf(page), /1 link in this message/);
  await page.close();
  close();
});

test("reader: links of an encrypted text that anybody may have changed are not offered (EFAIL)", async () => {
  const page = await stage.play("reader", readerScenes["unauthenticated"]!, { query: "#file-1" });
  assert.equal(await page.$("a[href]"), null);
  await page.close();
});

/** A server on this machine that must not be asked for anything. */
async function canary(): Promise<{ readonly port: number; readonly hits: string[]; close(): void }> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { port: (server.address() as AddressInfo).port, hits, close: () => server.close() };
}

interface StageGlobal {
  readonly stage: { readonly asked: Question[]; readonly scene: object; say(event: unknown): void };
}
interface Question {
  readonly ask: string;
  readonly params: unknown;
}
/** In the page: see `askedOf`. */
declare function asked(): readonly Question[];

function askedOf(page: Page): Promise<readonly Question[]> {
  return page.evaluate(() => (globalThis as unknown as StageGlobal).stage.asked);
}

function wordsOf(page: Page): Promise<string> {
  return page.evaluate(() => document.body.innerText);
}

async function choose(page: Page, section: string, file: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click(`${section} .drop button`)]);
  await chooser.accept([join(folder, file)]);
}
