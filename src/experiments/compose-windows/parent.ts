/** Two facts about a compose window that no API tells. README.md says which, and what for. */
"use strict";
{
  class SignetComposeWindows extends ExtensionAPI {
    /** Called for every Experiment that the manifest names; there is nothing to prepare. */
    onStartup(): void {}

    getAPI(context: Privileged): object {
      if (context.viewType !== "background") return { signetComposeWindows: {} };
      const windowOf = (tabId: number): Privileged => this.extension.tabManager.get(tabId).nativeTab;
      return {
        signetComposeWindows: {
          hasOriginal: async (tabId: number) => Boolean(windowOf(tabId).gMsgCompose.originalMsgURI),
          linkedAttachments: async (tabId: number) =>
            [...windowOf(tabId).gAttachmentBucket.itemChildren]
              .filter(({ attachment }) => attachment.sendViaCloud)
              .map(({ attachment }) => String(attachment.name)),
        },
      };
    }
  }
  Object.assign(globalThis, { signetComposeWindows: SignetComposeWindows });
}
