/**
 * Who may ask what. The browser says who sent a message, and that alone chooses the table: our own
 * pages one, content scripts the other, anybody else none. What is asked is `unknown` until its reader
 * has looked at it; exceptions end here and cross as a code.
 */
import type { ErrorCode, Reply } from "../protocol/messages.js";
import type { MessageSender, Runtime } from "../protocol/runtime.js";
import { isAskEnvelope } from "../protocol/wire.js";
import { isStorageFailure } from "./database.js";
import type { ContentOrigin, PageOrigin } from "./mail/mail-host.js";
import { Refusal } from "./refusal.js";

export type Origin =
  | { readonly kind: "page"; readonly origin: PageOrigin }
  | { readonly kind: "content"; readonly origin: ContentOrigin }
  | { readonly kind: "stranger" };

/** A table without its types: what the router looks names up in. */
type Table<Where> = ReadonlyMap<string, Route<Where>>;
type Route<Where> = (params: unknown, origin: Where) => Promise<Reply<unknown>>;

/** One reader for each question: `null` where what came is not the question's shape. */
export type Readers<Questions extends object> = {
  readonly [Name in keyof Questions]: Questions[Name] extends { ask: infer Ask }
    ? (params: unknown) => Ask | null
    : never;
};

type Answers<Questions extends object, Where> = {
  readonly [Name in keyof Questions]: Questions[Name] extends { ask: infer Ask }
    ? (ask: Ask, origin: Where) => Promise<Reply<unknown>>
    : never;
};

/** Join readers and handlers; both name every question, or it does not compile. */
export function table<Questions extends object, Where>(
  readers: Readers<Questions>,
  handlers: Answers<Questions, Where>,
): Table<Where> {
  const routes = new Map<string, Route<Where>>();
  for (const name of Object.keys(readers)) {
    const read = readers[name as keyof Questions] as (params: unknown) => unknown;
    const handle = handlers[name as keyof Questions] as (
      ask: unknown,
      origin: Where,
    ) => Promise<Reply<unknown>>;
    routes.set(name, async (params, origin) => {
      const question = read(params);
      return question === null ? refused("not-allowed") : handle(question, origin);
    });
  }
  return routes;
}

export interface Tables {
  readonly pages: Table<PageOrigin>;
  readonly content: Table<ContentOrigin>;
}

/**
 * Judge a sender by what the browser says of it.
 *
 * A page of ours counts only as the top document of its tab or as a popup: inside another's frame it
 * could be made to click. A content script is our own code in a document that we do not own; it has our
 * id, but neither our address nor our origin.
 */
export function judgeSender(sender: MessageSender, runtime: Pick<Runtime, "id" | "getURL">): Origin {
  if (sender.id !== runtime.id || sender.url === undefined) return { kind: "stranger" };
  const tabId = sender.tab?.id;
  const frameId = sender.frameId ?? 0;
  const home = runtime.getURL("/");
  if (sender.url.startsWith(home)) {
    if (frameId !== 0 || !sameOrigin(sender.origin, home)) return { kind: "stranger" };
    return { kind: "page", origin: { tabId: tabId ?? null, path: new URL(sender.url).pathname } };
  }
  return tabId === undefined ? { kind: "stranger" } : { kind: "content", origin: { tabId, frameId } };
}

/** Older Gecko names no origin; a sandboxed page of ours has the origin "null" and no say. */
function sameOrigin(origin: string | undefined, home: string): boolean {
  return origin === undefined || `${origin}/` === home;
}

/** Never throws. */
export async function answer(message: unknown, from: Origin, tables: Tables): Promise<Reply<unknown>> {
  if (!isAskEnvelope(message)) return refused("not-allowed");
  const { ask: name, params } = message;
  try {
    switch (from.kind) {
      case "page":
        return await (tables.pages.get(name)?.(params, from.origin) ?? refused("not-allowed"));
      case "content":
        return await (tables.content.get(name)?.(params, from.origin) ?? refused("not-allowed"));
      case "stranger":
        return refused("not-allowed");
    }
  } catch (error) {
    return failed(name, error);
  }
}

function failed(name: string, error: unknown): Reply<never> {
  if (error instanceof Refusal) {
    return error.detail === undefined
      ? refused(error.code)
      : { ok: false, code: error.code, detail: error.detail };
  }
  if (isStorageFailure(error))
    // Only some browsers say that a full disk is the reason.
    return refused(error.name === "QuotaExceededError" ? "disk-full" : "storage-failed");
  // The place, not the message: what an exception says may quote what it failed on.
  console.error(`Signet: "${name}" failed`, placeOf(error));
  return refused("bug");
}

/** A line of a stack as V8 ("    at …") and Gecko ("name@moz-extension://…") write it; V8 puts the message first. */
const frame = /^\s+at \S|^[^\s@]*@(?:moz-extension|resource|chrome|file):/;

function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? "").split("\n").filter((line) => frame.test(line));
  return [error.name, ...frames].join("\n");
}

const refused = (code: ErrorCode): Reply<never> => ({ ok: false, code });
