/**
 * Long work, in pieces: whoever does it asks between two whether others have waited long enough. Messages, clicks and
 * timers are heard only when nothing runs, and awaiting what is done already lets none of them in.
 */

/** Milliseconds that nobody notices. */
const longestPiece = 40;

/** @returns to be awaited between pieces */
export function pauses(): () => Promise<void> {
  let begun = performance.now();
  return async () => {
    if (performance.now() - begun < longestPiece) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    begun = performance.now();
  };
}
