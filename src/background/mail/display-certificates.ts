/** Attachments that are certificates, as Thunderbird lists them: names first, octets by a click only. */
import type { Bytes } from "../../engine/index.js";
import { isCertificateFile, longestCertificateFile } from "../finding/attached-certificates.js";

/** of one message */
const mostFiles = 10;

/** @returns empty where Thunderbird cannot say */
export async function certificateFilesOf(messageId: number): Promise<readonly CertificateFile[]> {
  const all = await browser.messages.listAttachments(messageId).catch(() => []);
  return all
    .filter(
      ({ name, contentType, size }) => isCertificateFile(name, contentType) && size <= longestCertificateFile,
    )
    .slice(0, mostFiles)
    .map(({ name, partName }) => ({
      name,
      octets: async () => {
        const file = await browser.messages.getAttachmentFile(messageId, partName);
        return new Uint8Array(await file.arrayBuffer());
      },
    }));
}

export interface CertificateFile {
  readonly name: string;
  readonly octets: () => Promise<Bytes>;
}
