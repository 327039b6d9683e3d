/**
 * One missing primitive: a message's octets without a JavaScript loop over them. `messages.getRaw` makes a
 * string and copies it octet by octet on the main thread: for 25 MB seconds in which nothing moves, where
 * JavaScript is interpreted. Here Thunderbird's own streams do all of it. README.md says more.
 */

const { getMsgStreamUrl } = ChromeUtils.importESModule("resource:///modules/ExtensionMessages.sys.mjs");
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const alarmClock = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");

/** milliseconds in which a server must send something */
const longestSilence = 20_000;

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
          return /[?&]part=/.test(url) ? null : octetsOf(url);
        },
      },
    };
  }
}

/**
 * Into a pipe, by Thunderbird's own code from end to end: a listener in JavaScript would be called thousands of
 * times for 25 MB, on the main thread.
 */
async function octetsOf(url: string): Promise<ArrayBuffer> {
  const pipe = Cc["@mozilla.org/pipe;1"].createInstance(Ci.nsIPipe);
  pipe.init(true, true, 1 << 16, 0xffffffff, null);
  const ended = Promise.withResolvers<void>();
  const fail = (why: string): void => ended.reject(new Error(`a message could not be read: ${why}`));
  const listener = Cc["@mozilla.org/network/simple-stream-listener;1"].createInstance(
    Ci.nsISimpleStreamListener,
  );
  listener.init(pipe.outputStream, {
    QueryInterface: ChromeUtils.generateQI(["nsIRequestObserver"]),
    onStartRequest: () => undefined,
    onStopRequest: (_request: Privileged, status: number) => {
      if (Components.isSuccessCode(status)) ended.resolve();
      else fail(`status ${status}`);
    },
  });
  let arrived = 0;
  const watch = alarmClock.setInterval(() => {
    const now = available(pipe);
    if (now === arrived) fail("no answer");
    arrived = now;
  }, longestSilence);
  try {
    MailServices.messageServiceFromURI(url).streamMessage(url, listener, null, null, false, "");
    await ended.promise;
    return contentOf(pipe);
  } finally {
    alarmClock.clearInterval(watch);
    pipe.outputStream.close();
    pipe.inputStream.close();
  }
}

/** An empty pipe that is closed says so by throwing; ours is open as long as it is asked. */
function available(pipe: Privileged): number {
  return Number(pipe.inputStream.available());
}

function contentOf(pipe: Privileged): ArrayBuffer {
  const octets = new ArrayBuffer(available(pipe));
  const reader = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
  reader.setInputStream(pipe.inputStream);
  reader.readArrayBuffer(octets.byteLength, octets);
  return octets;
}

Object.assign(globalThis, { signetMessageOctets: SignetMessageOctets });
