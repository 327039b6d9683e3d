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

/** Thunderbird's message streams know no ReadSegments, so no listener of its own can collect them. */
async function octetsOf(url: string): Promise<ArrayBuffer> {
  const chunks: ArrayBuffer[] = [];
  const ended = Promise.withResolvers<void>();
  const fail = (why: string): void => ended.reject(new Error(`a message could not be read: ${why}`));
  let timer = 0;
  const wait = (): void => {
    alarmClock.clearTimeout(timer);
    timer = alarmClock.setTimeout(() => fail("no answer"), longestSilence);
  };
  const reader = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
  const listener = {
    QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
    onStartRequest: wait,
    onDataAvailable: (_request: Privileged, stream: Privileged, _offset: number, count: number) => {
      const chunk = new ArrayBuffer(count);
      reader.setInputStream(stream);
      reader.readArrayBuffer(count, chunk);
      chunks.push(chunk);
      wait();
    },
    onStopRequest: (_request: Privileged, status: number) => {
      if (Components.isSuccessCode(status)) ended.resolve();
      else fail(`status ${status}`);
    },
  };
  wait();
  MailServices.messageServiceFromURI(url).streamMessage(url, listener, null, null, false, "");
  try {
    await ended.promise;
  } finally {
    alarmClock.clearTimeout(timer);
  }
  return joined(chunks);
}

function joined(chunks: readonly ArrayBuffer[]): ArrayBuffer {
  const octets = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    octets.set(new Uint8Array(chunk), offset);
    offset += chunk.byteLength;
  }
  return octets.buffer;
}

Object.assign(globalThis, { signetMessageOctets: SignetMessageOctets });
