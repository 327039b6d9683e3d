/**
 * The engine's worker: a thread of its own, so that 25 MB hold up nobody. It serves one client. In Gecko
 * that is the background, which made it; in Chrome the background's end of the port that the offscreen
 * document was given (pages/offscreen). After the first message nobody else is heard.
 */
import type { Beginning } from "./jobs.js";
import type { Channel } from "./serve.js";
import { serveEngine } from "./serve.js";

const scope = globalThis as unknown as Omit<Channel, "onmessage"> & {
  onmessage: ((event: MessageEvent<Beginning>) => void) | null;
};

scope.onmessage = ({ data }) => {
  scope.onmessage = null;
  serveEngine((data.port ?? scope) as Channel);
};
