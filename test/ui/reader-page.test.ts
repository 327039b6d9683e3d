/** The reader, on the stage: every state, and what a person does with keyboard and mouse. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import type { InspectedMessage } from "../../src/protocol/messages.js";
import { startChannelServer } from "../helpers/back-channels.js";
import { wordsOf, type StageGlobal } from "./asked.js";
import { testEveryState } from "./every-state.js";
import { answer, readerScenes } from "./scenes.js";
import { Stage, type Scene } from "./stage.js";

let stage: Stage;
before(async () => {
  stage = await Stage.open();
});
after(() => stage.close());

testEveryState(() => stage, { name: "reader", scenes: readerScenes, width: 900, query: "#file-1" });

test("reader: what a stranger's HTML brings cannot run, load, submit or lead away", async () => {
  const elsewhere = await startChannelServer();
  const html =
    `<html><head><style>p{color:rgb(1,2,3)}</style><script>top.ran=1</script></head><body onload="top.ran=2">
    <p id=x style="font-weight:bold">words</p><img src="http://127.0.0.1:9/a.png" srcset="http://127.0.0.1:9/b.png 2x" onerror="top.ran=3">
    <img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><a href="http://127.0.0.1:9/l">link</a><a href="javascript:top.ran=4">js</a>
    <form action="http://127.0.0.1:9/f"><input name=a autofocus><button>go</button></form><iframe src="http://127.0.0.1:9/i"></iframe>
    <link rel=stylesheet href="http://127.0.0.1:9/s.css"><meta http-equiv=refresh content="0;url=http://127.0.0.1:9/m">
    <base href="http://127.0.0.1:9/"><svg><script>top.ran=5</script></svg><div style="background:url(http://127.0.0.1:9/bg)">d</div>`.replaceAll(
      "http://127.0.0.1:9",
      elsewhere.address,
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
  assert.deepEqual(elsewhere.calls, []);
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
  elsewhere.close();
});

test("reader: HTML and text beyond all measure are shown piece by piece, on demand", async () => {
  const { verdict, headers } = (readerScenes["text"]!["message:inspect"] as { answer: InspectedMessage })
    .answer;
  const show = async (content: { text: string | null; html: string | null }): Promise<Page> =>
    stage.play(
      "reader",
      { "message:inspect": answer({ verdict, headers, content: { ...content, attachments: [] } }) },
      { query: "#file-1" },
    );
  const html = await show({ text: null, html: `<div>${"<b>x</b> ".repeat(200_000)}</div>` });
  assert.match(await wordsOf(html), /very large/);
  assert.equal(await html.$("iframe"), null);
  await html.click("article button");
  await html.waitForSelector("iframe");
  await html.close();
  const plain = await show({ text: "word ".repeat(90_000), html: null });
  const length = (): Promise<number> => plain.$eval(".letter", (letter) => letter.textContent.length);
  assert.equal(await length(), 200_000);
  for (let clicks = 0; clicks < 2; clicks += 1) await plain.click("article button");
  assert.equal(await length(), 450_000);
  assert.equal(await plain.$("article button"), null);
  await plain.close();
});

test("reader: links of an encrypted text that anybody may have changed are not offered (EFAIL)", async () => {
  const page = await stage.play("reader", readerScenes["unauthenticated"]!, { query: "#file-1" });
  assert.equal(await page.$("a[href]"), null);
  await page.close();
});
