/**
 * zlib (RFC 1950) by the platform's own DecompressionStream, with a bound: an octet of deflate can become
 * a thousand, and who sends a bomb shall not choose how much memory we spend.
 */
import type { Bytes } from "../base/bytes.js";
import { concat } from "../base/bytes.js";
import { BudgetExceededError, MalformedError } from "../base/errors.js";

/**
 * @param limit octets that may come out
 * @throws MalformedError where it is no zlib, is cut short, or its checksum is wrong; BudgetExceededError
 */
export async function inflateZlib(compressed: Bytes, limit: number): Promise<Bytes> {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const pieces: Bytes[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concat(pieces);
      length += value.length;
      if (length > limit) throw new BudgetExceededError("inflatedBytes");
      pieces.push(value);
    }
  } catch (cause) {
    if (cause instanceof BudgetExceededError) {
      await reader.cancel();
      throw cause;
    }
    // The stream's own complaint: a TypeError in browsers, in Node one with a code of zlib.
    if (cause instanceof TypeError || isZlibError(cause)) {
      throw new MalformedError("cms-malformed", "compressed content", { cause });
    }
    throw cause;
  }
}

function isZlibError(error: unknown): boolean {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^(?:Z_|ERR_)/.test(code);
}
