/** The files of the story: what OpenSSL signed and encrypted, what somebody changed, and what is no mail at all. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backChannels } from "../back-channels.js";
import { attachment, changed, encrypted, html, letter, mixed, plain, signed } from "../letters.js";

/** @param elsewhere address of a server that nothing must call */
export async function writeMessages(folder: string, elsewhere: string): Promise<void> {
  const text = mixed(
    plain("Dear Alice,\r\n\r\n    * indented\r\n\r\nBob"),
    attachment("notes.txt", "the notes of Tuesday"),
  );
  const channels = [...backChannels((name) => `${elsewhere}/${name}`).values()];
  const own = `<p onclick="top.ran=1">words</p><script>top.ran=2</script><img src=x onerror="top.ran=3"><a href="${elsewhere}/link">a link</a>`;
  const wild = html([own, ...channels].join("\n").replaceAll("\n", "\r\n"));
  const large = mixed(plain("The film."), film(25_000_000));
  const note = await signed(text, "bob-p256");
  const files: Readonly<Record<string, Buffer>> = {
    "signed.eml": letter({ subject: "Minutes" }, note),
    "changed.eml": letter({ subject: "Minutes" }, changed(note, "indented", "invented")),
    "somebody-else.eml": letter({ subject: "Minutes", from: "Alice Example <alice@example.test>" }, note),
    "unsigned.eml": letter({ subject: "Minutes" }, text),
    "encrypted.eml": letter({ subject: "Secret minutes" }, await encrypted(note, "alice-rsa", "aes-256-gcm")),
    "html.eml": letter({ subject: "Wild" }, await signed(wild, "bob-p256")),
    "large.eml": letter({ subject: "The film" }, await signed(large, "bob-p256")),
    "truncated.eml": letter({ subject: "Minutes" }, note.subarray(0, note.length - 400)),
    "garbage.bin": Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251)),
    "empty.bin": Buffer.alloc(0),
  };
  for (const [name, contents] of Object.entries(files)) await writeFile(join(folder, name), contents);
}

/** @param size octets that no compression makes smaller */
function film(size: number): Buffer {
  const head = 'Content-Type: video/mp4\r\nContent-Disposition: attachment; filename="film.mp4"\r\n';
  const lines = randomBytes(size).toString("base64").replace(/.{76}/g, "$&\r\n");
  return Buffer.from(`${head}Content-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`);
}
