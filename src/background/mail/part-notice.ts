/**
 * What stands in the place of an encrypted part that is not shown: what it is, why, and what to do next.
 * Plain words in plain HTML, drawn by Thunderbird like any message; it promises nothing a sender could abuse.
 */
import type { Bytes, MessageVerdict } from "../../engine/index.js";
import { badge } from "../../ui/badge.js";
import { faultText, optionalText, text, underscored } from "../../ui/text.js";

/** Locked, foreign, damaged or unreadable: the verdict knows which. */
export function noticeFor(verdict: MessageVerdict): Bytes {
  const { encryption, faults } = verdict.summary;
  if (encryption === "key-locked") {
    return notice([
      text("encryption_key_locked"),
      text("encryption_key_locked_why"),
      text("incoming_unlock", badge(verdict.summary).label),
    ]);
  }
  if (encryption === "key-missing" || encryption === "password-needed" || encryption === "damaged") {
    const key = `encryption_${underscored(encryption)}`;
    return notice([text(key), text(`${key}_why`), optionalText(`${key}_next`) ?? ""]);
  }
  const [fault] = faults;
  return notice([text("incoming_unreadable"), fault ? faultText(fault) : text("incoming_no_text")]);
}

/** The message could not be fetched or judged at all. */
export function failureNotice(): Bytes {
  return notice([text("incoming_unreadable"), text("error_unavailable")]);
}

/** @param words headline first; nothing of them is markup */
export function notice(words: readonly string[]): Bytes {
  const [headline = "", ...rest] = words.filter((line) => line !== "").map(escaped);
  const body = [`<p><b>${headline}</b></p>`, ...rest.map((line) => `<p>${line}</p>`)].join("\n");
  const head = "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
  return new TextEncoder().encode(`${head}<html><body>${body}</body></html>\r\n`);
}

function escaped(line: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return line.replace(/[&<>"]/g, (sign) => entities[sign]!);
}
