/**
 * One missing primitive: the background turns the finished MIME of a locked compose window into other MIME
 * before Thunderbird saves or sends it. README.md says why and how. No cryptography and no policy here, and
 * every doubt ends in refusal: a locked window's message leaves through the background, or not at all.
 */
"use strict";
{
  type Answer = { readonly mime: Uint8Array } | { readonly refused: string };
  type Listener = (message: object) => Promise<Answer>;

  const { MimeMessage } = ChromeUtils.importESModule("resource:///modules/MimeMessage.sys.mjs");
  const { MessageSend } = ChromeUtils.importESModule("resource:///modules/MessageSend.sys.mjs");
  const { setTimeout: after } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
  // On window, message and method by shared symbols: for src/experiments/outgoing-guard, and an updated
  // add-on finds those of its predecessor.
  const lockedMark = Symbol.for("signet.locked");
  const memoMark = Symbol.for("signet.memo");
  const receiptMark = Symbol.for("signet.receipt");
  const originalMark = Symbol.for("signet.original");
  // nsIMsgCompDeliverMode; what is not in it is refused
  const modes = new Map(Object.entries({ 0: "now", 1: "later", 4: "draft", 5: "template", 8: "later" }));
  const used = ["this._initMimePart()", "this._writePart(topPart)", "this._fstream", "this._composeSecure"];

  function lockedWindows(): Privileged[] {
    return [...Services.wm.getEnumerator("msgcompose")].filter((window) => window[lockedMark]);
  }

  /** Into memory, never onto the disk; without Thunderbird's own S/MIME or OpenPGP: nothing is signed twice. */
  async function assemble(message: Privileged): Promise<Uint8Array> {
    const storage = Cc["@mozilla.org/storagestream;1"].createInstance(Ci.nsIStorageStream);
    storage.init(65536, 0xffffffff);
    const buffered = Cc["@mozilla.org/network/buffered-output-stream;1"];
    message._fstream = buffered.createInstance(Ci.nsIBufferedOutputStream);
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
    private hook: Privileged = null;
    /** kept from the start: an extension that is switched off has no words any more */
    private words = "";

    onStartup(): void {
      this.words = this.extension.localize("__MSG_outgoing_refused__");
      const create = MimeMessage.prototype.createMessageFile;
      const original = create[originalMark] ?? create;
      const replace = (message: Privileged, window: Privileged) => this.replace(message, window);
      this.hook = async function (this: Privileged): Promise<Privileged> {
        const window = lockedWindows().find((each) => each.gMsgCompose?.compFields === this._compFields);
        return window ? replace(this, window) : original.call(this);
      };
      this.hook[originalMark] = original;
      MimeMessage.prototype.createMessageFile = this.hook;
    }

    onShutdown(isAppShutdown: boolean): void {
      this.listeners.clear();
      // Nobody is left to protect what stands in a locked window: it must not leave in clear because of that.
      if (isAppShutdown || lockedWindows().length > 0) return;
      if (MimeMessage.prototype.createMessageFile === this.hook)
        MimeMessage.prototype.createMessageFile = this.hook[originalMark];
    }

    private async replace(message: Privileged, window: Privileged): Promise<Privileged> {
      const { _compFields: fields, _deliverMode: mode, _sendReport: report } = message;
      const { words } = this;
      try {
        const deliverMode = mode === 4 && window.gAutoSaving ? "autosave" : modes.get(String(mode));
        if (!deliverMode) throw refusal(report, words);
        const { from, to, cc, bcc } = fields;
        const tabId: number = this.extension.tabManager.getWrapper(window).id;
        const about = { tabId, deliverMode, identityId: message._userIdentity.key, from, to, cc, bcc };
        const answer = await this.ask({ ...about, mime: await assemble(message) });
        if ("refused" in answer) throw refusal(report, answer.refused);
        const file = await write(answer.mime);
        message[receiptMark] = file.path;
        return file;
      } catch (error) {
        // Thunderbird takes an autosave for done when it begins: closing the window must still ask.
        window.gContentChanged = true;
        if ((error as Privileged)?.result) throw error;
        console.error("Signet: a letter could not be made into what leaves", (error as Privileged)?.name);
        throw refusal(report, words);
      }
    }

    /** The background sleeps: wake it, and give it six seconds to listen again. */
    private async ask(message: object): Promise<Answer> {
      for (let tries = 0; tries < 60; tries++) {
        await this.extension.wakeupBackground();
        const [listener] = this.listeners;
        if (listener) return listener(message);
        await new Promise((resolve) => after(resolve, 100));
      }
      throw refusal();
    }

    /** Does Thunderbird still have, and use, everything the hook stands on? */
    private intact(): boolean {
      const create = String(this.hook[originalMark]);
      const calls = String(MessageSend.prototype.createAndSendMessage).includes(
        "._message.createMessageFile()",
      );
      const inPlace = MimeMessage.prototype.createMessageFile === this.hook;
      return inPlace && calls && used.every((part) => create.includes(part));
    }

    private windowOf(tabId: number): Privileged {
      const window = this.extension.tabManager.get(tabId).nativeTab;
      if (!window.gMsgCompose?.compFields) throw new ExtensionError("not a compose window");
      return window;
    }

    private setLocked(tabId: number, locked: boolean, memo: string): boolean {
      if (locked && !this.intact()) throw new ExtensionError("Thunderbird has changed");
      const window = this.windowOf(tabId);
      // Checked for protection, and not assembled yet: an open lock now would let it go as it is.
      if (!locked && window[lockedMark] && window.gSendOperationInProgress)
        throw new ExtensionError("the window is sending");
      window[lockedMark] = locked;
      window[memoMark] = memo;
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
      const name = "signetOutgoing.onAssembled";
      return {
        signetOutgoing: {
          probe: async () => this.intact() && this.listeners.size > 0,
          isLocked: async (tabId: number) => Boolean(this.windowOf(tabId)[lockedMark]),
          memo: async (tabId: number) => this.windowOf(tabId)[memoMark] ?? null,
          setLocked: async (tabId: number, locked: boolean, memo: string) =>
            this.setLocked(tabId, locked, memo),
          onAssembled: new ExtensionCommon.EventManager({ context, name, register }).api(),
        },
      };
    }
  }
  Object.assign(globalThis, { signetOutgoing: SignetOutgoing });
}
