/**
 * Processes of one test world: each in a group of its own, so that children go with it; all of them,
 * and the world's folder, go when the test process ends, however it ends.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const running = new Set<ChildProcess>();
const folders = new Set<string>();

process.once("exit", () => {
  for (const child of running) signal(child, "SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => process.exit(130));

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export function start(command: Command): ChildProcess {
  const child = spawn(command.program, command.args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...command.env },
  });
  running.add(child);
  child.on("error", () => running.delete(child));
  child.stdout.resume();
  child.stderr.resume();
  return child;
}

export function isAlive(child: ChildProcess): boolean {
  return running.has(child) && child.exitCode === null && child.signalCode === null;
}

/** Ask, wait, then insist. */
export async function end(child: ChildProcess, patience = 3000): Promise<void> {
  const deadline = Date.now() + patience;
  if (isAlive(child)) signal(child, "SIGTERM");
  while (isAlive(child) && Date.now() < deadline) await delay(50);
  signal(child, "SIGKILL");
  running.delete(child);
}

export function keepForDeletion(folder: string): void {
  folders.add(folder);
}

export function deleteFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  folders.delete(folder);
}

/** Free at the time of asking; the systems under test bind it at once. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Xvfb on a display number of its own choosing. @returns ":N" */
export async function startDisplay(): Promise<{ display: string; process: ChildProcess }> {
  const args = ["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"];
  const child = spawn("Xvfb", args, { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  running.add(child);
  const number = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("Xvfb did not start")));
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
  return { display: `:${number}`, process: child };
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    // the group has ended already, which is what we wanted
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
