/**
 * A process of its own for one message, so that its peak is that message's (`test/fuzz/memory.test.ts`): reads the file,
 * lets the engine inspect it, and says how far the memory rose above what was there before.
 */
import { readFileSync } from "node:fs";
import { inspect, readContent } from "../../src/engine/index.js";
import { testContext } from "./inspecting.js";
import { hungryMessages } from "./hungry-messages.js";

const context = await testContext();
// Everything is loaded, and compiled where it may be, before anything is measured.
for (const make of Object.values(hungryMessages)) readContent((await inspect(make(3_000), context)).payload);
const { buffer, byteOffset, length } = readFileSync(process.argv[2]!);
const message = new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
const before = process.memoryUsage.rss();
const { payload } = await inspect(message, context);
readContent(payload);
// Kilobytes; of the whole life of the process, which read nothing as large before.
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ octets: message.length, rose: Math.max(0, peak - before) }));
