/**
 * What a page of ours asks the background, as functions that run inside the page (Chromium, Firefox and
 * Thunderbird alike): each stands for itself, for only its text goes there.
 */
import type { Reply } from "../../../src/protocol/messages.js";

interface Port {
  postMessage(message: unknown): void;
  disconnect(): void;
}
interface Runtime {
  sendMessage(message: unknown): Promise<Reply<never>>;
  connect(info: { name: string }): Port;
}
type Host = { readonly browser?: { runtime: Runtime }; readonly chrome?: { runtime: Runtime } };

export function askAs(name: string, params: object): Promise<unknown> {
  const host = globalThis as unknown as Host;
  const { runtime } = (host.browser ?? host.chrome)!;
  return runtime.sendMessage({ signet: "ask", ask: name, params });
}

export interface Pinged {
  /** how the message's encryption was told, or why not */
  readonly opened: string;
  readonly asked: number;
  /** before the message was answered */
  readonly answered: number;
}

export async function inspectAndPing(file: string): Promise<Pinged> {
  const host = globalThis as unknown as Host;
  const { runtime } = (host.browser ?? host.chrome)!;
  let [asked, answered] = [0, 0];
  const timer = setInterval(() => {
    asked++;
    void runtime
      .sendMessage({ signet: "ask", ask: "host:capabilities", params: {} })
      .then((reply) => (answered += Number(reply.ok)));
  }, 20);
  const params = { file, job: crypto.randomUUID() };
  const reply = await runtime.sendMessage({ signet: "ask", ask: "message:inspect", params });
  clearInterval(timer);
  const told = reply as unknown as {
    answer?: { verdict: { summary: { encryption: string } } };
    code?: string;
  };
  return { opened: told.answer?.verdict.summary.encryption ?? told.code ?? "?", asked, answered };
}

/**
 * The page lets go of its port while the message is being opened.
 *
 * @param wait milliseconds until then
 */
export async function inspectAndStop(file: string, wait: number): Promise<Reply<never>> {
  const host = globalThis as unknown as Host;
  const { runtime } = (host.browser ?? host.chrome)!;
  const job = crypto.randomUUID();
  const port = runtime.connect({ name: "signet-job" });
  port.postMessage({ job });
  const reply = runtime.sendMessage({ signet: "ask", ask: "message:inspect", params: { file, job } });
  await new Promise((resolve) => setTimeout(resolve, wait));
  port.disconnect();
  return reply;
}

/** Both questions leave at once. @returns what was said of the message: an error's code, or its encryption */
export async function inspectAndLock(file: string): Promise<string> {
  const host = globalThis as unknown as Host;
  const { runtime } = (host.browser ?? host.chrome)!;
  const params = { file, job: crypto.randomUUID() };
  const judging = runtime.sendMessage({ signet: "ask", ask: "message:inspect", params });
  await runtime.sendMessage({ signet: "ask", ask: "vault:lock", params: {} });
  const told = (await judging) as unknown as {
    answer?: { verdict: { summary: { encryption: string } } };
    code?: string;
  };
  return told.answer?.verdict.summary.encryption ?? told.code ?? "?";
}
