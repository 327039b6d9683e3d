/**
 * The letters that wait in Alice's inbox when the demo opens, made by `openssl cms` as strangers' mail
 * programs make them: one plain, one sealed for her, one changed on the way, one signed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Letter {
  readonly subject: string;
  /** what a person should see */
  readonly lesson: string;
  readonly message: Buffer;
}

/** @param keys the folder that `test/keys/make.sh` filled */
export function writeLetters(keys: string): readonly Letter[] {
  const folder = mkdtempSync(join(keys, "letters-"));
  const file = (name: string) => join(keys, name);
  const cms = (sentence: string, args: readonly string[]) => {
    writeFileSync(join(folder, "in"), plain(sentence));
    return execFileSync("openssl", ["cms", ...args, "-in", join(folder, "in"), "-crlfeol"]);
  };
  try {
    const offer = cms("The offer stands: 4,200 euros.", [
      ...["-sign", "-md", "sha256", "-certfile", file("intermediate.pem")],
      ...["-signer", file("bob-p256.pem"), "-inkey", file("bob-p256.key.pem")],
    ]);
    const keysHidden = cms("The house keys are under the third stone.", [
      ...["-encrypt", "-aes-256-cbc", "-recip", file("alice-rsa.pem")],
    ]);
    return [
      letter("Lunch on Friday", "nobody signed it", plain("Shall we have lunch on Friday?")),
      letter("The house keys", "sealed for Alice by a stranger's program", keysHidden),
      letter("The offer, again", "4,200 became 9,200 on the way", swap(offer, "4,200", "9,200")),
      letter("The offer", "signed by Bob", offer),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function plain(sentence: string): Buffer {
  const head = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n";
  return Buffer.from(`${head}\r\n${sentence}\r\n`);
}

function swap(message: Buffer, was: string, is: string): Buffer {
  return Buffer.from(message.toString("latin1").replace(was, is), "latin1");
}

/** @param entity from its own header fields on; `openssl cms` writes MIME-Version itself */
function letter(subject: string, lesson: string, entity: Buffer): Letter {
  const lines = [
    "From: Bob Example <bob@example.test>",
    "To: Alice Example <alice@example.test>",
    `Subject: ${subject}`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${subject.toLowerCase().replace(/[^a-z]+/g, "-")}@example.test>`,
    "",
  ];
  return { subject, lesson, message: Buffer.concat([Buffer.from(lines.join("\r\n")), entity]) };
}
