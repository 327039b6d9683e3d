/**
 * The few calls of the browser that rooms use to speak to each other, the same in Gecko (`browser`) and
 * Chrome (`chrome`). Written down as interfaces so that tests can stand in for the browser.
 */

export interface MessageSender {
  readonly id?: string | undefined;
  readonly url?: string | undefined;
  /** Chrome and newer Gecko: the origin of the sending document */
  readonly origin?: string | undefined;
  readonly tab?: { readonly id?: number | undefined } | undefined;
  readonly frameId?: number | undefined;
}

interface Listeners<Listener> {
  addListener(listener: Listener): void;
  removeListener(listener: Listener): void;
}

export interface Port {
  readonly name: string;
  readonly sender?: MessageSender | undefined;
  postMessage(message: unknown): void;
  disconnect(): void;
  readonly onMessage: Listeners<(message: unknown) => void>;
  readonly onDisconnect: Listeners<() => void>;
}

/** Answers later when it returned true (both Gecko and Chrome understand that). */
export type MessageListener = (
  message: unknown,
  sender: MessageSender,
  sendResponse: (reply: unknown) => void,
) => true | undefined;

export interface Runtime {
  readonly id: string;
  getURL(path: string): string;
  sendMessage(message: unknown): Promise<unknown>;
  connect(info: { name: string }): Port;
  readonly onMessage: Listeners<MessageListener>;
  readonly onConnect: Listeners<(port: Port) => void>;
}

interface Host {
  readonly browser?: { readonly runtime: unknown };
  readonly chrome?: { readonly runtime: unknown };
}

/** @returns this context's `runtime`: Gecko's `browser` where there is one, else Chrome's. */
export function extensionRuntime(): Runtime {
  const host = globalThis as Host;
  const runtime = (host.browser ?? host.chrome)?.runtime;
  if (runtime === undefined) throw new Error("not in an extension");
  return runtime as Runtime;
}
