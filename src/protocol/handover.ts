/**
 * Files between our own pages and the background, in pieces over a port, never through a store: a `.p12`
 * that somebody chose, or an attachment that was encrypted a moment ago, must not be left on the disk.
 * What arrives lives in the background's memory under a `HandoverId`, for minutes.
 * The background's side is `background/handover.ts`.
 */
import { ask } from "./ask.js";
import type { ErrorCode, HandoverId, Reply } from "./messages.js";
import { PortReader } from "./port-reader.js";
import type { Port, Runtime } from "./runtime.js";
import { extensionRuntime } from "./runtime.js";
import { fromBase64, isRecord, toBase64 } from "./wire.js";

export const putPort = "signet-put";
export const takePort = "signet-take";

/** Octets in one message: small enough that neither side stalls, large enough that 25 MB are 25 messages. */
export const chunkBytes = 1024 * 1024;

/** Octets of one file; more is refused by sentence (`file-too-large`) before anything is read. */
export const fileLimit = 256 * 1024 * 1024;
/** a `.p12` with a dozen keys has thirty thousand */
export const pkcs12Limit = 8 * 1024 * 1024;
/** all the trust stores of the world together are smaller */
export const certificateFileLimit = 32 * 1024 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;
/** @param part from 0 to 1 */
export type Progress = (part: number) => void;

/** The page's half of a limit: a file that is refused anyway is not sent first. */
export function putFileUpTo(limit: number, file: Blob, progress?: Progress): Promise<Reply<HandoverId>> {
  if (file.size > limit) return Promise.resolve({ ok: false, code: "file-too-large" });
  return putFile(file, progress);
}

/** Hand a file to the background. */
export async function putFile(
  file: Blob,
  progress: Progress = () => undefined,
  runtime: Runtime = extensionRuntime(),
): Promise<Reply<HandoverId>> {
  if (file.size > fileLimit) return { ok: false, code: "file-too-large" };
  return overPort(runtime.connect({ name: putPort }), async (port, reader) => {
    port.postMessage({ size: file.size });
    for (let offset = 0; ;) {
      const said = await reader.next();
      if (isRecord(said) && typeof said["stored"] === "string") return { ok: true, answer: said["stored"] };
      if (!isRecord(said) || said["next"] !== true) return failure(said);
      const chunk = await readSlice(file, offset);
      if (chunk === null) return { ok: false, code: "file-unreadable" };
      port.postMessage({ chunk: toBase64(chunk) });
      offset += chunk.length;
      progress(offset / file.size);
    }
  });
}

/** Fetch what the background holds; it stays there until it expires or the vault is locked. */
export async function takeFile(
  id: HandoverId,
  progress: Progress = () => undefined,
  runtime: Runtime = extensionRuntime(),
): Promise<Reply<Bytes>> {
  return overPort(runtime.connect({ name: takePort }), async (port, reader) => {
    port.postMessage({ id });
    const head = await reader.next();
    if (!isRecord(head) || typeof head["size"] !== "number") return failure(head);
    const bytes = new Uint8Array(head["size"]);
    for (let offset = 0; offset < bytes.length;) {
      port.postMessage({ next: true });
      const said = await reader.next();
      if (!isRecord(said) || typeof said["chunk"] !== "string") return failure(said);
      const chunk = fromBase64(said["chunk"]);
      bytes.set(chunk, offset);
      offset += chunk.length;
      progress(offset / bytes.length);
    }
    return { ok: true, answer: bytes };
  });
}

/** Sooner than any browser puts a background to sleep. */
const heartbeat = 20_000;

/**
 * Keep files at hand while a page shows them: the background's memory is gone when it sleeps, and only
 * questions keep it awake.
 *
 * @returns a function that lets them go
 */
export function holdFiles(files: readonly HandoverId[]): () => void {
  if (files.length === 0) return () => undefined;
  const timer = setInterval(() => void ask("handover:keep", { files }), heartbeat);
  return () => clearInterval(timer);
}

type Exchange<Answer> = (port: Port, reader: PortReader) => Promise<Reply<Answer>>;

/** Run one exchange; a port that breaks (background gone, add-on updated) is `unavailable`. */
async function overPort<Answer>(port: Port, exchange: Exchange<Answer>): Promise<Reply<Answer>> {
  try {
    return await exchange(port, new PortReader(port));
  } catch {
    return { ok: false, code: "unavailable" };
  } finally {
    port.disconnect();
  }
}

/** A file that was moved, changed or taken away since it was chosen. */
async function readSlice(file: Blob, offset: number): Promise<Bytes | null> {
  try {
    return new Uint8Array(await file.slice(offset, offset + chunkBytes).arrayBuffer());
  } catch {
    return null;
  }
}

function failure(said: unknown): { readonly ok: false; readonly code: ErrorCode } {
  const code = isRecord(said) && typeof said["failed"] === "string" ? (said["failed"] as ErrorCode) : "bug";
  return { ok: false, code };
}
