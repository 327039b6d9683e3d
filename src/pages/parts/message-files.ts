/** The words of every place that takes a message as a file. */
import { text } from "../../ui/text.js";
import type { DropWords } from "./drop-zone.js";

export function messageFiles(): DropWords {
  return {
    title: text("message_drop"),
    hint: text("message_drop_hint"),
    button: text("choose_file"),
    accept: ".eml,.p7m,.p7s,message/rfc822,application/pkcs7-mime",
    mark: "icon-letter",
  };
}
