/**
 * Two missing primitives for a message on the screen: show it again, and hide Thunderbird's own S/MIME
 * label beside it. README.md says why. A style sheet hides the label, so nothing of Thunderbird's is changed.
 */

const hiddenLabel =
  '@-moz-document url("about:message") { #cryptoBox[tech="S/MIME"] { display: none !important; } }';
const labelSheet = Services.io.newURI(`data:text/css,${encodeURIComponent(hiddenLabel)}`);
const styleSheets = Cc["@mozilla.org/content/style-sheet-service;1"].getService(Ci.nsIStyleSheetService);

class SignetMessageWindows extends ExtensionAPI {
  onStartup(): void {
    // Loaded at startup, so that onShutdown runs; the background says what is to be seen.
  }

  onShutdown(): void {
    setNativeLabel("shown");
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
