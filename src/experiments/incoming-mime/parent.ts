/**
 * One missing primitive: let the background say what Thunderbird shows in the place of an
 * application/pkcs7-mime part, drawn by Thunderbird's own renderer. README.md says why and how.
 * No cryptography and no policy here; what the background fills in is kept in memory only.
 */

interface EncryptedPart {
  readonly messageId: number;
  readonly mimePart: string;
  readonly onScreen: boolean;
}
type Octets = Uint8Array<ArrayBuffer>;
interface PartContent {
  readonly mime: Octets;
  /** which pieces came ahead of it, and how many */
  readonly parcel: number;
  readonly ahead: number;
  readonly keep: boolean;
  readonly blockRemote: boolean;
}
interface Opening {
  readonly message: string;
  readonly until: number;
}
interface KeptPart {
  readonly mime: readonly Octets[];
  readonly until: number;
  readonly blockRemote: boolean;
}

const contracts = ["application/pkcs7-mime", "application/x-pkcs7-mime"].map(
  (type) => `@mozilla.org/mimecth;1?type=${type}`,
);
/**
 * Octets of plain text in memory, and those that Thunderbird is given at once; milliseconds for which a notice
 * answers, for which a person waits who answers or saves, and for which one who looks.
 */
const keptLimit = 160 * 1024 * 1024;
const pieceOctets = 256 * 1024;
const noticeTime = 60_000;
const patience = 20_000;
const glance = 2_000;
/** The menus' ways to a compose window; filters go another one, inside Thunderbird's C++. */
const openers = ["OpenComposeWindow", "OpenComposeWindowWithParams"];

const { PgpMimeHandler } = ChromeUtils.importESModule("resource:///modules/PgpMimeHandler.sys.mjs");
const { EnigmailFuncs } = ChromeUtils.importESModule("chrome://openpgp/content/modules/funcs.sys.mjs");
const mailServices = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs").MailServices;
const { NetUtil } = ChromeUtils.importESModule("resource://gre/modules/NetUtil.sys.mjs");
const timers = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const system = Cu.getGlobalForObject(Services);
const registrar = Components.manager.QueryInterface(Ci.nsIComponentRegistrar);

class SignetIncoming extends ExtensionAPI {
  private readonly kept = new Map<string, KeptPart>();
  /** what has come so far of parts that come in pieces */
  private readonly arriving = new Map<number, Octets[]>();
  /** parts in whose place "Opening…" stands: what is filled in later has to be shown again */
  private readonly opening = new Set<string>();
  private readonly factories: (readonly [Privileged, Privileged])[] = [];
  private readonly original: Privileged = PgpMimeHandler.prototype.onStartRequest;
  private readonly compose: Privileged = mailServices.compose;
  private readonly watchedCompose: Privileged = watched(this.compose, (message) =>
    this.openings.push(message),
  );
  /** messages for which a person has just asked a compose window, each good for one reading */
  private readonly openings: Opening[] = [];
  private listener = Promise.withResolvers<(part: EncryptedPart) => unknown>();

  onStartup(): void {
    const proxy = Components.manager.getClassObject(
      Cc["@mozilla.org/mimecth;1?type=multipart/encrypted"],
      Ci.nsIFactory,
    );
    for (const contract of contracts) {
      const id = Services.uuid.generateUUID();
      registrar.registerFactory(id, "", contract, proxy);
      this.factories.push([id, proxy]);
    }
    mailServices.compose = this.watchedCompose;
    const { original } = this;
    const start = (handler: Privileged, request: Privileged): void => this.start(handler, request);
    PgpMimeHandler.prototype.onStartRequest = function (request: Privileged): void {
      const type = String(request.QueryInterface(Ci.nsIPgpMimeProxy).contentType);
      // Thunderbird guesses pkcs7-mime from a file's name, too; OpenPGP's own types are all multiparts.
      if (/^multipart\//i.test(type)) original.call(this, request);
      else start(this, request);
    };
  }

  onShutdown(): void {
    for (const [id, factory] of this.factories) registrar.unregisterFactory(id, factory);
    PgpMimeHandler.prototype.onStartRequest = this.original;
    if (mailServices.compose === this.watchedCompose) mailServices.compose = this.compose;
    this.kept.clear();
    this.arriving.clear();
  }

  getAPI(context: Privileged): object {
    // Pages and content scripts of the add-on can name this API too; only the background is answered.
    if (context.viewType !== "background") return { signetIncoming: {} };
    // What a background began and did not end is nobody's: the next one counts from the beginning.
    this.arriving.clear();
    const register = (fire: Privileged): (() => void) => {
      this.listener.resolve((part) => fire.async(part));
      return () => (this.listener = Promise.withResolvers());
    };
    return {
      signetIncoming: {
        onEncrypted: new ExtensionCommon.EventManager({
          context,
          name: "signetIncoming.onEncrypted",
          register,
        }).api(),
        probe: async () => contracts.every((contract) => contract in Cc),
        add: async (parcel: number, piece: Octets) =>
          void this.arriving.set(parcel, [...(this.arriving.get(parcel) ?? []), piece]),
        fill: async (part: EncryptedPart, content: PartContent) => this.fill(part, content),
        forget: async () => [this.kept, this.arriving].forEach((map) => map.clear()),
        withdraw: async () => this.withdraw(),
      },
    };
  }

  private start(handler: Privileged, proxy: Privileged): void {
    const { messageURI, mimePart } = proxy;
    // The indexer and the filters come before anybody looks, and write down what they see.
    if (!messageURI || /[?&](header=(filter|enigmailFilter)|emitter=js)\b/i.test(messageURI.spec)) return;
    // A part beside others is an attachment, or somebody mixed clear and encrypted parts.
    const message = /^1(\.1)*$/.test(mimePart) && this.isForPerson(proxy) ? messageOf(messageURI) : null;
    const onScreen = isDisplay(proxy);
    const part = message && {
      messageId: this.extension.messageManager.convert(message).id,
      mimePart,
      onScreen,
    };
    const known = part ? this.recall(part) : null;
    // Asked for while Thunderbird still reads: with luck it is here when Thunderbird has read all, and shown at once.
    if (part?.onScreen && !known) void this.ask(part);
    collect(proxy, handler, (content) => {
      const file = (): string => asAttachment(content()) || this.refusal();
      this.show(proxy, part, file);
    });
  }

  /**
   * Is it on the screen, or in a compose window that a person opened for it? A filter's "Forward to…" asks in the
   * same words as a person's forwarding, without a window. Whoever is not known to be a person gets nothing opened.
   */
  private isForPerson(proxy: Privileged): boolean {
    const { messageURI } = proxy;
    if (isDisplay(proxy)) return !!windowShowing(messageURI);
    const message = nameOfUrl(messageURI);
    const [, header] = /[?&]header=([^&]*)/i.exec(messageURI.spec) ?? [];
    const composed = isBeingAnswered(message);
    if (header === "quote" || header === "quotebody") return composed;
    if (header === "print" || header === "saveas") return !!windowShowing(messageURI);
    if (header !== undefined) return false;
    // An attachment that is saved, a picture that is drawn.
    if (/[?&]part=/i.test(messageURI.spec)) return composed || !!windowShowing(messageURI);
    const found = this.openings.findIndex(
      (opening) => opening.message === message && opening.until > Date.now(),
    );
    return found >= 0 && this.openings.splice(found, 1).length === 1;
  }

  private show(proxy: Privileged, part: EncryptedPart | null, file: () => string): void {
    if (part && !this.recall(part)) this.wait(proxy, part);
    const filled = part && this.recall(part);
    if (part?.onScreen && !filled) {
      this.opening.add(placeOf(part));
      const words = this.extension.localize("__MSG_incoming_opening__");
      return write(proxy, `Content-Type: text/plain; charset=utf-8\r\n\r\n${words}\r\n`);
    }
    const encryptedUris = Cc["@mozilla.org/messenger-smime/smime-encrypted-uris-service;1"].getService(
      Ci.nsIEncryptedSMIMEURIsService,
    );
    if (filled?.blockRemote) encryptedUris.rememberEncrypted(proxy.messageURI.spec);
    if (filled && sizeOf(filled) > 0) filled.mime.forEach((piece) => writeOctets(proxy, piece));
    else write(proxy, file());
  }

  /**
   * Thunderbird asks once, and for OpenPGP it waits in the same way: events go on meanwhile. A person who looks waits
   * a moment, then reads "Opening…" and is shown the message later, which reads it a second time.
   */
  private wait(proxy: Privileged, part: EncryptedPart): void {
    if (!part.onScreen) void this.ask(part);
    const longest = part.onScreen ? glance : patience;
    const end = Date.now() + longest;
    let look = 0;
    const isOver = (): boolean => {
      const now = Date.now();
      if (now >= end || !!this.recall(part)) return true;
      if (!part.onScreen || now < look) return false;
      look = now + 100;
      return !windowShowing(proxy.messageURI);
    };
    const timer = timers.setInterval(() => undefined, 100);
    Services.tm.spinEventLoopUntil("Signet: a part that a person asked for", isOver);
    timers.clearInterval(timer);
  }

  /** Without a person, Thunderbird's forwarding hands us no octets; with nothing at all it opens a window to ask. */
  private refusal(): string {
    const words = this.extension.localize("__MSG_incoming_not_opened__");
    return `Content-Type: text/plain; charset=utf-8\r\n\r\n${words}\r\n`;
  }

  private async ask(part: EncryptedPart): Promise<void> {
    await this.extension.wakeupBackground?.();
    (await this.listener.promise)(part);
  }

  private recall(part: EncryptedPart): KeptPart | null {
    const entry = this.kept.get(placeOf(part));
    return entry && entry.until > Date.now() ? entry : null;
  }

  /** @returns has it to be shown again? */
  private fill(part: EncryptedPart, { parcel, ahead, mime, keep, blockRemote }: PartContent): boolean {
    const pieces = this.arriving.get(parcel) ?? [];
    this.arriving.delete(parcel);
    // Forgotten on its way: half a message is none.
    if (pieces.length !== ahead) return false;
    const until = keep ? Infinity : Date.now() + noticeTime;
    this.keep(placeOf(part), { mime: [...pieces, mime], until, blockRemote });
    return this.opening.delete(placeOf(part));
  }

  private withdraw(): boolean {
    const texts = [...this.kept].filter(([, { until }]) => until === Infinity);
    for (const [place] of texts) this.kept.delete(place);
    return texts.length > 0;
  }

  private keep(added: string, part: KeptPart): void {
    this.kept.delete(added);
    this.kept.set(added, part);
    let total = [...this.kept.values()].reduce((sum, entry) => sum + sizeOf(entry), 0);
    for (const [place, entry] of this.kept) {
      if (total <= keptLimit || place === added) return;
      this.kept.delete(place);
      total -= sizeOf(entry);
    }
  }
}

/**
 * The part's octets while Thunderbird reads them. It hands them over a line at a time, and would ask JavaScript for
 * each of 300,000 lines: after the first turn a listener of its own takes our handler's place, which is let go only
 * while none of its functions runs.
 *
 * @param ended gets a way to read them, for as long as it runs
 */
function collect(proxy: Privileged, handler: Privileged, ended: (content: () => string) => void): void {
  const pipe = Cc["@mozilla.org/pipe;1"].createInstance(Ci.nsIPipe);
  pipe.init(true, true, 1 << 16, 0xffffffff, null);
  const content = (): string => {
    const length = pipe.inputStream.available();
    return length === 0 ? "" : NetUtil.readInputStreamToString(pipe.inputStream, length);
  };
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    try {
      ended(content);
    } finally {
      pipe.outputStream.close();
      pipe.inputStream.close();
    }
  };
  handler._onDataAvailable = (_request: Privileged, stream: Privileged, _offset: number, count: number) =>
    pipe.outputStream.writeFrom(stream, count);
  handler._onStopRequest = stop;
  Services.tm.dispatchToMainThread(() => {
    if (isOver) return;
    const listener = Cc["@mozilla.org/network/simple-stream-listener;1"].createInstance(
      Ci.nsISimpleStreamListener,
    );
    listener.init(pipe.outputStream, {
      QueryInterface: ChromeUtils.generateQI(["nsIRequestObserver"]),
      onStartRequest: () => undefined,
      onStopRequest: stop,
    });
    proxy.decryptor = listener;
  });
}

function sizeOf({ mime }: KeptPart): number {
  return mime.reduce((sum, piece) => sum + piece.byteLength, 0);
}

function placeOf({ messageId, mimePart }: EncryptedPart): string {
  return `${messageId}|${mimePart}`;
}

/** about:message sets this on what it shows, and nobody else does. */
function isDisplay(proxy: Privileged): boolean {
  return !!proxy.mailChannel?.smimeSink;
}

/** Thunderbird's compose service, and word of every message for which a window is asked of it. */
function watched(compose: Privileged, opened: (opening: Opening) => void): Privileged {
  const note = (name: string, args: readonly Privileged[]): void => {
    const [header, uri] =
      name === "OpenComposeWindow" ? [args[1], args[2]] : [args[1]?.origMsgHdr, args[1]?.originalMsgURI];
    const message = uri ? nameOf(header, uri) : null;
    if (message !== null) opened({ message, until: Date.now() + patience });
  };
  return new Proxy(
    {},
    {
      get: (_target, name: string) => {
        const member: Privileged = compose[name];
        if (typeof member !== "function") return member;
        return (...args: Privileged[]) => {
          if (openers.includes(name)) note(name, args);
          return compose[name](...args);
        };
      },
      set: (_target, name: string, value) => Reflect.set(compose, name, value),
      has: (_target, name) => name in compose,
    },
  );
}

/** One name for one message: its place in a folder, or its file; null where neither is known. */
function nameOf(header: Privileged, uri: string): string | null {
  const known = header?.folder ? header : headerOf(uri);
  if (known?.folder) return `${known.folder.URI}#${known.messageKey}`;
  return /^(?:file|mailbox):\/\/([^?]+)/.exec(uri)?.[1] ?? null;
}

function nameOfUrl(url: Privileged): string | null {
  try {
    return nameOf(url.QueryInterface(Ci.nsIMsgMessageUrl).messageHeader, url.spec);
  } catch {
    return nameOf(null, url.spec);
  }
}

function headerOf(uri: string): Privileged {
  try {
    return mailServices.messageServiceFromURI(uri).messageURIToMsgHdr(uri);
  } catch {
    return null;
  }
}

function isBeingAnswered(message: string | null): boolean {
  const originals = [...Services.wm.getEnumerator("msgcompose")].map(
    (window: Privileged) => window.gMsgCompose?.originalMsgURI,
  );
  return message !== null && originals.some((uri) => uri && nameOf(null, uri) === message);
}

/** The about:message that shows this message. */
function windowShowing(url: Privileged): Privileged {
  const tops: Privileged[] = [
    ...Services.wm.getEnumerator("mail:3pane"),
    ...Services.wm.getEnumerator("mail:messageWindow"),
  ];
  const contexts = tops.flatMap((top) => top.browsingContext.getAllBrowsingContextsInSubtree());
  const windows = contexts
    .map((context) => context.window)
    .filter((window) => window?.gMessage && window.gMessageURI);
  return windows.find((window) => EnigmailFuncs.isCurrentMessage(window.gMessageURI, url.spec));
}

/** The message's header; a file's message has one only where it is shown. */
function messageOf(url: Privileged): Privileged {
  return windowShowing(url)?.gMessage ?? url.QueryInterface(Ci.nsIMsgMessageUrl).messageHeader;
}

function write(proxy: Privileged, mime: string): void {
  proxy.outputDecryptedData(mime, mime.length);
}

/** Piece by piece, one character an octet, as Thunderbird wants it: a copy as a whole would hold up the window. */
function writeOctets(proxy: Privileged, mime: Octets): void {
  const source = Cc["@mozilla.org/io/arraybuffer-input-stream;1"].createInstance(
    Ci.nsIArrayBufferInputStream,
  );
  source.setData(mime.buffer, mime.byteOffset, mime.byteLength);
  for (let left = mime.byteLength; left > 0; left -= pieceOctets) {
    write(proxy, NetUtil.readInputStreamToString(source, Math.min(left, pieceOctets)));
  }
}

/** What nobody opens here can still be saved. No type by which Thunderbird would ask us again. */
function asAttachment(content: string): string {
  const base64 = system.btoa(content).replace(/.{76}/g, "$&\r\n");
  const head =
    'Content-Type: application/x-cms; name="smime.p7m"\r\nContent-Disposition: attachment; filename="smime.p7m"';
  return content === "" ? "" : `${head}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`;
}

Object.assign(globalThis, { signetIncoming: SignetIncoming });
