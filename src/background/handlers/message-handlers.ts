/**
 * A file opened in the popup, or a message handed to the reader: judged, opened, and its parts put where
 * the reader can fetch them. Nothing is learnt from it and nothing of it is stored.
 */
import type { Attachment, MessageVerdict, Payload } from "../../engine/index.js";
import { readContent, readMessageHeaders } from "../../engine/index.js";
import type { AttachmentView, Handlers, InspectedMessage, PageRequests } from "../../protocol/messages.js";
import { fileLimit } from "../../protocol/handover.js";
import type { HandoverStore } from "../handover.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { asMessage } from "../opened-file.js";
import type { Services } from "../services.js";
import { handedOver } from "./files.js";

export interface MessageParts {
  readonly services: Services;
  readonly handover: HandoverStore;
}

export function messageHandlers(
  parts: MessageParts,
): Pick<Handlers<PageRequests, PageOrigin>, "message:inspect" | "handover:keep"> {
  return {
    "message:inspect": async ({ file }) => {
      const raw = asMessage(handedOver(parts.handover, file, fileLimit));
      const { verdict, payload } = await parts.services.inspect(raw, "file");
      // The outer header: what stands there is what the person saw in the list, and what was judged.
      const { subject, from, to, date } = readMessageHeaders(raw);
      const content = isReadable(verdict) ? contentOf(payload, parts.handover) : null;
      return { ok: true, answer: { verdict, headers: { subject, from, to, date }, content } };
    },
    "handover:keep": async ({ files }) => {
      const kept = files.filter((file) => parts.handover.get(file) !== null);
      return { ok: true, answer: { kept: kept.length === files.length } };
    },
  };
}

/** A layer that could not be opened hides everything below it. */
function isReadable({ layers }: MessageVerdict): boolean {
  return layers.every((layer) => layer.kind === "signed" || layer.status === "opened");
}

function contentOf(payload: Payload, handover: HandoverStore): InspectedMessage["content"] {
  const { text, html, attachments } = readContent(payload);
  return { text, html, attachments: attachments.map((attachment) => viewOf(attachment, handover)) };
}

function viewOf({ name, mediaType, content }: Attachment, handover: HandoverStore): AttachmentView {
  return { name, mediaType, size: content.length, file: handover.put(content, "opened") };
}
