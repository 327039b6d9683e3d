/**
 * One missing primitive: a message's octets without a JavaScript loop over them. `messages.getRaw` makes a
 * string and copies it octet by octet on the main thread: for 25 MB seconds in which nothing moves, where
 * JavaScript is interpreted. Here Thunderbird's own streams do all of it. README.md says more.
 */

const { getMsgStreamUrl } = ChromeUtils.importESModule("resource:///modules/ExtensionMessages.sys.mjs");
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const alarmClock = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
Cu.importGlobalProperties(["Blob"]);

/** milliseconds in which a server must send something */
const longestSilence = 20_000;
/** Octets: what the main thread takes at once. A message of one piece crosses as it is, a larger one as a Blob. */
const piece = 4 * 1024 * 1024;
/** Octets that are read sooner than another thread begins. */
const small = 256 * 1024;

class SignetMessageOctets extends ExtensionAPI {
  onStartup(): void {
    // nothing to be put in place
  }

  getAPI(context: Privileged): object {
    // Pages and content scripts of the add-on can name this API too; only the background is answered.
    if (context.viewType !== "background") return { signetMessageOctets: {} };
    return {
      signetMessageOctets: {
        read: async (messageId: number) => {
          const header = context.extension.messageManager.get(messageId);
          if (!header) throw new Error(`Message not found: ${messageId}.`);
          const url: string = getMsgStreamUrl(header);
          if (/[?&]part=/.test(url)) return null;
          return (await storedOctets(header)) ?? octetsOf(url);
        },
      },
    };
  }
}

/**
 * From the very file out of which Thunderbird shows the message; a large one by a thread that has nothing else to do,
 * for the message is on its way to the screen meanwhile, on the main thread.
 *
 * @returns null for a message that lies on a server only, or whose file cannot be read: there Thunderbird asks, too
 */
async function storedOctets(header: Privileged): Promise<Blob | ArrayBuffer | null> {
  const { folder } = header;
  const pipe = newPipe();
  try {
    const isStored = folder instanceof Ci.nsIMsgLocalMailFolder || folder?.hasMsgOffline(header.messageKey);
    if (!isStored) return null;
    const source = folder.getMsgInputStream(header);
    await (header.messageSize > small ? copied(source, pipe) : copyNow(source, pipe));
    return available(pipe) === 0 ? null : await contentOf(pipe);
  } catch (error) {
    console.warn("Signet: a message's file could not be read", (error as Privileged)?.name);
    return null;
  } finally {
    close(pipe);
  }
}

function copyNow(source: Privileged, pipe: Privileged): void {
  try {
    for (let ready = source.available(); ready > 0; ready = source.available())
      pipe.outputStream.writeFrom(source, ready);
  } finally {
    source.close();
  }
}

function copied(source: Privileged, pipe: Privileged): Promise<void> {
  const copier = Cc["@mozilla.org/network/async-stream-copier;1"].createInstance(Ci.nsIAsyncStreamCopier);
  const threads = Cc["@mozilla.org/network/stream-transport-service;1"].getService(Ci.nsIEventTarget);
  const { observer, ended } = observed();
  copier.init(source, pipe.outputStream, threads, false, true, 1 << 18, true, false);
  copier.asyncCopy(observer, null);
  return ended;
}

/**
 * Into a pipe, by Thunderbird's own code from end to end: a listener in JavaScript would be called thousands of
 * times for 25 MB, on the main thread.
 */
async function octetsOf(url: string): Promise<Blob | ArrayBuffer> {
  const pipe = newPipe();
  const { observer, ended, fail } = observed();
  const listener = Cc["@mozilla.org/network/simple-stream-listener;1"].createInstance(
    Ci.nsISimpleStreamListener,
  );
  listener.init(pipe.outputStream, observer);
  let arrived = 0;
  const watch = alarmClock.setInterval(() => {
    const now = available(pipe);
    if (now === arrived) fail("no answer");
    arrived = now;
  }, longestSilence);
  try {
    MailServices.messageServiceFromURI(url).streamMessage(url, listener, null, null, false, "");
    await ended;
    return await contentOf(pipe);
  } finally {
    alarmClock.clearInterval(watch);
    close(pipe);
  }
}

interface Observed {
  readonly observer: object;
  readonly ended: Promise<void>;
  readonly fail: (why: string) => void;
}

function observed(): Observed {
  const ended = Promise.withResolvers<void>();
  const fail = (why: string): void => ended.reject(new Error(`a message could not be read: ${why}`));
  const observer = {
    QueryInterface: ChromeUtils.generateQI(["nsIRequestObserver"]),
    onStartRequest: () => undefined,
    onStopRequest: (_request: Privileged, status: number) => {
      if (Components.isSuccessCode(status)) ended.resolve();
      else fail(`status ${status}`);
    },
  };
  return { observer, ended: ended.promise, fail };
}

function newPipe(): Privileged {
  const pipe = Cc["@mozilla.org/pipe;1"].createInstance(Ci.nsIPipe);
  pipe.init(true, true, 1 << 18, 0xffffffff, null);
  return pipe;
}

function close(pipe: Privileged): void {
  pipe.outputStream.close();
  pipe.inputStream.close();
}

/** An empty pipe that is closed says so by throwing; ours is open as long as it is asked. */
function available(pipe: Privileged): number {
  return Number(pipe.inputStream.available());
}

/**
 * A Blob crosses to the add-on's process by threads of its own, and is read there by others; an ArrayBuffer would be
 * copied several times on the main threads of both.
 */
async function contentOf(pipe: Privileged): Promise<Blob | ArrayBuffer> {
  const reader = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
  reader.setInputStream(pipe.inputStream);
  const take = (): ArrayBuffer => {
    const octets = new ArrayBuffer(Math.min(piece, available(pipe)));
    reader.readArrayBuffer(octets.byteLength, octets);
    return octets;
  };
  const first = take();
  if (available(pipe) === 0) return first;
  const pieces = [new Blob([first])];
  while (available(pipe) > 0) {
    // The window goes on between two pieces.
    await new Promise<void>((resolve) => Services.tm.dispatchToMainThread(() => resolve()));
    pieces.push(new Blob([take()]));
  }
  return new Blob(pieces);
}

Object.assign(globalThis, { signetMessageOctets: SignetMessageOctets });
