/**
 * A file opened in the popup, or a message handed to the reader: judged, opened, and its parts put where
 * the reader can fetch them. Nothing is learnt from it and nothing of it is stored.
 */
import type { AttachmentView, Handlers, InspectedMessage, PageRequests } from "../../protocol/messages.js";
import { fileLimit } from "../../protocol/handover.js";
import type { HandoverStore } from "../handover.js";
import type { PageOrigin } from "../mail/mail-host.js";
import { asMessage } from "../opened-file.js";
import type { PageJobs } from "../page-jobs.js";
import type { JudgedMessage, Services } from "../services.js";
import type { ReadAttachment } from "../../worker/jobs.js";
import { handedOver } from "./files.js";

export interface MessageParts {
  readonly services: Services;
  readonly handover: HandoverStore;
  readonly jobs: PageJobs;
}

export function messageHandlers(
  parts: MessageParts,
): Pick<Handlers<PageRequests, PageOrigin>, "message:inspect" | "file:find-issuers" | "handover:keep"> {
  return {
    "message:inspect": async ({ file, job }) => {
      // A copy: the file stays, for the reader after the popup, and for another try once keys are unlocked.
      const raw = asMessage(handedOver(parts.handover, file, fileLimit)).slice();
      const message = await parts.jobs.run(job, (signal) => parts.services.read(raw, signal));
      return { ok: true, answer: viewOf(message, parts.handover) };
    },
    "file:find-issuers": async ({ file, job }) => {
      const raw = asMessage(handedOver(parts.handover, file, fileLimit)).slice();
      await parts.jobs.run(job, (signal) => parts.services.findIssuers(raw, signal));
      return { ok: true, answer: {} };
    },
    "handover:keep": async ({ files }) => {
      const kept = files.filter((file) => parts.handover.get(file) !== null);
      return { ok: true, answer: { kept: kept.length === files.length } };
    },
  };
}

function viewOf(message: JudgedMessage, handover: HandoverStore): InspectedMessage {
  const { verdict, headers, content, issuerHosts = [] } = message;
  if (content === null) return { verdict, headers, content, issuerHosts };
  const attachments = content.attachments.map((one) => attachmentView(one, handover));
  return { verdict, headers, content: { ...content, attachments }, issuerHosts };
}

function attachmentView(
  { name, mediaType, content }: ReadAttachment,
  handover: HandoverStore,
): AttachmentView {
  return { name, mediaType, size: content.length, file: handover.put(content, "opened") };
}
