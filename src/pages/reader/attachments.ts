/**
 * Attachments, to be saved. They are fetched from the background's memory only when asked for, and saved as
 * bytes without a type: nothing a stranger sent is ever opened with this extension's own rights.
 */
import { takeFile } from "../../protocol/handover.js";
import type { AttachmentView } from "../../protocol/messages.js";
import { element, icon } from "../../ui/dom.js";
import { errorText, harmless, sizeText, text } from "../../ui/text.js";
import { problemLine } from "../parts/fields.js";
import { working } from "../parts/working.js";

export function attachmentList(attachments: readonly AttachmentView[]): HTMLElement | null {
  if (attachments.length === 0) return null;
  return element(
    "section",
    { class: "stack tight", "aria-labelledby": "attachments" },
    element("h3", { id: "attachments" }, text("reader_attachments")),
    element("ul", { class: "attachments" }, ...attachments.map(attachmentRow)),
  );
}

function attachmentRow(attachment: AttachmentView): HTMLElement {
  const name = fileName(attachment.name);
  const problem = problemLine();
  const save = element(
    "button",
    { type: "button", "aria-label": text("reader_save_named", name), click: () => void run() },
    text("reader_save"),
  );
  const row = element(
    "li",
    {},
    icon("icon-paper", 24),
    element(
      "div",
      { class: "attachment-what" },
      element("p", { class: "attachment-name" }, name),
      element(
        "p",
        { class: "small soft" },
        text("reader_attachment", harmless(attachment.mediaType), sizeText(attachment.size)),
      ),
      problem,
    ),
    save,
  );
  return row;

  async function run(): Promise<void> {
    const taken = await working(row, text("reader_saving"), (progress) =>
      takeFile(attachment.file, progress),
    );
    problem.textContent = taken.ok
      ? ""
      : taken.code === "not-found"
        ? text("reader_forgotten")
        : errorText(taken.code);
    if (taken.ok) download(taken.answer, name);
  }
}

function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  element("a", { href: address, download: name }).click();
  // The browser has taken what it needs by the time a minute is over.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A name, not a path: neither folders nor characters that hide the ending ("exe.txt" turned round). */
export function fileName(given: string | null): string {
  const last = harmless(given ?? "")
    .replace(/[\u2066-\u2069]/g, "")
    .split(/[/\\]/)
    .at(-1)!
    .trim();
  const plain = last.replace(/[<>:"|?*]/g, "_").replace(/^\.+/, "");
  return plain === "" ? text("reader_unnamed") : plain;
}
