/** What no API tells of a compose window: two facts, and that its recipients changed. README.md says what for. */
"use strict";
{
  const { apiManager } = ChromeUtils.importESModule(
    "resource://gre/modules/ExtensionParent.sys.mjs",
  ).ExtensionParent;

  class SignetComposeWindows extends ExtensionAPI {
    private readonly listeners = new Set<(tabId: number) => void>();
    private readonly observers = new Set<Privileged>();
    private readonly ready = { handleEvent: (event: Privileged) => this.observe(event.target) };

    onStartup(): void {
      for (const window of Services.wm.getEnumerator("msgcompose")) this.observe(window);
      apiManager.global.windowTracker.addListener("compose-editor-ready", this.ready);
    }

    onShutdown(): void {
      apiManager.global.windowTracker.removeListener("compose-editor-ready", this.ready);
      for (const observer of this.observers) observer.disconnect();
      this.observers.clear();
    }

    /** Thunderbird's own event (`onComposeStateChanged`) tells of the first recipient only. */
    private observe(window: Privileged): void {
      const recipients = window.document?.getElementById("recipientsContainer");
      if (!recipients) return;
      const observer = new window.MutationObserver(() => void this.tell(window));
      const attributeFilter = ["emailAddress", "displayName"];
      observer.observe(recipients, { childList: true, subtree: true, attributeFilter });
      this.observers.add(observer);
      window.addEventListener("unload", () => this.observers.delete(observer), { once: true });
    }

    /** A background that slept looks at each window when it wakes. */
    private async tell(window: Privileged): Promise<void> {
      await this.extension.wakeupBackground?.();
      const tabId: number = this.extension.tabManager.getWrapper(window).id;
      for (const listener of this.listeners) listener(tabId);
    }

    getAPI(context: Privileged): object {
      if (context.viewType !== "background") return { signetComposeWindows: {} };
      const windowOf = (tabId: number): Privileged => this.extension.tabManager.get(tabId).nativeTab;
      const register = (fire: Privileged): (() => void) => {
        const listener = (tabId: number): void => fire.async(tabId);
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      };
      const name = "signetComposeWindows.onRecipientsChanged";
      return {
        signetComposeWindows: {
          hasOriginal: async (tabId: number) => Boolean(windowOf(tabId).gMsgCompose.originalMsgURI),
          linkedAttachments: async (tabId: number) =>
            [...windowOf(tabId).gAttachmentBucket.itemChildren]
              .filter(({ attachment }) => attachment.sendViaCloud)
              .map(({ attachment }) => String(attachment.name)),
          onRecipientsChanged: new ExtensionCommon.EventManager({ context, name, register }).api(),
        },
      };
    }
  }
  Object.assign(globalThis, { signetComposeWindows: SignetComposeWindows });
}
