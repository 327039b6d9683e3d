/**
 * The mail client as the router sees it: who answers what pages and documents ask about messages and
 * the lock. Thunderbird has both halves (`compose.ts`, `display.ts`); browsers have neither yet, and
 * answer "unsupported" rather than pretend.
 */
import type { ContentRequests, Handlers, PageRequests, Reply } from "../../protocol/messages.js";

/** One of our own pages, as the browser (not the message) names it. */
export interface PageOrigin {
  /** the tab the page stands in; null for a popup */
  readonly tabId: number | null;
  /** path within the extension, e.g. "/pages/options/options.html" */
  readonly path: string;
}

/** A content script, as the browser names it. */
export interface ContentOrigin {
  readonly tabId: number;
  readonly frameId: number;
}

export type ComposeHandlers = Pick<
  Handlers<PageRequests, PageOrigin>,
  "compose:state" | "compose:change" | "compose:ask-certificate"
>;
export type MessageHandlers = Pick<
  Handlers<PageRequests, PageOrigin>,
  "message:displayed" | "message:open" | "message:find-issuers" | "message:keep-certificates"
>;
export type ContentHandlers = Handlers<ContentRequests, ContentOrigin>;

export interface DisplayHandlers {
  readonly pages: MessageHandlers;
  readonly content: ContentHandlers;
}

const unsupported = async (): Promise<Reply<never>> => ({ ok: false, code: "unsupported" });

/** Browsers: no compose window and no message pane of ours. */
export const noCompose: ComposeHandlers = {
  "compose:state": unsupported,
  "compose:change": unsupported,
  "compose:ask-certificate": unsupported,
};

export const noDisplay: DisplayHandlers = {
  pages: {
    "message:displayed": unsupported,
    "message:open": unsupported,
    "message:find-issuers": unsupported,
    "message:keep-certificates": unsupported,
  },
  content: { "display:banner": unsupported, "display:open": unsupported },
};
