/**
 * What a list of withdrawn certificates of 50 MB costs a message: out of IndexedDB and into a worker, in a real
 * Chromium, as the background does it; judged for the first time and again, in Node. Prints, asserts nothing:
 * `node --import tsx test/bench/long-list.ts`.
 */
import puppeteer from "puppeteer-core";
import { Budget } from "../../src/engine/base/budget.js";
import { checkRevocation } from "../../src/engine/x509/revocation.js";
import { EvidenceServer } from "../helpers/evidence-server.js";
import { crlEntry, forgeCrl, heldEvidence } from "../helpers/forge-revocation.js";
import { forgePath } from "../helpers/judging-revocation.js";

const size = 50_000_000;
const rounds = 5;
const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1]!;
const say = (what: string, times: readonly number[]): void =>
  console.log(`${what}: ${median(times).toFixed(1)} ms (${times.map((time) => time.toFixed(1)).join(", ")})`);

async function judged(): Promise<void> {
  const { issuer, path } = await forgePath();
  const entry = crlEntry({ serial: new Uint8Array(16).fill(0x55) });
  const entries = new Uint8Array(Buffer.alloc(entry.length * Math.floor(size / entry.length), entry));
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const evidence = heldEvidence({ crls: [forgeCrl({ by: issuer, entries })] });
    for (const times of [first, again]) {
      const from = performance.now();
      const conditions = {
        time: Date.parse("2026-07-01"),
        policy: "required",
        budget: new Budget(),
      } as const;
      const { certificates } = await checkRevocation(path.slice(0, 2), { ...conditions, evidence });
      times.push(performance.now() - from);
      if (certificates[0]!.status !== "good") throw new Error(JSON.stringify(certificates));
    }
  }
  say("judged for the first time", first);
  say("judged again, for another message", again);
}

interface Carried {
  readonly read: readonly number[];
  readonly moved: readonly number[];
}

/** In the page: `rounds` readings of one record, each moved to a worker that answers. */
const carry = `async (size, rounds) => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const opening = indexedDB.open("lists", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("octets");
  const database = await done(opening);
  const writing = database.transaction("octets", "readwrite");
  writing.objectStore("octets").put(new Uint8Array(size).fill(0x55), "list");
  await new Promise((resolve) => (writing.oncomplete = resolve));
  const script = new Blob(["onmessage = ({ data }) => postMessage(data.length)"], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(script));
  const [read, moved] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    const octets = await done(database.transaction("octets").objectStore("octets").get("list"));
    const between = performance.now();
    const answered = new Promise((resolve) => (worker.onmessage = resolve));
    worker.postMessage(octets, [octets.buffer]);
    await answered;
    read.push(between - from);
    moved.push(performance.now() - between);
  }
  return { read, moved };
}`;

async function carried(): Promise<void> {
  const server = await EvidenceServer.start();
  const browser = await puppeteer.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox"],
    pipe: true,
  });
  try {
    const page = await browser.newPage();
    server.give("/", "<!doctype html><title>lists</title>", "text/html");
    await page.goto(server.url("/"));
    const { read, moved } = (await page.evaluate(`(${carry})(${size}, ${rounds})`)) as Carried;
    say("out of IndexedDB", read);
    say("moved into a worker", moved);
  } finally {
    await server.stop();
    await browser.close();
  }
}

await judged();
await carried();
