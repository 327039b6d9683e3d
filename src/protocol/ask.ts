/**
 * How pages and content scripts ask the background, and how pages hear its events. One function for
 * both: the types name what exists, but what a sender may have is decided by the router.
 */
import type { ContentRequests, PageEvent, PageRequests, Reply } from "./messages.js";
import type { MessageListener, Runtime } from "./runtime.js";
import { extensionRuntime } from "./runtime.js";
import type { AskEnvelope, EventEnvelope } from "./wire.js";
import { isEventEnvelope, isReply } from "./wire.js";

type AllRequests = PageRequests & ContentRequests;

/**
 * Ask the background. Never throws for what the other side does: a background that cannot be reached
 * (being updated, not awake) is `unavailable`, an answer that is none is `bug`.
 */
export async function ask<Name extends keyof AllRequests>(
  name: Name,
  params: AllRequests[Name]["ask"],
  runtime: Runtime = extensionRuntime(),
): Promise<Reply<AllRequests[Name]["answer"]>> {
  const question: AskEnvelope = { signet: "ask", ask: name, params };
  let reply: unknown;
  try {
    reply = await runtime.sendMessage(question);
  } catch {
    return { ok: false, code: "unavailable" };
  }
  if (!isReply(reply)) return { ok: false, code: "bug" };
  return reply as Reply<AllRequests[Name]["answer"]>;
}

/** Background to every open page of ours; that nobody listens is no error. */
export function broadcast(event: PageEvent, runtime: Runtime = extensionRuntime()): void {
  const envelope: EventEnvelope = { signet: "event", event };
  runtime.sendMessage(envelope).catch(() => undefined);
}

/**
 * Hear the background's events. They only say that something is worth asking again; they carry no
 * facts, so an event that a content script made up costs one question.
 *
 * @returns a function that stops listening.
 */
export function onPageEvent(
  listener: (event: PageEvent) => void,
  runtime: Runtime = extensionRuntime(),
): () => void {
  const hear: MessageListener = (message, sender) => {
    if (sender.id === runtime.id && sender.tab === undefined && isEventEnvelope(message))
      listener(message.event);
    return undefined;
  };
  runtime.onMessage.addListener(hear);
  return () => runtime.onMessage.removeListener(hear);
}
