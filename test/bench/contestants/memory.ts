/**
 * One fresh process, one operation on a large message: how much memory it takes above what is there before,
 * input included. On Linux the kernel's own high-water mark of resident memory, set back before the
 * operation: it sees every copy, those inside WebCrypto too. Elsewhere heap and array buffers, sampled
 * each millisecond that the event loop is free.
 *
 *   node memory.js OPERATION ARGUMENT...   ->  {"peak": octets, "how": "..."}
 */
import { readFileSync, writeFileSync } from "node:fs";
import { operationsReading } from "./operations.js";
import { readBytes } from "./serve.js";

function status(field: string): number | null {
  try {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "utf8"));
    return Number(line![1]) * 1024;
  } catch {
    return null;
  }
}

function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const operations = operationsReading((name) => Promise.resolve(readBytes(name)));
const [operation, warmUp, ...words] = process.argv.slice(2) as [string, string, ...string[]];
const [file, ...rest] = words as [string, ...string[]];
// The same on a small message first: compiled code is not what is measured.
const small = await operations[operation]!(warmUp, ...rest);
for (let i = 0; i < 20; i++) await small();
const job = await operations[operation]!(file, ...rest);
(globalThis as { gc?: () => void }).gc!();

let peak: number;
let how: string;
const before = status("VmRSS");
if (before === null) {
  const base = used();
  peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, used() - base)), 1);
  await job();
  clearInterval(timer);
  peak = Math.max(peak, used() - base);
  how = "heap and array buffers, sampled";
} else {
  writeFileSync("/proc/self/clear_refs", "5");
  await job();
  peak = status("VmHWM")! - before;
  how = "resident memory, the kernel's high-water mark";
}
console.log(JSON.stringify({ peak, how }));
