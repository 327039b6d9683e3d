/**
 * Chrome's offscreen document: it starts the engine's workers for the service worker, which cannot, and
 * hands each the port that it speaks over. It hears the service worker only, sees none of what is said, and
 * goes with it.
 */
import { extensionRuntime } from "../../protocol/runtime.js";
import { lifeline } from "../../protocol/engine-lifeline.js";

interface Order {
  readonly engine: MessagePort;
  readonly control: MessagePort;
}

const workers = new Set<Worker>();

/** Only a service worker can send here, and this origin has one: ours. */
navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<Order>) => start(data));
navigator.serviceWorker.startMessages();

extensionRuntime()
  .connect({ name: lifeline })
  .onDisconnect.addListener(() => {
    for (const worker of workers) worker.terminate();
    window.close();
  });

function start({ engine, control }: Order): void {
  const worker = new Worker("/worker/main.js", { type: "module", name: "signet-engine" });
  workers.add(worker);
  const end = (): void => {
    worker.terminate();
    workers.delete(worker);
  };
  control.onmessage = end;
  worker.onerror = (event) => {
    event.preventDefault();
    end();
    control.postMessage("died");
  };
  worker.postMessage({ port: engine }, [engine]);
}
