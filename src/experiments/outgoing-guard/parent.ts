/**
 * The second guard, apart from the first and independent of it: a message of a locked compose window is
 * delivered only with the receipt for exactly that file. README.md says why and how.
 */
"use strict";
{
  const { MessageSend } = ChromeUtils.importESModule("resource:///modules/MessageSend.sys.mjs");
  // On window, message and method by shared symbols: src/experiments/outgoing-mime leaves them there, and an
  // updated add-on finds those of its predecessor.
  const lockedMark = Symbol.for("signet.locked");
  const receiptMark = Symbol.for("signet.receipt");
  const originalMark = Symbol.for("signet.original");
  const usedBySend = [
    "this._compFields =",
    "this._parentWindow =",
    "this._message =",
    "this._deliverMessage(",
  ];

  function lockedWindows(): Privileged[] {
    return [...Services.wm.getEnumerator("msgcompose")].filter((window) => window[lockedMark]);
  }

  class SignetOutgoingGuard extends ExtensionAPI {
    private hook: Privileged = null;

    onStartup(): void {
      const words: string = this.extension.localize("__MSG_outgoing_refused__");
      const original =
        MessageSend.prototype._deliverMessage[originalMark] ?? MessageSend.prototype._deliverMessage;
      this.hook = async function (this: Privileged, file: Privileged): Promise<unknown> {
        return deliver(this, file, { original, words });
      };
      this.hook[originalMark] = original;
      MessageSend.prototype._deliverMessage = this.hook;
    }

    onShutdown(isAppShutdown: boolean): void {
      // Nobody is left to protect what stands in a locked window: it must not leave in clear because of that.
      if (isAppShutdown || lockedWindows().length > 0) return;
      if (MessageSend.prototype._deliverMessage === this.hook)
        MessageSend.prototype._deliverMessage = this.hook[originalMark];
    }

    /** Does Thunderbird still have, and use, what the guard stands on? */
    private intact(): boolean {
      const send = String(MessageSend.prototype.createAndSendMessage);
      return (
        MessageSend.prototype._deliverMessage === this.hook &&
        typeof MessageSend.prototype.fail === "function" &&
        usedBySend.every((part) => send.includes(part))
      );
    }

    getAPI(context: Privileged): object {
      if (context.viewType !== "background") return { signetOutgoingGuard: {} };
      return { signetOutgoingGuard: { probe: async () => this.intact() } };
    }
  }

  async function deliver(
    sending: Privileged,
    file: Privileged,
    with_: { original: Privileged; words: string },
  ): Promise<unknown> {
    const isOurs = (window: Privileged): boolean =>
      window === sending._parentWindow || window.gMsgCompose?.compFields === sending._compFields;
    const receipt = sending._message?.[receiptMark];
    if (receipt) sending._message[receiptMark] = null;
    if (!lockedWindows().some(isOurs) || (receipt && receipt === file?.path))
      return with_.original.call(sending, file);
    if (sending._shouldRemoveMessageFile !== false) await IOUtils.remove(file.path, { ignoreAbsent: true });
    sending.fail(Cr.NS_ERROR_FAILURE, with_.words);
    sending.notifyListenerOnStopSending(null, Cr.NS_ERROR_FAILURE, null, null);
    throw Components.Exception("refused by the add-on", Cr.NS_ERROR_ABORT);
  }

  Object.assign(globalThis, { signetOutgoingGuard: SignetOutgoingGuard });
}
