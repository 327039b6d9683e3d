/**
 * One missing primitive: let the background say what Thunderbird shows in the place of an
 * application/pkcs7-mime part, drawn by Thunderbird's own renderer. README.md says why and how.
 * No cryptography and no policy here; what the background fills in is kept in memory only.
 */

interface EncryptedPart {
  readonly messageId: number;
  readonly mimePart: string;
  readonly digest: string;
}
interface PartContent {
  readonly mime: Uint8Array<ArrayBuffer>;
  readonly keep: boolean;
  readonly blockRemote: boolean;
}
interface KeptPart {
  readonly digest: string;
  readonly mime: string;
  readonly until: number;
  readonly blockRemote: boolean;
}

const contentTypes = ["application/pkcs7-mime", "application/x-pkcs7-mime"];
const contract = "@mozilla.org/mimecth;1?type=";
/** Characters of plain text in memory; milliseconds for which a notice answers; and for which a person waits. */
const keptLimit = 160 * 1024 * 1024;
const noticeTime = 5000;
const patience = 20_000;

const { PgpMimeHandler } = ChromeUtils.importESModule("resource:///modules/PgpMimeHandler.sys.mjs");
const { EnigmailFuncs } = ChromeUtils.importESModule("chrome://openpgp/content/modules/funcs.sys.mjs");
const { NetUtil } = ChromeUtils.importESModule("resource://gre/modules/NetUtil.sys.mjs");
const timers = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");

class SignetIncoming extends ExtensionAPI {
  private readonly kept = new Map<string, KeptPart>();
  private readonly factories: (readonly [Privileged, Privileged])[] = [];
  private readonly original: Privileged = PgpMimeHandler.prototype.onStartRequest;
  private listener = Promise.withResolvers<(part: EncryptedPart) => unknown>();

  onStartup(): void {
    const proxy = Components.manager.getClassObject(Cc[`${contract}multipart/encrypted`], Ci.nsIFactory);
    for (const type of contentTypes) {
      const id = Services.uuid.generateUUID();
      Components.manager
        .QueryInterface(Ci.nsIComponentRegistrar)
        .registerFactory(id, "", contract + type, proxy);
      this.factories.push([id, proxy]);
    }
    const { original } = this;
    const start = (handler: Privileged, request: Privileged): void => this.start(handler, request);
    PgpMimeHandler.prototype.onStartRequest = function (request: Privileged): void {
      const type = String(request.QueryInterface(Ci.nsIPgpMimeProxy).contentType).toLowerCase();
      if (contentTypes.some((ours) => type.startsWith(ours))) start(this, request);
      else original.call(this, request);
    };
  }

  onShutdown(): void {
    const registrar = Components.manager.QueryInterface(Ci.nsIComponentRegistrar);
    for (const [id, factory] of this.factories) registrar.unregisterFactory(id, factory);
    PgpMimeHandler.prototype.onStartRequest = this.original;
    this.kept.clear();
  }

  getAPI(context: Privileged): object {
    // Pages and content scripts of the add-on can name this API too; only the background is answered.
    if (context.viewType !== "background") return { signetIncoming: {} };
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
        probe: async () => contentTypes.every((type) => contract + type in Cc),
        fill: async (part: EncryptedPart, content: PartContent) => this.fill(part, content),
        forget: async () => this.kept.clear(),
      },
    };
  }

  private start(handler: Privileged, proxy: Privileged): void {
    const chunks: string[] = [];
    handler._onDataAvailable = (_request: Privileged, stream: Privileged, _offset: number, count: number) =>
      chunks.push(NetUtil.readInputStreamToString(stream, count));
    handler._onStopRequest = () => this.show(proxy, chunks.join(""));
  }

  private show(proxy: Privileged, content: string): void {
    const { messageURI, mimePart } = proxy;
    // The indexer and the filters come before anybody looks, and write down what they see.
    if (!messageURI || /[?&](header=(filter|enigmailFilter)|emitter=js)\b/i.test(messageURI.spec)) return;
    // A part beside others is an attachment, or somebody mixed clear and encrypted parts.
    const message = /^1(\.1)*$/.test(mimePart) ? messageOf(messageURI) : null;
    if (!message) return write(proxy, asAttachment(content));
    const messageId = this.extension.messageManager.convert(message).id;
    const part = { messageId, mimePart, digest: digestOf(content) };
    if (this.output(proxy, part, content)) return;
    void this.ask(part);
    if (proxy.mailChannel?.smimeSink) {
      const words = this.extension.localize("__MSG_incoming_opening__");
      return write(proxy, `Content-Type: text/plain; charset=utf-8\r\n\r\n${words}\r\n`);
    }
    // Quoting, forwarding, saving: Thunderbird asks once and does not come back, so it has to wait.
    let late = false;
    const timer = timers.setTimeout(() => (late = true), patience);
    Services.tm.spinEventLoopUntil(
      "Signet: a part that a person asked for",
      () => late || !!this.recall(part),
    );
    timers.clearTimeout(timer);
    this.output(proxy, part, content);
  }

  private async ask(part: EncryptedPart): Promise<void> {
    await this.extension.wakeupBackground?.();
    (await this.listener.promise)(part);
  }

  private output(proxy: Privileged, part: EncryptedPart, content: string): boolean {
    const entry = this.recall(part);
    if (!entry) return false;
    const uris = Cc["@mozilla.org/messenger-smime/smime-encrypted-uris-service;1"];
    if (entry.blockRemote) {
      uris.getService(Ci.nsIEncryptedSMIMEURIsService).rememberEncrypted(proxy.messageURI.spec);
    }
    write(proxy, entry.mime === "" ? asAttachment(content) : entry.mime);
    return true;
  }

  private recall(part: EncryptedPart): KeptPart | null {
    const entry = this.kept.get(`${part.messageId}|${part.mimePart}`);
    if (!entry || entry.until < Date.now()) return null;
    return part.digest === "" || part.digest === entry.digest ? entry : null;
  }

  private fill(part: EncryptedPart, { mime, keep, blockRemote }: PartContent): void {
    const until = keep ? Infinity : Date.now() + noticeTime;
    const added = `${part.messageId}|${part.mimePart}`;
    this.kept.delete(added);
    this.kept.set(added, { digest: part.digest, mime: binaryString(mime), until, blockRemote });
    let total = [...this.kept.values()].reduce((sum, entry) => sum + entry.mime.length, 0);
    for (const [place, entry] of this.kept) {
      if (total <= keptLimit || place === added) return;
      this.kept.delete(place);
      total -= entry.mime.length;
    }
  }
}

/** The message's header; a file's message has one only where it is shown. */
function messageOf(url: Privileged): Privileged {
  const tops: Privileged[] = [
    ...Services.wm.getEnumerator("mail:3pane"),
    ...Services.wm.getEnumerator("mail:messageWindow"),
  ];
  const contexts = tops.flatMap((top) => top.browsingContext.getAllBrowsingContextsInSubtree());
  const windows = contexts
    .map((context) => context.window)
    .filter((window) => window?.gMessage && window.gMessageURI);
  const shown = windows.find((window) => EnigmailFuncs.isCurrentMessage(window.gMessageURI, url.spec));
  return shown?.gMessage ?? url.QueryInterface(Ci.nsIMsgMessageUrl).messageHeader;
}

function write(proxy: Privileged, mime: string): void {
  proxy.outputDecryptedData(mime, mime.length);
}

/** What nobody opens here can still be saved. */
function asAttachment(content: string): string {
  if (content === "") return "";
  const head = `Content-Type: application/octet-stream; name="smime.p7m"\r\nContent-Disposition: attachment; filename="smime.p7m"`;
  return `${head}\r\nContent-Transfer-Encoding: base64\r\n\r\n${btoa(content).replace(/.{76}/g, "$&\r\n")}\r\n`;
}

/** The forward converter sends no content at all: then the message and the part's number must do. */
function digestOf(content: string): string {
  if (content === "") return "";
  const stream = Cc["@mozilla.org/io/string-input-stream;1"].createInstance(Ci.nsIStringInputStream);
  const hash = Cc["@mozilla.org/security/hash;1"].createInstance(Ci.nsICryptoHash);
  stream.setByteStringData(content);
  hash.init(hash.SHA256);
  hash.updateFromStream(stream, content.length);
  return hash.finish(true);
}

/** One character an octet, as Thunderbird wants it, without a loop in JavaScript. */
function binaryString(bytes: Uint8Array<ArrayBuffer>): string {
  const source = Cc["@mozilla.org/io/arraybuffer-input-stream;1"].createInstance(
    Ci.nsIArrayBufferInputStream,
  );
  const reader = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
  source.setData(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  reader.setInputStream(source);
  return reader.readBytes(bytes.byteLength);
}

Object.assign(globalThis, { signetIncoming: SignetIncoming });
