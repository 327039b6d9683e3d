/**
 * One missing primitive: the background turns the finished MIME of a locked compose window into other MIME
 * before Thunderbird saves or sends it. README.md says why and how. No cryptography and no policy here, and
 * every doubt ends in refusal: a locked window's message leaves through the background, or not at all.
 */
"use strict";
{
  type Assembled = {
    readonly tabId: number;
    readonly deliverMode: string;
    readonly mime: Uint8Array;
  } & Privileged;
  type Answer = { readonly mime: Uint8Array } | { readonly refused: string };
  type Listener = (message: Assembled) => Promise<Answer>;

  const { MimeMessage } = ChromeUtils.importESModule("resource:///modules/MimeMessage.sys.mjs");
  const { MessageSend } = ChromeUtils.importESModule("resource:///modules/MessageSend.sys.mjs");
  const { setTimeout: after } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
  // On the window itself and by a shared symbol: an updated add-on finds its predecessor's locks and hooks.
  const lockedMark = Symbol.for("signet.locked");
  const originalMark = Symbol.for("signet.original");
  // nsIMsgCompDeliverMode; what is not in it is refused
  const deliverModes: Privileged = {
    0: "now",
    1: "later",
    4: "draft",
    5: "template",
    7: "autosave",
    8: "later",
  };
  const usedByCreate = [
    "this._initMimePart()",
    "this._writePart(topPart)",
    "this._fstream",
    "this._composeSecure",
  ];
  const usedBySend = [
    "._message.createMessageFile()",
    "this._compFields =",
    "this._parentWindow =",
    "this._deliverMessage(",
  ];

  function lockedWindows(): Privileged[] {
    return [...Services.wm.getEnumerator("msgcompose")].filter((window) => window[lockedMark]);
  }

  /** Into memory, never onto the disk; and without Thunderbird's own S/MIME or OpenPGP, so that nothing is signed twice. */
  async function assemble(message: Privileged): Promise<Uint8Array> {
    const storage = Cc["@mozilla.org/storagestream;1"].createInstance(Ci.nsIStorageStream);
    storage.init(65536, 0xffffffff);
    message._fstream = Cc["@mozilla.org/network/buffered-output-stream;1"].createInstance(
      Ci.nsIBufferedOutputStream,
    );
    message._fstream.init(storage.getOutputStream(0), 65536);
    message._composeSecure = null;
    await message._writePart(message._initMimePart());
    message._fstream.close();
    const source = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
    source.setInputStream(storage.newInputStream(0));
    const mime = new Uint8Array(storage.length);
    if (!mime.length || source.readArrayBuffer(mime.length, mime.buffer) !== mime.length) throw refusal();
    return mime;
  }

  async function write(mime: Uint8Array): Promise<Privileged> {
    const file = Services.dirsvc.get("TmpD", Ci.nsIFile);
    file.append("nsemail.eml");
    file.createUnique(Ci.nsIFile.NORMAL_FILE_TYPE, 0o600);
    await IOUtils.write(file.path, mime).catch(async (error: unknown) => {
      await IOUtils.remove(file.path, { ignoreAbsent: true });
      throw error;
    });
    return file;
  }

  /** With words Thunderbird shows them; without (NS_ERROR_ABORT) it says nothing. */
  function refusal(report?: Privileged, words = ""): Privileged {
    if (report && words) report.errMessage = words;
    return Components.Exception("refused by the add-on", words ? Cr.NS_ERROR_FAILURE : Cr.NS_ERROR_ABORT);
  }

  class SignetOutgoing extends ExtensionAPI {
    private readonly listeners = new Set<Listener>();
    /** which file the background made for which message; the first delivery takes it away */
    private readonly receipts = new WeakMap<Privileged, string>();
    private readonly hooked: { prototype: Privileged; name: string; hook: Privileged }[] = [];
    private words = "";

    onStartup(): void {
      this.words = this.extension.localize("__MSG_outgoing_refused__");
      this.hook(MimeMessage.prototype, "createMessageFile", (message, original) =>
        this.create(message, original),
      );
      this.hook(MessageSend.prototype, "_deliverMessage", (sending, original, file) =>
        this.deliver(sending, original, file),
      );
    }

    onShutdown(isAppShutdown: boolean): void {
      this.listeners.clear();
      // Nobody is left to protect what stands in a locked window: it must not leave in clear because of that.
      if (isAppShutdown || lockedWindows().length > 0) return;
      for (const { prototype, name, hook } of this.hooked)
        if (prototype[name] === hook) prototype[name] = hook[originalMark];
    }

    private hook(
      prototype: Privileged,
      name: string,
      ours: (self: Privileged, original: Privileged, file: Privileged) => unknown,
    ): void {
      const original = prototype[name][originalMark] ?? prototype[name];
      const hook: Privileged = async function (this: Privileged, file: Privileged) {
        return ours(this, original, file);
      };
      hook[originalMark] = original;
      prototype[name] = hook;
      this.hooked.push({ prototype, name, hook });
    }

    private create(message: Privileged, original: Privileged): unknown {
      const window = lockedWindows().find((each) => each.gMsgCompose?.compFields === message._compFields);
      return window ? this.replace(message, window) : original.call(message);
    }

    private async replace(message: Privileged, window: Privileged): Promise<Privileged> {
      const { _compFields: fields, _deliverMode: mode, _sendReport: report } = message;
      try {
        const deliverMode = mode === 4 && window.gAutoSaving ? "autosave" : deliverModes[mode];
        if (!deliverMode) throw refusal(report, this.words);
        const tabId: number = this.extension.tabManager.getWrapper(window).id;
        const about = {
          tabId,
          deliverMode,
          identityId: message._userIdentity.key,
          from: fields.from,
          to: fields.to,
          cc: fields.cc,
          bcc: fields.bcc,
        };
        const answer = await this.ask({ ...about, mime: await assemble(message) });
        if ("refused" in answer) throw refusal(report, answer.refused);
        const file = await write(answer.mime);
        this.receipts.set(message, file.path);
        return file;
      } catch (error) {
        // Thunderbird takes an autosave for done when it begins: closing the window must still ask.
        window.gContentChanged = true;
        if ((error as Privileged)?.result) throw error;
        Cu.reportError(error);
        throw refusal(report, this.words);
      }
    }

    /** The second guard: whatever way the file came here, a locked window's message needs the receipt for it. */
    private async deliver(sending: Privileged, original: Privileged, file: Privileged): Promise<unknown> {
      const isOurs = (window: Privileged): boolean =>
        window === sending._parentWindow || window.gMsgCompose?.compFields === sending._compFields;
      const key = sending._message ?? sending;
      const receipt = this.receipts.get(key);
      this.receipts.delete(key);
      if (!lockedWindows().some(isOurs) || (receipt && receipt === file?.path))
        return original.call(sending, file);
      if (sending._shouldRemoveMessageFile !== false) await IOUtils.remove(file.path, { ignoreAbsent: true });
      sending.fail(Cr.NS_ERROR_FAILURE, this.words);
      sending.notifyListenerOnStopSending(null, Cr.NS_ERROR_FAILURE, null, null);
      throw refusal();
    }

    /** The background sleeps: wake it, and give it six seconds to listen again. */
    private async ask(message: Assembled): Promise<Answer> {
      for (let tries = 0; tries < 60; tries++) {
        await this.extension.wakeupBackground();
        const [listener] = this.listeners;
        if (listener) return listener(message);
        await new Promise((resolve) => after(resolve, 100));
      }
      throw refusal();
    }

    /** Does Thunderbird still have, and use, everything the hooks stand on? */
    private intact(): boolean {
      const inPlace =
        this.hooked.length === 2 &&
        this.hooked.every(({ prototype, name, hook }) => prototype[name] === hook);
      const create = String(MimeMessage.prototype.createMessageFile[originalMark]);
      const send = String(MessageSend.prototype.createAndSendMessage);
      return (
        inPlace &&
        usedByCreate.every((part) => create.includes(part)) &&
        usedBySend.every((part) => send.includes(part))
      );
    }

    private windowOf(tabId: number): Privileged {
      const window = this.extension.tabManager.get(tabId).nativeTab;
      if (!window.gMsgCompose?.compFields) throw new ExtensionError("not a compose window");
      return window;
    }

    private setLocked(tabId: number, locked: boolean): boolean {
      if (locked && !this.intact()) throw new ExtensionError("Thunderbird has changed");
      const window = this.windowOf(tabId);
      window[lockedMark] = locked;
      // Parts must be 7bit: what is signed may pass servers that rewrite 8bit.
      window.gMsgCompose.compFields.forceMsgEncoding = locked;
      return locked;
    }

    getAPI(context: Privileged): object {
      // Pages and content scripts reach the API by its name; only the background has business here.
      if (context.viewType !== "background") return { signetOutgoing: {} };
      const register = (fire: Privileged): (() => void) => {
        const listener: Listener = (message) => fire.async(message);
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      };
      return {
        signetOutgoing: {
          probe: async () => this.intact() && this.listeners.size > 0,
          isLocked: async (tabId: number) => Boolean(this.windowOf(tabId)[lockedMark]),
          hasOriginal: async (tabId: number) => Boolean(this.windowOf(tabId).gMsgCompose.originalMsgURI),
          linkedAttachments: async (tabId: number) =>
            [...this.windowOf(tabId).gAttachmentBucket.itemChildren]
              .filter(({ attachment }) => attachment.sendViaCloud)
              .map(({ attachment }) => String(attachment.name)),
          setLocked: async (tabId: number, locked: boolean) => this.setLocked(tabId, locked),
          onAssembled: new ExtensionCommon.EventManager({
            context,
            name: "signetOutgoing.onAssembled",
            register,
          }).api(),
        },
      };
    }
  }
  Object.assign(globalThis, { signetOutgoing: SignetOutgoing });
}
