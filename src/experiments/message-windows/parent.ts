/**
 * Three missing primitives for a message on the screen: show it again; take the add-on's label off its
 * button before the next message shows, for the background may be asleep; and hide Thunderbird's own S/MIME
 * label (by a style sheet, so that nothing of Thunderbird's is changed). README.md says why.
 */

interface StartBadge {
  readonly label: string;
  readonly title: string;
  readonly path: string;
}

const hiddenLabel =
  '@-moz-document url("about:message") { #cryptoBox[tech="S/MIME"] { display: none !important; } }';
const labelSheet = Services.io.newURI(`data:text/css,${encodeURIComponent(hiddenLabel)}`);
const styleSheets = Cc["@mozilla.org/content/style-sheet-service;1"].getService(Ci.nsIStyleSheetService);

const { IconDetails, apiManager } = ChromeUtils.importESModule(
  "resource://gre/modules/ExtensionParent.sys.mjs",
).ExtensionParent;

class SignetMessageWindows extends ExtensionAPI {
  private startBadge: object = {};
  private readonly listener = {
    handleEvent: (event: Privileged) => this.clearBadge(event.target.tabOrWindow),
  };

  onStartup(): void {
    apiManager.global.windowTracker.addListener("MsgLoading", this.listener);
  }

  onShutdown(): void {
    apiManager.global.windowTracker.removeListener("MsgLoading", this.listener);
    setNativeLabel("shown");
  }

  /** Before the header of the message is drawn, in the same turn. */
  private clearBadge(tab: Privileged): void {
    const action = apiManager.global.messageDisplayActionFor(this.extension);
    if (!action || !tab) return;
    Object.assign(action.getContextData(tab), this.startBadge);
    action.updateOnChange(tab);
  }

  getAPI(context: Privileged): object {
    // Pages and content scripts of the add-on can name this API too; only the background is answered.
    if (context.viewType !== "background") return { signetMessageWindows: {} };
    const { messageManager } = context.extension;
    const shows = (window: Privileged, messageId: number): boolean =>
      Boolean(window?.gMessage) && messageManager.convert(window.gMessage)?.id === messageId;
    return {
      signetMessageWindows: {
        reload: async (messageId: number) => {
          for (const window of messageWindows()) if (shows(window, messageId)) window.ReloadMessage();
        },
        setStartBadge: async ({ label, title, path }: StartBadge) => {
          const icon = IconDetails.normalize(
            { path, iconType: "messageDisplayAction" },
            context.extension,
            context,
          );
          this.startBadge = { label, title, icon };
        },
        setNativeLabel: async (label: "hidden" | "shown") => setNativeLabel(label),
      },
    };
  }
}

/** Every about:message, in the three panes, in tabs, and in windows of their own. */
function messageWindows(): Privileged[] {
  const tops: Privileged[] = [
    ...Services.wm.getEnumerator("mail:3pane"),
    ...Services.wm.getEnumerator("mail:messageWindow"),
  ];
  const contexts = tops.flatMap((top) => top.browsingContext.getAllBrowsingContextsInSubtree());
  return contexts
    .filter((context) => context.currentURI?.spec === "about:message")
    .map((context) => context.window);
}

function setNativeLabel(label: "hidden" | "shown"): void {
  const there: boolean = styleSheets.sheetRegistered(labelSheet, styleSheets.USER_SHEET);
  if (label === "hidden" && !there) styleSheets.loadAndRegisterSheet(labelSheet, styleSheets.USER_SHEET);
  if (label === "shown" && there) styleSheets.unregisterSheet(labelSheet, styleSheets.USER_SHEET);
}

Object.assign(globalThis, { signetMessageWindows: SignetMessageWindows });
